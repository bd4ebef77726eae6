// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.dataplane.TunnelEndpoints.Endpoint;
import hnv.edge.EdgeNetwork.GreConnection;
import hnv.edge.EdgeNetwork.NetworkConnection;
import hnv.edge.EdgeNetwork.TenantGateway;
import hnv.edge.neighbor.OutsideLink;
import hnv.gre.GreTunnel;
import hnv.nat.NatPool;
import hnv.nat.TenantNat;
import hnv.overlay.OverlayNetwork.Subnet;
import hnv.routing.Fib;
import hnv.routing.RouteState;
import hnv.routing.RoutingCapacityException;
import hnv.wire.CustomerAddress;
import hnv.wire.IpAddress;
import hnv.wire.MacAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A tenant as compiled for this gateway, and all that it was compiled from. Owned by the control
/// thread.
final class CompiledTenant {
  private final Inputs inputs;
  private final TenantRoutes routes;
  private final Set<IpAddress> own;
  private final TenantIpv6 ipv6;
  private final boolean changed;
  private @Nullable TenantEdge edge;

  /// Everything that the tenant's packets are treated by, but for the overlay's part.
  ///
  /// @param gatewayPort number of its GATEWAY port
  /// @param ports of its connections, by name
  /// @param devices behind those of them that have one
  /// @param outside networks that it uses
  /// @param pools that it may use
  record Inputs(
      TenantGateway gateway,
      int slot,
      int gatewayPort,
      List<Subnet> subnets,
      List<CustomerAddress> addresses,
      Map<String, EdgePort> ports,
      Map<String, AttachedPort> devices,
      Set<OutsideEdge> outside,
      List<NatPool> pools) {}

  CompiledTenant(
      Inputs inputs,
      TenantRoutes routes,
      Set<IpAddress> own,
      TenantIpv6 ipv6,
      @Nullable CompiledTenant before) {
    this.inputs = inputs;
    this.routes = routes;
    this.own = Set.copyOf(own);
    this.ipv6 = ipv6;
    changed = before == null || !before.inputs.equals(inputs);
    edge = before == null || changed ? null : before.edge;
  }

  /// Whether it differs from what was compiled before.
  boolean isChanged() {
    return changed;
  }

  int slot() {
    return inputs.slot();
  }

  TenantGateway gateway() {
    return inputs.gateway();
  }

  Collection<EdgePort> ports() {
    return inputs.ports().values();
  }

  /// The port of a connection; null where there is none now.
  @Nullable EdgePort port(String connection) {
    return inputs.ports().get(connection);
  }

  TenantRoutes tenantRoutes() {
    return routes;
  }

  List<RouteState<Way>> routes() {
    return routes.routes();
  }

  /// As layers see it; {@link #decideWays} has been called.
  TenantEdge edge() {
    if (edge == null) {
      throw new IllegalStateException("no ways have been decided");
    }
    return edge;
  }

  /// Lets the routes follow what is known of neighbours and tunnels.
  ///
  /// @return whether they changed
  boolean decideWays(
      Reachability reachability, OutsideCompilation outside, Map<Integer, EdgePort> ports)
      throws RoutingCapacityException {
    routes.setReachable(way -> isReachable(way, reachability, outside, ports.get(way.port())));
    Fib<Way> fib = routes.commit();
    TenantEdge before = edge;
    if (before != null && before.fib() == fib) {
      return false;
    }
    edge = new TenantEdge(slot(), gateway().name(), fib, own, ipv6);
    return true;
  }

  private boolean isReachable(
      Way way, Reachability reachability, OutsideCompilation outside, @Nullable EdgePort port) {
    if (port == null) {
      return way.kind() == Way.Kind.OWN || way.kind() == Way.Kind.NOWHERE;
    }
    if (way.kind() == Way.Kind.TRANSLATED) {
      return !outside.isCutOff(port.network())
          && !reachability.areAllLost(port.link(), outside.routers(port.network()));
    }
    if (!port.isTunnel()) {
      return way.via().isEmpty() || !reachability.isLost(port.link(), way.via().get());
    }
    Outer outer = outer(port, outside);
    return outer != null
        && !reachability.isDead(port.number())
        && !reachability.isLost(outer.through().port().link(), outer.neighbor());
  }

  // ---- tunnels ----

  /// Where a tunnel's packets go first.
  private record Outer(OutsideEdge through, IpAddress neighbor, AttachedPort device) {}

  private @Nullable GreTunnel tunnel(EdgePort port) {
    for (NetworkConnection each : gateway().connections()) {
      if (each instanceof GreConnection gre && gre.name().equals(port.name())) {
        return gre.tunnel();
      }
    }
    return null;
  }

  /// By the outside network's own table, which knows no tunnel: the outer packet never enters one.
  private @Nullable Outer outer(EdgePort port, OutsideCompilation outside) {
    GreTunnel tunnel = tunnel(port);
    for (OutsideEdge each : inputs.outside()) {
      AttachedPort device = outside.device(each.port().network());
      if (tunnel != null && device != null && each.port().network() == port.network()) {
        IpAddress neighbor = each.neighborToward(tunnel.remote(), 0);
        return neighbor == null ? null : new Outer(each, neighbor, device);
      }
    }
    return null;
  }

  /// Writes the tunnels' next hops as far as the neighbours on their way are known.
  void resolveTunnels(EdgeTables tables, Reachability reachability, OutsideCompilation outside) {
    for (EdgePort port : ports()) {
      GreTunnel tunnel = tunnel(port);
      if (!port.isTunnel() || tunnel == null) {
        continue;
      }
      Outer outer = outer(port, outside);
      Optional<Long> mac =
          outer == null
              ? Optional.empty()
              : reachability.mac(outer.through().port().link(), outer.neighbor());
      if (outer == null || mac.isEmpty()) {
        tables.writeUnresolved(port.nextHop());
      } else {
        tables.writeTunnel(port.nextHop(), tunnel, outer.device(), new MacAddress(mac.get()));
      }
    }
  }

  List<Endpoint> endpoints() {
    List<Endpoint> endpoints = new ArrayList<>();
    for (EdgePort port : ports()) {
      GreTunnel tunnel = tunnel(port);
      if (port.isTunnel() && tunnel != null) {
        endpoints.add(
            new Endpoint(
                tunnel.remote(),
                tunnel.local(),
                tunnel.key(),
                port.number(),
                tunnel.sequence(),
                through(port)));
      }
    }
    return endpoints;
  }

  /// Its tunnels by the number of the port.
  Map<Integer, EdgeChange.Tunnel> tunnels() {
    Map<Integer, EdgeChange.Tunnel> tunnels = new HashMap<>();
    for (EdgePort port : ports()) {
      GreTunnel tunnel = tunnel(port);
      if (port.isTunnel() && tunnel != null) {
        tunnels.put(port.number(), new EdgeChange.Tunnel(tunnel, port.nextHop()));
      }
    }
    return tunnels;
  }

  /// Number of the port of the outside network that a tunnel goes through.
  private int through(EdgePort port) {
    for (OutsideEdge each : inputs.outside()) {
      if (each.port().network() == port.network()) {
        return each.port().number();
      }
    }
    return Endpoint.NOWHERE;
  }

  // ---- links ----

  /// Ends of the links of L3 connections, by number.
  Map<Integer, OutsideLink> links() {
    Map<Integer, OutsideLink> links = new HashMap<>();
    inputs
        .devices()
        .forEach(
            (name, device) -> {
              EdgePort port = port(name);
              if (port != null) {
                links.put(port.link(), OutsideCompilation.link(port, device));
              }
            });
    return links;
  }

  /// Routers that routes name, and the first stations of tunnels, are always asked for.
  void addKept(Map<Integer, Set<IpAddress>> kept, OutsideCompilation outside) {
    for (EdgePort port : ports()) {
      Outer outer = port.isTunnel() ? outer(port, outside) : null;
      if (outer != null) {
        kept.computeIfAbsent(outer.through().port().link(), _ -> new HashSet<>())
            .add(outer.neighbor());
      }
    }
    for (RouteState<Way> each : routes()) {
      Way way = each.route().nextHop();
      for (EdgePort port : ports()) {
        if (port.number() == way.port() && !port.isTunnel() && way.via().isPresent()) {
          kept.computeIfAbsent(port.link(), _ -> new HashSet<>()).add(way.via().get());
        }
      }
    }
  }

  /// The translation with the tenant's slot.
  TenantNat translation() {
    TenantNat nat = gateway().nat();
    return new TenantNat(
        slot(),
        nat.outboundRules(),
        nat.inboundRules(),
        nat.oneToOne(),
        nat.sessions(),
        nat.ports());
  }

  // ---- looking ----

  List<EdgeView.RouteRow> routeRows() {
    List<EdgeView.RouteRow> rows = new ArrayList<>();
    for (RouteState<Way> each : routes()) {
      rows.add(
          new EdgeView.RouteRow(
              each.route().prefix(),
              word(each.route().source()),
              each.route().metric(),
              each.route().nextHop().toString(),
              each.reachable(),
              word(each.standing())));
    }
    return rows;
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  List<EdgeView.ConnectionRow> connectionRows(
      Reachability reachability, OutsideCompilation outside) {
    List<EdgeView.ConnectionRow> rows = new ArrayList<>();
    for (NetworkConnection each : gateway().connections()) {
      EdgePort port = port(each.name());
      rows.add(
          new EdgeView.ConnectionRow(
              gateway().id(),
              gateway().name(),
              each.name(),
              each instanceof GreConnection ? "GRE" : "L3",
              port == null ? -1 : port.number(),
              errorHere(port, outside),
              unreachability(port, reachability, outside),
              port == null ? 0 : port.sendMeter(),
              port == null ? 0 : port.getMeter(),
              each.outboundOctetsPerSecond(),
              each.inboundOctetsPerSecond()));
    }
    return rows;
  }

  private String errorHere(@Nullable EdgePort port, OutsideCompilation outside) {
    if (port == null) {
      return "its device is not there";
    }
    return port.isTunnel() && outer(port, outside) == null ? "no route to the other end" : "";
  }

  private String unreachability(
      @Nullable EdgePort port, Reachability reachability, OutsideCompilation outside) {
    if (port == null) {
      return "";
    }
    if (!port.isTunnel()) {
      Set<IpAddress> routers = new HashSet<>();
      for (RouteState<Way> each : routes()) {
        if (each.route().nextHop().port() == port.number()) {
          each.route().nextHop().via().ifPresent(routers::add);
        }
      }
      boolean lost = reachability.areAllLost(port.link(), routers);
      return lost ? "no router answers" : "";
    }
    Outer outer = outer(port, outside);
    if (outer == null) {
      return "";
    }
    if (reachability.isLost(outer.through().port().link(), outer.neighbor())) {
      return "the neighbour " + outer.neighbor() + " does not answer";
    }
    return reachability.isDead(port.number()) ? "the other end does not answer" : "";
  }
}
