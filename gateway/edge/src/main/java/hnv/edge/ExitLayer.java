// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.dataplane.DropReason;
import hnv.edge.neighbor.Neighbor;
import hnv.edge.neighbor.NeighborState;
import hnv.edge.neighbor.OutsideLink;
import hnv.overlay.AdapterView;
import hnv.overlay.RouterMac;
import hnv.overlay.Tunnels;
import hnv.routing.Fib;
import hnv.vswitch.Action;
import hnv.vswitch.Layer;
import hnv.vswitch.Mapping;
import hnv.vswitch.PacketContext;
import hnv.vswitch.PortRole;
import hnv.vswitch.VPort;
import hnv.vswitch.Verdict;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How a packet leaves: into the virtual network by the mapping of its destination, into a link by
/// its neighbour there, into a GRE tunnel by the tunnel's outer header.
public final class ExitLayer {
  /// Name of the layer.
  public static final String NAME = "GW_EXIT_LAYER";

  private ExitLayer() {}

  /// The layer for one port.
  public static Layer layer(EdgePort port, Edge edge) {
    AdapterView view = port.view();
    Action.Transposition exit;
    if (view != null) {
      exit = packet -> intoNetwork(packet, view, edge);
    } else if (port.isTunnel()) {
      exit = packet -> intoTunnel(packet, port, edge);
    } else {
      exit = packet -> intoLink(packet, port, edge);
    }
    return new Layer(NAME, List.of(), List.of(), new Action.Allow(), exit, false);
  }

  // ---- the virtual network ----

  private static Verdict intoNetwork(PacketContext packet, AdapterView view, Edge edge) {
    Mapping mapping = Tunnels.receiver(packet, view);
    if (mapping == null) {
      return unreachable(packet, edge, DropReason.DESTINATION_LOCATOR_MISSING);
    }
    packet.route(mapping.vsid(), mapping.mac(), RouterMac.BITS);
    return Tunnels.send(packet, mapping, (it, mtu) -> tooLong(it, mtu, edge));
  }

  // ---- a tunnel ----

  private static Verdict intoTunnel(PacketContext packet, EdgePort port, Edge edge) {
    if (!packet.arrays().nextHops().isResolved(port.nextHop())) {
      return unreachable(packet, edge, DropReason.NEXT_HOP_UNRESOLVED);
    }
    int mtu = packet.arrays().nextHops().mtu(port.nextHop());
    if (Tunnels.isTooLong(packet, mtu)) {
      return tooLong(packet, mtu, edge);
    }
    Tunnels.limitMss(packet, mtu);
    packet.transposition().push(port.nextHop(), 0, 0);
    if (packet.isTraced()) {
      packet.say("GRE by " + port.name());
    }
    return Verdict.CONTINUE;
  }

  // ---- a link ----

  private static Verdict intoLink(PacketContext packet, EdgePort port, Edge edge) {
    if (edge.isTurnedBack() && port.role() == PortRole.OUTSIDE) {
      // It leaves by the port of whom it is for.
      return Verdict.CONTINUE;
    }
    if (isToOurselves(RouteLayer.destination(packet), port, edge)) {
      return unreachable(packet, edge, DropReason.ROUTER_NOT_ADDRESSED);
    }
    OutsideEdge outside = edge.state().outside(port.network());
    if (outside != null && outside.isOfHost(source(packet))) {
      // Its answers would be the host's.
      return unreachable(packet, edge, DropReason.PUBLIC_ADDRESS_OF_HOST);
    }
    IpAddress toward = neighborAddress(packet, port, edge);
    if (toward == null) {
      return unreachable(packet, edge, withoutNeighbor(packet, port, edge));
    }
    int tenant = edge.walkTenant();
    Neighbor neighbor =
        packet.isDryRun()
            ? edge.neighbors().find(port.link(), toward)
            : edge.neighbors().resolve(port.link(), toward, tenant, packet.nowNs());
    if (neighbor == null || !neighbor.isResolved()) {
      return waitFor(packet, neighbor, edge);
    }
    int mtu = packet.arrays().nextHops().mtu(port.nextHop());
    if (Tunnels.isTooLong(packet, mtu)) {
      return tooLong(packet, mtu, edge);
    }
    Tunnels.limitMss(packet, mtu);
    packet.route(0, neighbor.mac(), port.mac());
    packet.transposition().deliver(port.nextHop());
    if (packet.isTraced()) {
      packet.say("to " + toward + " by " + port.name());
    }
    return Verdict.CONTINUE;
  }

  /// Whether this gateway itself answers on the link for a packet's destination: nobody there has
  /// to be asked, and no router could do better.
  static boolean isToOurselves(IpAddress destination, EdgePort port, Edge edge) {
    OutsideLink link = edge.neighbors().link(port.link());
    return link != null
        && (link.isOwn(destination) || link.publicAddresses().contains(destination));
  }

  /// Whom the packet is given to on the link: whom the route names, else who has the address.
  static @Nullable IpAddress neighborAddress(PacketContext packet, EdgePort port, Edge edge) {
    IpAddress destination = RouteLayer.destination(packet);
    if (port.role() == PortRole.OUTSIDE) {
      OutsideEdge outside = edge.state().outside(port.network());
      return outside == null
          ? null
          : outside.neighborToward(destination, RouteLayer.flowHash(packet));
    }
    TenantEdge tenant = edge.state().tenant(port.tenant());
    int choice = packet.choice();
    if (tenant != null && choice != Fib.NO_CHOICE) {
      IpAddress via = tenant.fib().nextHop(choice).via().orElse(null);
      if (via != null) {
        return via;
      }
    }
    return port.isOnLink(destination) ? destination : null;
  }

  private static IpAddress source(PacketContext packet) {
    return packet.isIpv6()
        ? new Ipv6Address(packet.sourceHigh(), packet.sourceLow())
        : new Ipv4Address((int) packet.sourceLow());
  }

  /// Why nobody on the link takes the packet.
  private static DropReason withoutNeighbor(PacketContext packet, EdgePort port, Edge edge) {
    OutsideEdge outside = edge.state().outside(port.network());
    if (port.role() == PortRole.OUTSIDE && outside != null) {
      OutsideWay way =
          outside.wayToward(RouteLayer.destination(packet), RouteLayer.flowHash(packet));
      if (way != null && packet.isTraced()) {
        packet.say(
            way instanceof OutsideWay.Elsewhere(String device)
                ? "the host's route leaves by " + device
                : "by the host's routes: " + way);
      }
      if (way != null) {
        return DropReason.HOST_ROUTE_ELSEWHERE;
      }
    }
    return DropReason.NEXT_HOP_UNRESOLVED;
  }

  /// A packet waits for a neighbour that has not answered yet.
  static Verdict waitFor(PacketContext packet, @Nullable Neighbor neighbor, Edge edge) {
    boolean asked = neighbor == null || neighbor.state() == NeighborState.INCOMPLETE;
    if (packet.isDryRun() && asked) {
      packet.say("waits for its neighbour to answer");
      return packet.drop(DropReason.NEXT_HOP_UNRESOLVED);
    }
    if (neighbor != null && asked && edge.neighbors().hold(neighbor, packet.frame())) {
      return Verdict.TAKEN;
    }
    return unreachable(packet, edge, DropReason.NEXT_HOP_UNRESOLVED);
  }

  // ---- what cannot leave ----

  static Verdict unreachable(PacketContext packet, Edge edge, DropReason reason) {
    EdgePort from = answerer(packet, edge);
    return from == null ? packet.drop(reason) : EdgeAnswers.hostUnreachable(packet, from, reason);
  }

  /// RFC 7588 §3.1: what would not fit into a tunnel is too big for it, as for any link.
  private static Verdict tooLong(PacketContext packet, int mtu, Edge edge) {
    EdgePort from = answerer(packet, edge);
    return from == null
        ? packet.drop(DropReason.MTU_EXCEEDED)
        : EdgeAnswers.tooBig(packet, from, packet.conversion().mtuAsReceived(mtu));
  }

  /// The port that the packet came from, by which its sender is answered.
  static @Nullable EdgePort answerer(PacketContext packet, Edge edge) {
    VPort source = packet.source();
    return source == null ? null : edge.port(source.number());
  }
}
