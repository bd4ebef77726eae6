// SPDX-License-Identifier: Apache-2.0
package hnv.model;

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
  /// Router on, VXLAN, all ids.
  public static final VirtualNetworkManager DEFAULT =
      new VirtualNetworkManager(true, Encapsulation.VXLAN, VirtualSubnetIds.ALL);
}
