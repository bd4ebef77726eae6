// SPDX-License-Identifier: Apache-2.0
package hnv.model;

/// How long the lists of a policy may be. A list that is longer is a problem, not a slow day.
///
/// @param servers per policy
/// @param virtualNetworks per policy
/// @param networkInterfaces per policy
/// @param accessControlLists per policy
/// @param providerAddressesPerServer per server
/// @param prefixesPerAddressSpace per virtual network
/// @param subnetsPerVirtualNetwork per virtual network
/// @param ipConfigurationsPerInterface per network interface
/// @param rulesPerAccessControlList per list
/// @param problems how many problems are listed before the rest is only counted
/// @param gateway of gateways and of the outside
public record PolicyLimits(
    int servers,
    int virtualNetworks,
    int networkInterfaces,
    int accessControlLists,
    int providerAddressesPerServer,
    int prefixesPerAddressSpace,
    int subnetsPerVirtualNetwork,
    int ipConfigurationsPerInterface,
    int rulesPerAccessControlList,
    int problems,
    GatewayLimits gateway) {
  public static final PolicyLimits DEFAULT =
      new PolicyLimits(
          4_096, 65_536, 262_144, 65_536, 4, 64, 1_024, 64, 1_000, 1_000, GatewayLimits.DEFAULT);
}
