// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.dataplane.FlowRecordExecutor;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameBatch;
import hnv.dataplane.FramePool;
import hnv.dataplane.Segmenter;
import hnv.linux.Errno;
import hnv.linux.libc.Libc;
import hnv.wire.EthernetHeader;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Header;
import hnv.wire.TcpHeader;
import hnv.wire.UdpHeader;
import hnv.wire.VirtioNetHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;

/// A descriptor that frames are read from and written to, each behind a virtio-net header that says
/// what of it is unfinished: a super-frame, a partial checksum.
///
/// Created and closed by any thread; {@link #receive} and {@link #transmit} belong to the Worker
/// that owns the port.
abstract sealed class FrameChannel implements AutoCloseable permits Tap, PacketSocket {
  final int fd;
  final MemorySegment errno = Libc.errnoBuffer(Arena.ofAuto());
  private final int headerLength;
  private final FramePool pool;
  private final AtomicBoolean closed = new AtomicBoolean();
  private long unreadable;
  private DropReason segmentsReason = DropReason.NONE;

  /// Takes over the descriptor.
  ///
  /// @param headerLength octets of the virtio-net header in use
  /// @param pool where segments of super-frames that must be cut come from
  FrameChannel(int fd, int headerLength, FramePool pool) {
    this.fd = fd;
    this.headerLength = headerLength;
    this.pool = pool;
  }

  /// Adds to the batch what waits, up to its capacity or the pool's.
  ///
  /// @return frames added
  abstract int receive(FrameBatch batch, int port);

  /// Whether the kernel takes this super-frame in one piece.
  abstract boolean passesWhole(Frame superFrame);

  /// Whether VXLAN super-frames pass whole, in both directions.
  abstract boolean carriesTunnelSuperFrames();

  /// Frames whose virtio-net header made no sense.
  final long unreadable() {
    return unreadable;
  }

  /// Nothing comes or goes any more: the channel was closed, or its device removed by someone.
  final boolean isClosed() {
    return closed.get();
  }

  /// Takes note of an error of a read; what is not for the moment only closes the channel, so that
  /// nobody waits on it.
  final void failedToRead() {
    int error = Libc.errno(errno);
    if (error != Errno.EAGAIN && error != Errno.EINTR && error != Errno.ENETDOWN) {
      close();
    }
  }

  /// Where the virtio-net header of a frame to be received lies in its slot.
  final int headerAt() {
    return FramePool.HEADROOM - headerLength;
  }

  /// Adds a frame that was read into its slot at {@link #headerAt}, if it is one.
  ///
  /// @param octets header and frame
  /// @return whether it was added; if not, it is released and counted
  final boolean accept(FrameBatch batch, Frame frame, int octets, int port) {
    int length = octets - headerLength;
    long at = headerAt();
    long limit = at + octets;
    if (length < EthernetHeader.LENGTH
        || !VirtioNetHeader.isValid(frame.memory(), at, limit, headerLength)) {
      unreadable++;
      frame.release();
      return false;
    }
    frame.reset(FramePool.HEADROOM, length);
    describe(frame, at);
    frame.setIngressPort(port);
    batch.add(frame);
    return true;
  }

  /// Carries the virtio-net header over to the frame.
  private static void describe(Frame frame, long at) {
    MemorySegment f = frame.memory();
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
  }

  /// Takes over the frame and sends it, cut in pieces where the kernel cannot take it whole.
  final DropReason transmit(Frame frame) {
    if (frame.isSuperFrame() && !(frame.isChecksumPartial() && passesWhole(frame))) {
      return transmitSegments(frame);
    }
    DropReason result = write(frame);
    if (result == DropReason.TRANSMIT_FAILED && frame.isSuperFrame() && isCutAfterRefusal()) {
      return transmitSegments(frame);
    }
    frame.release();
    return result;
  }

  /// A super-frame that should pass whole was refused.
  ///
  /// @return whether its segments are to be tried
  boolean isCutAfterRefusal() {
    return false;
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
    if (frame.start() < headerLength) {
      return DropReason.NO_HEADROOM;
    }
    long at = frame.start() - headerLength;
    VirtioNetHeader.clear(frame.memory(), at, headerLength);
    if (frame.isSuperFrame()) {
      writeSuperFrameHeader(frame, at);
    } else if (frame.isChecksumPartial()) {
      VirtioNetHeader.write(
          frame.memory(),
          at,
          VirtioNetHeader.NEEDS_CHECKSUM,
          VirtioNetHeader.GSO_NONE,
          0,
          0,
          frame.checksumStart(),
          frame.checksumOffset());
    }
    long length = headerLength + (long) frame.length();
    if (Libc.write(errno, fd, frame.memory().address() + at, length) >= 0) {
      return DropReason.NONE;
    }
    return switch (Libc.errno(errno)) {
      case Errno.EIO, Errno.EBADFD, Errno.ENETDOWN, Errno.ENXIO -> DropReason.PORT_DOWN;
      default -> DropReason.TRANSMIT_FAILED;
    };
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
      int outerTransport =
          frame.outerL3() + (ipv6 ? Ipv6Header.LENGTH : Ipv4Header.MIN_LENGTH) - frame.start();
      VirtioNetHeader.writeTunnel(f, at, outerTransport, frame.l3() - frame.start());
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

  @Override
  public final void close() {
    if (closed.compareAndSet(false, true)) {
      Libc.close(fd);
    }
  }
}
