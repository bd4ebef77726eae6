// SPDX-License-Identifier: Apache-2.0
package hnv.model;

/// How long the lists of gateways and of the outside may be.
///
/// @param logicalNetworks per policy
/// @param subnetsPerLogicalNetwork per logical network
/// @param poolsPerSubnet address pools per logical subnet
/// @param routesPerSubnet routes, and default gateways, per logical subnet
/// @param publicIpAddresses per policy
/// @param gateways gateways, and pools of them, per policy
/// @param interfacesPerGateway outside interfaces per gateway, and addresses per interface
/// @param virtualGateways per policy
/// @param connectionsPerVirtualGateway per virtual gateway
/// @param routesPerConnection per network connection
/// @param addressesPerConnection own addresses, and peers, per network connection
/// @param translationsPerConnection address translations per network connection, and prefix
///     translations per virtual gateway
/// @param loadBalancers per policy
/// @param frontendsPerLoadBalancer front ends, and back-end pools, per load balancer
/// @param membersPerBackendPool per pool, and of either kind
/// @param rulesPerLoadBalancer inbound rules, and outbound rules, per load balancer
/// @param routeTables per policy
/// @param routesPerTable per route table
/// @param references in one of the other lists of references
public record GatewayLimits(
    int logicalNetworks,
    int subnetsPerLogicalNetwork,
    int poolsPerSubnet,
    int routesPerSubnet,
    int publicIpAddresses,
    int gateways,
    int interfacesPerGateway,
    int virtualGateways,
    int connectionsPerVirtualGateway,
    int routesPerConnection,
    int addressesPerConnection,
    int translationsPerConnection,
    int loadBalancers,
    int frontendsPerLoadBalancer,
    int membersPerBackendPool,
    int rulesPerLoadBalancer,
    int routeTables,
    int routesPerTable,
    int references) {
  public static final GatewayLimits DEFAULT =
      new GatewayLimits(
          65_536, 4_096, 64, 1_000, 65_536, 256, 64, 65_536, 256, 10_000, 16, 64, 65_536, 256,
          16_384, 1_000, 65_536, 100, 64);
}
