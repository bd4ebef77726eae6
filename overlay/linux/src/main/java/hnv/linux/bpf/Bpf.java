// SPDX-License-Identifier: Apache-2.0
package hnv.linux.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import hnv.linux.LinuxException;
import hnv.linux.libc.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// bpf(2). The attribute block is a union per command; octets behind what a command knows must be
/// zero, so each command passes exactly its own length.
final class Bpf {
  static final int MAP_CREATE = 0;
  static final int MAP_LOOKUP = 1;
  static final int MAP_UPDATE = 2;
  static final int MAP_DELETE = 3;
  static final int MAP_TAKE = 21; // BPF_MAP_LOOKUP_AND_DELETE_ELEM
  static final int PROGRAM_LOAD = 5;
  static final int OBJECT_PIN = 6;
  static final int OBJECT_GET = 7;
  static final int PROGRAM_TEST_RUN = 10;
  static final int OBJECT_INFO = 15;
  static final int MAP_LOOKUP_BATCH = 24;
  static final int MAP_UPDATE_BATCH = 26;
  static final int MAP_DELETE_BATCH = 27;
  static final int LINK_CREATE = 28;
  static final int LINK_UPDATE = 29;

  /// The only system call here that glibc has no function for; its number differs.
  private static final long NUMBER = System.getProperty("os.arch").equals("aarch64") ? 280 : 321;

  private static final int LOG_LENGTH = 1 << 18;
  private static final int NAME_LENGTH = 16;

  private Bpf() {}

  static int call(Arena arena, int command, MemorySegment attributes, String attempted)
      throws LinuxException {
    int result = tryCall(arena, command, attributes);
    if (result < 0) {
      throw new LinuxException(attempted, -result);
    }
    return result;
  }

  /// As {@link #call}, for what is likely to be refused.
  ///
  /// @return the error number times −1 where the kernel refuses
  static int tryCall(Arena arena, int command, MemorySegment attributes) {
    MemorySegment errno = Libc.errnoBuffer(arena);
    long result = Libc.syscall(errno, NUMBER, command, attributes.address(), attributes.byteSize());
    return result < 0 ? -Libc.errno(errno) : (int) result;
  }

  /// Loads a program for tc; an exception carries the verifier's log.
  ///
  /// @param name shown by bpftool and tc, at most 15 characters of letters, digits, `_` and `.`
  /// @return its descriptor
  static int loadTcProgram(String name, long[] code) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(72, 8);
      attributes.set(JAVA_INT, 0, 3); // BPF_PROG_TYPE_SCHED_CLS
      attributes.set(JAVA_INT, 4, code.length);
      attributes.set(JAVA_LONG, 8, arena.allocateFrom(JAVA_LONG, code).address());
      attributes.set(JAVA_LONG, 16, arena.allocateFrom("Apache-2.0").address());
      putName(attributes, 48, name);
      String attempted = "load the tc program " + name;
      try {
        return call(arena, PROGRAM_LOAD, attributes, attempted);
      } catch (LinuxException refused) {
        // Once more with a log, for the message.
        MemorySegment log = arena.allocate(LOG_LENGTH);
        attributes.set(JAVA_INT, 24, 1);
        attributes.set(JAVA_INT, 28, LOG_LENGTH);
        attributes.set(JAVA_LONG, 32, log.address());
        try {
          return call(arena, PROGRAM_LOAD, attributes, attempted);
        } catch (LinuxException again) {
          throw new LinuxException(attempted, again.errno(), log.getString(0).strip());
        }
      }
    }
  }

  static void putName(MemorySegment attributes, long at, String name) {
    if (name.length() >= NAME_LENGTH) {
      throw new IllegalArgumentException("name longer than 15 characters: " + name);
    }
    attributes.setString(at, name);
  }
}
