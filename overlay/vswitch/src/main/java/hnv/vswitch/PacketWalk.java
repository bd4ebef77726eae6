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
import hnv.dataplane.PacketTrace;
import hnv.vswitch.ForwardingState.SubnetPorts;
import hnv.wire.EthernetHeader;
import hnv.wire.IpProtocol;
import hnv.wire.TcpHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// The slow path: asks the layers of the ports that a packet passes, composes what they say into one
/// record, keeps the connection and the unified flow, and executes the record. Owned by the VSwitch
/// and its Worker.
final class PacketWalk {
  private final VSwitch vswitch;
  private final FlowArrays arrays;
  private final ConnectionTable connections;
  private final UnifiedFlowTable flows;
  private final FlowRecordExecutor executor;
  private final FragmentTable fragments = new FragmentTable();
  private final PacketContext packet;
  private final PacketContext judged;
  private final MemorySegment scratch = Arena.global().allocate(FlowRecord.LENGTH, 8);
  private ForwardingState state = ForwardingState.EMPTY;

  PacketWalk(
      VSwitch vswitch,
      FlowArrays arrays,
      ConnectionTable connections,
      UnifiedFlowTable flows,
      FlowRecordExecutor executor) {
    this.vswitch = vswitch;
    this.arrays = arrays;
    this.connections = connections;
    this.flows = flows;
    this.executor = executor;
    packet = new PacketContext(arrays);
    judged = new PacketContext(arrays);
  }

  void setState(ForwardingState next) {
    state = next;
  }

  ForwardingState state() {
    return state;
  }

  ConnectionTable connections() {
    return connections;
  }

  /// Whether a flow's record was made under the policy in force.
  boolean isCurrent(int flow) {
    MemorySegment records = flows.records(flow);
    long at = flows.recordAt(flow);
    return FlowRecord.epoch(records, at)
        == arrays.tenants().epoch(FlowRecord.tenant(records, at));
  }

  /// Walks a parsed frame to its end.
  ///
  /// @param flow the frame's flow where it has one, else {@link UnifiedFlowTable#NONE}
  /// @param dryRun change nothing but the frame and send nothing
  /// @return the port to leave by or a negative number; of use in a dry run only
  int begin(Frame frame, int flow, @Nullable PacketTrace trace, boolean dryRun, long nowNs) {
    if (frame.encapsulation() != Encapsulation.NONE) {
      return fromTunnel(frame, flow, trace, dryRun, nowNs);
    }
    VPort port = state.port(frame.ingressPort());
    if (port == null) {
      return refuse(frame, DropReason.PORT_WITHOUT_VSID, trace, dryRun);
    }
    packet.begin(frame, port.vsid(), trace, dryRun, nowNs);
    Verdict verdict = enter(port, Direction.OUTBOUND);
    if (verdict == Verdict.CONTINUE && packet.target() >= 0) {
      VPort target = state.port(packet.target());
      verdict =
          target == null
              ? packet.drop(DropReason.PORT_DOWN)
              : enterAsTarget(target);
    }
    return conclude(frame, flow, port.tenant(), verdict);
  }

  private int fromTunnel(
      Frame frame, int flow, @Nullable PacketTrace trace, boolean dryRun, long nowNs) {
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
    return conclude(frame, flow, port.tenant(), enter(port, Direction.INBOUND));
  }

  private int refuse(
      Frame frame, DropReason reason, @Nullable PacketTrace trace, boolean dryRun) {
    if (dryRun) {
      if (trace != null) {
        trace.verdict("drop " + reason + ": " + reason.text());
      }
    } else {
      vswitch.drop(frame, reason);
    }
    return FlowRecordExecutor.MISFIT;
  }

  // ---- at a port ----

  private Verdict enter(VPort port, Direction direction) {
    packet.enter(port, direction);
    if (packet.isIp() && !rememberPorts()) {
      return packet.drop(DropReason.FRAGMENT_WITHOUT_FIRST);
    }
    if (!findConnection(port, direction)) {
      return Verdict.DROP;
    }
    return port.process(packet, direction);
  }

  /// The packet's second port on this host. A connection known at the first is the same here, unless
  /// this port knows one of its own.
  private Verdict enterAsTarget(VPort target) {
    packet.enter(target, Direction.INBOUND);
    if (!findConnection(target, Direction.INBOUND)) {
      return Verdict.DROP;
    }
    return target.process(packet, Direction.INBOUND);
  }

  /// Later fragments borrow the ports of the first.
  private boolean rememberPorts() {
    if (!packet.frame().isFragment()) {
      return true;
    }
    if (!packet.isLaterFragment()) {
      if (!packet.isDryRun()) {
        fragments.remember(packet);
      }
      return true;
    }
    if (!fragments.knows(packet)) {
      return false;
    }
    int ports = fragments.ports(packet);
    packet.setPorts(ports >>> 16, ports & 0xFFFF);
    return true;
  }

  /// Looks up the connection at a port and revalidates it if policy has changed since.
  ///
  /// @return false when the packet's connection is no longer allowed
  private boolean findConnection(VPort port, Direction direction) {
    if (!packet.isIp() || packet.isGroupAddressed()) {
      return true;
    }
    if (packet.frame().isIcmpError()) {
      Connection related = RelatedConnection.find(connections, packet, port.number(), direction);
      boolean permitted = related != null && revalidate(related);
      packet.setConnection(null, permitted);
      if (permitted) {
        packet.traceStep("CONNECTION", "", "", "error about a live connection");
      }
      return true;
    }
    Connection found = connections.find(port.number(), direction, packet);
    if (found == null) {
      // Never borrow the verdict that another port gave: its rules are not this port's.
      packet.setConnection(packet.connection(), false);
      return true;
    }
    boolean forward = connections.foundForward();
    if (!revalidate(found)) {
      return false;
    }
    packet.setConnection(found, true);
    packet.setForward(forward);
    if (packet.isTraced()) {
      packet.traceStep(
          "CONNECTION",
          "",
          "",
          (forward ? "forward of " : "reply of ") + found.id() + ", " + found.state());
    }
    return true;
  }

  /// Asks policy again whether the connection may be, in its initiator's direction, where that was
  /// last asked under an older policy. Ends it where not.
  private boolean revalidate(Connection c) {
    int epoch = arrays.tenants().epoch(c.tenant());
    if (c.epoch() == epoch) {
      return true;
    }
    judged.beginInitiatorOf(c, packet.nowNs());
    boolean allowed =
        judge(c.initiatorPort(), Direction.OUTBOUND)
            && judge(c.responderPort(), Direction.INBOUND);
    if (!allowed) {
      packet.drop(judged.dropReason());
      packet.traceStep("CONNECTION", "", "", "no longer allowed: " + judged.dropReason());
      if (!packet.isDryRun()) {
        end(c);
      }
      return false;
    }
    if (!packet.isDryRun()) {
      c.setEpoch(epoch);
    }
    return true;
  }

  private boolean judge(int portNumber, Direction direction) {
    if (portNumber == Connection.NO_PORT) {
      return true;
    }
    VPort port = state.port(portNumber);
    if (port == null) {
      // The port left this host; the other end of the connection may live on.
      return true;
    }
    return port.judge(judged, direction) == Verdict.CONTINUE;
  }

  // ---- the end of the walk ----

  private int conclude(Frame frame, int flow, int tenant, Verdict verdict) {
    return switch (verdict) {
      case CONTINUE -> forward(frame, flow, tenant);
      case DROP -> refuse(frame, packet.dropReason(), packet.trace(), packet.isDryRun());
      case HAIRPIN -> answer(frame);
      case REPLICATE -> replicate(frame, tenant);
    };
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
      vswitch.counters().dropped(frame.ingressPort(), reason, 1);
    }
    vswitch.transmit(frame, frame.ingressPort());
    return frame.ingressPort();
  }

  private int forward(Frame frame, int flow, int tenant) {
    HeaderTransposition transposition = packet.transposition();
    Connection connection = packet.isDryRun() ? null : keepConnection(frame, tenant);
    clampMss(frame);
    MemorySegment records = scratch;
    long at = 0;
    if (connection != null && vswitch.isOfFlow(frame)) {
      transposition.belongTo(connection.id());
      int kept = keepFlow(frame, flow, tenant, connection);
      if (kept != UnifiedFlowTable.NONE) {
        records = flows.records(kept);
        at = flows.recordAt(kept);
      }
    }
    if (packet.isDryRun()) {
      transposition.meterOutbound(0);
      transposition.meterInbound(0);
    }
    FlowRecord.write(records, at, transposition, tenant, arrays.tenants().epoch(tenant));
    if (packet.isTraced()) {
      traceTransposition(records, at);
    }
    int exit = executor.apply(frame, records, at, packet.nowNs());
    if (exit == FlowRecordExecutor.MISFIT) {
      return refuse(frame, misfit(frame), packet.trace(), packet.isDryRun());
    }
    packet.traceVerdict("forward");
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

  /// Starts or updates the packet's connection.
  private @Nullable Connection keepConnection(Frame frame, int tenant) {
    if (!packet.isIp() || packet.isGroupAddressed() || frame.isIcmpError()) {
      return null;
    }
    Connection c = packet.connection();
    if (c != null) {
      learnPorts(c);
      c.observe(packet.isForward(), frame.tcpFlags(), packet.nowNs());
      return c;
    }
    boolean starts =
        packet.keepsConnection()
            && !packet.isEchoReply()
            && !packet.isLaterFragment()
            && (frame.tcpFlags() & TcpHeader.RST) == 0;
    if (!starts) {
      return null;
    }
    c =
        connections.start(
            packet, tenant, arrays.tenants().epoch(tenant), sendingPort(), receivingPort());
    if (c != null) {
      packet.setForward(true);
      c.observe(true, frame.tcpFlags(), packet.nowNs());
    }
    return c;
  }

  private int sendingPort() {
    VPort source = packet.source();
    return source == null ? Connection.NO_PORT : source.number();
  }

  private int receivingPort() {
    return packet.source() == null || packet.target() >= 0
        ? packet.port().number()
        : Connection.NO_PORT;
  }

  /// The other end of a known connection has come to this host.
  private void learnPorts(Connection c) {
    int initiator = packet.isForward() ? sendingPort() : receivingPort();
    int responder = packet.isForward() ? receivingPort() : sendingPort();
    if (c.initiatorPort() == Connection.NO_PORT && initiator != Connection.NO_PORT) {
      connections.learnInitiatorPort(c, initiator);
    }
    if (c.responderPort() == Connection.NO_PORT && responder != Connection.NO_PORT) {
      connections.learnResponderPort(c, responder);
    }
  }

  /// Finds or makes room for the flow's record and links it with its connection.
  private int keepFlow(Frame frame, int flow, int tenant, Connection connection) {
    if (!packet.transposition().isOffloadable()) {
      return UnifiedFlowTable.NONE;
    }
    int kept = flow;
    if (kept != UnifiedFlowTable.NONE
        && FlowRecord.tenant(flows.records(kept), flows.recordAt(kept)) != tenant) {
      // The context passed from one tenant to another: not the same flow.
      unlink(kept);
      flows.remove(kept);
      kept = UnifiedFlowTable.NONE;
    }
    boolean forward = packet.isForward();
    int former = connection.flow(forward);
    if (former != Connection.NO_FLOW && former != kept) {
      flows.remove(former);
      connection.setFlow(forward, Connection.NO_FLOW);
    }
    if (kept == UnifiedFlowTable.NONE) {
      flows.find(frame, vswitch.contextOf(frame));
      kept = flows.insert(packet.isIpv6(), tenant);
      if (kept == UnifiedFlowTable.NONE) {
        return kept;
      }
      FlowRecord.clearCounters(flows.records(kept), flows.recordAt(kept), packet.nowNs());
    } else if (former != kept) {
      unlink(kept);
    }
    connection.setFlow(forward, kept);
    return kept;
  }

  /// Cuts the tie between a flow and the connection that it belonged to.
  private void unlink(int flow) {
    Connection owner =
        connections.get(FlowRecord.connection(flows.records(flow), flows.recordAt(flow)));
    if (owner != null && owner.isLive()) {
      if (owner.flow(true) == flow) {
        owner.setFlow(true, Connection.NO_FLOW);
      }
      if (owner.flow(false) == flow) {
        owner.setFlow(false, Connection.NO_FLOW);
      }
    }
  }

  private void clampMss(Frame frame) {
    if (packet.mssLimit() == 0
        || frame.protocol() != IpProtocol.TCP
        || (frame.tcpFlags() & TcpHeader.SYN) == 0) {
      return;
    }
    if (frame.isChecksumPartial()) {
      TcpHeader.clampMssPartial(frame.memory(), frame.l4(), packet.mssLimit());
    } else {
      TcpHeader.clampMss(frame.memory(), frame.l4(), packet.mssLimit());
    }
  }

  /// What the executor found that no layer did.
  private DropReason misfit(Frame frame) {
    int nextHop = packet.transposition().nextHop();
    if (!arrays.nextHops().isResolved(nextHop)) {
      return DropReason.NEXT_HOP_UNRESOLVED;
    }
    if (frame.isSuperFrame() && frame.gsoSize() < FlowRecordExecutor.MIN_GSO_SIZE) {
      return DropReason.GSO_SIZE_REFUSED;
    }
    if (frame.isVlanTagged()) {
      return DropReason.VLAN_TAG_FROM_VM;
    }
    if (frame.headroom() < arrays.nextHops().headerLength(nextHop)) {
      return DropReason.NO_HEADROOM;
    }
    return FlowRecordExecutor.largestPacket(frame) > arrays.nextHops().mtu(nextHop)
        ? DropReason.MTU_EXCEEDED
        : DropReason.TTL_EXPIRED;
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

  private int toAllPorts(
      Frame frame, SubnetPorts subnet, @Nullable PacketTrace trace, boolean dryRun, long nowNs) {
    if (dryRun) {
      if (trace != null) {
        trace.verdict("to each port of VSID " + subnet.vsid());
      }
      return FlowRecordExecutor.MISFIT;
    }
    for (int number : subnet.portsByMac().values()) {
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
    if (packet.isIp() && !rememberPorts()) {
      vswitch.drop(copy, DropReason.FRAGMENT_WITHOUT_FIRST);
      return;
    }
    Verdict verdict = port.process(packet, Direction.INBOUND);
    if (verdict != Verdict.CONTINUE) {
      vswitch.drop(
          copy,
          packet.dropReason() == DropReason.NONE
              ? DropReason.LINK_LOCAL_SERVICE_ON_UNDERLAY
              : packet.dropReason());
      return;
    }
    HeaderTransposition t = packet.transposition();
    t.deliver(port.nextHop());
    FlowRecord.write(scratch, 0, t, port.tenant(), arrays.tenants().epoch(port.tenant()));
    send(copy, nowNs);
  }

  private @Nullable Frame copyOf(Frame frame) {
    Frame copy = frame.copy();
    if (copy == null) {
      vswitch.counters().dropped(frame.ingressPort(), DropReason.FRAME_POOL_EXHAUSTED, 1);
    }
    return copy;
  }

  private void send(Frame copy, long nowNs) {
    int exit = executor.apply(copy, scratch, 0, nowNs);
    if (exit == FlowRecordExecutor.MISFIT) {
      vswitch.drop(copy, misfit(copy));
    } else {
      vswitch.leave(copy, exit, nowNs);
    }
  }

  // ---- ageing ----

  /// Forgets the connection with this id if it has been silent too long.
  boolean age(int id, long nowNs) {
    Connection c = connections.get(id);
    if (c == null || !c.isLive()) {
      return false;
    }
    touch(c, true);
    touch(c, false);
    if (nowNs - c.lastSeenNs() < c.timeoutNs()) {
      return false;
    }
    end(c);
    return true;
  }

  private void touch(Connection c, boolean forward) {
    int flow = c.flow(forward);
    if (flow != Connection.NO_FLOW) {
      MemorySegment records = flows.records(flow);
      long at = flows.recordAt(flow);
      c.touch(
          FlowRecord.lastSeen(records, at), !forward && FlowRecord.packets(records, at) > 0);
    }
  }

  /// A port has left this host: connections that no other port here knows end.
  void forgetPort(int number) {
    for (int id = 1; id <= connections.capacity(); id++) {
      Connection c = connections.get(id);
      if (c == null || !c.isLive()) {
        continue;
      }
      boolean initiator = c.initiatorPort() == number;
      boolean responder = c.responderPort() == number;
      if ((initiator && c.responderPort() == Connection.NO_PORT)
          || (responder && c.initiatorPort() == Connection.NO_PORT)
          || (initiator && responder)) {
        end(c);
      } else if (initiator) {
        connections.forgetInitiatorPort(c);
      } else if (responder) {
        connections.forgetResponderPort(c);
      }
    }
  }

  private void end(Connection c) {
    for (int i = 0; i < 2; i++) {
      int flow = c.flow(i == 0);
      if (flow != Connection.NO_FLOW) {
        flows.remove(flow);
        c.setFlow(i == 0, Connection.NO_FLOW);
      }
    }
    connections.end(c);
  }
}
