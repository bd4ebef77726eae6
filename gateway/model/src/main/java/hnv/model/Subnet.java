// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.Cidr;
import hnv.wire.Vsid;
import java.util.List;
import java.util.Optional;

/// A virtual subnet of a {@link VirtualNetwork}.
///
/// IPv4 and IPv6 on one virtual subnet can be written in two ways, and both are kept as written.
/// Either the subnet has one prefix of each family, or two subnets of one prefix each name one
/// another in `dualStackSubnet`, as in Network Controller. The two subnets of such a pair have the
/// same VSID, because a port has one VSID.
///
/// @param addressPrefixes one prefix, or one of each family
/// @param virtualSubnetId unique over all networks, but for the two subnets of a pair; given by the
///     operator or assigned, see {@link VirtualSubnetIds}
/// @param accessControlList the rules for every address of the subnet
/// @param dualStackSubnet the subnet of the other family in the same network
/// @param routeTable routes for its machines
public record Subnet(
    ResourceId resourceId,
    List<Cidr> addressPrefixes,
    Vsid virtualSubnetId,
    Optional<AccessControlListReference> accessControlList,
    Optional<SubnetReference> dualStackSubnet,
    Optional<RouteTableReference> routeTable) {
  public Subnet {
    addressPrefixes = List.copyOf(addressPrefixes);
  }

  /// A subnet without a route table.
  public Subnet(
      ResourceId resourceId,
      List<Cidr> addressPrefixes,
      Vsid virtualSubnetId,
      Optional<AccessControlListReference> accessControlList,
      Optional<SubnetReference> dualStackSubnet) {
    this(
        resourceId,
        addressPrefixes,
        virtualSubnetId,
        accessControlList,
        dualStackSubnet,
        Optional.empty());
  }
}
