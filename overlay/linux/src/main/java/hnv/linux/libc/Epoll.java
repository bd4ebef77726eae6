// SPDX-License-Identifier: Apache-2.0
package hnv.linux.libc;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import hnv.linux.LinuxException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Waits until one of several descriptors can be read, or until another thread says so. One thread
/// waits; any thread may watch, unwatch and wake. A descriptor that is closed is forgotten by
/// itself.
public final class Epoll implements AutoCloseable {
  private static final int CLOEXEC = 0x80000;
  private static final int NONBLOCK = 0x800;
  private static final int ADD = 1;
  private static final int DELETE = 2;
  private static final int READABLE = 1;

  /// `struct epoll_event`: 12 octets on x86-64, 16 elsewhere. Only its first word is used, so the
  /// larger serves both.
  private static final int EVENT_LENGTH = 16;

  private static final int EVENTS = 8;

  private final Arena arena = Arena.ofAuto();
  private final MemorySegment waiterErrno = Libc.errnoBuffer(arena);
  private final MemorySegment events = arena.allocate(EVENT_LENGTH * EVENTS, 8);
  private final MemorySegment counter = arena.allocate(8, 8);
  private final int fd;
  private final int wakeFd;

  public Epoll() throws LinuxException {
    fd =
        Libc.check(Libc.epollCreate(waiterErrno, CLOEXEC), waiterErrno, "create an epoll instance");
    wakeFd =
        Libc.check(
            Libc.eventfd(waiterErrno, 0, CLOEXEC | NONBLOCK), waiterErrno, "create an eventfd");
    watch(wakeFd);
  }

  /// Includes a descriptor in the wait.
  public void watch(int watched) throws LinuxException {
    try (Arena local = Arena.ofConfined()) {
      MemorySegment errno = Libc.errnoBuffer(local);
      MemorySegment event = local.allocate(EVENT_LENGTH, 8);
      event.set(JAVA_INT, 0, READABLE);
      Libc.check(
          Libc.epollCtl(errno, fd, ADD, watched, event.address()), errno, "watch a descriptor");
    }
  }

  /// Leaves a descriptor out of the wait; one that is not watched is no error.
  public void unwatch(int watched) {
    try (Arena local = Arena.ofConfined()) {
      MemorySegment event = local.allocate(EVENT_LENGTH, 8);
      int ignored = Libc.epollCtl(Libc.errnoBuffer(local), fd, DELETE, watched, event.address());
      assert ignored <= 0;
    }
  }

  /// Waits until something can be read, {@link #wakeUp} was called since the last wait, or the time
  /// is over. A signal may end it early.
  public void await(int timeoutMs) {
    int ready = Libc.epollWait(waiterErrno, fd, events.address(), EVENTS, timeoutMs);
    if (ready > 0) {
      long ignored = Libc.read(waiterErrno, wakeFd, counter.address(), 8);
      assert ignored <= 8;
    }
  }

  /// Ends a wait, now or the next one.
  public void wakeUp() {
    try (Arena local = Arena.ofConfined()) {
      MemorySegment one = local.allocateFrom(JAVA_LONG, 1L);
      long ignored = Libc.write(Libc.errnoBuffer(local), wakeFd, one.address(), 8);
      assert ignored <= 8;
    }
  }

  @Override
  public void close() {
    Libc.close(wakeFd);
    Libc.close(fd);
  }
}
