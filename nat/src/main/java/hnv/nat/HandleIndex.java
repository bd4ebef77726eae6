// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

/// An open-addressing hash index of handles: which handle a key belongs to, the table that has the
/// fields says. At most half full; removing moves entries back, so that no tombstones gather. Owned
/// by one Worker.
final class HandleIndex {
  // hash << 32 | handle; 0 = empty
  private final long[] entries;
  private final int mask;

  /// @param capacity handles at most
  HandleIndex(int capacity) {
    int size = Integer.highestOneBit(Math.max(16, capacity * 2 - 1)) << 1;
    entries = new long[size];
    mask = size - 1;
  }

  /// Where the entries of a hash begin.
  int home(int hash) {
    return hash & mask;
  }

  /// The position after this one.
  int next(int position) {
    return (position + 1) & mask;
  }

  /// The handle at a position; 0 where the run ends.
  int handle(int position) {
    return (int) entries[position];
  }

  /// The hash at a position.
  int hash(int position) {
    return (int) (entries[position] >>> 32);
  }

  void add(int hash, int handle) {
    int i = home(hash);
    while (entries[i] != 0) {
      i = next(i);
    }
    entries[i] = (long) hash << 32 | handle;
  }

  void remove(int hash, int handle) {
    long wanted = (long) hash << 32 | handle;
    int i = home(hash);
    while (entries[i] != wanted) {
      if (entries[i] == 0) {
        throw new IllegalStateException("handle not in the index");
      }
      i = next(i);
    }
    // Close the gap: move back every later entry of the run that would not be found across it.
    int gap = i;
    for (int j = next(gap); entries[j] != 0; j = next(j)) {
      int home = home(hash(j));
      if (((j - home) & mask) >= ((j - gap) & mask)) {
        entries[gap] = entries[j];
        gap = j;
      }
    }
    entries[gap] = 0;
  }

  long octets() {
    return 8L * entries.length;
  }

  // ---- hashes ----

  static long mix(long h, long value) {
    long m = (h ^ value) * 0xFF51AFD7ED558CCDL;
    return m ^ (m >>> 29);
  }

  static int fold(long h) {
    return (int) (h ^ (h >>> 32));
  }
}
