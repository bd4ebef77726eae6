// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Which route tables are in force. Servers have one table of routes for a virtual network, so a
/// route table is in force where all subnets of a network refer to it, those of gateways left
/// aside.
public final class RouteTables {
  private RouteTables() {}

  /// The route table that is in force in a virtual network.
  public static Optional<RouteTable> inForce(VirtualNetwork network, GatewayIndex index) {
    Set<Optional<RouteTableReference>> references = new HashSet<>();
    List<SubnetReference> gatewaySubnets =
        index
            .virtualGateway(network.resourceId())
            .map(VirtualGateway::gatewaySubnets)
            .orElse(List.of());
    for (Subnet subnet : network.subnets()) {
      SubnetReference reference = new SubnetReference(network.resourceId(), subnet.resourceId());
      if (!gatewaySubnets.contains(reference)) {
        references.add(subnet.routeTable());
      }
    }
    return references.size() == 1
        ? references.iterator().next().flatMap(index::routeTable)
        : Optional.empty();
  }
}
