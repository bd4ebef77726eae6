// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.Direction;
import hnv.dataplane.DropReason;
import hnv.dataplane.FlowArrays;
import hnv.dataplane.FlowRecord;
import hnv.dataplane.FlowRecordExecutor;
import hnv.dataplane.Frame;
import hnv.dataplane.HeaderTransposition;
import hnv.dataplane.MeterTable;
import hnv.dataplane.PacketTrace;
import hnv.vswitch.ForwardingState.SubnetPorts;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// One packet, many copies: what is for all machines of a virtual subnet. Part of the {@link
/// PacketWalk}, whose context it uses.
final class Replicator {
  private final VSwitch vswitch;
  private final FlowArrays arrays;
  private final Fragments fragments;
  private final FlowRecordExecutor executor;
  private final PacketContext packet;
  private final MemorySegment scratch = Arena.global().allocate(FlowRecord.LENGTH, 8);

  Replicator(
      VSwitch vswitch,
      FlowArrays arrays,
      Fragments fragments,
      FlowRecordExecutor executor,
      PacketContext packet) {
    this.vswitch = vswitch;
    this.arrays = arrays;
    this.fragments = fragments;
    this.executor = executor;
    this.packet = packet;
  }

  /// Sends a copy to each that the walk's replication names, and releases the frame.
  int replicate(Frame frame, int tenant, ForwardingState state) {
    Replication to = packet.replication();
    if (to == null || packet.isDryRun()) {
      packet.traceVerdict("replicate");
      return FlowRecordExecutor.MISFIT;
    }
    int vsid = packet.vsid();
    int entropy = packet.entropy();
    VPort source = packet.source();
    long now = packet.nowNs();
    PacketTrace trace = packet.trace();
    int epoch = arrays.tenants().epoch(tenant);
    if (!isWithinLimit(frame, packet.transposition().outboundMeter(), now)) {
      vswitch.drop(frame, DropReason.METER_EXCEEDED);
      return FlowRecordExecutor.MISFIT;
    }
    packet.traceVerdict("replicate");
    if (source != null) {
      fragments.lend(packet, source);
    }
    for (int i = 0; i < to.nextHopCount(); i++) {
      Frame copy = copyOf(frame);
      if (copy == null) {
        continue;
      }
      HeaderTransposition t = packet.transposition();
      t.clear();
      t.push(to.nextHop(i), vsid, entropy);
      FlowRecord.write(scratch, 0, t, tenant, epoch);
      send(copy, now);
    }
    for (int i = 0; i < to.portCount(); i++) {
      VPort port = state.port(to.port(i));
      if (port != null
          && port.role() == PortRole.GUEST
          && (source == null || port.number() != source.number())) {
        copyToPort(frame, port, source, vsid, trace, now);
      }
    }
    frame.release();
    return FlowRecordExecutor.MISFIT;
  }

  /// The sender's limit counts what it sends once, however many copies are made of it.
  private boolean isWithinLimit(Frame frame, int meter, long nowNs) {
    int octets = frame.end() - frame.l2();
    return meter == MeterTable.NONE
        || arrays.meters().admit(meter, frame.packetCount(), octets, nowNs);
  }

  /// Takes a frame of a tunnel to each guest of its virtual subnet, and releases it.
  void toAllGuests(
      Frame frame,
      SubnetPorts subnet,
      ForwardingState state,
      @Nullable PacketTrace trace,
      long nowNs) {
    int guests = 0;
    for (int number : state.portsOf(subnet)) {
      VPort port = state.port(number);
      if (port != null && port.role() == PortRole.GUEST) {
        guests++;
        copyToPort(frame, port, null, subnet.vsid(), trace, nowNs);
      }
    }
    if (guests > 0) {
      frame.release();
    } else {
      // A gateway's port only: no router passes on what is for all.
      vswitch.drop(frame, DropReason.NOT_FORWARDABLE);
    }
  }

  /// Takes one copy through the inbound layers of a port.
  private void copyToPort(
      Frame frame,
      VPort port,
      @Nullable VPort source,
      int vsid,
      @Nullable PacketTrace trace,
      long nowNs) {
    Frame copy = copyOf(frame);
    if (copy == null) {
      return;
    }
    packet.begin(copy, vsid, trace, false, nowNs);
    if (source != null) {
      packet.enter(source, Direction.OUTBOUND);
    }
    packet.enter(port, Direction.INBOUND);
    if (packet.isIp() && !fragments.borrow(packet, port)) {
      vswitch.drop(copy, DropReason.FRAGMENT_WITHOUT_FIRST);
      return;
    }
    Verdict verdict = port.process(packet, Direction.INBOUND);
    if (verdict == Verdict.TAKEN) {
      return;
    }
    if (verdict != Verdict.CONTINUE) {
      vswitch.drop(
          copy,
          packet.dropReason() == DropReason.NONE
              ? DropReason.LINK_LOCAL_SERVICE_ON_UNDERLAY
              : packet.dropReason());
      return;
    }
    fragments.lend(packet, port);
    HeaderTransposition t = packet.transposition();
    t.deliver(port.nextHop());
    FlowRecord.write(scratch, 0, t, port.tenant(), arrays.tenants().epoch(port.tenant()));
    send(copy, nowNs);
  }

  private @Nullable Frame copyOf(Frame frame) {
    Frame copy = frame.copy();
    if (copy == null) {
      vswitch
          .counters()
          .dropped(frame.ingressPort(), DropReason.FRAME_POOL_EXHAUSTED, frame.packetCount());
    }
    return copy;
  }

  /// Sends one copy as the scratch record says. One that is too long is cut here: its segments are
  /// copies for the same receiver, and not broadcasts anew.
  private void send(Frame copy, long nowNs) {
    int exit = executor.apply(copy, scratch, 0, nowNs);
    DropReason reason =
        exit == FlowRecordExecutor.MISFIT
            ? Misfit.reason(copy, packet.transposition(), arrays)
            : vswitch.refusal(copy, exit);
    if (reason != DropReason.NONE) {
      vswitch.drop(copy, reason);
    } else if (exit == FlowRecordExecutor.TOO_LONG_TO_PUSH) {
      vswitch.cut(copy, segment -> send(segment, nowNs));
    } else {
      vswitch.leave(copy, exit, nowNs);
    }
  }
}
