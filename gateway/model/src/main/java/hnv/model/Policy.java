// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import java.util.List;

/// The operator's intent: one consistent set of resources, the same on every host.
///
/// A policy that comes out of a document has passed {@link PolicyValidation}. One that is put
/// together in code has not, until that is called.
public record Policy(
    List<Server> servers,
    List<VirtualNetwork> virtualNetworks,
    List<NetworkInterface> networkInterfaces,
    List<AccessControlList> accessControlLists,
    VirtualNetworkManager virtualNetworkManager,
    GatewayResources gatewayResources) {
  /// No resources, and the defaults.
  public static final Policy EMPTY =
      new Policy(List.of(), List.of(), List.of(), List.of(), VirtualNetworkManager.DEFAULT);

  public Policy {
    servers = List.copyOf(servers);
    virtualNetworks = List.copyOf(virtualNetworks);
    networkInterfaces = List.copyOf(networkInterfaces);
    accessControlLists = List.copyOf(accessControlLists);
  }

  /// A policy without gateways.
  public Policy(
      List<Server> servers,
      List<VirtualNetwork> virtualNetworks,
      List<NetworkInterface> networkInterfaces,
      List<AccessControlList> accessControlLists,
      VirtualNetworkManager virtualNetworkManager) {
    this(
        servers,
        virtualNetworks,
        networkInterfaces,
        accessControlLists,
        virtualNetworkManager,
        GatewayResources.NONE);
  }

  /// This policy with other network interfaces.
  public Policy with(List<NetworkInterface> otherInterfaces) {
    return new Policy(
        servers,
        virtualNetworks,
        otherInterfaces,
        accessControlLists,
        virtualNetworkManager,
        gatewayResources);
  }

  /// This policy with another virtual network manager.
  public Policy with(VirtualNetworkManager otherManager) {
    return new Policy(
        servers,
        virtualNetworks,
        networkInterfaces,
        accessControlLists,
        otherManager,
        gatewayResources);
  }

  /// This policy with other gateways.
  public Policy with(GatewayResources otherGateways) {
    return new Policy(
        servers,
        virtualNetworks,
        networkInterfaces,
        accessControlLists,
        virtualNetworkManager,
        otherGateways);
  }
}
