// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import hnv.wire.IpProtocol;

/// One public address of a pool: whose its blocks of ports are, and which ports are in use. Its
/// tables are made with its first block. Owned by one Worker.
final class PoolAddress {
  // Each protocol has its own ports.
  static final int TCP = 0;
  static final int UDP = 1;
  static final int ICMP = 2;
  private static final int CLASSES = 3;
  private static final int WORDS = 65_536 / 64;

  private static final int[] NOBODY = {};
  private static final long[] NOTHING = {};

  final int address;
  int freeBlocks;

  /// Whether inbound rules take ports of it.
  boolean hasStaticPorts;

  /// Whether it has left its pool.
  boolean isWithdrawn;

  private final int blocks;
  private final int firstPort;
  private final int blockSize;
  // Subscriber of each block, 0 = free.
  private int[] owner = NOBODY;
  // Ports in use, or sessions where ports are shared, of each block, with those held.
  private int[] inUse = NOBODY;
  // A bit per port, of each class.
  private long[] taken = NOTHING;
  // When each block became empty; 0 where nothing waits for its return.
  private long[] emptySinceNs = NOTHING;

  /// @param firstPort of its first block
  PoolAddress(int address, int blocks, int firstPort, int blockSize) {
    this.address = address;
    this.blocks = blocks;
    this.firstPort = firstPort;
    this.blockSize = blockSize;
    freeBlocks = blocks;
  }

  static int portClass(int protocol) {
    return switch (protocol) {
      case IpProtocol.TCP -> TCP;
      case IpProtocol.UDP -> UDP;
      default -> ICMP;
    };
  }

  int owner(int block) {
    return owner.length == 0 ? 0 : owner[block];
  }

  int blocks() {
    return blocks;
  }

  /// The subscriber that a port was given to.
  int ownerOfPort(int port) {
    return owner[(port - firstPort) / blockSize];
  }

  void give(int block, int subscriber) {
    if (owner.length == 0) {
      owner = new int[blocks];
      inUse = new int[blocks];
      taken = new long[CLASSES * WORDS];
      emptySinceNs = new long[blocks];
    }
    owner[block] = subscriber;
    freeBlocks--;
  }

  void takeBack(int block) {
    owner[block] = 0;
    freeBlocks++;
  }

  int inUse(int block) {
    return inUse[block];
  }

  void use(int block, int change) {
    inUse[block] += change;
  }

  long emptySinceNs(int block) {
    return emptySinceNs[block];
  }

  void setEmptySince(int block, long nowNs) {
    emptySinceNs[block] = nowNs;
  }

  boolean isTaken(int portClass, int port) {
    return (taken[portClass * WORDS + (port >>> 6)] & 1L << port) != 0;
  }

  void take(int portClass, int port) {
    taken[portClass * WORDS + (port >>> 6)] |= 1L << port;
  }

  void release(int portClass, int port) {
    taken[portClass * WORDS + (port >>> 6)] &= ~(1L << port);
  }
}
