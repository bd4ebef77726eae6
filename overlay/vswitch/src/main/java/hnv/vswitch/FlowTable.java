// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.FlowKey;
import hnv.dataplane.FlowRecord;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Flow keys of one address family and their records, in native memory: `capacity` entries of key
/// and record, and an index by open addressing with linear probing at a load of one half at most. A
/// full table is a value. Owned by one Worker.
///
/// Memory: 152 octets per IPv4 flow or 176 per IPv6 flow, and 16 to 32 for the index, all taken at
/// creation.
final class FlowTable {
  /// No such flow, or no room.
  static final int NONE = -1;

  private final int keyLength;
  private final long seed;
  private final int stride;
  private final MemorySegment entries;
  private final int[] free;
  private int freeCount;

  // hash (upper half) << 32 | slot + 1; 0 = empty.
  private final long[] index;
  private final int mask;

  /// A table whose keys are found by {@link FlowKey#hash} with a seed of zero.
  FlowTable(int capacity, int keyLength) {
    this(capacity, keyLength, 0);
  }

  /// @param seed of the hashes by which keys are put in and found
  FlowTable(int capacity, int keyLength, long seed) {
    this.keyLength = keyLength;
    this.seed = seed;
    stride = keyLength + FlowRecord.LENGTH;
    entries = Arena.global().allocate((long) capacity * stride, 64);
    free = new int[capacity];
    for (int i = 0; i < capacity; i++) {
      free[i] = capacity - 1 - i;
    }
    freeCount = capacity;
    int size = Integer.highestOneBit(Math.max(16, capacity * 2 - 1)) << 1;
    index = new long[size];
    mask = size - 1;
  }

  int capacity() {
    return free.length;
  }

  int size() {
    return free.length - freeCount;
  }

  /// Keys and records; see {@link #recordAt}.
  MemorySegment entries() {
    return entries;
  }

  long keyAt(int slot) {
    return (long) slot * stride;
  }

  long recordAt(int slot) {
    return (long) slot * stride + keyLength;
  }

  /// Slot of the flow with this key, or {@link #NONE}.
  int find(MemorySegment key, long hash) {
    int tag = (int) (hash >>> 32);
    for (int i = (int) hash & mask; ; i = (i + 1) & mask) {
      long entry = index[i];
      if (entry == 0) {
        return NONE;
      }
      if ((int) (entry >>> 32) == tag) {
        int slot = (int) entry - 1;
        if (FlowKey.equal(key, 0, entries, keyAt(slot), keyLength)) {
          return slot;
        }
      }
    }
  }

  /// Slot for a key that is not in the table, or {@link #NONE} when it is full. The caller writes
  /// the record.
  int insert(MemorySegment key, long hash) {
    if (freeCount == 0) {
      return NONE;
    }
    int slot = free[--freeCount];
    MemorySegment.copy(key, 0, entries, keyAt(slot), keyLength);
    int i = (int) hash & mask;
    while (index[i] != 0) {
      i = (i + 1) & mask;
    }
    index[i] = (hash & 0xFFFFFFFF00000000L) | (slot + 1);
    return slot;
  }

  /// Whether a flow is in the slot: its key, where there is one, is found there.
  boolean holds(int slot) {
    long key = keyAt(slot);
    return find(entries.asSlice(key, keyLength), FlowKey.hash(entries, key, keyLength, seed))
        == slot;
  }

  /// Removes a flow.
  void remove(int slot) {
    long hash = FlowKey.hash(entries, keyAt(slot), keyLength, seed);
    long wanted = (hash & 0xFFFFFFFF00000000L) | (slot + 1);
    int i = (int) hash & mask;
    while (index[i] != wanted) {
      if (index[i] == 0) {
        throw new IllegalStateException("flow not in the index");
      }
      i = (i + 1) & mask;
    }
    closeGap(i);
    free[freeCount++] = slot;
  }

  /// Moves back every later entry of the run that would not be found across the gap.
  private void closeGap(int at) {
    int gap = at;
    for (int j = (gap + 1) & mask; index[j] != 0; j = (j + 1) & mask) {
      int slot = (int) index[j] - 1;
      int home = (int) FlowKey.hash(entries, keyAt(slot), keyLength, seed) & mask;
      if (((j - home) & mask) >= ((j - gap) & mask)) {
        index[gap] = index[j];
        gap = j;
      }
    }
    index[gap] = 0;
  }
}
