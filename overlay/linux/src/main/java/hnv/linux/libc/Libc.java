// SPDX-License-Identifier: Apache-2.0
package hnv.linux.libc;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import hnv.linux.LinuxException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// The C library's functions that this module calls, each by its glibc name, so that system call
/// numbers and structure passing of the architecture stay the library's business.
///
/// Two layers. The first speaks C: pointers are `long`, the result is negative on error, and errno
/// is left in a {@link #errnoBuffer} of the caller's (one per thread or per owner; 4 ns). The
/// second, {@link #check}, turns that into a {@link LinuxException}. The data path uses only the
/// first.
///
/// Stateless; any thread. Blocking calls belong on platform threads: in a virtual thread they pin
/// the carrier.
public final class Libc {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
  private static final MemoryLayout ERRNO_LAYOUT = Linker.Option.captureStateLayout();
  private static final long ERRNO_AT =
      ERRNO_LAYOUT.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

  private static final ValueLayout POINTER = JAVA_LONG;
  private static final ValueLayout SIZE = JAVA_LONG;

  private static final MethodHandle OPEN = bind("open", 2, JAVA_INT, POINTER, JAVA_INT, JAVA_INT);
  private static final MethodHandle CLOSE = bind("close", JAVA_INT, JAVA_INT);
  private static final MethodHandle READ = bind("read", SIZE, JAVA_INT, POINTER, SIZE);
  private static final MethodHandle WRITE = bind("write", SIZE, JAVA_INT, POINTER, SIZE);
  private static final MethodHandle IOCTL =
      bind("ioctl", 2, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle SOCKET = bind("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle BIND = bind("bind", JAVA_INT, JAVA_INT, POINTER, JAVA_INT);
  private static final MethodHandle CONNECT =
      bind("connect", JAVA_INT, JAVA_INT, POINTER, JAVA_INT);
  private static final MethodHandle SETSOCKOPT =
      bind("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, POINTER, JAVA_INT);
  private static final MethodHandle GETSOCKOPT =
      bind("getsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, POINTER, POINTER);
  private static final MethodHandle SEND = bind("send", SIZE, JAVA_INT, POINTER, SIZE, JAVA_INT);
  private static final MethodHandle RECV = bind("recv", SIZE, JAVA_INT, POINTER, SIZE, JAVA_INT);
  private static final MethodHandle SENDMMSG =
      bind("sendmmsg", JAVA_INT, JAVA_INT, POINTER, JAVA_INT, JAVA_INT);
  private static final MethodHandle RECVMMSG =
      bind("recvmmsg", JAVA_INT, JAVA_INT, POINTER, JAVA_INT, JAVA_INT, POINTER);
  private static final MethodHandle EVENTFD = bind("eventfd", JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle EPOLL_CREATE1 = bind("epoll_create1", JAVA_INT, JAVA_INT);
  private static final MethodHandle EPOLL_CTL =
      bind("epoll_ctl", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, POINTER);
  private static final MethodHandle EPOLL_WAIT =
      bind("epoll_wait", JAVA_INT, JAVA_INT, POINTER, JAVA_INT, JAVA_INT);
  private static final MethodHandle SETNS = bind("setns", JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle SCHED_SETAFFINITY =
      bind("sched_setaffinity", JAVA_INT, JAVA_INT, SIZE, POINTER);
  private static final MethodHandle MMAP =
      bind("mmap", POINTER, POINTER, SIZE, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
  private static final MethodHandle MUNMAP = bind("munmap", JAVA_INT, POINTER, SIZE);
  private static final MethodHandle MOUNT =
      bind("mount", JAVA_INT, POINTER, POINTER, POINTER, JAVA_LONG, POINTER);
  private static final MethodHandle UMOUNT2 = bind("umount2", JAVA_INT, POINTER, JAVA_INT);
  private static final MethodHandle SYSCALL =
      bind("syscall", 1, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);

  // mmap(2).
  private static final int PROT_READ_WRITE = 3;
  private static final int SHARED = 1;
  private static final long MAP_FAILED = -1;

  private Libc() {}

  @SuppressWarnings("restricted")
  private static MethodHandle bind(String name, ValueLayout result, ValueLayout... arguments) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name), FunctionDescriptor.of(result, arguments), ERRNO);
  }

  @SuppressWarnings("restricted")
  private static MethodHandle bind(
      String name, int firstVariadic, ValueLayout result, ValueLayout... arguments) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(result, arguments),
        ERRNO,
        Linker.Option.firstVariadicArg(firstVariadic));
  }

  /// Where calls leave errno.
  public static MemorySegment errnoBuffer(Arena arena) {
    return arena.allocate(ERRNO_LAYOUT);
  }

  /// What the last failed call left in the buffer.
  public static int errno(MemorySegment errno) {
    return errno.get(JAVA_INT, ERRNO_AT);
  }

  /// The result of a call, or an exception where it is negative.
  ///
  /// @param attempted the call and its object, for the exception's message
  public static int check(long result, MemorySegment errno, String attempted)
      throws LinuxException {
    if (result < 0) {
      throw new LinuxException(attempted, errno(errno));
    }
    return (int) result;
  }

  /// open(2).
  ///
  /// @param mode permissions of a file that is created
  public static int open(MemorySegment errno, long path, int flags, int mode) {
    try {
      return (int) OPEN.invokeExact(errno, path, flags, mode);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// Closes a descriptor; there is nothing to be done about an error.
  @SuppressWarnings("CheckReturnValue")
  public static void close(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      int ignored = (int) CLOSE.invokeExact(errnoBuffer(arena), fd);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  public static long read(MemorySegment errno, int fd, long buffer, long length) {
    try {
      return (long) READ.invokeExact(errno, fd, buffer, length);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  public static long write(MemorySegment errno, int fd, long buffer, long length) {
    try {
      return (long) WRITE.invokeExact(errno, fd, buffer, length);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// ioctl(2).
  ///
  /// @param argument a pointer, or a value where the request takes one
  public static int ioctl(MemorySegment errno, int fd, long request, long argument) {
    try {
      return (int) IOCTL.invokeExact(errno, fd, request, argument);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  public static int socket(MemorySegment errno, int family, int type, int protocol) {
    try {
      return (int) SOCKET.invokeExact(errno, family, type, protocol);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  public static int bind(MemorySegment errno, int fd, long address, int length) {
    try {
      return (int) BIND.invokeExact(errno, fd, address, length);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  public static int connect(MemorySegment errno, int fd, long address, int length) {
    try {
      return (int) CONNECT.invokeExact(errno, fd, address, length);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  public static int setsockopt(
      MemorySegment errno, int fd, int level, int option, long value, int length) {
    try {
      return (int) SETSOCKOPT.invokeExact(errno, fd, level, option, value, length);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// getsockopt(2).
  ///
  /// @param length pointer to an `int`: room on entry, octets written on return
  public static int getsockopt(
      MemorySegment errno, int fd, int level, int option, long value, long length) {
    try {
      return (int) GETSOCKOPT.invokeExact(errno, fd, level, option, value, length);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  public static long send(MemorySegment errno, int fd, long buffer, long length, int flags) {
    try {
      return (long) SEND.invokeExact(errno, fd, buffer, length, flags);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  public static long recv(MemorySegment errno, int fd, long buffer, long length, int flags) {
    try {
      return (long) RECV.invokeExact(errno, fd, buffer, length, flags);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  public static int sendmmsg(MemorySegment errno, int fd, long messages, int count, int flags) {
    try {
      return (int) SENDMMSG.invokeExact(errno, fd, messages, count, flags);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// Without a timeout of its own: with MSG_DONTWAIT it takes what is there.
  public static int recvmmsg(MemorySegment errno, int fd, long messages, int count, int flags) {
    try {
      return (int) RECVMMSG.invokeExact(errno, fd, messages, count, flags, 0L);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  public static int eventfd(MemorySegment errno, int initial, int flags) {
    try {
      return (int) EVENTFD.invokeExact(errno, initial, flags);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  public static int epollCreate(MemorySegment errno, int flags) {
    try {
      return (int) EPOLL_CREATE1.invokeExact(errno, flags);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  public static int epollCtl(MemorySegment errno, int epoll, int operation, int fd, long event) {
    try {
      return (int) EPOLL_CTL.invokeExact(errno, epoll, operation, fd, event);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  public static int epollWait(
      MemorySegment errno, int epoll, long events, int capacity, int timeoutMs) {
    try {
      return (int) EPOLL_WAIT.invokeExact(errno, epoll, events, capacity, timeoutMs);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// setns(2): moves the calling thread.
  public static int setns(MemorySegment errno, int fd, int kind) {
    try {
      return (int) SETNS.invokeExact(errno, fd, kind);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// sched_setaffinity(2).
  ///
  /// @param thread 0 for the calling one
  /// @param set pointer to a `cpu_set_t` of `length` octets
  public static int schedSetaffinity(MemorySegment errno, int thread, long length, long set) {
    try {
      return (int) SCHED_SETAFFINITY.invokeExact(errno, thread, length, set);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// mount(2).
  ///
  /// @param options of the file system, a C string
  public static int mount(
      MemorySegment errno, long source, long target, long kind, long flags, long options) {
    try {
      return (int) MOUNT.invokeExact(errno, source, target, kind, flags, options);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// umount2(2).
  public static int unmount(MemorySegment errno, long target, int flags) {
    try {
      return (int) UMOUNT2.invokeExact(errno, target, flags);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// mmap(2) of a whole object, shared, for reading and writing. Unmapped when the arena is closed.
  ///
  /// @param length octets, a multiple of the page's
  @SuppressWarnings("restricted")
  public static MemorySegment mapShared(int fd, long length, Arena arena, String attempted)
      throws LinuxException {
    try (Arena call = Arena.ofConfined()) {
      MemorySegment errno = errnoBuffer(call);
      long address = (long) MMAP.invokeExact(errno, 0L, length, PROT_READ_WRITE, SHARED, fd, 0L);
      if (address == MAP_FAILED) {
        throw new LinuxException(attempted, errno(errno));
      }
      return MemorySegment.ofAddress(address).reinterpret(length, arena, Libc::unmap);
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  @SuppressWarnings("CheckReturnValue")
  private static void unmap(MemorySegment mapped) {
    try (Arena arena = Arena.ofConfined()) {
      int ignored =
          (int) MUNMAP.invokeExact(errnoBuffer(arena), mapped.address(), mapped.byteSize());
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// For what glibc has no wrapper of: only bpf(2).
  public static long syscall(MemorySegment errno, long number, long a, long b, long c) {
    try {
      return (long) SYSCALL.invokeExact(errno, number, a, b, c);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }
}
