// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.Cidr;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The prefixes that a tenant's L3 connections connect: apart from one another and from its
/// subnets.
final class ConnectedPrefixes {
  private record Owned(Cidr prefix, String owner) {}

  private final GatewayContext context;
  private final List<Owned> prefixes = new ArrayList<>();

  ConnectedPrefixes(GatewayContext context, VirtualGateway virtual) {
    this.context = context;
    Optional<VirtualNetwork> network =
        GatewayPlacement.virtualNetwork(virtual).flatMap(context.context().index()::virtualNetwork);
    for (Subnet subnet : network.map(VirtualNetwork::subnets).orElse(List.of())) {
      subnet
          .addressPrefixes()
          .forEach(p -> prefixes.add(new Owned(p, "subnet " + subnet.resourceId())));
    }
  }

  void add(Cidr prefix, String path) {
    for (Owned other : prefixes) {
      if (other.prefix().overlaps(prefix)) {
        context.add(
            path,
            ProblemCode.SUBNET_PREFIX_OVERLAP,
            prefix + " overlaps " + other.prefix() + " of " + other.owner() + " of the tenant");
      }
    }
    prefixes.add(new Owned(prefix, "another connection"));
  }
}
