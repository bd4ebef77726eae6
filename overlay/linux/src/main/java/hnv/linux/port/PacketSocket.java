// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import hnv.dataplane.Encapsulation;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameBatch;
import hnv.dataplane.FramePool;
import hnv.linux.LinuxException;
import hnv.linux.libc.Libc;
import hnv.wire.EthernetHeader;
import hnv.wire.Octets;
import hnv.wire.VirtioNetHeader;
import hnv.wire.VlanTag;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// A packet socket on a device (packet(7)): gets a copy of what comes in, in batches, and sends
/// past the device's queueing discipline and egress hooks. The kernel takes VLAN tags out of the
/// octets; they are put back here, so that no tagged frame looks like an untagged one.
final class PacketSocket extends FrameChannel {
  /// Firewall mark of what is sent, by which the guard knows it; "hnv" and a zero octet.
  static final int MARK = 0x686E_7600;

  private static final int HEADER_LENGTH = VirtioNetHeader.LENGTH;

  /// Frames of one system call.
  private static final int BATCH = 32;

  // packet(7), linux/if_packet.h, socket(7), recvmmsg(2).
  private static final int AF_PACKET = 17;
  private static final int SOCK_RAW_NONBLOCK_CLOEXEC = 0x80803;
  private static final int ETH_P_ALL = 3;
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVBUFFORCE = 33;
  private static final int SO_MARK = 36;
  private static final int SOL_PACKET = 263;
  private static final int PACKET_ADD_MEMBERSHIP = 1;
  private static final int PACKET_AUXDATA = 8;
  private static final int PACKET_VNET_HDR = 15;
  private static final int PACKET_QDISC_BYPASS = 20;
  private static final int PACKET_IGNORE_OUTGOING = 23;
  private static final int PACKET_MR_PROMISCUOUS = 1;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int SOCKADDR_LL_LENGTH = 20;
  private static final int MMSGHDR_LENGTH = 64;
  private static final int IOVEC_LENGTH = 16;
  private static final int MSG_IOV_AT = 16;
  private static final int MSG_IOVLEN_AT = 24;
  private static final int MSG_CONTROL_AT = 32;
  private static final int MSG_CONTROLLEN_AT = 40;
  private static final int MSG_LENGTH_AT = 56;

  /// `struct cmsghdr` and `struct tpacket_auxdata`.
  private static final int CONTROL_LENGTH = 40;

  private static final int AUX_STATUS_AT = 16;
  private static final int AUX_VLAN_TCI_AT = 32;
  private static final int AUX_VLAN_TPID_AT = 34;
  private static final int STATUS_VLAN_VALID = 0x10;
  private static final int STATUS_TPID_VALID = 0x40;

  private static final int RECEIVE_BUFFER = 8 << 20;
  private static final int READ_LENGTH = FramePool.SLOT_LENGTH - FramePool.HEADROOM + HEADER_LENGTH;

  private final MemorySegment messages = Arena.ofAuto().allocate(BATCH * MMSGHDR_LENGTH, 8);
  private final MemorySegment vectors = Arena.ofAuto().allocate(BATCH * IOVEC_LENGTH, 8);
  private final MemorySegment controls = Arena.ofAuto().allocate(BATCH * CONTROL_LENGTH, 8);
  private final Frame[] waiting = new Frame[BATCH];

  /// Super-frames that are cut without trying after one was refused.
  private static final int CUT_AFTER_REFUSAL = 1_024;

  private int cutFirst;

  private PacketSocket(int fd, FramePool pool) {
    super(fd, HEADER_LENGTH, pool);
    for (int i = 0; i < BATCH; i++) {
      long message = (long) i * MMSGHDR_LENGTH;
      long vector = vectors.address() + (long) i * IOVEC_LENGTH;
      messages.set(JAVA_LONG, message + MSG_IOV_AT, vector);
      messages.set(JAVA_LONG, message + MSG_IOVLEN_AT, 1);
      messages.set(
          JAVA_LONG, message + MSG_CONTROL_AT, controls.address() + (long) i * CONTROL_LENGTH);
    }
  }

  /// Opens the socket and sees everything that comes in by the device.
  ///
  /// @throws LinuxException EPERM without CAP_NET_RAW
  static PacketSocket open(int linkIndex, FramePool pool) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Libc.errnoBuffer(arena);
      int fd =
          Libc.check(
              Libc.socket(errno, AF_PACKET, SOCK_RAW_NONBLOCK_CLOEXEC, 0),
              errno,
              "open a packet socket");
      try {
        set(arena, fd, SOL_PACKET, PACKET_VNET_HDR, 1, "have super-frames on a packet socket");
        set(arena, fd, SOL_PACKET, PACKET_AUXDATA, 1, "have VLAN tags on a packet socket");
        set(arena, fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1, "leave out what is sent");
        set(arena, fd, SOL_PACKET, PACKET_QDISC_BYPASS, 1, "send past the queues");
        set(arena, fd, SOL_SOCKET, SO_MARK, MARK, "mark what is sent");
        set(arena, fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER, "have a larger buffer");
        String attempted = "see the frames of the device with index " + linkIndex;
        MemorySegment member = arena.allocate(16, 4);
        member.set(JAVA_INT, 0, linkIndex);
        member.set(JAVA_SHORT, 4, (short) PACKET_MR_PROMISCUOUS);
        Libc.check(
            Libc.setsockopt(errno, fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, member.address(), 16),
            errno,
            attempted);
        // Bound last: protocol 0 until then, so that nothing of other devices is in between.
        MemorySegment address = arena.allocate(SOCKADDR_LL_LENGTH, 4);
        address.set(JAVA_SHORT, 0, (short) AF_PACKET);
        Octets.putU16(address, 2, ETH_P_ALL);
        address.set(JAVA_INT, 4, linkIndex);
        Libc.check(Libc.bind(errno, fd, address.address(), SOCKADDR_LL_LENGTH), errno, attempted);
        return new PacketSocket(fd, pool);
      } catch (LinuxException e) {
        Libc.close(fd);
        throw e;
      }
    }
  }

  private static void set(Arena arena, int fd, int level, int option, int value, String attempted)
      throws LinuxException {
    MemorySegment errno = Libc.errnoBuffer(arena);
    MemorySegment v = arena.allocateFrom(JAVA_INT, value);
    Libc.check(Libc.setsockopt(errno, fd, level, option, v.address(), 4), errno, attempted);
  }

  /// The header of a packet socket cannot describe a tunnel.
  @Override
  boolean carriesTunnelSuperFrames() {
    return false;
  }

  @Override
  boolean passesWhole(Frame superFrame) {
    if (cutFirst > 0) {
      cutFirst--;
      return false;
    }
    return superFrame.encapsulation() == Encapsulation.NONE
        && superFrame.gsoType() != VirtioNetHeader.GSO_UDP_L4;
  }

  /// Past the queues the kernel cuts nothing: where the device cannot, the frame is refused. What
  /// the device can may change, so it is tried again some time.
  @Override
  boolean isCutAfterRefusal() {
    cutFirst = CUT_AFTER_REFUSAL;
    return true;
  }

  @Override
  int receive(FrameBatch batch, int port) {
    int before = batch.size();
    int wanted = prepare(batch);
    if (wanted == 0) {
      return 0;
    }
    int received = Libc.recvmmsg(errno, fd, messages.address(), wanted, MSG_DONTWAIT);
    if (received < 0) {
      failedToRead();
    }
    for (int i = 0; i < wanted; i++) {
      if (i < received) {
        long message = (long) i * MMSGHDR_LENGTH;
        int octets = messages.get(JAVA_INT, message + MSG_LENGTH_AT);
        if (accept(batch, waiting[i], octets, port)) {
          restoreVlanTag(waiting[i], i);
        }
      } else {
        waiting[i].release();
      }
    }
    return batch.size() - before;
  }

  /// Points the messages at free frames.
  private int prepare(FrameBatch batch) {
    int room = Math.min(BATCH, FrameBatch.CAPACITY - batch.size());
    int count = 0;
    while (count < room && !isClosed()) {
      Frame frame = batch.pool().acquire();
      if (frame == null) {
        break;
      }
      waiting[count] = frame;
      long vector = (long) count * IOVEC_LENGTH;
      vectors.set(JAVA_LONG, vector, frame.memory().address() + headerAt());
      vectors.set(JAVA_LONG, vector + 8, READ_LENGTH);
      messages.set(JAVA_LONG, (long) count * MMSGHDR_LENGTH + MSG_CONTROLLEN_AT, CONTROL_LENGTH);
      controls.set(JAVA_INT, (long) count * CONTROL_LENGTH + AUX_STATUS_AT, 0);
      count++;
    }
    return count;
  }

  private void restoreVlanTag(Frame frame, int index) {
    long control = (long) index * CONTROL_LENGTH;
    int status = controls.get(JAVA_INT, control + AUX_STATUS_AT);
    if ((status & STATUS_VLAN_VALID) == 0) {
      return;
    }
    int tci = Short.toUnsignedInt(controls.get(JAVA_SHORT, control + AUX_VLAN_TCI_AT));
    int tpid =
        (status & STATUS_TPID_VALID) == 0
            ? EthernetHeader.VLAN
            : Short.toUnsignedInt(controls.get(JAVA_SHORT, control + AUX_VLAN_TPID_AT));
    MemorySegment f = frame.memory();
    int from = frame.start();
    int to = from - VlanTag.LENGTH;
    int length = frame.length() + VlanTag.LENGTH;
    boolean partial = frame.isChecksumPartial();
    int checksumStart = frame.checksumStart() + VlanTag.LENGTH;
    int checksumOffset = frame.checksumOffset();
    int gsoType = frame.gsoType();
    int gsoSize = frame.gsoSize();
    int port = frame.ingressPort();
    for (int i = 0; i < EthernetHeader.ETHER_TYPE_AT; i++) {
      f.set(JAVA_BYTE, to + (long) i, f.get(JAVA_BYTE, from + (long) i));
    }
    Octets.putU16(f, to + (long) EthernetHeader.ETHER_TYPE_AT, tpid);
    Octets.putU16(f, to + (long) EthernetHeader.LENGTH, tci);
    frame.reset(to, length);
    frame.setGso(gsoType, gsoSize);
    if (partial) {
      frame.setPartialChecksum(checksumStart, checksumOffset);
    }
    frame.setIngressPort(port);
  }
}
