// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import java.util.List;
import java.util.Optional;

/// Routes for the machines of the subnets that refer to it, in the place of what follows from the
/// virtual network.
public record RouteTable(ResourceId resourceId, List<Route> routes) {
  public RouteTable {
    routes = List.copyOf(routes);
  }

  /// A route.
  ///
  /// @param nextHopIpAddress there exactly with {@link NextHopType#VIRTUAL_APPLIANCE}
  public record Route(
      ResourceId resourceId,
      Cidr addressPrefix,
      NextHopType nextHopType,
      Optional<IpAddress> nextHopIpAddress) {}

  /// Where packets are sent.
  public enum NextHopType {
    /// To a machine of the same virtual network.
    VIRTUAL_APPLIANCE,
    /// Within the virtual network.
    VNET_LOCAL,
    /// To the gateway of the virtual network.
    VIRTUAL_NETWORK_GATEWAY,
    /// To the Internet, by the translation of the gateway.
    INTERNET,
    /// Nowhere.
    NONE
  }
}
