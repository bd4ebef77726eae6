// SPDX-License-Identifier: Apache-2.0
package hnv.linux.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import hnv.linux.Errno;
import hnv.linux.LinuxException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Reads a whole map in pieces of some thousand entries (Linux 5.6), three million a second. What
/// is added or removed meanwhile may be missed or not; what stays is read once. One thread; reused
/// from map to map of the same lengths.
public final class MapBatch implements AutoCloseable {
  // The struct for BPF_MAP_*_BATCH in union bpf_attr of linux/bpf.h.
  static final int ATTRIBUTES_LENGTH = 56;
  static final int IN_AT = 0;
  static final int OUT_AT = 8;
  static final int KEYS_AT = 16;
  static final int VALUES_AT = 24;
  static final int COUNT_AT = 32;
  static final int MAP_AT = 36;

  /// Where the kernel notes how far it is: the number of a hash bucket, or a key of an array.
  private static final int TOKEN_LENGTH = 8;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment attributes = arena.allocate(ATTRIBUTES_LENGTH, 8);
  private final MemorySegment token = arena.allocate(TOKEN_LENGTH, 8);
  private final MemorySegment keys;
  private final MemorySegment values;
  private final int capacity;
  private int count;
  private boolean begun;
  private boolean finished;

  /// @param capacity entries of a piece, far more than may share a hash bucket: 1,024 or more
  public MapBatch(int keyLength, int valueLength, int capacity) {
    this.capacity = capacity;
    keys = arena.allocate((long) keyLength * capacity, 8);
    values = arena.allocate((long) valueLength * capacity, 8);
  }

  /// Goes back to the beginning.
  public void rewind() {
    begun = false;
    finished = false;
    count = 0;
  }

  /// Reads the next piece of the map.
  ///
  /// @return false where there is no more
  public boolean next(BpfMap map) throws LinuxException {
    count = 0;
    if (finished) {
      return false;
    }
    attributes.fill((byte) 0);
    attributes.set(JAVA_LONG, IN_AT, begun ? token.address() : 0);
    attributes.set(JAVA_LONG, OUT_AT, token.address());
    attributes.set(JAVA_LONG, KEYS_AT, keys.address());
    attributes.set(JAVA_LONG, VALUES_AT, values.address());
    attributes.set(JAVA_INT, COUNT_AT, capacity);
    attributes.set(JAVA_INT, MAP_AT, map.fd());
    begun = true;
    try (Arena call = Arena.ofConfined()) {
      Bpf.call(call, Bpf.MAP_LOOKUP_BATCH, attributes, "read the bpf map " + map.name());
    } catch (LinuxException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
      finished = true;
    }
    count = attributes.get(JAVA_INT, COUNT_AT);
    return count > 0 || !finished;
  }

  /// Entries of the current piece.
  public int count() {
    return count;
  }

  /// Keys of the current piece, one behind the other.
  public MemorySegment keys() {
    return keys;
  }

  /// Values of the current piece, in the order of the keys.
  public MemorySegment values() {
    return values;
  }

  @Override
  public void close() {
    arena.close();
  }
}
