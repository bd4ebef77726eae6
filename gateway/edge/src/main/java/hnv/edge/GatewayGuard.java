// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.dataplane.Frame;
import hnv.edge.Way.Kind;
import hnv.overlay.AdapterView;
import hnv.overlay.Tunnels;
import hnv.routing.Fib;
import hnv.vswitch.Action;
import hnv.vswitch.Layer;
import hnv.vswitch.PacketContext;
import hnv.vswitch.Verdict;
import hnv.wire.IpAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Who may send what from where. From a tenant's hosts: outer source, VSID, inner address and inner
/// MAC agree with policy. From a connection: only what its tenant's routes have behind a
/// connection, so that nobody there can pass for a machine of the virtual network.
public final class GatewayGuard {
  /// Name of the layer.
  public static final String NAME = "GATEWAY_GUARD_LAYER";

  private GatewayGuard() {}

  /// The layer for one port.
  public static Layer layer(EdgePort port, Edge edge) {
    AdapterView view = port.view();
    Action.Transposition admit =
        view != null
            ? packet -> fromHosts(packet, port, view, edge)
            : packet -> fromConnection(packet, port, edge);
    return new Layer(NAME, List.of(), List.of(), admit, new Action.Allow(), false);
  }

  private static Verdict fromHosts(
      PacketContext packet, EdgePort port, AdapterView view, Edge edge) {
    edge.beginWalk(port.tenant());
    return Tunnels.admit(packet, view);
  }

  private static Verdict fromConnection(PacketContext packet, EdgePort port, Edge edge) {
    edge.beginWalk(port.tenant());
    Frame frame = packet.frame();
    if (port.isTunnel()) {
      DropReason refused = admitTunnel(frame, port, edge);
      if (refused != DropReason.NONE) {
        return packet.drop(refused);
      }
      Verdict keepalive = edge.keepalives().handle(packet, port, through(port, edge));
      if (keepalive != null) {
        return keepalive;
      }
      packet.transposition().popGre();
    } else if (packet.isVlanTagged()) {
      return packet.drop(DropReason.VLAN_UNKNOWN);
    }
    if (!packet.isIp()) {
      return packet.drop(DropReason.UNSUPPORTED_ETHERTYPE);
    }
    return isBehindConnection(RouteLayer.source(packet), edge.state().tenant(port.tenant()))
        ? Verdict.CONTINUE
        : packet.drop(DropReason.CONNECTION_SOURCE_SPOOFED);
  }

  /// The outer packet has come by the outside network that the tunnel goes through: whoever is on
  /// another one cannot speak for the peer.
  private static DropReason admitTunnel(Frame frame, EdgePort port, Edge edge) {
    OutsideEdge through = edge.state().outside(port.network());
    if (frame.encapsulation() != Encapsulation.GRE
        || through == null
        || through.port().number() != frame.ingressPort()) {
      return DropReason.GRE_PEER_UNKNOWN;
    }
    return DropReason.NONE;
  }

  private static @Nullable EdgePort through(EdgePort port, Edge edge) {
    OutsideEdge outside = edge.state().outside(port.network());
    return outside == null ? null : outside.port();
  }

  /// Whether the tenant sends to this address by a connection, be it this one or another: between
  /// two connections packets may come by one and go by the other (RFC 3704 §2.3, feasible paths).
  private static boolean isBehindConnection(IpAddress source, @Nullable TenantEdge tenant) {
    if (tenant == null || !RouteLayer.isForwardable(source) || tenant.own().contains(source)) {
      return false;
    }
    Fib<Way> fib = tenant.fib();
    int group = fib.lookup(source);
    return group != Fib.NO_ROUTE && fib.nextHop(fib.member(group, 0)).kind() == Kind.CONNECTION;
  }
}
