// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.edge.EdgeNetwork.InterfaceAddress;
import hnv.edge.EdgeNetwork.L3Connection;
import hnv.edge.EdgeNetwork.NetworkConnection;
import hnv.edge.EdgeNetwork.Target;
import hnv.edge.EdgeNetwork.TenantGateway;
import hnv.edge.Way.Kind;
import hnv.overlay.AdapterView;
import hnv.overlay.OverlayNetwork.Subnet;
import hnv.routing.Fib;
import hnv.routing.Rib;
import hnv.routing.Route;
import hnv.routing.RouteSource;
import hnv.routing.RouteState;
import hnv.routing.RoutingCapacityException;
import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The routes of one tenant on this gateway, as its policy has them. Owned by the control thread.
final class TenantRoutes {
  private final Rib<Way> rib = new Rib<>();
  private final Set<Way> ways = new HashSet<>();

  /// Takes the routes of a policy for all there are but those learnt.
  ///
  /// @param connections ports of the tenant's connections by name; one that is not there is missing
  /// @param outside ports of outside networks by name
  void set(
      TenantGateway gateway,
      AdapterView view,
      Map<String, EdgePort> connections,
      Map<String, EdgePort> outside)
      throws RoutingCapacityException {
    rib.replaceAll(RouteSource.CONNECTED, connected(view, connections.values()));
    List<Route<Way>> routes = new ArrayList<>();
    for (EdgeNetwork.Route route : gateway.routes()) {
      for (Way way : ways(route, gateway, connections, outside)) {
        routes.add(new Route<>(route.destination(), RouteSource.STATIC, route.metric(), way));
      }
    }
    rib.replaceAll(RouteSource.STATIC, routes);
    ways.clear();
    rib.routes().forEach(each -> ways.add(each.route().nextHop()));
  }

  private static List<Route<Way>> connected(AdapterView view, Iterable<EdgePort> connections) {
    List<Route<Way>> routes = new ArrayList<>();
    Way own = new Way(Kind.OWN, view.domain().name(), view.port(), Optional.empty());
    for (Subnet subnet : view.domain().subnets()) {
      for (Cidr prefix : subnet.prefixes()) {
        routes.add(new Route<>(prefix, RouteSource.CONNECTED, 0, own));
      }
    }
    for (EdgePort connection : connections) {
      if (!connection.isTunnel()) {
        for (InterfaceAddress each : connection.own()) {
          Way onLink = way(connection, Optional.empty());
          routes.add(new Route<>(each.prefix(), RouteSource.CONNECTED, 0, onLink));
        }
      }
    }
    return routes;
  }

  private static List<Way> ways(
      EdgeNetwork.Route route,
      TenantGateway gateway,
      Map<String, EdgePort> connections,
      Map<String, EdgePort> outside) {
    return switch (route.target()) {
      case Target.ByConnection(String name, Optional<IpAddress> via) -> {
        EdgePort port = connections.get(name);
        yield port == null ? List.of() : ways(route.destination(), port, via, gateway);
      }
      case Target.ByNat(String name) -> {
        EdgePort port = outside.get(name);
        yield port == null
            ? List.of()
            : List.of(new Way(Kind.TRANSLATED, name, port.number(), Optional.empty()));
      }
      case Target.Blackhole() -> List.of(Way.NOWHERE);
      // Routers are named in the routes of outside networks only.
      case Target.ByRouter(IpAddress _) -> List.of();
    };
  }

  /// By a connection: to the router that the route names, else to all routers of the connection,
  /// else to whoever is there.
  private static List<Way> ways(
      Cidr destination, EdgePort port, Optional<IpAddress> via, TenantGateway gateway) {
    List<IpAddress> routers = new ArrayList<>();
    via.ifPresent(routers::add);
    if (via.isEmpty() && connection(gateway, port.name()) instanceof L3Connection l3) {
      int width = destination.network().width();
      l3.peers().stream().filter(peer -> peer.width() == width).forEach(routers::add);
    }
    return routers.isEmpty()
        ? List.of(way(port, Optional.empty()))
        : routers.stream().map(router -> way(port, Optional.of(router))).toList();
  }

  private static @Nullable NetworkConnection connection(TenantGateway gateway, String name) {
    for (NetworkConnection each : gateway.connections()) {
      if (each.name().equals(name)) {
        return each;
      }
    }
    return null;
  }

  private static Way way(EdgePort connection, Optional<IpAddress> via) {
    return new Way(Kind.CONNECTION, connection.name(), connection.number(), via);
  }

  /// Says of all ways whether they can be gone.
  void setReachable(Predicate<Way> reachable) throws RoutingCapacityException {
    for (Way way : ways) {
      rib.setReachable(way, reachable.test(way));
    }
  }

  /// What packets follow; the same object where nothing changed.
  Fib<Way> commit() {
    return rib.commit();
  }

  /// All routes, for people.
  List<RouteState<Way>> routes() {
    return rib.routes();
  }
}
