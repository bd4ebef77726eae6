// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.DropReason;
import hnv.dataplane.FlowArrays;
import hnv.dataplane.FlowRecordExecutor;
import hnv.dataplane.Fragmenter;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameParser;
import hnv.dataplane.Segmenter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// The end of a walk whose packet leaves as one of the other version of IP ({@link
/// PacketConversion}): the {@link PacketConverter} makes it, of a super-frame segment by segment,
/// and the record that was composed is executed on what was made. Part of the {@link PacketWalk}.
final class ConvertedPackets {
  private static final int MOST = 65_535;

  private final VSwitch vswitch;
  private final FlowArrays arrays;
  private final Fragments fragments;
  private final ConnectionTracker tracker;
  private final FlowRecordExecutor executor;
  private final PacketContext packet;
  private final MemorySegment made = Arena.global().allocate(MOST, 8);

  // Of the walk under way.
  private MemorySegment records = MemorySegment.NULL;
  private long recordAt;
  private @Nullable Connection unobserved;

  ConvertedPackets(
      VSwitch vswitch,
      FlowArrays arrays,
      Fragments fragments,
      ConnectionTracker tracker,
      FlowRecordExecutor executor,
      PacketContext packet) {
    this.vswitch = vswitch;
    this.arrays = arrays;
    this.fragments = fragments;
    this.tracker = tracker;
    this.executor = executor;
    this.packet = packet;
  }

  /// Ends the walk of a frame.
  ///
  /// @param connection of the packet, if it has one
  /// @return the port to leave by or a negative number; of use in a dry run only
  int leave(Frame frame, @Nullable Connection connection, MemorySegment by, long at) {
    records = by;
    recordAt = at;
    unobserved = connection;
    if (packet.isDryRun()) {
      return explain(frame);
    }
    packet.traceVerdict("forward, as a packet of the other version of IP");
    int exit = arrays.nextHops().exit(packet.transposition().nextHop());
    if (frame.isSuperFrame()) {
      vswitch.cut(frame, this::convert);
    } else {
      convert(frame);
    }
    unobserved = null;
    return exit;
  }

  private int explain(Frame frame) {
    int count = packet.conversion().converter().convert(packet, frame, mtu());
    DropReason reason = count == 0 ? DropReason.NAT_NO_COUNTERPART : become(frame, 0);
    int exit = reason == DropReason.NONE ? apply(frame) : FlowRecordExecutor.MISFIT;
    packet.traceVerdict(
        exit >= 0
            ? "forward, as a packet of the other version of IP"
            : "drop " + (reason == DropReason.NONE ? misfit(frame) : reason));
    return exit;
  }

  private int mtu() {
    return Misfit.mtu(packet.transposition(), arrays);
  }

  private DropReason misfit(Frame frame) {
    return Misfit.reason(frame, packet.transposition(), arrays);
  }

  private int apply(Frame frame) {
    return executor.apply(frame, records, recordAt, packet.nowNs());
  }

  /// Of one packet, as it came.
  private void convert(Frame whole) {
    Segmenter.completeChecksum(whole);
    int count = packet.conversion().converter().convert(packet, whole, mtu());
    if (count == 0) {
      vswitch.drop(whole, DropReason.NAT_NO_COUNTERPART);
      return;
    }
    if (unobserved != null) {
      tracker.observe(packet, whole, unobserved);
      unobserved = null;
    }
    for (int i = 0; i < count - 1; i++) {
      Frame part = whole.copy();
      if (part == null) {
        vswitch.drop(whole, DropReason.FRAME_POOL_EXHAUSTED);
        return;
      }
      send(part, i);
    }
    send(whole, count - 1);
  }

  private DropReason become(Frame part, int piece) {
    int length = packet.conversion().converter().write(piece, made);
    return FrameParser.replacePacket(part, made, length);
  }

  private void send(Frame part, int piece) {
    DropReason malformed = become(part, piece);
    if (malformed != DropReason.NONE) {
      vswitch.drop(part, malformed);
      return;
    }
    fragments.renumber(packet, part);
    fragments.number(packet, part);
    int mtu = mtu();
    if (part.l3Length() > mtu && Fragmenter.isFragmentable(part)) {
      vswitch.cutToFragments(part, mtu, this::transmit);
    } else {
      transmit(part);
    }
  }

  private void transmit(Frame part) {
    int exit = apply(part);
    DropReason reason =
        exit == FlowRecordExecutor.MISFIT ? misfit(part) : vswitch.refusal(part, exit);
    if (reason != DropReason.NONE || exit < 0) {
      vswitch.drop(part, reason == DropReason.NONE ? DropReason.MTU_EXCEEDED : reason);
    } else {
      vswitch.transmit(part, exit);
    }
  }
}
