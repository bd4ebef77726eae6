// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.model.RouteTable.NextHopType;
import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Route tables, and the subnets that refer to them.
final class RouteTableRules {
  private final GatewayContext context;

  RouteTableRules(GatewayContext context) {
    this.context = context;
  }

  void check() {
    List<RouteTable> tables = context.resources().routeTables();
    String all = "$.routeTables";
    context.checkCount(all, tables, context.limits().routeTables());
    context.context().checkNames(PolicyValidation.names(tables, RouteTable::resourceId), all);
    for (int i = 0; i < tables.size(); i++) {
      check(tables.get(i), context.element(all, i) + ".properties.routes");
    }
    List<VirtualNetwork> networks = context.context().policy().virtualNetworks();
    for (int i = 0; i < networks.size(); i++) {
      for (int j = 0; j < networks.get(i).subnets().size(); j++) {
        Optional<RouteTableReference> reference = networks.get(i).subnets().get(j).routeTable();
        if (reference.isPresent()) {
          String path = context.context().source().subnet(i, j) + ".properties.routeTable";
          check(networks.get(i), reference.get(), path);
        }
      }
    }
  }

  private void check(RouteTable table, String all) {
    context.checkCount(all, table.routes(), context.limits().routesPerTable());
    context
        .context()
        .checkNames(PolicyValidation.names(table.routes(), RouteTable.Route::resourceId), all);
    Map<Cidr, RouteTable.Route> seen = new HashMap<>();
    for (int i = 0; i < table.routes().size(); i++) {
      RouteTable.Route route = table.routes().get(i);
      String path = context.element(all, i) + ".properties";
      RouteTable.Route first = seen.putIfAbsent(route.addressPrefix(), route);
      if (first != null) {
        String text = "route " + first.resourceId() + " is for the same prefix";
        context.add(path + ".addressPrefix", ProblemCode.ROUTE_CONFLICT, text);
      }
      boolean appliance = route.nextHopType() == NextHopType.VIRTUAL_APPLIANCE;
      if (appliance != route.nextHopIpAddress().isPresent()) {
        context.add(
            path + ".nextHopIpAddress",
            appliance ? ProblemCode.PROPERTY_MISSING : ProblemCode.PROPERTY_CONFLICT,
            "it goes with VirtualAppliance, and only with that");
      }
      route
          .nextHopIpAddress()
          .filter(hop -> hop.width() != route.addressPrefix().network().width())
          .ifPresent(
              hop ->
                  context.add(
                      path + ".nextHopIpAddress",
                      ProblemCode.NEXT_HOP_UNREACHABLE,
                      hop + " is of another family than " + route.addressPrefix()));
    }
  }

  private void check(VirtualNetwork network, RouteTableReference reference, String path) {
    Optional<RouteTable> table = context.index().routeTable(reference);
    context.check(path, reference, table);
    for (RouteTable.Route route : table.map(RouteTable::routes).orElse(List.of())) {
      switch (route.nextHopType()) {
        case VIRTUAL_APPLIANCE ->
            route.nextHopIpAddress().ifPresent(hop -> checkAppliance(network, hop, path));
        case VIRTUAL_NETWORK_GATEWAY, INTERNET ->
            context.virtualGateway(
                network.resourceId(), path, "route " + route.resourceId() + " leads to a gateway");
        case VNET_LOCAL, NONE -> {}
      }
    }
  }

  private void checkAppliance(VirtualNetwork network, IpAddress hop, String path) {
    boolean inside =
        network.subnets().stream()
            .flatMap(subnet -> subnet.addressPrefixes().stream())
            .anyMatch(prefix -> prefix.contains(hop));
    if (!inside) {
      String text = hop + " is in no subnet of virtual network " + network.resourceId();
      context.add(path, ProblemCode.NEXT_HOP_UNREACHABLE, text);
    }
  }
}
