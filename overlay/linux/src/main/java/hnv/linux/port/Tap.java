// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import hnv.dataplane.Frame;
import hnv.dataplane.FrameBatch;
import hnv.dataplane.FramePool;
import hnv.linux.LinuxException;
import hnv.linux.libc.Libc;
import hnv.wire.VirtioNetHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// A TAP of ours, the two channels between a device and this process in one: what the device's
/// program redirects to it is read here (the miss channel); what is written here enters the host by
/// it, and a program there sends it out by the device (the emit channel). VLAN tags pass in the
/// octets.
///
/// The device goes when the descriptor is closed, also by the process's death, unless it was left
/// to the next process by {@link #leave}.
final class Tap extends FrameChannel {
  /// Octets before each frame.
  static final int HEADER_LENGTH = VirtioNetHeader.LENGTH_TUNNEL;

  /// Largest MTU that a TAP takes.
  static final int MAX_MTU = 65_521;

  // linux/if_tun.h, netdevice(7).
  private static final int O_RDWR_NONBLOCK_CLOEXEC = 0x80802;
  private static final long TUNSETIFF = 0x4004_54CAL;
  private static final long TUNSETPERSIST = 0x4004_54CBL;
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
  private final int offloads;

  private Tap(String name, int fd, int offloads, FramePool pool) {
    super(fd, HEADER_LENGTH, pool);
    this.name = name;
    this.offloads = offloads;
  }

  /// Creates the device, down and without an address, or takes over the one of this name that an
  /// earlier process left: it goes with this process from now on.
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
        persist(errno, fd, false, name);
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

  private static void persist(MemorySegment errno, int fd, boolean persistent, String name)
      throws LinuxException {
    Libc.check(
        Libc.ioctl(errno, fd, TUNSETPERSIST, persistent ? 1 : 0),
        errno,
        "have the TAP " + name + (persistent ? " stay" : " go with its process"));
  }

  /// The device stays when the descriptor is closed, or goes again. While nobody has it, what is
  /// sent to it is dropped.
  void leave(boolean left) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      persist(Libc.errnoBuffer(arena), fd, left, name);
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

  /// TUN_F_… bits that the kernel agreed to.
  int offloads() {
    return offloads;
  }

  /// Whether UDP super-frames pass whole (Linux 6.2).
  boolean carriesUdpSuperFrames() {
    return (offloads & USO) != 0;
  }

  /// Since Linux 6.17.
  @Override
  boolean carriesTunnelSuperFrames() {
    return (offloads & UDP_TUNNEL_GSO) != 0;
  }

  @Override
  int receive(FrameBatch batch, int port) {
    int before = batch.size();
    while (!batch.isFull() && !isClosed()) {
      Frame frame = batch.pool().acquire();
      if (frame == null) {
        break;
      }
      long received = Libc.read(errno, fd, frame.memory().address() + headerAt(), READ_LENGTH);
      if (received < 0) {
        frame.release();
        failedToRead();
        break;
      }
      accept(batch, frame, (int) received, port);
    }
    return batch.size() - before;
  }

  @Override
  boolean passesWhole(Frame superFrame) {
    if (superFrame.gsoType() == VirtioNetHeader.GSO_UDP_L4 && !carriesUdpSuperFrames()) {
      return false;
    }
    return switch (superFrame.encapsulation()) {
      case NONE -> true;
      case VXLAN ->
          carriesTunnelSuperFrames() && superFrame.end() - superFrame.outerL3() <= MAX_IP_LENGTH;
      case NVGRE, GRE -> false;
    };
  }
}
