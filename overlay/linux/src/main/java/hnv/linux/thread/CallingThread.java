// SPDX-License-Identifier: Apache-2.0
package hnv.linux.thread;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import hnv.linux.LinuxException;
import hnv.linux.libc.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/// Places the calling thread, which must be a platform thread: a carrier of virtual threads would
/// take others along.
public final class CallingThread {
  /// CPUs that {@link #pinTo} can name.
  public static final int MAX_CPUS = 1_024;

  private static final int O_RDONLY_CLOEXEC = 0x80000;
  private static final int CLONE_NEWNET = 0x4000_0000;

  private CallingThread() {}

  /// Moves it for good to another network namespace. Sockets that it opens from now on belong
  /// there, whoever uses them.
  ///
  /// @param namespace for example `/run/netns/NAME`
  /// @throws LinuxException ENOENT where there is none, EPERM without CAP_SYS_ADMIN
  public static void enterNetworkNamespace(Path namespace) throws LinuxException {
    refuseVirtual();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Libc.errnoBuffer(arena);
      String attempted = "enter the network namespace " + namespace;
      long path = arena.allocateFrom(namespace.toString()).address();
      int fd = Libc.check(Libc.open(errno, path, O_RDONLY_CLOEXEC, 0), errno, attempted);
      try {
        Libc.check(Libc.setns(errno, fd, CLONE_NEWNET), errno, attempted);
      } finally {
        Libc.close(fd);
      }
    }
  }

  /// Lets it run on one CPU only.
  ///
  /// @param cpu 0…{@link #MAX_CPUS} − 1
  /// @throws LinuxException EINVAL where there is no such CPU
  public static void pinTo(int cpu) throws LinuxException {
    refuseVirtual();
    if (cpu < 0 || cpu >= MAX_CPUS) {
      throw new IllegalArgumentException("CPU 0 to " + (MAX_CPUS - 1) + ", not " + cpu);
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Libc.errnoBuffer(arena);
      MemorySegment set = arena.allocate(MAX_CPUS / 8, 8);
      set.set(JAVA_BYTE, cpu / 8, (byte) (1 << (cpu % 8)));
      Libc.check(
          Libc.schedSetaffinity(errno, 0, set.byteSize(), set.address()),
          errno,
          "run on CPU " + cpu);
    }
  }

  private static void refuseVirtual() {
    if (Thread.currentThread().isVirtual()) {
      throw new IllegalStateException("a virtual thread has no place of its own");
    }
  }
}
