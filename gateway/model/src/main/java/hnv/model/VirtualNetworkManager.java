// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.MacAddress;

/// What holds for all virtual networks alike.
///
/// @param distributedRouterEnabled whether the subnets of a virtual network are routed to one
///     another; default true
/// @param networkVirtualizationProtocol default {@link Encapsulation#VXLAN}
/// @param virtualSubnetIdRange default all ids
public record VirtualNetworkManager(
    boolean distributedRouterEnabled,
    Encapsulation networkVirtualizationProtocol,
    VirtualSubnetIdRange virtualSubnetIdRange) {
  /// 02-48-4E-56-00-01: what the distributed router is called in every subnet, so that a machine
  /// keeps its neighbour entry when it moves. No machine may bear it: its frames would pass for
  /// routed ones. The dataplane has the same constant of its own.
  public static final MacAddress ROUTER_MAC_ADDRESS = new MacAddress(0x0248_4E56_0001L);

  /// Router on, VXLAN, all ids.
  public static final VirtualNetworkManager DEFAULT =
      new VirtualNetworkManager(true, Encapsulation.VXLAN, VirtualSubnetIds.ALL);
}
