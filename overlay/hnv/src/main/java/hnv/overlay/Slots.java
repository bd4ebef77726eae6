// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// Gives each name an index of a range of a table, the same one as long as the name is in use. A
/// freed index is used again as late as possible. Not thread-safe.
///
/// @param <K> what an index is given to
public final class Slots<K> {
  private final String table;
  private final int first;
  private final int end;
  private final Map<K, Integer> slots = new HashMap<>();
  private final ArrayDeque<Integer> freed = new ArrayDeque<>();
  private final Set<Integer> taken = new HashSet<>();
  private int next;

  /// Every index of a table but 0.
  ///
  /// @param table what people call the table's entries
  Slots(String table, int capacity) {
    this(table, 1, capacity);
  }

  /// @param table what people call the table's entries
  /// @param first lowest index
  /// @param end one more than the highest
  public Slots(String table, int first, int end) {
    this.table = table;
    this.first = first;
    this.end = end;
    next = first;
  }

  /// The index of a name.
  ///
  /// @throws CapacityExceededException when the table is full
  public int of(K name) throws CapacityExceededException {
    Integer known = slots.get(name);
    if (known != null) {
      return known;
    }
    int slot;
    if (next < end) {
      slot = next++;
    } else {
      Integer reused = freed.pollFirst();
      if (reused == null) {
        throw new CapacityExceededException(table, end - first);
      }
      slot = reused;
    }
    slots.put(name, slot);
    return slot;
  }

  /// Every name in use with its index.
  public Map<K, Integer> all() {
    return Map.copyOf(slots);
  }

  /// Gives a name an index that it had elsewhere; before the first {@link #of}, then {@link
  /// #resumed}.
  ///
  /// @throws IllegalArgumentException where the index is out of range, or the name or the index has
  ///     been given already
  public void resume(K name, int slot) {
    if (slot < first || slot >= end) {
      throw new IllegalArgumentException(
          "index %d of %s is none of the %s %d to %d".formatted(slot, name, table, first, end - 1));
    }
    if (slots.putIfAbsent(name, slot) != null || !taken.add(slot)) {
      throw new IllegalArgumentException("index " + slot + " of " + name + " is given twice");
    }
    next = Math.max(next, slot + 1);
  }

  /// All names have their indexes: those between them are free.
  public void resumed() {
    for (int slot = first; slot < next; slot++) {
      if (!taken.contains(slot)) {
        freed.add(slot);
      }
    }
    taken.clear();
  }

  /// Frees every name but these.
  ///
  /// @return the indexes freed
  public Set<Integer> retain(Set<K> names) {
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
