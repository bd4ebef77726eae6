// SPDX-License-Identifier: Apache-2.0
package hnv.linux.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import hnv.linux.LinuxException;
import hnv.linux.libc.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// A program at a device's tcx hook (Linux 6.6). It ends with this descriptor, also when the
/// process is killed, unless it was pinned to a {@link BpfFolder}; what lies below it at the clsact
/// hook then takes over.
public final class TcxLink implements AutoCloseable {
  private static final int ATTACH_TCX_INGRESS = 46;

  private final int fd;

  TcxLink(int fd) {
    this.fd = fd;
  }

  /// Attaches to what comes in by the device, before clsact and all other tcx programs there.
  public static TcxLink ingress(TcProgram program, int ifindex) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(48, 8);
      attributes.set(JAVA_INT, 0, program.fd());
      attributes.set(JAVA_INT, 4, ifindex);
      attributes.set(JAVA_INT, 8, ATTACH_TCX_INGRESS);
      attributes.set(JAVA_INT, 12, 1 << 3); // BPF_F_BEFORE, relative to nothing: first
      String attempted = "attach " + program.name() + " by tcx to the device with index " + ifindex;
      return new TcxLink(Bpf.call(arena, Bpf.LINK_CREATE, attributes, attempted));
    }
  }

  /// Puts another program in the place of the one that is there. Each packet meets either of them.
  public void replaceProgram(TcProgram program) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(16, 8);
      attributes.set(JAVA_INT, 0, fd);
      attributes.set(JAVA_INT, 4, program.fd());
      Bpf.call(arena, Bpf.LINK_UPDATE, attributes, "put " + program.name() + " in place by tcx");
    }
  }

  int fd() {
    return fd;
  }

  @Override
  public void close() {
    Libc.close(fd);
  }
}
