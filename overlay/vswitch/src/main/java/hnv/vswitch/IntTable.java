// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Values by a number of 32 bits, found without an object for the number. Immutable, so that any
/// thread may read it.
final class IntTable<V> {
  // Open addressing, at most half full. A place without a value is empty, whatever its key.
  private final int[] keys;
  private final @Nullable Object[] values;
  private final int mask;

  IntTable(Map<Integer, V> entries) {
    int places = Integer.highestOneBit(Math.max(1, entries.size())) << 2;
    mask = places - 1;
    keys = new int[places];
    values = new Object[places];
    entries.forEach(this::put);
  }

  private void put(int key, V value) {
    int at = place(key);
    while (values[at] != null) {
      at = (at + 1) & mask;
    }
    keys[at] = key;
    values[at] = value;
  }

  /// Addresses and VSIDs follow one another: Fibonacci hashing tells them apart.
  private int place(int key) {
    int spread = key * 0x9E3779B9;
    return (spread ^ spread >>> 16) & mask;
  }

  /// The value of a number, or null.
  @SuppressWarnings("unchecked")
  @Nullable V get(int key) {
    int at = place(key);
    while (values[at] != null) {
      if (keys[at] == key) {
        return (V) values[at];
      }
      at = (at + 1) & mask;
    }
    return null;
  }
}
