// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.Direction;
import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.dataplane.FlowArrays;
import hnv.dataplane.FlowRecord;
import hnv.dataplane.FlowRecordDescription;
import hnv.dataplane.FlowRecordExecutor;
import hnv.dataplane.Frame;
import hnv.dataplane.HeaderTransposition;
import hnv.dataplane.MeterTable;
import hnv.dataplane.PacketTrace;
import hnv.vswitch.ForwardingState.SubnetPorts;
import hnv.wire.EthernetHeader;
import hnv.wire.IpProtocol;
import hnv.wire.TcpHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// The slow path: asks the layers of the ports that a packet passes, composes what they say into
/// one record, has the {@link ConnectionTracker} keep the connection and the unified flow, and
/// executes the record. Owned by the VSwitch and its Worker.
final class PacketWalk {
  private final VSwitch vswitch;
  private final FlowArrays arrays;
  private final ConnectionTracker tracker;
  private final UnifiedFlowTable flows;
  private final FlowRecordExecutor executor;
  private final FlowInstaller installer;
  private final PacketContext packet;
  private final MemorySegment scratch = Arena.global().allocate(FlowRecord.LENGTH, 8);
  private ForwardingState state = ForwardingState.EMPTY;

  PacketWalk(
      VSwitch vswitch,
      FlowArrays arrays,
      ConnectionTracker tracker,
      UnifiedFlowTable flows,
      FlowRecordExecutor executor,
      FlowInstaller installer) {
    this.vswitch = vswitch;
    this.arrays = arrays;
    this.tracker = tracker;
    this.flows = flows;
    this.executor = executor;
    this.installer = installer;
    packet = new PacketContext(arrays);
  }

  void setState(ForwardingState next) {
    state = next;
    tracker.setState(next);
  }

  ForwardingState state() {
    return state;
  }

  /// Whether a flow's record was made under the policy in force.
  boolean isCurrent(int flow) {
    MemorySegment records = flows.records(flow);
    long at = flows.recordAt(flow);
    return FlowRecord.epoch(records, at) == arrays.tenants().epoch(FlowRecord.tenant(records, at));
  }

  /// Walks a parsed frame to its end.
  ///
  /// @param dryRun change nothing but the frame and send nothing
  /// @return the port to leave by or a negative number; of use in a dry run only
  int begin(Frame frame, @Nullable PacketTrace trace, boolean dryRun, long nowNs) {
    if (frame.encapsulation() != Encapsulation.NONE) {
      return fromTunnel(frame, trace, dryRun, nowNs);
    }
    VPort port = state.port(frame.ingressPort());
    if (port == null) {
      return refuse(frame, DropReason.PORT_WITHOUT_VSID, trace, dryRun);
    }
    packet.begin(frame, port.vsid(), trace, dryRun, nowNs);
    Verdict verdict = enter(port, Direction.OUTBOUND);
    if (verdict == Verdict.CONTINUE && packet.target() >= 0) {
      VPort target = state.port(packet.target());
      verdict = target == null ? packet.drop(DropReason.PORT_DOWN) : enterAsTarget(target);
    }
    return conclude(frame, port.tenant(), verdict);
  }

  private int fromTunnel(Frame frame, @Nullable PacketTrace trace, boolean dryRun, long nowNs) {
    SubnetPorts subnet = state.subnet(frame.tunnelVsid());
    if (subnet == null) {
      return refuse(frame, DropReason.UNKNOWN_VSID, trace, dryRun);
    }
    long mac = EthernetHeader.destination(frame.memory(), frame.l2());
    if (EthernetHeader.isMulticast(mac)) {
      return toAllPorts(frame, subnet, trace, dryRun, nowNs);
    }
    Integer number = subnet.portsByMac().get(mac);
    VPort port = number == null ? null : state.port(number);
    if (port == null) {
      return refuse(frame, DropReason.DESTINATION_MAC_UNKNOWN, trace, dryRun);
    }
    packet.begin(frame, subnet.vsid(), trace, dryRun, nowNs);
    return conclude(frame, port.tenant(), enter(port, Direction.INBOUND));
  }

  private int refuse(Frame frame, DropReason reason, @Nullable PacketTrace trace, boolean dryRun) {
    if (dryRun) {
      if (trace != null) {
        trace.verdict("drop " + reason + ": " + reason.text());
      }
    } else {
      vswitch.drop(frame, reason);
    }
    return FlowRecordExecutor.MISFIT;
  }

  private Verdict enter(VPort port, Direction direction) {
    packet.enter(port, direction);
    if (packet.isIp() && !tracker.borrowPorts(packet)) {
      return packet.drop(DropReason.FRAGMENT_WITHOUT_FIRST);
    }
    if (!tracker.findConnection(packet, port, direction)) {
      return Verdict.DROP;
    }
    return port.process(packet, direction);
  }

  /// The packet's second port on this host. A connection known at the first is the same here,
  /// unless this port knows one of its own.
  private Verdict enterAsTarget(VPort target) {
    packet.enter(target, Direction.INBOUND);
    if (!tracker.findConnection(packet, target, Direction.INBOUND)) {
      return Verdict.DROP;
    }
    return target.process(packet, Direction.INBOUND);
  }

  // ---- the end of the walk ----

  private int conclude(Frame frame, int tenant, Verdict verdict) {
    return switch (verdict) {
      case CONTINUE -> forward(frame, tenant);
      case DROP -> refuse(frame, packet.dropReason(), packet.trace(), packet.isDryRun());
      case HAIRPIN -> answer(frame);
      case REPLICATE -> replicate(frame, tenant);
      case TAKEN -> taken();
    };
  }

  private int taken() {
    packet.traceVerdict("taken: it waits, or was for the layer itself");
    return FlowRecordExecutor.MISFIT;
  }

  private int answer(Frame frame) {
    DropReason reason = packet.dropReason();
    packet.traceVerdict(
        reason == DropReason.NONE
            ? "answered here"
            : "answered with an error: " + reason + ": " + reason.text());
    if (packet.isDryRun()) {
      return frame.ingressPort();
    }
    if (reason != DropReason.NONE) {
      // The frame is the answer by now; what is dropped is what it was.
      vswitch.counters().dropped(frame.ingressPort(), reason, packet.packetCount());
    }
    vswitch.transmit(frame, frame.ingressPort());
    return frame.ingressPort();
  }

  private int forward(Frame frame, int tenant) {
    HeaderTransposition transposition = packet.transposition();
    Connection connection =
        packet.isDryRun() ? null : tracker.keepConnection(packet, frame, tenant);
    VPort source = packet.source();
    tracker.lendPorts(packet, source == null ? packet.port() : source);
    clampMss(frame);
    MemorySegment records = scratch;
    long at = 0;
    int kept = UnifiedFlowTable.NONE;
    if (connection != null && vswitch.isOfFlow(frame)) {
      transposition.belongTo(connection.id());
      kept = tracker.keepFlow(packet, frame, vswitch.contextOf(frame), tenant, connection);
    }
    if (packet.isDryRun()) {
      transposition.meterOutbound(0);
      transposition.meterInbound(0);
    }
    int epoch = arrays.tenants().epoch(tenant);
    if (kept == UnifiedFlowTable.NONE) {
      FlowRecord.write(records, at, transposition, tenant, epoch);
    } else {
      flows.decide(kept, transposition, tenant, epoch, frame.ingressPort());
      records = flows.records(kept);
      at = flows.recordAt(kept);
    }
    if (packet.isTraced()) {
      traceTransposition(records, at);
    }
    int exit = executor.apply(frame, records, at, packet.nowNs());
    DropReason reason =
        exit == FlowRecordExecutor.MISFIT ? misfit(frame) : vswitch.refusal(frame, exit);
    if (reason != DropReason.NONE) {
      return refuse(frame, reason, packet.trace(), packet.isDryRun());
    }
    if (connection != null && exit >= 0) {
      tracker.observe(packet, frame, connection);
      installer.walked(connection, packet.isForward(), frame.tcpFlags(), packet.nowNs());
    }
    packet.traceVerdict(exit >= 0 ? "forward" : "forward, cut into segments");
    if (!packet.isDryRun()) {
      vswitch.leave(frame, exit, packet.nowNs());
    }
    return exit;
  }

  private void traceTransposition(MemorySegment records, long at) {
    packet.traceStep(
        "TRANSPOSITION",
        "",
        "",
        FlowRecordDescription.of(records, at, arrays.nextHops(), packet.isIpv6()));
  }

  private void clampMss(Frame frame) {
    if (packet.mssLimit() == 0
        || frame.protocol() != IpProtocol.TCP
        || (frame.tcpFlags() & TcpHeader.SYN) == 0) {
      return;
    }
    if (frame.isTransportChecksumPartial()) {
      TcpHeader.clampMssPartial(frame.memory(), frame.l4(), packet.mssLimit());
    } else {
      TcpHeader.clampMss(frame.memory(), frame.l4(), packet.mssLimit());
    }
  }

  /// What the executor found that no layer did, in the order in which it looks.
  private DropReason misfit(Frame frame) {
    HeaderTransposition t = packet.transposition();
    int nextHop = t.nextHop();
    int operations = t.operations();
    if (!arrays.nextHops().isResolved(nextHop)) {
      return DropReason.NEXT_HOP_UNRESOLVED;
    }
    if (frame.isVlanTagged()) {
      return DropReason.VLAN_TAG_FROM_VM;
    }
    if ((operations & FlowRecord.POP) != 0 && !arrays.peers().matches(t.peer(), frame)) {
      return DropReason.SOURCE_PA_MISMATCH;
    }
    if ((operations & FlowRecord.CHECK_SOURCE_MAC) != 0
        && EthernetHeader.source(frame.memory(), frame.l2()) != t.expectedSourceMac()) {
      return DropReason.SOURCE_MAC_MISMATCH;
    }
    if (FlowRecordExecutor.largestPacket(frame)
        > Math.min(t.mtu(), arrays.nextHops().mtu(nextHop))) {
      return DropReason.MTU_EXCEEDED;
    }
    if (frame.isSuperFrame() && frame.gsoSize() < FlowRecordExecutor.MIN_GSO_SIZE) {
      return DropReason.GSO_SIZE_REFUSED;
    }
    return (operations & FlowRecord.DECREMENT_TTL) != 0 && FlowRecordExecutor.ttl(frame) <= 1
        ? DropReason.TTL_EXPIRED
        : DropReason.NO_HEADROOM;
  }

  // ---- one packet, many copies ----

  private int replicate(Frame frame, int tenant) {
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
      return refuse(frame, DropReason.METER_EXCEEDED, trace, false);
    }
    packet.traceVerdict("replicate");
    if (source != null) {
      tracker.lendPorts(packet, source);
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
      if (port != null && (source == null || port.number() != source.number())) {
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

  private int toAllPorts(
      Frame frame, SubnetPorts subnet, @Nullable PacketTrace trace, boolean dryRun, long nowNs) {
    if (trace != null) {
      trace.verdict("to each port of VSID " + subnet.vsid());
    }
    if (dryRun) {
      return FlowRecordExecutor.MISFIT;
    }
    for (int number : state.portsOf(subnet)) {
      VPort port = state.port(number);
      if (port != null) {
        copyToPort(frame, port, null, subnet.vsid(), trace, nowNs);
      }
    }
    frame.release();
    return FlowRecordExecutor.MISFIT;
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
      packet.deliverTo(port.number());
    }
    packet.enter(port, Direction.INBOUND);
    if (packet.isIp() && !tracker.borrowPorts(packet)) {
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
    tracker.lendPorts(packet, port);
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
        exit == FlowRecordExecutor.MISFIT ? misfit(copy) : vswitch.refusal(copy, exit);
    if (reason != DropReason.NONE) {
      vswitch.drop(copy, reason);
    } else if (exit == FlowRecordExecutor.TOO_LONG_TO_PUSH) {
      vswitch.cut(copy, segment -> send(segment, nowNs));
    } else {
      vswitch.leave(copy, exit, nowNs);
    }
  }
}
