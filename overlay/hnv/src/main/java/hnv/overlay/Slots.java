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
  private final Set<Integer> taken = new HashSet<>();
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

  /// Every name in use with its index.
  Map<K, Integer> all() {
    return Map.copyOf(slots);
  }

  /// Gives a name an index that it had elsewhere; before the first {@link #of}, then {@link
  /// #resumed}.
  ///
  /// @throws IllegalArgumentException where the index is out of range, or the name or the index has
  ///     been given already
  void resume(K name, int slot) {
    if (slot < 1 || slot >= capacity) {
      throw new IllegalArgumentException(
          "index " + slot + " of " + name + " in a table of " + capacity + " " + table);
    }
    if (slots.putIfAbsent(name, slot) != null || !taken.add(slot)) {
      throw new IllegalArgumentException("index " + slot + " of " + name + " is given twice");
    }
    next = Math.max(next, slot + 1);
  }

  /// All names have their indexes: those between them are free.
  void resumed() {
    for (int slot = 1; slot < next; slot++) {
      if (!taken.contains(slot)) {
        freed.add(slot);
      }
    }
    taken.clear();
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
