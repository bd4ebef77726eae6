// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Servers that share a virtual network have an encapsulation in common.
final class EncapsulationRules {
  private final GatewayContext context;

  /// For each virtual network, a server that is bound to an encapsulation.
  private final Map<ResourceId, Map<Encapsulation, ResourceId>> bound = new HashMap<>();

  EncapsulationRules(GatewayContext context) {
    this.context = context;
  }

  void check() {
    List<NetworkInterface> interfaces = context.context().policy().networkInterfaces();
    for (int i = 0; i < interfaces.size(); i++) {
      Optional<Server> server =
          interfaces.get(i).server().flatMap(context.context().index()::server);
      Optional<ResourceId> network =
          context
              .context()
              .index()
              .virtualNetwork(interfaces.get(i))
              .map(VirtualNetwork::resourceId);
      if (server.isPresent() && network.isPresent()) {
        String path = context.context().source().networkInterface(i) + ".properties.server";
        check(server.get(), network.get(), path);
      }
    }
    List<VirtualGateway> gateways = context.resources().virtualGateways();
    for (int i = 0; i < gateways.size(); i++) {
      Optional<ResourceId> network = GatewayPlacement.virtualNetwork(gateways.get(i));
      String path = context.element("$.virtualGateways", i) + ".properties.gatewayPools";
      for (Gateway gateway : context.placement().gateways(gateways.get(i))) {
        Optional<Server> server = context.context().index().server(gateway.server());
        if (server.isPresent() && network.isPresent()) {
          check(server.get(), network.get(), path);
        }
      }
    }
  }

  private void check(Server server, ResourceId network, String path) {
    if (server.networkVirtualizationProtocol().isEmpty()) {
      return;
    }
    Encapsulation own = server.networkVirtualizationProtocol().get();
    Map<Encapsulation, ResourceId> servers =
        bound.computeIfAbsent(network, n -> new EnumMap<>(Encapsulation.class));
    servers.putIfAbsent(own, server.resourceId());
    for (Map.Entry<Encapsulation, ResourceId> other : servers.entrySet()) {
      if (other.getKey() != own) {
        context.add(
            path,
            ProblemCode.ENCAPSULATION_MISMATCH,
            "server "
                + server.resourceId()
                + " speaks "
                + own
                + " only, and "
                + other.getValue()
                + ", also in virtual network "
                + network
                + ", "
                + other.getKey()
                + " only");
      }
    }
  }
}
