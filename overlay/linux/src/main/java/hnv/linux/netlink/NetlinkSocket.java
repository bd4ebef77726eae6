// SPDX-License-Identifier: Apache-2.0
package hnv.linux.netlink;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import hnv.linux.Errno;
import hnv.linux.LinuxException;
import hnv.linux.libc.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/// A socket to the kernel's routing subsystem. One request at a time: {@link #request} is
/// synchronized, so any thread may ask.
final class NetlinkSocket implements AutoCloseable {
  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW = 3;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int NETLINK_ROUTE = 0;
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVBUF = 8;
  private static final int SOL_NETLINK = 270;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int NETLINK_CAP_ACK = 10;
  private static final int NETLINK_EXT_ACK = 11;
  private static final int NETLINK_GET_STRICT_CHK = 12;

  /// One receive: the kernel never fills more in a dump.
  private static final int BUFFER_LENGTH = 1 << 17;

  /// Changes that may wait while the listener is busy; beyond it the kernel reports an overrun.
  private static final int MONITOR_BUFFER = 1 << 20;

  private final Arena arena = Arena.ofAuto();
  private final MemorySegment errno = Libc.errnoBuffer(arena);
  private final MemorySegment buffer = arena.allocate(BUFFER_LENGTH, 8);
  private final int fd;
  private int sequence;

  private NetlinkSocket(int groups) throws LinuxException {
    fd =
        Libc.check(
            Libc.socket(errno, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE),
            errno,
            "open a netlink socket");
    MemorySegment address = arena.allocate(12, 8); // struct sockaddr_nl
    address.set(JAVA_SHORT, 0, (short) AF_NETLINK);
    address.set(JAVA_INT, 8, groups);
    try {
      Libc.check(Libc.bind(errno, fd, address.address(), 12), errno, "bind a netlink socket");
    } catch (LinuxException e) {
      Libc.close(fd);
      throw e;
    }
    setOption(SOL_NETLINK, NETLINK_CAP_ACK, 1);
    setOption(SOL_NETLINK, NETLINK_EXT_ACK, 1);
    setOption(SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
  }

  /// A socket for requests.
  static NetlinkSocket open() throws LinuxException {
    return new NetlinkSocket(0);
  }

  /// A socket that hears of changes.
  ///
  /// @param groups bits of the multicast groups, RTMGRP_…
  static NetlinkSocket openMonitor(int groups) throws LinuxException {
    NetlinkSocket socket = new NetlinkSocket(groups);
    socket.setOption(SOL_SOCKET, SO_RCVBUF, MONITOR_BUFFER);
    return socket;
  }

  /// Options are comforts: an older kernel goes without.
  private void setOption(int level, int option, int value) {
    try (Arena local = Arena.ofConfined()) {
      MemorySegment v = local.allocateFrom(JAVA_INT, value);
      int ignored = Libc.setsockopt(errno, fd, level, option, v.address(), 4);
      assert ignored <= 0;
    }
  }

  int fd() {
    return fd;
  }

  /// Sends a request and hands each reply to `replies` until the kernel says that it is done.
  ///
  /// @param attempted what the request is for, for the exception's message
  synchronized void request(Request request, String attempted, Consumer<Reply> replies)
      throws LinuxException {
    int mine = ++sequence;
    MemorySegment message = request.finish(mine);
    Libc.check(Libc.send(errno, fd, message.address(), message.byteSize(), 0), errno, attempted);
    boolean done = false;
    while (!done) {
      long received = Libc.recv(errno, fd, buffer.address(), BUFFER_LENGTH, 0);
      if (received < 0 && Libc.errno(errno) == Errno.EINTR) {
        continue;
      }
      Libc.check(received, errno, attempted);
      done = take(received, mine, attempted, replies);
    }
  }

  private boolean take(long received, int mine, String attempted, Consumer<Reply> replies)
      throws LinuxException {
    long at = 0;
    int length;
    while ((length = Reply.lengthAt(buffer, at, received)) > 0) {
      Reply reply = new Reply(buffer.asSlice(at, length));
      at += Request.align(length);
      if (reply.sequence() != mine) {
        continue;
      }
      if (reply.type() != Reply.ERROR && reply.type() != Reply.DONE) {
        replies.accept(reply);
      } else if (reply.errno() == 0) {
        return true;
      } else {
        throw new LinuxException(attempted, reply.errno(), reply.errorText());
      }
    }
    return false;
  }

  /// Hands on what has come from the kernel by itself, without waiting.
  ///
  /// @param lost told where messages were lost because too many waited
  /// @return whether there was anything
  boolean receive(Consumer<Reply> messages, Runnable lost) throws LinuxException {
    long received = Libc.recv(errno, fd, buffer.address(), BUFFER_LENGTH, MSG_DONTWAIT);
    if (received < 0) {
      int error = Libc.errno(errno);
      if (error == Errno.ENOBUFS) {
        lost.run();
      } else if (error != Errno.EAGAIN && error != Errno.EINTR) {
        throw new LinuxException("receive network changes", error);
      }
      return error != Errno.EAGAIN;
    }
    long at = 0;
    int length;
    while ((length = Reply.lengthAt(buffer, at, received)) > 0) {
      messages.accept(new Reply(buffer.asSlice(at, length)));
      at += Request.align(length);
    }
    return true;
  }

  @Override
  public void close() {
    Libc.close(fd);
  }
}
