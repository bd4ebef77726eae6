// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import java.util.Arrays;

/// A tenant's address, with the one public address that it has in a pool (paired pooling, RFC 6888
/// REQ-2) and its blocks of ports there. Pooled by {@link SubscriberTable}; owned by one Worker.
final class Subscriber {
  private static final int FIRST_BLOCKS = 8;

  final int id;
  /// {@link Realm} of `inside`.
  int realm;

  int inside;
  Pool pool;
  PoolAddress address;

  /// Sessions that have no port but hold the public address.
  int portless;

  /// Sessions that have its public address.
  int sessions;

  private int[] blocks = new int[FIRST_BLOCKS];
  private int blockCount;

  Subscriber(int id, int realm, int inside, Pool pool, PoolAddress address) {
    this.id = id;
    this.pool = pool;
    this.address = address;
    begin(realm, inside, pool, address);
  }

  void begin(int ofRealm, int ofInside, Pool ofPool, PoolAddress ofAddress) {
    realm = ofRealm;
    inside = ofInside;
    pool = ofPool;
    address = ofAddress;
    portless = 0;
    sessions = 0;
    blockCount = 0;
  }

  int blocks() {
    return blockCount;
  }

  int block(int i) {
    return blocks[i];
  }

  void add(int block) {
    if (blockCount == blocks.length) {
      blocks = Arrays.copyOf(blocks, blockCount * 2);
    }
    blocks[blockCount++] = block;
  }

  void remove(int block) {
    for (int i = 0; i < blockCount; i++) {
      if (blocks[i] == block) {
        blocks[i] = blocks[--blockCount];
        return;
      }
    }
    throw new IllegalStateException("not a block of the subscriber");
  }

  /// Whether it holds nothing any more.
  boolean isIdle() {
    return blockCount == 0 && portless == 0;
  }
}
