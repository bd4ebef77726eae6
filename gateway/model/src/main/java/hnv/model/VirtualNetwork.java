// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.Cidr;
import hnv.wire.RoutingDomainId;
import java.util.List;
import java.util.Optional;

/// A tenant's network: the boundary within which addresses are unique and traffic is routed.
///
/// @param routingDomainId unique over all virtual networks; given by the operator or derived from
///     the name, see {@link RoutingDomainIds}
/// @param addressSpace at least one prefix; may overlap the address space of any other network
/// @param subnets each inside the address space, none overlapping another
/// @param networkVirtualizationProtocol which it prefers, where both servers speak it; absent: that
///     of the {@link VirtualNetworkManager}
public record VirtualNetwork(
    ResourceId resourceId,
    RoutingDomainId routingDomainId,
    List<Cidr> addressSpace,
    List<Subnet> subnets,
    Optional<Encapsulation> networkVirtualizationProtocol) {
  public VirtualNetwork {
    addressSpace = List.copyOf(addressSpace);
    subnets = List.copyOf(subnets);
  }

  /// A virtual network without a preference.
  public VirtualNetwork(
      ResourceId resourceId,
      RoutingDomainId routingDomainId,
      List<Cidr> addressSpace,
      List<Subnet> subnets) {
    this(resourceId, routingDomainId, addressSpace, subnets, Optional.empty());
  }
}
