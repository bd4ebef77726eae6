// SPDX-License-Identifier: Apache-2.0
package hnv.linux.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import hnv.linux.Errno;
import hnv.linux.LinuxException;
import hnv.linux.libc.Libc;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/// A map in the kernel with fixed key and value lengths. Lives as long as a descriptor or a program
/// holds it. Thread-safe: the kernel's own.
public final class BpfMap implements AutoCloseable {
  static final int HASH = 1;
  static final int ARRAY = 2;
  private static final int PROGRAM_ARRAY = 3;
  static final int PER_CPU_ARRAY = 6;
  static final int LRU_HASH = 9;
  private static final int LONGEST_PREFIX = 11;
  private static final int ARRAY_OF_MAPS = 12;
  static final int MMAPABLE = 1 << 10;
  private static final int MADE_WHEN_NEEDED = 1;
  private static final long PAGE = 4_096;

  /// Makes new maps.
  public static final MapSource NEW = new NewMaps();

  private final int fd;
  private final String name;
  private final int keyLength;
  private final int valueLength;
  private volatile boolean takesAtOnce = true;

  BpfMap(int fd, String name, int keyLength, int valueLength) {
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

  /// Prefixes, of which the longest that fits is found; a key is its length in bits, u32 in host
  /// order, and then the octets.
  public static BpfMap longestPrefix(String name, int keyLength, int valueLength, int entries)
      throws LinuxException {
    return create(LONGEST_PREFIX, name, keyLength, valueLength, entries, 0, MADE_WHEN_NEEDED);
  }

  /// Entries 0…`entries` − 1, all there from the start, zero; keys are their numbers, u32.
  public static BpfMap array(String name, int valueLength, int entries) throws LinuxException {
    return create(ARRAY, name, 4, valueLength, entries);
  }

  /// An array whose memory this process can have as its own (Linux 5.5): see {@link #mapped}.
  ///
  /// @param valueLength a multiple of 8 octets, so that values lie one behind the other
  public static BpfMap mappableArray(String name, int valueLength, int entries)
      throws LinuxException {
    checkMappable(name, valueLength);
    return create(ARRAY, name, 4, valueLength, entries, 0, MMAPABLE);
  }

  static void checkMappable(String name, int valueLength) {
    if (valueLength % 8 != 0) {
      throw new IllegalArgumentException("values of " + name + ": not a multiple of 8 octets");
    }
  }

  /// An array that each CPU has for itself; {@link #get} copies the values of all {@link
  /// #possibleCpus}, one behind the other, each filled up to a multiple of 8 octets.
  public static BpfMap perCpuArray(String name, int valueLength, int entries)
      throws LinuxException {
    BpfMap map = create(PER_CPU_ARRAY, name, 4, valueLength, entries);
    return new BpfMap(map.fd, name, 4, lengthOnAllCpus(valueLength));
  }

  static int lengthOnAllCpus(int valueLength) throws LinuxException {
    return (valueLength + 7) / 8 * 8 * possibleCpus();
  }

  /// An array of maps with one slot, which holds `inner`.
  public static BpfMap slotFor(String name, BpfMap inner) throws LinuxException {
    BpfMap map = create(ARRAY_OF_MAPS, name, 4, 4, 1, inner.fd, 0);
    map.putMap(inner);
    return map;
  }

  /// A slot for a program that others jump to ({@link TcPrograms#whileHeld}). The kernel empties it
  /// when the last descriptor of the map is closed, though programs hold the map: so also when the
  /// process is killed.
  public static BpfMap slotFor(String name, TcProgram program) throws LinuxException {
    BpfMap map = create(PROGRAM_ARRAY, name, 4, 4, 1);
    try (Arena arena = Arena.ofConfined()) {
      map.put(arena.allocate(4, 4), arena.allocateFrom(JAVA_INT, program.fd()));
      return map;
    } catch (LinuxException e) {
      map.close();
      throw e;
    }
  }

  /// CPUs that the machine may have while it runs: the copies of a value in a per-CPU map.
  public static int possibleCpus() throws LinuxException {
    Path file = Path.of("/sys/devices/system/cpu/possible");
    try {
      String ranges = Files.readString(file).strip();
      return Integer.parseInt(ranges.substring(ranges.lastIndexOf('-') + 1)) + 1;
    } catch (IOException | NumberFormatException e) {
      throw new LinuxException("read " + file, Errno.EIO, String.valueOf(e.getMessage()));
    }
  }

  private static BpfMap create(int type, String name, int keyLength, int valueLength, int entries)
      throws LinuxException {
    return create(type, name, keyLength, valueLength, entries, 0, 0);
  }

  private static BpfMap create(
      int type, String name, int keyLength, int valueLength, int entries, int innerFd, int flags)
      throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(48, 8);
      attributes.set(JAVA_INT, 0, type);
      attributes.set(JAVA_INT, 4, keyLength);
      attributes.set(JAVA_INT, 8, valueLength);
      attributes.set(JAVA_INT, 12, entries);
      attributes.set(JAVA_INT, 16, flags);
      attributes.set(JAVA_INT, 20, innerFd);
      Bpf.putName(attributes, 28, name);
      int fd = Bpf.call(arena, Bpf.MAP_CREATE, attributes, "create the bpf map " + name);
      return new BpfMap(fd, name, keyLength, valueLength);
    }
  }

  int fd() {
    return fd;
  }

  /// The name that it was made under.
  public String name() {
    return name;
  }

  /// Octets of a key.
  public int keyLength() {
    return keyLength;
  }

  /// Octets of a value.
  public int valueLength() {
    return valueLength;
  }

  /// The memory of a {@link #mappableArray}, which the programs read and write as well: all values,
  /// one behind the other. Memory and map live as long as the arena, whether the descriptor is
  /// closed or not.
  public MemorySegment mapped(int entries, Arena arena) throws LinuxException {
    long length = (long) entries * valueLength;
    long pages = (length + PAGE - 1) / PAGE * PAGE;
    return Libc.mapShared(fd, pages, arena, "have the memory of the bpf map " + name)
        .asSlice(0, length);
  }

  /// Adds or replaces an entry; key and value as the programs see them, padding zero.
  public void put(MemorySegment key, MemorySegment value) throws LinuxException {
    check(tryCall(Bpf.MAP_UPDATE, key, value.address()), "write to the bpf map ");
  }

  /// As {@link #put}, where a full map is to be expected.
  ///
  /// @return false where there is no room: nothing has changed
  public boolean tryPut(MemorySegment key, MemorySegment value) throws LinuxException {
    int errno = tryCall(Bpf.MAP_UPDATE, key, value.address());
    if (errno == Errno.E2BIG || errno == Errno.ENOMEM) {
      return false;
    }
    check(errno, "write to the bpf map ");
    return true;
  }

  /// Adds or replaces entries that lie one behind the other, in one call of the kernel (Linux 5.6).
  ///
  /// @return how many, from the first; fewer than `count` where there is no more room
  public int putAll(MemorySegment keys, MemorySegment values, int count) throws LinuxException {
    if (keys.byteSize() < (long) count * keyLength
        || values.byteSize() < (long) count * valueLength) {
      throw new IllegalArgumentException(count + " entries of " + name + " are longer than that");
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(MapBatch.ATTRIBUTES_LENGTH, 8);
      attributes.set(JAVA_LONG, MapBatch.KEYS_AT, keys.address());
      attributes.set(JAVA_LONG, MapBatch.VALUES_AT, values.address());
      attributes.set(JAVA_INT, MapBatch.COUNT_AT, count);
      attributes.set(JAVA_INT, MapBatch.MAP_AT, fd);
      try {
        Bpf.call(arena, Bpf.MAP_UPDATE_BATCH, attributes, "write to the bpf map " + name);
      } catch (LinuxException e) {
        if (e.errno() != Errno.E2BIG && e.errno() != Errno.ENOMEM) {
          throw e;
        }
      }
      return attributes.get(JAVA_INT, MapBatch.COUNT_AT);
    }
  }

  /// Puts the map into this one-slot array of maps. When this returns, no program runs any more
  /// that ran before: the kernel waits for them (RCU), some milliseconds.
  public void putMap(BpfMap inner) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      put(arena.allocate(4, 4), arena.allocateFrom(JAVA_INT, inner.fd));
    }
  }

  /// Copies an entry's value.
  ///
  /// @throws LinuxException ENOENT where there is none
  public void get(MemorySegment key, MemorySegment value) throws LinuxException {
    checkLength(value);
    check(tryCall(Bpf.MAP_LOOKUP, key, value.address()), "read the bpf map ");
  }

  /// As {@link #get}, where there may be none.
  ///
  /// @return false where there is none: `value` is as it was
  public boolean tryGet(MemorySegment key, MemorySegment value) throws LinuxException {
    checkLength(value);
    int errno = tryCall(Bpf.MAP_LOOKUP, key, value.address());
    if (errno == Errno.ENOENT) {
      return false;
    }
    check(errno, "read the bpf map ");
    return true;
  }

  /// Removes an entry; one that is not there is no error.
  ///
  /// @return false where there was none
  public boolean remove(MemorySegment key) throws LinuxException {
    int errno = tryCall(Bpf.MAP_DELETE, key, 0);
    if (errno == Errno.ENOENT) {
      return false;
    }
    check(errno, "write to the bpf map ");
    return true;
  }

  /// Removes an entry of a hash table and copies its value, as it was at the end where the kernel
  /// can do both at once (Linux 5.14), else as it was just before.
  ///
  /// @return false where there was none: `value` is as it was
  public boolean take(MemorySegment key, MemorySegment value) throws LinuxException {
    checkLength(value);
    int errno = takesAtOnce ? tryCall(Bpf.MAP_TAKE, key, value.address()) : Errno.EOPNOTSUPP;
    if (errno == Errno.EINVAL || errno == Errno.EOPNOTSUPP || errno == Errno.ENOTSUPP) {
      takesAtOnce = false;
      return tryGet(key, value) && remove(key);
    }
    if (errno == Errno.ENOENT) {
      return false;
    }
    check(errno, "write to the bpf map ");
    return true;
  }

  private void checkLength(MemorySegment value) {
    if (value.byteSize() != valueLength) {
      throw new IllegalArgumentException("value of " + name + " has " + valueLength + " octets");
    }
  }

  private void check(int errno, String attempted) throws LinuxException {
    if (errno != 0) {
      throw new LinuxException(attempted + name, errno);
    }
  }

  /// The error number of a command, 0 where there is none.
  private int tryCall(int command, MemorySegment key, long value) {
    if (key.byteSize() != keyLength) {
      throw new IllegalArgumentException("key of " + name + " has " + keyLength + " octets");
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(32, 8);
      attributes.set(JAVA_INT, 0, fd);
      attributes.set(JAVA_LONG, 8, key.address());
      attributes.set(JAVA_LONG, 16, value);
      return -Math.min(Bpf.tryCall(arena, command, attributes), 0);
    }
  }

  @Override
  public void close() {
    Libc.close(fd);
  }
}
