// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

/// The remote addresses that a mapping has sent to, for address-dependent filtering (RFC 4787 §5):
/// how many of its sessions, begun by the inside, go to each. Bounded by the sessions. Owned by one
/// Worker.
final class PermissionTable {
  private final int[] mapping;
  private final int[] remote;
  // Sessions; of a free entry, the next free one.
  private final int[] count;
  private int firstFree;
  private final HandleIndex index;
  private final long seed;

  PermissionTable(int capacity, long seed) {
    this.seed = seed;
    mapping = new int[capacity + 1];
    remote = new int[capacity + 1];
    count = new int[capacity + 1];
    for (int i = 1; i < capacity; i++) {
      count[i] = i + 1;
    }
    firstFree = 1;
    index = new HandleIndex(capacity);
  }

  long octets() {
    return 12L * mapping.length + index.octets();
  }

  boolean contains(int ofMapping, int address) {
    return find(hash(ofMapping, address), ofMapping, address) != 0;
  }

  /// One session more. There is room: a session has one at most.
  void add(int ofMapping, int address) {
    int hash = hash(ofMapping, address);
    int p = find(hash, ofMapping, address);
    if (p != 0) {
      count[p]++;
      return;
    }
    p = firstFree;
    firstFree = count[p];
    mapping[p] = ofMapping;
    remote[p] = address;
    count[p] = 1;
    index.add(hash, p);
  }

  /// One session less.
  void remove(int ofMapping, int address) {
    int hash = hash(ofMapping, address);
    int p = find(hash, ofMapping, address);
    if (--count[p] == 0) {
      index.remove(hash, p);
      count[p] = firstFree;
      firstFree = p;
    }
  }

  private int find(int hash, int ofMapping, int address) {
    for (int i = index.home(hash); ; i = index.next(i)) {
      int p = index.handle(i);
      if (p == 0 || (index.hash(i) == hash && mapping[p] == ofMapping && remote[p] == address)) {
        return p;
      }
    }
  }

  private int hash(int ofMapping, int address) {
    return HandleIndex.fold(
        HandleIndex.mix(seed, (long) ofMapping << 32 | Integer.toUnsignedLong(address)));
  }
}
