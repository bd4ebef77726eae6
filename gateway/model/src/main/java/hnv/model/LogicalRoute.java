// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.Cidr;
import hnv.wire.IpAddress;

/// A route of a {@link LogicalSubnet}.
///
/// @param nextHop a router in the subnet
public record LogicalRoute(ResourceId resourceId, Cidr destination, IpAddress nextHop) {}
