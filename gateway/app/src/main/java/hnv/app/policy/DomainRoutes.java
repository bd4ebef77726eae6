// SPDX-License-Identifier: Apache-2.0
package hnv.app.policy;

import hnv.model.ConnectionType;
import hnv.model.Gateway;
import hnv.model.NetworkConnection;
import hnv.model.NetworkConnection.L3;
import hnv.model.RouteTable;
import hnv.model.RouteTables;
import hnv.model.VirtualGateway;
import hnv.overlay.OverlayNetwork.Route;
import hnv.wire.Cidr;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/// What a virtual network's servers send to its gateways.
final class DomainRoutes {
  /// Of the routes of a route table.
  private static final int TABLE_METRIC = -1;

  private record Key(Cidr destination, int metric) {}

  private final GatewayView view;
  private final VirtualGateway virtual;
  private final Function<Gateway, TranslationCompiler> translations;
  private final Map<Key, Set<String>> routes = new LinkedHashMap<>();

  private DomainRoutes(
      GatewayView view,
      VirtualGateway virtual,
      Function<Gateway, TranslationCompiler> translations) {
    this.view = view;
    this.virtual = virtual;
    this.translations = translations;
  }

  /// The routes of the virtual network of a virtual gateway. Where its one gateway has everything
  /// of a family, nothing more precise is said.
  ///
  /// @param translations of each gateway
  static List<Route> of(
      GatewayView view,
      VirtualGateway virtual,
      Function<Gateway, TranslationCompiler> translations) {
    return new DomainRoutes(view, virtual, translations).compile();
  }

  private List<Route> compile() {
    Set<Cidr> isProtected = view.protectedPrefixes(virtual);
    for (NetworkConnection connection : virtual.networkConnections()) {
      view.placement()
          .gateway(virtual, connection)
          .ifPresent(gateway -> add(connection, gateway, isProtected));
    }
    view.placement()
        .home(virtual)
        .filter(gateway -> view.placement().translates(virtual))
        .ifPresent(gateway -> addExits(gateway, isProtected));
    view.network(virtual)
        .flatMap(network -> RouteTables.inForce(network, view.gateways()))
        .ifPresent(this::add);
    boolean one = view.placement().gateways(virtual).size() == 1;
    Set<Cidr> destinations = new HashSet<>();
    routes.keySet().forEach(key -> destinations.add(key.destination()));
    List<Route> compiled = new ArrayList<>();
    routes.forEach(
        (key, adapters) -> {
          Cidr everything = EdgeCompilerInput.everything(key.destination().network());
          boolean isCovered = one && destinations.contains(everything);
          if (!isCovered || key.metric() == TABLE_METRIC || key.destination().equals(everything)) {
            compiled.add(new Route(key.destination(), List.copyOf(adapters), key.metric()));
          }
        });
    return compiled;
  }

  private void add(NetworkConnection connection, Gateway gateway, Set<Cidr> isProtected) {
    boolean ipsec = connection.type() == ConnectionType.IPSEC;
    if (!ipsec && !connection.enabled()) {
      return;
    }
    if (connection.details() instanceof L3 l3) {
      l3.ipAddresses().forEach(address -> add(address.prefix(), 0, gateway));
    }
    for (NetworkConnection.Route route : connection.routes()) {
      if (ipsec || !isProtected.contains(route.destinationPrefix())) {
        add(route.destinationPrefix(), ipsec ? 0 : route.metric(), gateway);
      }
    }
  }

  private void addExits(Gateway gateway, Set<Cidr> isProtected) {
    TranslationCompiler translation = translations.apply(gateway);
    view.network(virtual)
        .ifPresent(
            network ->
                translation.exits(network.resourceId()).stream()
                    .map(TranslationCompiler.Exit::destination)
                    .filter(destination -> !isProtected.contains(destination))
                    .forEach(d -> add(d, EdgeCompilerInput.NAT_METRIC, gateway)));
  }

  /// What a route table says goes before what follows from connections, so it has the place of its
  /// prefixes alone.
  private void add(RouteTable table) {
    List<String> all =
        view.placement().gateways(virtual).stream()
            .map(gateway -> GatewayView.adapter(virtual, gateway))
            .toList();
    List<String> home =
        view.placement()
            .home(virtual)
            .map(gateway -> GatewayView.adapter(virtual, gateway))
            .filter(all::contains)
            .map(List::of)
            .orElse(all);
    for (RouteTable.Route route : table.routes()) {
      List<String> adapters =
          switch (route.nextHopType()) {
            case VIRTUAL_NETWORK_GATEWAY -> all;
            case INTERNET -> home;
            case NONE, VNET_LOCAL -> List.<String>of();
            case VIRTUAL_APPLIANCE -> null;
          };
      if (adapters != null) {
        routes.keySet().removeIf(key -> key.destination().equals(route.addressPrefix()));
        routes.put(new Key(route.addressPrefix(), TABLE_METRIC), new LinkedHashSet<>(adapters));
      }
    }
  }

  private void add(Cidr destination, int metric, Gateway gateway) {
    routes
        .computeIfAbsent(new Key(destination, metric), k -> new LinkedHashSet<>())
        .add(GatewayView.adapter(virtual, gateway));
  }
}
