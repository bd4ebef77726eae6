// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.CustomerAddress;
import java.util.List;
import java.util.Optional;

/// One customer address of a {@link NetworkInterface}.
///
/// @param privateIpAddress inside a prefix of the subnet, none of its reserved addresses, and used
///     once in the routing domain
/// @param accessControlList the rules for this address, in addition to those of the subnet
/// @param publicIpAddress an address of its own in the outside, both ways and for every protocol
/// @param backendPools of load balancers that it is in, in addition to those that name it
/// @param inboundNatRules of load balancers that lead to it, in addition to those that name it
public record IpConfiguration(
    ResourceId resourceId,
    CustomerAddress privateIpAddress,
    SubnetReference subnet,
    Optional<AccessControlListReference> accessControlList,
    Optional<PublicIpAddressReference> publicIpAddress,
    List<BackendPoolReference> backendPools,
    List<InboundNatRuleReference> inboundNatRules) {
  public IpConfiguration {
    backendPools = List.copyOf(backendPools);
    inboundNatRules = List.copyOf(inboundNatRules);
  }

  /// An address that nothing translates to.
  public IpConfiguration(
      ResourceId resourceId,
      CustomerAddress privateIpAddress,
      SubnetReference subnet,
      Optional<AccessControlListReference> accessControlList) {
    this(
        resourceId,
        privateIpAddress,
        subnet,
        accessControlList,
        Optional.empty(),
        List.of(),
        List.of());
  }
}
