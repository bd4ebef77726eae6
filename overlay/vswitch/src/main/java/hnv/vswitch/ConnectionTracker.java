// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.Direction;
import hnv.dataplane.DropReason;
import hnv.dataplane.FlowArrays;
import hnv.dataplane.FlowRecord;
import hnv.dataplane.Frame;
import hnv.wire.TcpHeader;
import java.lang.foreign.MemorySegment;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What the engine remembers from packet to packet: connections and the unified flows that belong
/// to them. Every flow belongs to a live connection; when that
/// ends its flows go with it. Owned by the VSwitch and its Worker.
final class ConnectionTracker {
  private final FlowArrays arrays;
  private final ConnectionTable connections;
  private final UnifiedFlowTable flows;
  private final PacketContext judged;
  private final Predicate<Connection> probe = this::isProbe;
  private ConnectionBindings bindings = ConnectionBindings.NONE;
  private ForwardingState state = ForwardingState.EMPTY;

  ConnectionTracker(FlowArrays arrays, ConnectionTable connections, UnifiedFlowTable flows) {
    this.arrays = arrays;
    this.connections = connections;
    this.flows = flows;
    judged = new PacketContext(arrays);
  }

  /// The policy that connections are judged by from now on.
  void setState(ForwardingState next) {
    state = next;
  }

  /// Told from now on what becomes of bindings; before the first packet.
  void bindTo(ConnectionBindings newBindings) {
    bindings = newBindings;
  }

  ConnectionTable connections() {
    return connections;
  }

  /// Looks up the connection at a port and revalidates it if policy has changed since.
  ///
  /// @return false when the packet's connection is no longer allowed
  boolean findConnection(PacketContext packet, VPort port, Direction direction) {
    ConnectionClaim claim = packet.claim();
    if (!port.hasTenant()) {
      claim.permits = false;
      return true;
    }
    if (!packet.isIp() || packet.isGroupAddressed()) {
      return true;
    }
    if (packet.frame().isIcmpError()) {
      Connection related = RelatedConnection.find(connections, packet, port.number(), direction);
      boolean permitted =
          related != null && related.tenant() == port.tenant() && revalidate(packet, related);
      claim.connection = null;
      claim.permits = permitted;
      if (permitted) {
        packet.traceStep("CONNECTION", "", "", "error about a live connection");
      }
      return true;
    }
    Connection found = connections.find(port.number(), direction, packet);
    if (found != null && found.tenant() != port.tenant()) {
      // The port has passed to another tenant, whose policy alone counts here from now on.
      if (!packet.isDryRun()) {
        end(found);
      }
      found = null;
    }
    if (found == null) {
      // Never borrow the verdict that another port gave: its rules are not this port's.
      claim.permits = false;
      return true;
    }
    boolean forward = connections.foundForward();
    if (!revalidate(packet, found)) {
      return false;
    }
    claim.connection = found;
    claim.permits = true;
    claim.forward = forward;
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
  private boolean revalidate(PacketContext packet, Connection c) {
    int epoch = arrays.tenants().epoch(c.tenant());
    if (c.epoch() == epoch) {
      return true;
    }
    judged.beginInitiatorOf(c, packet.nowNs());
    boolean allowed =
        judge(c.initiatorPort(), Direction.OUTBOUND) && judge(c.responderPort(), Direction.INBOUND);
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

  /// The packet's connection, started now if need be; null where it is to have none. Then a binding
  /// of the walk is nobody's: {@link #refusal} says why.
  @Nullable Connection keepConnection(PacketContext packet, Frame frame, int tenant) {
    ConnectionClaim claim = packet.claim();
    Connection c = claim.connection;
    if (c != null) {
      learnPorts(packet, c);
    } else if (mayBegin(packet, frame)) {
      makeRoom(tenant);
      claim.forward = true;
      c = begin(packet, tenant);
    }
    if (c != null) {
      fulfil(claim, c);
    }
    return c;
  }

  private static boolean mayBegin(PacketContext packet, Frame frame) {
    return packet.claim().begins
        && packet.isIp()
        && !packet.isGroupAddressed()
        && !frame.isIcmpError()
        && !packet.identity().isEchoReply()
        && !packet.isLaterFragment()
        && (frame.tcpFlags() & TcpHeader.RST) == 0;
  }

  private @Nullable Connection begin(PacketContext packet, int tenant) {
    VPort source = packet.source();
    VPort target = packet.targetPort();
    int initiator = source != null && source.hasTenant() ? source.number() : Connection.NO_PORT;
    PacketIdentity as = isKnown(initiator) ? packet.atSource() : packet.atTarget();
    int responder =
        target != null && target.tenant() == tenant && as.isSame(packet.atTarget())
            ? target.number()
            : Connection.NO_PORT;
    int epoch = arrays.tenants().epoch(tenant);
    return connections.start(packet, as, tenant, epoch, initiator, responder);
  }

  /// What the layers bound and chose is the connection's from now on.
  private void fulfil(ConnectionClaim claim, Connection c) {
    claim.leaveChoices(c);
    if (claim.isBinding()) {
      unbind(c);
      c.setBinding(claim.takeBinding());
    }
  }

  private void unbind(Connection c) {
    int binding = c.binding();
    if (binding != ConnectionBindings.NO_BINDING) {
      c.setBinding(ConnectionBindings.NO_BINDING);
      bindings.ended(binding);
    }
  }

  /// Why a packet for which no connection is kept cannot pass; {@link DropReason#NONE} where it
  /// can: nothing was bound, and its tenant has no limit of its own that it would get round.
  DropReason refusal(PacketContext packet, Frame frame, int tenant) {
    boolean begins = packet.claim().connection == null && mayBegin(packet, frame);
    if (begins && connections.isAtOwnLimit(tenant)) {
      packet.traceStep("CONNECTION", "", "", "the tenant has all that it may have, all answered");
      return DropReason.FLOW_LIMIT;
    }
    if (!packet.claim().isBinding()) {
      return DropReason.NONE;
    }
    return begins ? DropReason.CONNECTION_LIMIT : DropReason.NOT_A_BEGINNING;
  }

  /// A walk has ended, or one was broken off: what it bound for nobody ends.
  void giveBack(PacketContext packet) {
    if (packet.claim().isBinding()) {
      bindings.ended(packet.claim().takeBinding());
    }
  }

  /// Takes note of a packet of the connection that has gone its way: one that was dropped keeps no
  /// connection alive and answers nothing, as one that its flow's record drops does not.
  void observe(PacketContext packet, Frame frame, Connection c) {
    boolean forward = packet.claim().forward;
    if (c.observe(forward, frame.tcpFlags(), packet.nowNs())) {
      // What it counts is of the incarnation before.
      dropFlow(c, false);
    }
    if (c.binding() != ConnectionBindings.NO_BINDING) {
      bindings.observed(c.binding(), forward, frame.tcpFlags(), packet.nowNs());
    }
  }

  /// In a full table connections that nobody answers give way: a flood of them is no reason to
  /// forget the others, or to refuse a new one.
  private void makeRoom(int tenant) {
    if (!connections.hasRoom(tenant)) {
      Connection unanswered = connections.unanswered(tenant, probe);
      if (unanswered != null) {
        end(unanswered);
      }
    }
  }

  /// Number of the port where the connection's packet goes outbound, as the connection knows it:
  /// not that of another tenant, nor one where the addresses are others.
  private static int sendingPort(PacketContext packet, Connection c) {
    return isKnownAt(packet.source(), packet.atSource(), c, packet.claim().forward);
  }

  private static int receivingPort(PacketContext packet, Connection c) {
    return isKnownAt(packet.targetPort(), packet.atTarget(), c, packet.claim().forward);
  }

  private static int isKnownAt(
      @Nullable VPort port, PacketIdentity there, Connection c, boolean forward) {
    return port != null && port.tenant() == c.tenant() && there.isOf(c, forward)
        ? port.number()
        : Connection.NO_PORT;
  }

  /// An end of a known connection has come to this host, has left it, or has passed to another
  /// port: a packet that all layers let pass tells where both are now.
  private void learnPorts(PacketContext packet, Connection c) {
    boolean forward = packet.claim().forward;
    int initiator = forward ? sendingPort(packet, c) : receivingPort(packet, c);
    int responder = forward ? receivingPort(packet, c) : sendingPort(packet, c);
    if (c.initiatorPort() != initiator) {
      connections.moveInitiator(c, initiator);
    }
    if (c.responderPort() != responder) {
      connections.moveResponder(c, responder);
    }
  }

  /// Finds or makes room for the flow's record and links it with its connection.
  int keepFlow(PacketContext packet, Frame frame, int context, int tenant, Connection connection) {
    if (!packet.transposition().isOffloadable()) {
      return UnifiedFlowTable.NONE;
    }
    // Looked up again: the walk may have ended the connection that an earlier one belonged to.
    int kept = flows.find(frame, context);
    if (kept != UnifiedFlowTable.NONE
        && FlowRecord.tenant(flows.records(kept), flows.recordAt(kept)) != tenant) {
      // The context passed from one tenant to another: not the same flow.
      unlink(kept);
      flows.remove(kept);
      kept = UnifiedFlowTable.NONE;
    }
    boolean forward = packet.claim().forward;
    int former = connection.flow(forward);
    if (former != kept) {
      removeFlow(connection, forward);
    }
    if (kept == UnifiedFlowTable.NONE) {
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

  // ---- ageing ----

  /// Forgets the connection with this id if it has been silent too long.
  boolean age(int id, long nowNs) {
    Connection c = connections.get(id);
    if (c == null || !c.isLive()) {
      return false;
    }
    long forward = touch(c, true);
    long reverse = touch(c, false);
    if (isYoung(c, forward, reverse, nowNs)) {
      return false;
    }
    // The kernel is asked only where its answer decides.
    if (isInKernel(c, true)) {
      forward = touchByKernel(c, true, forward);
      if (isYoung(c, forward, reverse, nowNs)) {
        return false;
      }
    }
    if (isInKernel(c, false)) {
      reverse = touchByKernel(c, false, reverse);
      if (isYoung(c, forward, reverse, nowNs)) {
        return false;
      }
    }
    end(c);
    return true;
  }

  /// @param forward when the initiator's flow was last seen
  /// @param reverse when the responder's was
  private boolean isYoung(Connection c, long forward, long reverse, long nowNs) {
    long silent = nowNs - c.lastSeenNs();
    int binding = c.binding();
    if (binding == ConnectionBindings.NO_BINDING) {
      return silent < c.timeoutNs();
    }
    bindings.seen(binding, forward, reverse);
    return silent < bindings.timeoutNs(binding, nowNs);
  }

  /// @return when Java last saw a packet of the flow, {@link ConnectionBindings#NEVER} without one
  private long touch(Connection c, boolean forward) {
    int flow = c.flow(forward);
    if (flow == Connection.NO_FLOW) {
      return ConnectionBindings.NEVER;
    }
    MemorySegment records = flows.records(flow);
    long at = flows.recordAt(flow);
    long seen = FlowRecord.lastSeen(records, at);
    c.touch(seen, !forward && FlowRecord.packets(records, at) > 0);
    return seen;
  }

  private boolean isInKernel(Connection c, boolean forward) {
    int flow = c.flow(forward);
    return flow != Connection.NO_FLOW && flows.isInKernel(flow);
  }

  private long touchByKernel(Connection c, boolean forward, long seenByJava) {
    long seen = flows.lastSeenInKernel(c.flow(forward));
    c.touch(seen, false);
    return Math.max(seen, seenByJava);
  }

  /// Whether the connection is one that may end for another to begin: nobody answers it, and it has
  /// not sent much either.
  private boolean isProbe(Connection c) {
    int flow = c.flow(true);
    long packets =
        flow == Connection.NO_FLOW
            ? 0
            : FlowRecord.packets(flows.records(flow), flows.recordAt(flow));
    return !FlowInstaller.isStream(c, packets);
  }

  /// Ports have left this host: connections that no other port here knows end, and no flow leads
  /// from them or to them any more, whoever is given their numbers next.
  void forgetPorts(IntPredicate gone) {
    for (int id = 1; id <= connections.capacity(); id++) {
      Connection c = connections.get(id);
      if (c != null && c.isLive()) {
        forgetPorts(c, gone);
      }
    }
  }

  private void forgetPorts(Connection c, IntPredicate gone) {
    boolean initiator = isKnown(c.initiatorPort()) && gone.test(c.initiatorPort());
    boolean responder = isKnown(c.responderPort()) && gone.test(c.responderPort());
    boolean initiatorStays = isKnown(c.initiatorPort()) && !initiator;
    boolean responderStays = isKnown(c.responderPort()) && !responder;
    if (!initiatorStays && !responderStays) {
      end(c);
      return;
    }
    if (initiator) {
      connections.moveInitiator(c, Connection.NO_PORT);
    }
    if (responder) {
      connections.moveResponder(c, Connection.NO_PORT);
    }
    if (initiator || responder || leadsBy(c, true, gone) || leadsBy(c, false, gone)) {
      removeFlows(c);
    }
  }

  private static boolean isKnown(int port) {
    return port != Connection.NO_PORT;
  }

  private boolean leadsBy(Connection c, boolean forward, IntPredicate gone) {
    int flow = c.flow(forward);
    return flow != Connection.NO_FLOW
        && (gone.test(flows.ingress(flow)) || gone.test(flows.exit(flow, arrays.nextHops())));
  }

  /// Ends the connections that `which` names.
  ///
  /// @return how many
  int end(Predicate<Connection> which) {
    int ended = 0;
    for (int id = 1; id <= connections.capacity(); id++) {
      Connection c = connections.get(id);
      if (c != null && c.isLive() && which.test(c)) {
        end(c);
        ended++;
      }
    }
    return ended;
  }

  private void end(Connection c) {
    removeFlows(c);
    connections.end(c);
    unbind(c);
  }

  private void removeFlows(Connection c) {
    removeFlow(c, true);
    removeFlow(c, false);
  }

  /// Removes a flow of a connection, which lives on by what it has counted.
  private void removeFlow(Connection c, boolean forward) {
    int flow = c.flow(forward);
    if (flow != Connection.NO_FLOW) {
      flows.takeBack(flow);
      long seen = touch(c, forward);
      if (c.binding() != ConnectionBindings.NO_BINDING) {
        bindings.seen(
            c.binding(),
            forward ? seen : ConnectionBindings.NEVER,
            forward ? ConnectionBindings.NEVER : seen);
      }
      dropFlow(c, forward);
    }
  }

  private void dropFlow(Connection c, boolean forward) {
    int flow = c.flow(forward);
    if (flow != Connection.NO_FLOW) {
      flows.remove(flow);
      c.setFlow(forward, Connection.NO_FLOW);
    }
  }
}
