// SPDX-License-Identifier: Apache-2.0
package hnv.linux.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import hnv.linux.LinuxException;
import hnv.linux.libc.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// A map in the kernel with fixed key and value lengths. Lives as long as a descriptor or a program
/// holds it. Thread-safe: the kernel's own.
public final class BpfMap implements AutoCloseable {
  private static final int HASH = 1;
  private static final int ARRAY = 2;
  private static final int LRU_HASH = 9;

  private final int fd;
  private final String name;
  private final int keyLength;
  private final int valueLength;

  private BpfMap(int fd, String name, int keyLength, int valueLength) {
    this.fd = fd;
    this.name = name;
    this.keyLength = keyLength;
    this.valueLength = valueLength;
  }

  /// A hash table; full means {@link #put} fails.
  public static BpfMap hash(String name, int keyLength, int valueLength, int entries)
      throws LinuxException {
    return create(HASH, name, keyLength, valueLength, entries);
  }

  /// A hash table that forgets what was not used for longest.
  public static BpfMap leastRecentlyUsed(String name, int keyLength, int valueLength, int entries)
      throws LinuxException {
    return create(LRU_HASH, name, keyLength, valueLength, entries);
  }

  /// Entries 0…`entries` − 1, all there from the start, zero; keys are their numbers, u32.
  public static BpfMap array(String name, int valueLength, int entries) throws LinuxException {
    return create(ARRAY, name, 4, valueLength, entries);
  }

  private static BpfMap create(int type, String name, int keyLength, int valueLength, int entries)
      throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(48, 8);
      attributes.set(JAVA_INT, 0, type);
      attributes.set(JAVA_INT, 4, keyLength);
      attributes.set(JAVA_INT, 8, valueLength);
      attributes.set(JAVA_INT, 12, entries);
      Bpf.putName(attributes, 28, name);
      int fd = Bpf.call(arena, Bpf.MAP_CREATE, attributes, "create the bpf map " + name);
      return new BpfMap(fd, name, keyLength, valueLength);
    }
  }

  int fd() {
    return fd;
  }

  /// Adds or replaces an entry; key and value as the programs see them, padding zero.
  public void put(MemorySegment key, MemorySegment value) throws LinuxException {
    update(Bpf.MAP_UPDATE, key, value.address());
  }

  /// Copies an entry's value.
  ///
  /// @throws LinuxException ENOENT where there is none
  public void get(MemorySegment key, MemorySegment value) throws LinuxException {
    if (value.byteSize() != valueLength) {
      throw new IllegalArgumentException("value of " + name + " has " + valueLength + " octets");
    }
    call(Bpf.MAP_LOOKUP, key, value.address(), "read the bpf map " + name);
  }

  /// Removes an entry; one that is not there is no error.
  public void remove(MemorySegment key) throws LinuxException {
    try {
      update(Bpf.MAP_DELETE, key, 0);
    } catch (LinuxException e) {
      if (e.errno() != hnv.linux.Errno.ENOENT) {
        throw e;
      }
    }
  }

  private void update(int command, MemorySegment key, long value) throws LinuxException {
    call(command, key, value, "write to the bpf map " + name);
  }

  private void call(int command, MemorySegment key, long value, String attempted)
      throws LinuxException {
    if (key.byteSize() != keyLength) {
      throw new IllegalArgumentException("key of " + name + " has " + keyLength + " octets");
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(32, 8);
      attributes.set(JAVA_INT, 0, fd);
      attributes.set(JAVA_LONG, 8, key.address());
      attributes.set(JAVA_LONG, 16, value);
      Bpf.call(arena, command, attributes, attempted);
    }
  }

  @Override
  public void close() {
    Libc.close(fd);
  }
}
