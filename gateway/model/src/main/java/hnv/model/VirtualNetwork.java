// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.Cidr;
import hnv.wire.RoutingDomainId;
import java.util.List;

/// A tenant's network: the boundary within which addresses are unique and traffic is routed.
///
/// @param routingDomainId unique over all virtual networks; given by the operator or derived from
///     the name, see {@link RoutingDomainIds}
/// @param addressSpace at least one prefix; may overlap the address space of any other network
/// @param subnets each inside the address space, none overlapping another
public record VirtualNetwork(
    ResourceId resourceId,
    RoutingDomainId routingDomainId,
    List<Cidr> addressSpace,
    List<Subnet> subnets) {
  public VirtualNetwork {
    addressSpace = List.copyOf(addressSpace);
    subnets = List.copyOf(subnets);
  }
}
