// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.IpAddress;
import java.util.List;

/// A server in the role of a gateway.
///
/// @param server the server that it is on; one server is one gateway
/// @param outsideInterfaces the public networks that it is on, and its own addresses there
public record Gateway(
    ResourceId resourceId,
    GatewayPoolReference pool,
    ServerReference server,
    List<OutsideInterface> outsideInterfaces) {
  public Gateway {
    outsideInterfaces = List.copyOf(outsideInterfaces);
  }

  /// A gateway's own addresses in a public logical subnet.
  ///
  /// @param ipAddresses at least one, in the subnet and in none of its pools
  public record OutsideInterface(LogicalSubnetReference subnet, List<IpAddress> ipAddresses) {
    public OutsideInterface {
      ipAddresses = List.copyOf(ipAddresses);
    }
  }
}
