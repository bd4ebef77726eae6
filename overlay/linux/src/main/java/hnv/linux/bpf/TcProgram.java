// SPDX-License-Identifier: Apache-2.0
package hnv.linux.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import hnv.linux.LinuxException;
import hnv.linux.libc.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;

/// A tc program that the kernel has accepted. Attaching it keeps it alive; {@link #close} only
/// gives up this process's hold.
public final class TcProgram implements AutoCloseable {
  // struct bpf_prog_info of linux/bpf.h.
  private static final int INFO_LENGTH = 224;
  private static final int INFO_MACHINE_CODE_AT = 16;
  private static final int INFO_TRANSLATED_AT = 20;
  private static final int INFO_VERIFIED_AT = 216;

  private final int fd;
  private final String name;

  private TcProgram(int fd, String name) {
    this.fd = fd;
    this.name = name;
  }

  /// Has the kernel verify and compile the program.
  ///
  /// @param name at most 15 characters of letters, digits, `_` and `.`
  /// @throws LinuxException with the verifier's log in its message
  public static TcProgram load(String name, Assembler program) throws LinuxException {
    return new TcProgram(Bpf.loadTcProgram(name, program.assemble()), name);
  }

  /// Has the kernel verify and compile a section of an object file.
  ///
  /// @param maps by the names that the source has for them
  /// @throws LinuxException with the verifier's log in its message
  public static TcProgram load(
      String name, ProgramObject object, String section, Map<String, BpfMap> maps)
      throws LinuxException {
    return new TcProgram(Bpf.loadTcProgram(name, object.code(section, maps)), name);
  }

  /// What the kernel made of a program.
  ///
  /// @param instructions after the verifier's rewriting
  /// @param verified instructions that the verifier walked, over all paths (Linux 5.16)
  /// @param machineCode octets
  public record Facts(int instructions, int verified, int machineCode) {}

  /// What the kernel made of it.
  public Facts facts() throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(INFO_LENGTH, 8);
      MemorySegment attributes = arena.allocate(16, 8);
      attributes.set(JAVA_INT, 0, fd);
      attributes.set(JAVA_INT, 4, INFO_LENGTH);
      attributes.set(JAVA_LONG, 8, info.address());
      Bpf.call(arena, Bpf.OBJECT_INFO, attributes, "ask about the tc program " + name);
      return new Facts(
          info.get(JAVA_INT, INFO_TRANSLATED_AT) / 8,
          info.get(JAVA_INT, INFO_VERIFIED_AT),
          info.get(JAVA_INT, INFO_MACHINE_CODE_AT));
    }
  }

  /// Runs the program on a frame that exists for this only (BPF_PROG_TEST_RUN), by the loopback
  /// device of the calling thread's namespace. For probes and tests: a redirected frame goes
  /// nowhere.
  ///
  /// @param frame at most one page less the kernel's own needs
  /// @param context the first octets of `struct __sk_buff`, read and written; may be empty
  /// @param result where the frame is left
  /// @return the verdict in the upper half, the octets of the frame afterwards in the lower
  public long run(MemorySegment frame, MemorySegment context, MemorySegment result)
      throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = testRun(arena, frame, context, result);
      return (long) attributes.get(JAVA_INT, 4) << 32 | attributes.get(JAVA_INT, 12);
    }
  }

  /// How long the program takes for a frame, by the kernel's count, in nanoseconds: once, as a
  /// frame that it has changed is another. Two looks at the clock are in it.
  ///
  /// @param result where the frame is left
  public int timeNs(MemorySegment frame, MemorySegment result) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      return testRun(arena, frame, MemorySegment.NULL, result).get(JAVA_INT, 36);
    }
  }

  private MemorySegment testRun(
      Arena arena, MemorySegment frame, MemorySegment context, MemorySegment result)
      throws LinuxException {
    MemorySegment attributes = arena.allocate(80, 8);
    attributes.set(JAVA_INT, 0, fd);
    attributes.set(JAVA_INT, 8, (int) frame.byteSize());
    attributes.set(JAVA_INT, 12, (int) result.byteSize());
    attributes.set(JAVA_LONG, 16, frame.address());
    attributes.set(JAVA_LONG, 24, result.address());
    attributes.set(JAVA_INT, 32, 1);
    if (context.byteSize() > 0) {
      attributes.set(JAVA_INT, 40, (int) context.byteSize());
      attributes.set(JAVA_INT, 44, (int) context.byteSize());
      attributes.set(JAVA_LONG, 48, context.address());
      attributes.set(JAVA_LONG, 56, context.address());
    }
    Bpf.call(arena, Bpf.PROGRAM_TEST_RUN, attributes, "run the tc program " + name);
    return attributes;
  }

  public int fd() {
    return fd;
  }

  public String name() {
    return name;
  }

  @Override
  public void close() {
    Libc.close(fd);
  }
}
