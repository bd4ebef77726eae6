// SPDX-License-Identifier: Apache-2.0
package hnv.linux.probe;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import hnv.linux.Errno;
import hnv.linux.LinuxException;
import hnv.linux.libc.Epoll;
import hnv.linux.libc.Libc;
import hnv.wire.Icmpv4Header;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv4Header;
import hnv.wire.Octets;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;

/// Measures the largest IPv4 packet that reaches a host whole and comes back, by echo requests that
/// must not be fragmented. The size that is tried next comes from "fragmentation needed" where a
/// router says it, and from bisection where it is silent (RFC 4821 §7.3).
///
/// One thread; waits up to {@link #ANSWER_MS} per size that gets no answer.
public final class PathMtuProbe {
  /// Smallest size that is tried: every IPv4 host takes it (RFC 791 §3.1).
  public static final int MIN_MTU = 576;

  /// How long an answer may take.
  public static final int ANSWER_MS = 400;

  /// Sizes tried at most: bisection of 576…65535 takes 16.
  public static final int MAX_TRIES = 20;

  private static final int AF_INET = 2;
  private static final int SOCK_RAW_CLOEXEC = 0x80003;
  private static final int IPPROTO_ICMP = 1;
  private static final int IPPROTO_IP = 0;
  private static final int IP_MTU_DISCOVER = 10;
  private static final int IP_MTU = 14;
  private static final int IP_PMTUDISC_PROBE = 3;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int SOCKADDR_LENGTH = 16;
  private static final int BUFFER_LENGTH = 1 << 16;

  private static final int NO_ANSWER = 0;
  private static final int ARRIVED = -1;

  private final MemorySegment errno;
  private final MemorySegment buffer;
  private final Epoll epoll;
  private final int fd;
  private final int id = (int) (ProcessHandle.current().pid() & 0xFFFF);
  private int sequence;

  private PathMtuProbe(Arena arena, Epoll epoll, int fd) {
    this.errno = Libc.errnoBuffer(arena);
    this.buffer = arena.allocate(BUFFER_LENGTH, 8);
    this.epoll = epoll;
    this.fd = fd;
  }

  /// Finds the path's MTU towards a host.
  ///
  /// @param linkMtu octets that the first link carries: the largest size that is tried
  /// @return octets of the largest IP packet that was answered; empty where nothing was, which says
  ///     nothing about the path
  /// @throws LinuxException EPERM without CAP_NET_RAW, ENETUNREACH without a route
  public static OptionalInt measure(Ipv4Address destination, int linkMtu) throws LinuxException {
    try (Arena arena = Arena.ofConfined();
        Epoll epoll = new Epoll()) {
      MemorySegment errno = Libc.errnoBuffer(arena);
      int fd =
          Libc.check(
              Libc.socket(errno, AF_INET, SOCK_RAW_CLOEXEC, IPPROTO_ICMP),
              errno,
              "open a raw socket for echo requests");
      try {
        MemorySegment probe = arena.allocateFrom(JAVA_INT, IP_PMTUDISC_PROBE);
        Libc.check(
            Libc.setsockopt(errno, fd, IPPROTO_IP, IP_MTU_DISCOVER, probe.address(), 4),
            errno,
            "forbid fragmentation");
        MemorySegment address = arena.allocate(SOCKADDR_LENGTH, 4);
        address.set(JAVA_SHORT, 0, (short) AF_INET);
        Octets.putU32(address, 4, destination.bits());
        Libc.check(
            Libc.connect(errno, fd, address.address(), SOCKADDR_LENGTH),
            errno,
            "send echo requests to " + destination);
        epoll.watch(fd);
        return new PathMtuProbe(arena, epoll, fd).search(linkMtu);
      } finally {
        Libc.close(fd);
      }
    }
  }

  private OptionalInt search(int linkMtu) {
    int arrives = 0;
    int fails = linkMtu + 1;
    int size = linkMtu;
    for (int i = 0; i < MAX_TRIES && fails - arrives > 1; i++) {
      int answer = tryOnce(size);
      if (answer == ARRIVED) {
        arrives = size;
      } else {
        fails = size;
      }
      if (answer >= MIN_MTU && answer < size) {
        fails = answer + 1;
        size = answer;
      } else if (arrives > 0) {
        size = (arrives + fails) / 2;
      } else if (size > MIN_MTU) {
        size = MIN_MTU;
      } else {
        break;
      }
    }
    return arrives == 0 ? OptionalInt.empty() : OptionalInt.of(arrives);
  }

  /// Sends one echo request and waits.
  ///
  /// @return {@link #ARRIVED}, {@link #NO_ANSWER}, or the MTU that a router told
  private int tryOnce(int size) {
    sequence++;
    int length = size - Ipv4Header.MIN_LENGTH;
    buffer.asSlice(0, length).fill((byte) 0);
    Icmpv4Header.writeQuery(buffer, 0, Icmpv4Header.ECHO_REQUEST, 0, id, sequence);
    Icmpv4Header.writeChecksum(buffer, 0, length);
    if (Libc.send(errno, fd, buffer.address(), length, 0) < 0) {
      return Libc.errno(errno) == Errno.EMSGSIZE ? toldMtu() : NO_ANSWER;
    }
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ANSWER_MS);
    for (long left = ANSWER_MS; left > 0; ) {
      epoll.await((int) left);
      long received = Libc.recv(errno, fd, buffer.address(), BUFFER_LENGTH, MSG_DONTWAIT);
      if (received < 0 && Libc.errno(errno) == Errno.EMSGSIZE) {
        return toldMtu();
      }
      if (received > 0 && isAnswer(received)) {
        return ARRIVED;
      }
      left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
    }
    return NO_ANSWER;
  }

  /// A raw socket gets every ICMP packet from that host, IP header included.
  private boolean isAnswer(long received) {
    if (!Ipv4Header.isValid(buffer, 0, received)) {
      return false;
    }
    int at = Ipv4Header.headerLength(buffer, 0);
    return Icmpv4Header.isValid(buffer, at, received)
        && Icmpv4Header.type(buffer, at) == Icmpv4Header.ECHO_REPLY
        && Icmpv4Header.id(buffer, at) == id
        && Icmpv4Header.sequence(buffer, at) == (sequence & 0xFFFF);
  }

  /// What the kernel learnt of the path from a router's "fragmentation needed".
  private int toldMtu() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(JAVA_INT);
      MemorySegment length = arena.allocateFrom(JAVA_INT, 4);
      int result =
          Libc.getsockopt(errno, fd, IPPROTO_IP, IP_MTU, value.address(), length.address());
      return result == 0 ? value.get(JAVA_INT, 0) : NO_ANSWER;
    }
  }
}
