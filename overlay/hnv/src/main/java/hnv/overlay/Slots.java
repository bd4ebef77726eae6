// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// Gives each name an index of a bounded table, the same one as long as the name is in use. A freed
/// index is used again as late as possible. Index 0 is never given. Not thread-safe.
final class Slots<K> {
  private final String table;
  private final int capacity;
  private final Map<K, Integer> slots = new HashMap<>();
  private final ArrayDeque<Integer> freed = new ArrayDeque<>();
  private int next = 1;

  Slots(String table, int capacity) {
    this.table = table;
    this.capacity = capacity;
  }

  /// The index of a name.
  ///
  /// @throws CapacityExceededException when the table is full
  int of(K name) throws CapacityExceededException {
    Integer known = slots.get(name);
    if (known != null) {
      return known;
    }
    int slot;
    if (next < capacity) {
      slot = next++;
    } else {
      Integer reused = freed.pollFirst();
      if (reused == null) {
        throw new CapacityExceededException(table, capacity - 1);
      }
      slot = reused;
    }
    slots.put(name, slot);
    return slot;
  }

  /// Frees every name but these.
  ///
  /// @return the indexes freed
  Set<Integer> retain(Set<K> names) {
    Set<Integer> released = new HashSet<>();
    slots
        .entrySet()
        .removeIf(
            entry -> {
              boolean gone = !names.contains(entry.getKey());
              if (gone) {
                released.add(entry.getValue());
              }
              return gone;
            });
    freed.addAll(released);
    return released;
  }
}
