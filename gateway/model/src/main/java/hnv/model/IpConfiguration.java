// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.CustomerAddress;
import java.util.Optional;

/// One customer address of a {@link NetworkInterface}.
///
/// @param privateIpAddress inside a prefix of the subnet, none of its reserved addresses, and used
///     once in the routing domain
/// @param accessControlList the rules for this address, in addition to those of the subnet
public record IpConfiguration(
    ResourceId resourceId,
    CustomerAddress privateIpAddress,
    SubnetReference subnet,
    Optional<AccessControlListReference> accessControlList) {}
