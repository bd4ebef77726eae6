// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

/// Numbers for IPv6 addresses of tenants, so that a NAT64 session has its tenant-side address in as
/// much room as a NAT44 session. A number is an address's as long as somebody holds it. Bounded.
/// Owned by one Worker.
final class Ipv6HostTable {
  private final long[] high;
  private final long[] low;
  // Holders; of a free number, the next free one.
  private final int[] holders;
  private int firstFree;
  private final HandleIndex index;
  private final long seed;

  Ipv6HostTable(int capacity, long seed) {
    this.seed = seed;
    high = new long[capacity + 1];
    low = new long[capacity + 1];
    holders = new int[capacity + 1];
    for (int i = 1; i < capacity; i++) {
      holders[i] = i + 1;
    }
    firstFree = 1;
    index = new HandleIndex(capacity);
  }

  long octets() {
    return 20L * high.length + index.octets();
  }

  long high(int host) {
    return high[host];
  }

  long low(int host) {
    return low[host];
  }

  /// The number of an address, or 0.
  int find(long addressHigh, long addressLow) {
    int hash = hash(addressHigh, addressLow);
    for (int i = index.home(hash); ; i = index.next(i)) {
      int host = index.handle(i);
      if (host == 0
          || (index.hash(i) == hash && high[host] == addressHigh && low[host] == addressLow)) {
        return host;
      }
    }
  }

  /// The number of an address, held once more; 0 where there is no room.
  int hold(long addressHigh, long addressLow) {
    int host = find(addressHigh, addressLow);
    if (host != 0) {
      holders[host]++;
      return host;
    }
    host = firstFree;
    if (host != 0) {
      firstFree = holders[host];
      high[host] = addressHigh;
      low[host] = addressLow;
      holders[host] = 1;
      index.add(hash(addressHigh, addressLow), host);
    }
    return host;
  }

  /// Holds a number once more.
  void hold(int host) {
    holders[host]++;
  }

  /// One holder less.
  void release(int host) {
    if (--holders[host] == 0) {
      index.remove(hash(high[host], low[host]), host);
      holders[host] = firstFree;
      firstFree = host;
    }
  }

  private int hash(long addressHigh, long addressLow) {
    return HandleIndex.fold(HandleIndex.mix(HandleIndex.mix(seed, addressHigh), addressLow));
  }
}
