// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.Encapsulation;
import hnv.dataplane.FlowArrays;
import hnv.dataplane.FlowKey;
import hnv.dataplane.FlowRecord;
import hnv.wire.IpAddress;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What one switch leaves to the next, so that established flows go on in the kernel while no
/// process is there: connections by value, and the flows that the kernel has. A flow is taken over
/// only where it is accounted for, as one direction of a connection that came along. A connection
/// that is bound to something stays behind, and its flows with it: what a layer keeps does not come
/// along. The thread that owns the switch, before its first packet or after its last.
public final class Succession {
  private final FlowArrays arrays;
  private final ConnectionTable connections;
  private final UnifiedFlowTable flows;
  private final MemorySegment record = Arena.ofAuto().allocate(FlowRecord.LENGTH, 8);
  private final Map<Integer, ConnectionImage> images = new HashMap<>();

  Succession(FlowArrays arrays, ConnectionTable connections, UnifiedFlowTable flows) {
    this.arrays = arrays;
    this.connections = connections;
    this.flows = flows;
  }

  /// The connections that there are and that are bound to nothing.
  public List<ConnectionImage> leave() {
    List<ConnectionImage> left = new ArrayList<>(connections.size());
    for (int id = 1; id <= connections.capacity(); id++) {
      Connection c = connections.get(id);
      if (c != null && c.isLive() && c.binding() == ConnectionBindings.NO_BINDING) {
        touch(c, true);
        touch(c, false);
        left.add(c.image(countOf(c.flow(true)), countOf(c.flow(false))));
      }
    }
    return left;
  }

  /// Packets that passed by a record are known to the record only.
  private void touch(Connection c, boolean forward) {
    int flow = c.flow(forward);
    if (flow != Connection.NO_FLOW) {
      boolean seen = FlowRecord.packets(flows.records(flow), flows.recordAt(flow)) > 0;
      c.touch(FlowRecord.lastSeen(flows.records(flow), flows.recordAt(flow)), !forward && seen);
    }
  }

  private ConnectionImage.Count countOf(int flow) {
    return flow == Connection.NO_FLOW
        ? ConnectionImage.Count.NONE
        : new ConnectionImage.Count(
            FlowRecord.packets(flows.records(flow), flows.recordAt(flow)),
            FlowRecord.octets(flows.records(flow), flows.recordAt(flow)));
  }

  /// Goes on with connections that another switch left; there must be none yet. Those that do not
  /// fit are left out.
  ///
  /// @return how many were taken over
  public int resume(List<ConnectionImage> left) {
    int resumed = connections.resume(left);
    left.forEach(image -> images.put(image.id(), image));
    return resumed;
  }

  /// Takes over a flow that the kernel has, after {@link #resume}.
  ///
  /// @param records without what only the kernel's copies have
  /// @param underlay number of the port that tunnel packets enter by
  /// @return false where it is not accounted for, or there is no room: the caller removes it from
  ///     the kernel
  public boolean adopt(
      boolean ofIpv6,
      MemorySegment keys,
      long keyAt,
      MemorySegment records,
      long recordAt,
      int underlay) {
    if (!isInRange(records, recordAt)) {
      return false;
    }
    int id = FlowRecord.connection(records, recordAt);
    Connection c = connections.get(id);
    ConnectionImage image = images.get(id);
    if (c == null
        || image == null
        || !c.isLive()
        || c.tenant() != FlowRecord.tenant(records, recordAt)
        || c.isIpv6() != ofIpv6
        || c.protocol() != FlowKey.protocol(keys, keyAt)) {
      return false;
    }
    boolean forward = isOf(c, true, ofIpv6, keys, keyAt);
    if (!forward && !isOf(c, false, ofIpv6, keys, keyAt)) {
      return false;
    }
    int context = FlowKey.context(keys, keyAt);
    int here = forward ? c.initiatorPort() : c.responderPort();
    boolean entersHere =
        here == Connection.NO_PORT ? isTunnel(context) : context == FlowKey.portContext(here);
    if (!entersHere || c.flow(forward) != Connection.NO_FLOW) {
      return false;
    }
    ConnectionImage.Count count = forward ? image.forward() : image.reverse();
    MemorySegment.copy(records, recordAt, record, 0, FlowRecord.LENGTH);
    FlowRecord.putCounters(record, 0, count.packets(), count.octets(), image.lastSeenNs());
    MemorySegment key = keys.asSlice(keyAt, ofIpv6 ? FlowKey.IPV6_LENGTH : FlowKey.IPV4_LENGTH);
    int port = here == Connection.NO_PORT ? underlay : here;
    int flow = flows.adopt(ofIpv6, key, record, port);
    if (flow == UnifiedFlowTable.NONE) {
      return false;
    }
    c.setFlow(forward, flow);
    return true;
  }

  /// Whether the record names nothing that is not there.
  private boolean isInRange(MemorySegment r, long at) {
    return isBelow(FlowRecord.tenant(r, at), arrays.tenants().capacity())
        && isBelow(FlowRecord.nextHop(r, at), arrays.nextHops().capacity())
        && isBelow(FlowRecord.peer(r, at), arrays.peers().capacity())
        && isBelow(FlowRecord.outboundMeter(r, at), arrays.meters().capacity())
        && isBelow(FlowRecord.inboundMeter(r, at), arrays.meters().capacity())
        && FlowRecord.connection(r, at) > 0
        && FlowRecord.connection(r, at) <= connections.capacity();
  }

  private static boolean isBelow(int number, int bound) {
    return number >= 0 && number < bound;
  }

  private static boolean isTunnel(int context) {
    int vsid = FlowKey.contextValue(context);
    return context == FlowKey.tunnelContext(Encapsulation.VXLAN, vsid)
        || context == FlowKey.tunnelContext(Encapsulation.NVGRE, vsid);
  }

  /// Whether a key's packets are the connection's in this direction.
  private static boolean isOf(
      Connection c, boolean forward, boolean ipv6, MemorySegment keys, long at) {
    IpAddress initiator = address(ipv6, c.sourceHigh(), c.sourceLow());
    IpAddress responder = address(ipv6, c.destinationHigh(), c.destinationLow());
    int source = FlowKey.sourcePort(keys, at, ipv6);
    int destination = FlowKey.destinationPort(keys, at, ipv6);
    if (c.protocol() == IpProtocol.ICMP || c.protocol() == IpProtocol.ICMPV6) {
      // The identifier stands at the side that asked.
      boolean reply = PacketIdentity.isEchoReply(c.protocol(), destination >>> 8);
      destination = reply ? source : 0;
      source = reply ? 0 : source;
    }
    return FlowKey.source(keys, at, ipv6).equals(forward ? initiator : responder)
        && FlowKey.destination(keys, at, ipv6).equals(forward ? responder : initiator)
        && source == (forward ? c.sourcePort() : c.destinationPort())
        && destination == (forward ? c.destinationPort() : c.sourcePort());
  }

  private static IpAddress address(boolean ipv6, long high, long low) {
    return ipv6 ? new Ipv6Address(high, low) : new Ipv4Address((int) low);
  }
}
