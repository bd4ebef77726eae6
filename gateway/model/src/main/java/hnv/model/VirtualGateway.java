// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// How one virtual network meets the outside. A virtual network has at most one.
///
/// @param gateway where its translation is, and those of its connections that name no gateway;
///     absent: the first gateway of its first pool that has one
/// @param gatewayPools where its gateways may be
/// @param gatewaySubnets of its virtual network: one, or the two of a dual-stack pair. Gateways
///     have their addresses there, and no machine has
/// @param natSessionLimit translated sessions at most; empty: a default
/// @param natPortLimit public ports at most; empty: a default
public record VirtualGateway(
    ResourceId resourceId,
    Optional<GatewayReference> gateway,
    List<GatewayPoolReference> gatewayPools,
    List<SubnetReference> gatewaySubnets,
    List<NetworkConnection> networkConnections,
    OptionalInt natSessionLimit,
    OptionalInt natPortLimit) {
  public VirtualGateway {
    gatewayPools = List.copyOf(gatewayPools);
    gatewaySubnets = List.copyOf(gatewaySubnets);
    networkConnections = List.copyOf(networkConnections);
  }
}
