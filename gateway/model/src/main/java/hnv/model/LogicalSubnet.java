// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import java.util.List;

/// A subnet of a {@link LogicalNetwork}. Subnets of one network with the same VLAN are on one wire.
///
/// @param vlanId 1 to 4094; 0: untagged
/// @param ipPools addresses for public addresses and GRE end points
/// @param routes beyond the subnet
/// @param defaultGateways routers to everywhere else
/// @param isPublic whether tenants share it by translation and by tunnels; otherwise it is for one
///     tenant's L3 connection
public record LogicalSubnet(
    ResourceId resourceId,
    Cidr addressPrefix,
    int vlanId,
    List<IpPool> ipPools,
    List<LogicalRoute> routes,
    List<IpAddress> defaultGateways,
    boolean isPublic) {
  /// The highest VLAN; 4095 is reserved (IEEE 802.1Q).
  public static final int MAX_VLAN = 4_094;

  public LogicalSubnet {
    ipPools = List.copyOf(ipPools);
    routes = List.copyOf(routes);
    defaultGateways = List.copyOf(defaultGateways);
  }
}
