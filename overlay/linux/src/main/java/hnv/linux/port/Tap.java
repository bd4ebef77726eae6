// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.dataplane.FlowRecordExecutor;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameBatch;
import hnv.dataplane.FramePool;
import hnv.dataplane.Segmenter;
import hnv.linux.Errno;
import hnv.linux.LinuxException;
import hnv.linux.libc.Libc;
import hnv.wire.EthernetHeader;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Header;
import hnv.wire.TcpHeader;
import hnv.wire.UdpHeader;
import hnv.wire.VirtioNetHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// A TAP of ours, the two channels between a device and this process in one: what the device's
/// program redirects to it is read here (the miss channel); what is written here enters the host by
/// it, and a program there sends it out by the device (the emit channel). Each frame bears a
/// virtio-net header, so that super-frames, partial checksums and VLAN tags pass whole.
///
/// The device goes when the descriptor is closed, also by the process's death. {@link #open} and
/// {@link #close} by any thread, the rest by the Worker that owns the port.
final class Tap implements AutoCloseable {
  /// Octets before each frame.
  static final int HEADER_LENGTH = VirtioNetHeader.LENGTH_TUNNEL;

  /// Largest MTU that a TAP takes.
  static final int MAX_MTU = 65_521;

  // linux/if_tun.h, netdevice(7).
  private static final int O_RDWR_NONBLOCK_CLOEXEC = 0x80802;
  private static final long TUNSETIFF = 0x4004_54CAL;
  private static final long TUNSETVNETHDRSZ = 0x4004_54D8L;
  private static final long TUNSETOFFLOAD = 0x4004_54D0L;
  private static final int IFREQ_LENGTH = 40;
  private static final int IFREQ_FLAGS_AT = 16;
  private static final int IFF_TAP = 0x0002;
  private static final int IFF_NO_PI = 0x1000;
  private static final int IFF_VNET_HDR = 0x4000;

  // Offloads that the reader of the TAP can take, TUN_F_….
  private static final int CHECKSUM_AND_TSO = 0x07;
  private static final int USO = 0x60;
  private static final int UDP_TUNNEL_GSO = 0x180;
  private static final int[] OFFLOADS = {
    CHECKSUM_AND_TSO | USO | UDP_TUNNEL_GSO, CHECKSUM_AND_TSO | USO, CHECKSUM_AND_TSO
  };

  private static final int READ_LENGTH = FramePool.SLOT_LENGTH - FramePool.HEADROOM + HEADER_LENGTH;
  private static final int MAX_IP_LENGTH = 65_535;

  private final String name;
  private final int fd;
  private final int offloads;
  private final MemorySegment errno = Libc.errnoBuffer(Arena.ofAuto());
  private final FramePool pool;
  private volatile boolean gone;
  private long unreadable;
  private DropReason segmentsReason = DropReason.NONE;

  private Tap(String name, int fd, int offloads, FramePool pool) {
    this.name = name;
    this.fd = fd;
    this.offloads = offloads;
    this.pool = pool;
  }

  /// Creates the device; it is down and has no address.
  ///
  /// @param name at most 15 octets
  /// @param pool where segments of super-frames that must be cut come from
  /// @throws LinuxException EPERM without CAP_NET_ADMIN, EBUSY where a device has the name
  static Tap open(String name, FramePool pool) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Libc.errnoBuffer(arena);
      String path = "/dev/net/tun";
      int fd =
          Libc.check(
              Libc.open(errno, arena.allocateFrom(path).address(), O_RDWR_NONBLOCK_CLOEXEC, 0),
              errno,
              "open " + path);
      try {
        MemorySegment request = arena.allocate(IFREQ_LENGTH, 8);
        request.setString(0, name);
        request.set(JAVA_SHORT, IFREQ_FLAGS_AT, (short) (IFF_TAP | IFF_NO_PI | IFF_VNET_HDR));
        Libc.check(
            Libc.ioctl(errno, fd, TUNSETIFF, request.address()), errno, "create the TAP " + name);
        MemorySegment length = arena.allocateFrom(JAVA_INT, HEADER_LENGTH);
        Libc.check(
            Libc.ioctl(errno, fd, TUNSETVNETHDRSZ, length.address()),
            errno,
            "set the virtio-net header of the TAP " + name);
        return new Tap(name, fd, negotiateOffloads(errno, fd, name), pool);
      } catch (LinuxException e) {
        Libc.close(fd);
        throw e;
      }
    }
  }

  private static int negotiateOffloads(MemorySegment errno, int fd, String name)
      throws LinuxException {
    for (int offloads : OFFLOADS) {
      if (Libc.ioctl(errno, fd, TUNSETOFFLOAD, offloads) >= 0) {
        return offloads;
      }
    }
    throw new LinuxException("have the TAP " + name + " pass super-frames", Libc.errno(errno));
  }

  String name() {
    return name;
  }

  int fd() {
    return fd;
  }

  /// TUN_F_… bits that the kernel agreed to.
  int offloads() {
    return offloads;
  }

  /// Whether UDP super-frames pass whole (Linux 6.2).
  boolean carriesUdpSuperFrames() {
    return (offloads & USO) != 0;
  }

  /// Whether VXLAN super-frames pass whole, in both directions (Linux 6.17).
  boolean carriesTunnelSuperFrames() {
    return (offloads & UDP_TUNNEL_GSO) != 0;
  }

  /// The device was removed by someone; nothing comes or goes any more.
  boolean isGone() {
    return gone;
  }

  /// Frames whose virtio-net header made no sense.
  long unreadable() {
    return unreadable;
  }

  /// Adds to the batch what waits, up to its capacity or the pool's.
  ///
  /// @return frames added
  int receive(FrameBatch batch, int port) {
    int before = batch.size();
    while (!batch.isFull() && !gone) {
      Frame frame = batch.pool().acquire();
      if (frame == null) {
        break;
      }
      long at = frame.memory().address() + FramePool.HEADROOM - HEADER_LENGTH;
      long received = Libc.read(errno, fd, at, READ_LENGTH);
      if (received < 0) {
        frame.release();
        int error = Libc.errno(errno);
        gone = error != Errno.EAGAIN && error != Errno.EINTR;
        break;
      }
      if (describe(frame, (int) received - HEADER_LENGTH)) {
        frame.setIngressPort(port);
        batch.add(frame);
      } else {
        unreadable++;
        frame.release();
      }
    }
    return batch.size() - before;
  }

  /// Carries the virtio-net header over to the frame.
  private static boolean describe(Frame frame, int length) {
    MemorySegment f = frame.memory();
    long at = FramePool.HEADROOM - HEADER_LENGTH;
    long limit = FramePool.HEADROOM + (long) length;
    if (length < EthernetHeader.LENGTH || !VirtioNetHeader.isValid(f, at, limit, HEADER_LENGTH)) {
      return false;
    }
    frame.reset(FramePool.HEADROOM, length);
    int flags = VirtioNetHeader.flags(f, at);
    if ((flags & VirtioNetHeader.NEEDS_CHECKSUM) != 0) {
      frame.setPartialChecksum(
          VirtioNetHeader.checksumStart(f, at), VirtioNetHeader.checksumOffset(f, at));
    } else if ((flags & VirtioNetHeader.DATA_VALID) != 0) {
      frame.setChecksumValid();
    }
    int gsoType = VirtioNetHeader.gsoType(f, at);
    if (gsoType != VirtioNetHeader.GSO_NONE) {
      frame.setGso(VirtioNetHeader.baseGsoType(gsoType), VirtioNetHeader.gsoSize(f, at));
      frame.setTunnelGso(VirtioNetHeader.isTunnel(gsoType));
    }
    return true;
  }

  /// Takes over the frame and sends it, cut in pieces where the kernel cannot take it whole.
  DropReason transmit(Frame frame) {
    if (frame.isSuperFrame() && !passesWhole(frame)) {
      return transmitSegments(frame);
    }
    DropReason result = write(frame);
    frame.release();
    return result;
  }

  private DropReason transmitSegments(Frame frame) {
    if (frame.gsoSize() < FlowRecordExecutor.MIN_GSO_SIZE) {
      frame.release();
      return DropReason.GSO_SIZE_REFUSED;
    }
    segmentsReason = DropReason.NONE;
    boolean all = Segmenter.segment(frame, pool, this::transmitSegment);
    return all ? segmentsReason : DropReason.FRAME_POOL_EXHAUSTED;
  }

  private void transmitSegment(Frame segment) {
    DropReason reason = write(segment);
    if (reason != DropReason.NONE) {
      segmentsReason = reason;
    }
    segment.release();
  }

  private DropReason write(Frame frame) {
    if (frame.start() < HEADER_LENGTH) {
      return DropReason.NO_HEADROOM;
    }
    long at = frame.start() - HEADER_LENGTH;
    VirtioNetHeader.clear(frame.memory(), at, HEADER_LENGTH);
    if (frame.isSuperFrame()) {
      writeSuperFrameHeader(frame, at);
    } else if (frame.isChecksumPartial() && frame.checksumStart() >= 0) {
      writeChecksumHeader(frame.memory(), at, frame.checksumStart(), frame.checksumOffset());
    }
    long length = HEADER_LENGTH + (long) frame.length();
    if (Libc.write(errno, fd, frame.memory().address() + at, length) >= 0) {
      return DropReason.NONE;
    }
    return switch (Libc.errno(errno)) {
      case Errno.EIO, Errno.EBADFD -> DropReason.PORT_DOWN;
      default -> DropReason.TRANSMIT_FAILED;
    };
  }

  private boolean passesWhole(Frame frame) {
    boolean udp = frame.gsoType() == VirtioNetHeader.GSO_UDP_L4;
    if (!frame.isChecksumPartial() || (udp && !carriesUdpSuperFrames())) {
      return false;
    }
    if (frame.encapsulation() == Encapsulation.NONE) {
      return !frame.isTunnelGso();
    }
    return frame.encapsulation() == Encapsulation.VXLAN
        && carriesTunnelSuperFrames()
        && frame.end() - frame.outerL3() <= MAX_IP_LENGTH;
  }

  private static void writeSuperFrameHeader(Frame frame, long at) {
    MemorySegment f = frame.memory();
    int transport = frame.checksumStart();
    int transportLength =
        frame.gsoType() == VirtioNetHeader.GSO_UDP_L4
            ? UdpHeader.LENGTH
            : TcpHeader.headerLength(f, frame.start() + (long) transport);
    int type = frame.gsoType();
    if (frame.encapsulation() == Encapsulation.VXLAN) {
      boolean ipv6 = frame.isOuterIpv6();
      type |= ipv6 ? VirtioNetHeader.GSO_UDP_TUNNEL_IPV6 : VirtioNetHeader.GSO_UDP_TUNNEL_IPV4;
      VirtioNetHeader.writeTunnel(
          f,
          at,
          frame.outerL3() + (ipv6 ? Ipv6Header.LENGTH : Ipv4Header.MIN_LENGTH) - frame.start(),
          frame.l3() - frame.start());
    }
    VirtioNetHeader.write(
        f,
        at,
        VirtioNetHeader.NEEDS_CHECKSUM,
        type,
        transport + transportLength,
        frame.gsoSize(),
        transport,
        frame.checksumOffset());
  }

  private static void writeChecksumHeader(MemorySegment f, long at, int start, int offset) {
    VirtioNetHeader.write(
        f, at, VirtioNetHeader.NEEDS_CHECKSUM, VirtioNetHeader.GSO_NONE, 0, 0, start, offset);
  }

  @Override
  public void close() {
    gone = true;
    Libc.close(fd);
  }
}
