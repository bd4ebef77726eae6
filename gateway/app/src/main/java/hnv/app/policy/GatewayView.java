// SPDX-License-Identifier: Apache-2.0
package hnv.app.policy;

import hnv.model.ConnectionType;
import hnv.model.Gateway;
import hnv.model.GatewayIndex;
import hnv.model.GatewayPlacement;
import hnv.model.NatMembers;
import hnv.model.NetworkConnection;
import hnv.model.Policy;
import hnv.model.PolicyIndex;
import hnv.model.ResourceId;
import hnv.model.Server;
import hnv.model.Subnet;
import hnv.model.SubnetReference;
import hnv.model.VirtualGateway;
import hnv.model.VirtualNetwork;
import hnv.wire.Cidr;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// A policy as its gateways see it: what is written, and what follows from it. Immutable.
///
/// @param placement which gateway does what
/// @param members whom NAT rules are for
record GatewayView(
    Policy policy,
    PolicyIndex index,
    GatewayIndex gateways,
    NatMembers members,
    GatewayPlacement placement) {
  static GatewayView of(Policy policy) {
    PolicyIndex index = PolicyIndex.of(policy);
    GatewayIndex gateways = GatewayIndex.of(policy.gatewayResources());
    NatMembers members = NatMembers.of(policy, index);
    return new GatewayView(
        policy, index, gateways, members, new GatewayPlacement(gateways, members.translated()));
  }

  /// The gateway that a server is.
  Optional<Gateway> gatewayOn(String server) {
    return policy.gatewayResources().gateways().stream()
        .filter(gateway -> gateway.server().resourceId().toString().equalsIgnoreCase(server))
        .findFirst();
  }

  Optional<VirtualNetwork> network(VirtualGateway gateway) {
    return GatewayPlacement.virtualNetwork(gateway).flatMap(index::virtualNetwork);
  }

  /// The gateway subnets of a virtual gateway.
  List<Subnet> subnets(VirtualGateway gateway) {
    return gateway.gatewaySubnets().stream()
        .map((SubnetReference reference) -> index.subnet(reference).orElse(null))
        .filter(Objects::nonNull)
        .toList();
  }

  /// The name of the adapter by which servers reach a gateway in a virtual network: no network
  /// interface has it, because no name has a slash.
  static String adapter(VirtualGateway virtualGateway, Gateway gateway) {
    return gateway.resourceId() + "/" + virtualGateway.resourceId();
  }

  /// What servers call the server that a gateway is on.
  String host(Gateway gateway) {
    return index
        .server(gateway.server())
        .map(Server::resourceId)
        .map(ResourceId::toString)
        .orElse("");
  }

  /// The prefixes that IPsec connections protect. They are not in force: nothing else may take
  /// what is routed to them.
  Set<Cidr> protectedPrefixes(VirtualGateway gateway) {
    Set<Cidr> prefixes = new HashSet<>();
    for (NetworkConnection connection : gateway.networkConnections()) {
      if (connection.type() == ConnectionType.IPSEC) {
        connection.routes().forEach(route -> prefixes.add(route.destinationPrefix()));
      }
    }
    return prefixes;
  }
}
