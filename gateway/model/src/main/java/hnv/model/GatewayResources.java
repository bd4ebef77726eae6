// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import java.util.List;

/// What a policy says of gateways and of the outside.
public record GatewayResources(
    List<LogicalNetwork> logicalNetworks,
    List<PublicIpAddress> publicIpAddresses,
    List<GatewayPool> gatewayPools,
    List<Gateway> gateways,
    List<VirtualGateway> virtualGateways,
    List<LoadBalancer> loadBalancers,
    List<RouteTable> routeTables) {
  /// No gateway.
  public static final GatewayResources NONE =
      new GatewayResources(
          List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), List.of());

  public GatewayResources {
    logicalNetworks = List.copyOf(logicalNetworks);
    publicIpAddresses = List.copyOf(publicIpAddresses);
    gatewayPools = List.copyOf(gatewayPools);
    gateways = List.copyOf(gateways);
    virtualGateways = List.copyOf(virtualGateways);
    loadBalancers = List.copyOf(loadBalancers);
    routeTables = List.copyOf(routeTables);
  }
}
