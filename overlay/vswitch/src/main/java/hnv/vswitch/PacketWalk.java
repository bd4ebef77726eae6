// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.Direction;
import hnv.dataplane.DropReason;
import hnv.dataplane.FlowArrays;
import hnv.dataplane.FlowRecord;
import hnv.dataplane.FlowRecordDescription;
import hnv.dataplane.FlowRecordExecutor;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameParser;
import hnv.dataplane.HeaderTransposition;
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
///
/// A packet passes the port that it came from, outbound, and the one that it leaves by, inbound; a
/// guest's port, found by a tunnel, is the only one. Whose the walk is, tenant and epoch, tells the
/// first of them that is a tenant's.
final class PacketWalk {
  /// Ports of one walk at most: source, an outside network, and a tenant's port where the packet
  /// was for an address of our own all the same.
  private static final int MAX_PORTS = 3;

  private final VSwitch vswitch;
  private final FlowArrays arrays;
  private final ConnectionTracker tracker;
  private final UnifiedFlowTable flows;
  private final FlowRecordExecutor executor;
  private final FlowInstaller installer;
  private final PacketContext packet;
  private final Fragments fragments;
  private final Replicator replicator;
  private final ConvertedPackets converted;
  private final MemorySegment scratch = Arena.global().allocate(FlowRecord.LENGTH, 8);
  private ForwardingState state = ForwardingState.EMPTY;

  // The record that the walk under way composed: a flow's, or the scratch.
  private MemorySegment records = scratch;
  private long recordAt;

  PacketWalk(
      VSwitch vswitch,
      FlowArrays arrays,
      ConnectionTracker tracker,
      UnifiedFlowTable flows,
      FlowRecordExecutor executor,
      FlowInstaller installer,
      Fragments fragments) {
    this.vswitch = vswitch;
    this.arrays = arrays;
    this.tracker = tracker;
    this.flows = flows;
    this.executor = executor;
    this.installer = installer;
    packet = new PacketContext(arrays);
    this.fragments = fragments;
    replicator = new Replicator(vswitch, arrays, fragments, executor, packet);
    converted = new ConvertedPackets(vswitch, arrays, fragments, tracker, executor, packet);
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

  /// Walks a parsed frame to its end, and behind a first fragment those that waited for it.
  ///
  /// @param dryRun change nothing but the frame and send nothing
  /// @return the port to leave by or a negative number; of use in a dry run only
  int begin(Frame frame, @Nullable PacketTrace trace, boolean dryRun, long nowNs) {
    int exit = walk(frame, trace, dryRun, nowNs);
    for (Frame waited = fragments.takeReady(); waited != null; waited = fragments.takeReady()) {
      if (trace != null) {
        trace.step("FRAGMENTS", "", "", "one that waited goes on behind its first");
      }
      walk(waited, trace, false, nowNs);
    }
    return exit;
  }

  private int walk(Frame frame, @Nullable PacketTrace trace, boolean dryRun, long nowNs) {
    // Of a walk that a bug broke off.
    tracker.giveBack(packet);
    return switch (frame.encapsulation()) {
      case NONE -> fromPort(frame, frame.ingressPort(), trace, dryRun, nowNs);
      case GRE -> fromPort(frame, frame.tunnelPort(), trace, dryRun, nowNs);
      case VXLAN, NVGRE -> fromTunnel(frame, trace, dryRun, nowNs);
    };
  }

  private int fromPort(
      Frame frame, int number, @Nullable PacketTrace trace, boolean dryRun, long nowNs) {
    VPort port = state.port(number);
    if (port == null) {
      return refuse(frame, DropReason.PORT_WITHOUT_VSID, trace, dryRun);
    }
    packet.begin(frame, port.vsid(), trace, dryRun, nowNs);
    return conclude(frame, enter(port, Direction.OUTBOUND));
  }

  private int fromTunnel(Frame frame, @Nullable PacketTrace trace, boolean dryRun, long nowNs) {
    SubnetPorts subnet = state.subnet(frame.tunnelVsid());
    if (subnet == null) {
      return refuse(frame, DropReason.UNKNOWN_VSID, trace, dryRun);
    }
    long mac = EthernetHeader.destination(frame.memory(), frame.l2());
    if (EthernetHeader.isMulticast(mac)) {
      return toAllGuests(frame, subnet, trace, dryRun, nowNs);
    }
    Integer number = subnet.portsByMac().get(mac);
    VPort port = number == null ? null : state.port(number);
    if (port == null) {
      return refuse(frame, DropReason.DESTINATION_MAC_UNKNOWN, trace, dryRun);
    }
    packet.begin(frame, subnet.vsid(), trace, dryRun, nowNs);
    boolean toward = port.role() == PortRole.GUEST;
    return conclude(frame, enter(port, toward ? Direction.INBOUND : Direction.OUTBOUND));
  }

  private int toAllGuests(
      Frame frame, SubnetPorts subnet, @Nullable PacketTrace trace, boolean dryRun, long nowNs) {
    if (trace != null) {
      trace.verdict("to each port of VSID " + subnet.vsid());
    }
    if (!dryRun) {
      replicator.toAllGuests(frame, subnet, state, trace, nowNs);
    }
    return FlowRecordExecutor.MISFIT;
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

  /// A layer or the end of the walk lets the packet go no further.
  private int refuse(Frame frame, DropReason reason) {
    VPort source = packet.source();
    if (source != null && source.number() != frame.ingressPort() && !packet.isDryRun()) {
      // A virtual port: its tenant asks what became of its packets.
      vswitch.counters().dropped(source.number(), reason, frame.packetCount());
    }
    countUnsent(reason, frame.packetCount());
    return refuse(frame, reason, packet.trace(), packet.isDryRun());
  }

  /// What a meter refuses it counts itself.
  private void countUnsent(DropReason reason, int packets) {
    VPort target = packet.targetPort();
    if (target != null && reason != DropReason.METER_EXCEEDED && !packet.isDryRun()) {
      vswitch.counters().unsent(target.number(), packets);
    }
  }

  /// The packet's way from its first port on to its last.
  private Verdict enter(VPort first, Direction direction) {
    packet.enter(first, direction);
    if (packet.isIp() && !fragments.borrow(packet, first)) {
      return waitForFirst(first);
    }
    Verdict verdict = ask(first, direction);
    int ports = 1;
    for (int next = packet.takeTarget();
        verdict == Verdict.CONTINUE && next >= 0;
        next = packet.takeTarget()) {
      ports++;
      VPort target = state.port(next);
      if (target == null) {
        return packet.drop(DropReason.PORT_DOWN);
      }
      if (ports > MAX_PORTS) {
        return packet.drop(DropReason.TOO_MANY_PORTS);
      }
      packet.enter(target, Direction.INBOUND);
      verdict = ask(target, Direction.INBOUND);
    }
    return verdict;
  }

  private Verdict waitForFirst(VPort at) {
    return packet.isDryRun() || fragments.hold(packet, at)
        ? Verdict.TAKEN
        : packet.drop(DropReason.FRAGMENTS_HELD);
  }

  /// A connection known at an earlier port is the same here, unless this port knows one of its own.
  private Verdict ask(VPort port, Direction direction) {
    if (direction == Direction.OUTBOUND && port.front() > 0) {
      Verdict verdict = port.approach(packet);
      if (verdict != Verdict.CONTINUE) {
        return verdict;
      }
      packet.enter(port, direction);
    }
    return tracker.findConnection(packet, port, direction)
        ? port.process(packet, direction)
        : Verdict.DROP;
  }

  // ---- the end of the walk ----

  private int conclude(Frame frame, Verdict verdict) {
    int result =
        switch (verdict) {
          case CONTINUE -> forward(frame, tenant());
          case DROP -> refuse(frame, packet.dropReason());
          case HAIRPIN -> answer(frame);
          case REPLICATE -> replicate(frame, tenant());
          case TAKEN -> taken();
        };
    tracker.giveBack(packet);
    return result;
  }

  /// Whose the walk is: {@link VPort#NO_TENANT} for a packet that no tenant's port knows.
  private int tenant() {
    VPort source = packet.source();
    VPort target = packet.targetPort();
    if (source != null && source.hasTenant()) {
      return source.tenant();
    }
    return target == null ? VPort.NO_TENANT : target.tenant();
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
      countUnsent(reason, packet.packetCount());
    }
    if (packet.answersInTunnel()) {
      return answerInTunnel(frame);
    }
    vswitch.transmit(frame, frame.ingressPort());
    return frame.ingressPort();
  }

  private int answerInTunnel(Frame frame) {
    DropReason malformed = FrameParser.parsePlain(frame);
    if (malformed != DropReason.NONE) {
      return refuse(frame, malformed);
    }
    FlowRecord.write(scratch, 0, packet.transposition(), 0, 0);
    int exit = executor.apply(frame, scratch, 0, packet.nowNs());
    DropReason reason =
        exit == FlowRecordExecutor.MISFIT ? misfit(frame) : vswitch.refusal(frame, exit);
    if (reason != DropReason.NONE || exit < 0) {
      return refuse(frame, reason == DropReason.NONE ? DropReason.MTU_EXCEEDED : reason);
    }
    vswitch.transmit(frame, exit);
    return exit;
  }

  private int replicate(Frame frame, int tenant) {
    if (tenant == VPort.NO_TENANT) {
      return refuse(frame, DropReason.NO_TENANT);
    }
    return replicator.replicate(frame, tenant, state);
  }

  private int forward(Frame frame, int tenant) {
    if (tenant == VPort.NO_TENANT) {
      return refuse(frame, DropReason.NO_TENANT);
    }
    keepWithinDomain();
    Connection connection =
        packet.isDryRun() ? null : tracker.keepConnection(packet, frame, tenant);
    if (connection == null) {
      DropReason unheld = tracker.refusal(packet, frame, tenant);
      if (unheld != DropReason.NONE) {
        return refuse(frame, unheld);
      }
    }
    VPort source = packet.source();
    fragments.lend(packet, source == null ? packet.port() : source);
    clampMss(frame);
    if (packet.conversion().isDue()) {
      return leaveConverted(frame, tenant, connection);
    }
    if (!packet.isDryRun()) {
      fragments.renumber(packet, frame);
    }
    QuotedPacket quoted = packet.quoted();
    if (quoted != null) {
      quoted.write();
    }
    compose(frame, tenant, connection);
    int exit = executor.apply(frame, records, recordAt, packet.nowNs());
    DropReason reason =
        exit == FlowRecordExecutor.MISFIT ? misfit(frame) : vswitch.refusal(frame, exit);
    if (reason == DropReason.MTU_EXCEEDED && packet.isFragmentable()) {
      return leaveInFragments(frame, connection);
    }
    if (reason != DropReason.NONE) {
      return refuse(frame, reason);
    }
    if (connection != null && exit >= 0) {
      tracker.observe(packet, frame, connection);
      installer.walked(connection, packet.claim().forward, frame.tcpFlags(), packet.nowNs());
    }
    packet.traceVerdict(exit >= 0 ? "forward" : "forward, cut into segments");
    if (!packet.isDryRun()) {
      vswitch.leave(frame, exit, packet.nowNs());
    }
    return exit;
  }

  /// A flow from one routing domain to another is judged packet by packet: a record is as old as
  /// one tenant's epoch, and would not notice the other's change.
  private void keepWithinDomain() {
    VPort source = packet.source();
    VPort target = packet.targetPort();
    if (source != null
        && target != null
        && source.hasTenant()
        && target.hasTenant()
        && source.tenant() != target.tenant()) {
      packet.transposition().keepInJava("passes two routing domains");
    }
  }

  /// Another packet leaves than came, or several: no record makes that, and none is kept.
  private int leaveConverted(Frame frame, int tenant, @Nullable Connection connection) {
    HeaderTransposition transposition = packet.transposition();
    transposition.forgetTranslation();
    transposition.keepInJava(packet.isIpv6() ? "IPv4 becomes IPv6" : "IPv6 becomes IPv4");
    compose(frame, tenant, connection);
    return converted.leave(frame, connection, records, recordAt);
  }

  /// Writes the record, of a flow where one is kept.
  private void compose(Frame frame, int tenant, @Nullable Connection connection) {
    HeaderTransposition transposition = packet.transposition();
    records = scratch;
    recordAt = 0;
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
      FlowRecord.write(records, recordAt, transposition, tenant, epoch);
    } else {
      flows.decide(kept, transposition, tenant, epoch, frame.ingressPort());
      records = flows.records(kept);
      recordAt = flows.recordAt(kept);
    }
    if (packet.isTraced()) {
      packet.traceStep(
          "TRANSPOSITION",
          "",
          "",
          FlowRecordDescription.of(records, recordAt, arrays.nextHops(), packet.isIpv6()));
    }
  }

  // ---- too long for the path ----

  /// Sends a packet that is too long in fragments, each as its record says. Small ones of the flow
  /// go by the record still, but in Java, so that they do not overtake.
  private int leaveInFragments(Frame frame, @Nullable Connection connection) {
    int mtu = Misfit.mtu(packet.transposition(), arrays);
    if (packet.isTraced()) {
      packet.traceStep("FRAGMENTS", "", "", "of at most " + mtu + " octets");
    }
    packet.traceVerdict("forward, in fragments");
    int exit = arrays.nextHops().exit(packet.transposition().nextHop());
    if (packet.isDryRun()) {
      return exit;
    }
    if (connection != null) {
      tracker.observe(packet, frame, connection);
      installer.fragmented(connection, packet.claim().forward);
    }
    if (frame.isSuperFrame()) {
      vswitch.cut(frame, segment -> fragment(segment, mtu));
    } else {
      fragment(frame, mtu);
    }
    return exit;
  }

  private void fragment(Frame whole, int mtu) {
    if (whole.l3Length() <= mtu) {
      send(whole);
      return;
    }
    fragments.number(packet, whole);
    vswitch.cutToFragments(whole, mtu, this::send);
  }

  private void send(Frame part) {
    int exit = executor.apply(part, records, recordAt, packet.nowNs());
    DropReason reason =
        exit == FlowRecordExecutor.MISFIT ? misfit(part) : vswitch.refusal(part, exit);
    if (reason != DropReason.NONE || exit < 0) {
      vswitch.drop(part, reason == DropReason.NONE ? DropReason.MTU_EXCEEDED : reason);
    } else {
      vswitch.transmit(part, exit);
    }
  }

  private DropReason misfit(Frame frame) {
    return Misfit.reason(frame, packet.transposition(), arrays);
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
}
