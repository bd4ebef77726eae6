// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.Direction;
import hnv.dataplane.FlowArrays;
import hnv.dataplane.FlowRecord;
import hnv.dataplane.Frame;
import hnv.wire.TcpHeader;
import java.lang.foreign.MemorySegment;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What the engine remembers from packet to packet: connections and the unified flows that belong
/// to them, and the ports of fragmented packets. Every flow belongs to a live connection; when that
/// ends its flows go with it. Owned by the VSwitch and its Worker.
final class ConnectionTracker {
  private final FlowArrays arrays;
  private final ConnectionTable connections;
  private final UnifiedFlowTable flows;
  private final FragmentTable fragments = new FragmentTable();
  private final PacketContext judged;
  private final Predicate<Connection> probe = this::isProbe;
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

  ConnectionTable connections() {
    return connections;
  }

  /// A later fragment borrows the ports of the first; false where that has not been let in by the
  /// port that the packet is at.
  boolean borrowPorts(PacketContext packet) {
    if (!packet.isLaterFragment()) {
      return true;
    }
    int slot = fragments.slotOf(packet, packet.port().number());
    if (slot == FragmentTable.UNKNOWN) {
      return false;
    }
    int ports = fragments.transportPorts(slot);
    packet.setPorts(ports >>> 16, ports & 0xFFFF);
    return true;
  }

  /// A first fragment that the layers let in lends its ports to the later ones.
  void lendPorts(PacketContext packet, VPort enteredBy) {
    if (packet.frame().isFragment() && !packet.isLaterFragment() && !packet.isDryRun()) {
      fragments.remember(packet, enteredBy.number());
    }
  }

  /// Looks up the connection at a port and revalidates it if policy has changed since.
  ///
  /// @return false when the packet's connection is no longer allowed
  boolean findConnection(PacketContext packet, VPort port, Direction direction) {
    if (!packet.isIp() || packet.isGroupAddressed()) {
      return true;
    }
    if (packet.frame().isIcmpError()) {
      Connection related = RelatedConnection.find(connections, packet, port.number(), direction);
      boolean permitted =
          related != null && related.tenant() == port.tenant() && revalidate(packet, related);
      packet.setConnection(null, permitted);
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
      packet.setConnection(packet.connection(), false);
      return true;
    }
    boolean forward = connections.foundForward();
    if (!revalidate(packet, found)) {
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

  /// The packet's connection, started now if need be; null where it is to have none.
  @Nullable Connection keepConnection(PacketContext packet, Frame frame, int tenant) {
    if (!packet.isIp() || packet.isGroupAddressed() || frame.isIcmpError()) {
      return null;
    }
    Connection c = packet.connection();
    if (c != null) {
      learnPorts(packet, c);
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
    makeRoom(tenant);
    packet.setForward(true);
    return connections.start(
        packet, tenant, arrays.tenants().epoch(tenant), sendingPort(packet), receivingPort(packet));
  }

  /// Takes note of a packet of the connection that has gone its way: one that was dropped keeps no
  /// connection alive and answers nothing, as one that its flow's record drops does not.
  void observe(PacketContext packet, Frame frame, Connection c) {
    if (c.observe(packet.isForward(), frame.tcpFlags(), packet.nowNs())) {
      // What it counts is of the incarnation before.
      dropFlow(c, false);
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

  private static int sendingPort(PacketContext packet) {
    VPort source = packet.source();
    return source == null ? Connection.NO_PORT : source.number();
  }

  private static int receivingPort(PacketContext packet) {
    return packet.source() == null || packet.target() >= 0
        ? packet.port().number()
        : Connection.NO_PORT;
  }

  /// An end of a known connection has come to this host, has left it, or has passed to another
  /// port: a packet that all layers let pass tells where both are now.
  private void learnPorts(PacketContext packet, Connection c) {
    int initiator = packet.isForward() ? sendingPort(packet) : receivingPort(packet);
    int responder = packet.isForward() ? receivingPort(packet) : sendingPort(packet);
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
    boolean forward = packet.isForward();
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
    touch(c, true);
    touch(c, false);
    if (isYoung(c, nowNs)) {
      return false;
    }
    // The kernel is asked only where its answer decides.
    if (touchByKernel(c, true, nowNs) || touchByKernel(c, false, nowNs)) {
      return false;
    }
    end(c);
    return true;
  }

  private static boolean isYoung(Connection c, long nowNs) {
    return nowNs - c.lastSeenNs() < c.timeoutNs();
  }

  private void touch(Connection c, boolean forward) {
    int flow = c.flow(forward);
    if (flow != Connection.NO_FLOW) {
      MemorySegment records = flows.records(flow);
      long at = flows.recordAt(flow);
      c.touch(FlowRecord.lastSeen(records, at), !forward && FlowRecord.packets(records, at) > 0);
    }
  }

  private boolean touchByKernel(Connection c, boolean forward, long nowNs) {
    int flow = c.flow(forward);
    if (flow == Connection.NO_FLOW || !flows.isInKernel(flow)) {
      return false;
    }
    c.touch(flows.lastSeenInKernel(flow), false);
    return isYoung(c, nowNs);
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

  /// A port has left this host: connections that no other port here knows end, and no flow leads
  /// from it or to it any more, whoever is given its number next.
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
        removeFlows(c);
        connections.moveInitiator(c, Connection.NO_PORT);
      } else if (responder) {
        removeFlows(c);
        connections.moveResponder(c, Connection.NO_PORT);
      }
    }
  }

  private void end(Connection c) {
    removeFlows(c);
    connections.end(c);
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
      touch(c, forward);
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
