// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import java.util.List;
import java.util.Optional;

/// What the rules of gateways and of the outside look at and report to.
record GatewayContext(
    PolicyValidation.Context context,
    GatewayResources resources,
    GatewayIndex index,
    NatMembers members,
    GatewayPlacement placement) {
  static GatewayContext of(PolicyValidation.Context context) {
    GatewayResources resources = context.policy().gatewayResources();
    GatewayIndex index = GatewayIndex.of(resources);
    NatMembers members = NatMembers.of(context.policy(), context.index());
    return new GatewayContext(
        context, resources, index, members, new GatewayPlacement(index, members.translated()));
  }

  GatewayLimits limits() {
    return context.limits().gateway();
  }

  void add(String path, ProblemCode code, String text) {
    context.add(path, code, text);
  }

  /// The path of an element of a list.
  String element(String list, int index) {
    return context.source().element(list, index);
  }

  void checkCount(String path, List<?> list, int limit) {
    context.checkCount(path, list.size(), limit);
  }

  /// Reports a reference to what is not there.
  ///
  /// @param path of the property that has the reference
  void check(String path, ResourceReference reference, Optional<?> found) {
    if (found.isEmpty()) {
      context.notFound(path + ".resourceRef", reference);
    }
  }

  /// Whether not all logical networks are known, so that an address may be in one of the others.
  boolean missesNetworks() {
    return context.source().isIncomplete("$.logicalNetworks", LogicalNetworkReference.class);
  }

  /// Whether all pools of a virtual gateway and their gateways are known.
  boolean knowsGateways(VirtualGateway gateway) {
    return !context.source().isIncomplete("$.gateways", GatewayReference.class)
        && !context.source().isIncomplete("$.gatewayPools", GatewayPoolReference.class)
        && gateway.gatewayPools().stream().allMatch(p -> index.gatewayPool(p).isPresent());
  }

  boolean missesInterfaces() {
    return context.source().isIncomplete("$.networkInterfaces", NetworkInterfaceReference.class);
  }

  boolean missesVirtualGateways() {
    return context.source().isIncomplete("$.virtualGateways");
  }

  /// Reports that the virtual network has no gateway, if so.
  ///
  /// @return the virtual gateway
  Optional<VirtualGateway> virtualGateway(ResourceId virtualNetwork, String path, String why) {
    Optional<VirtualGateway> gateway = index.virtualGateway(virtualNetwork);
    if (gateway.isEmpty() && !missesVirtualGateways()) {
      add(
          path,
          ProblemCode.VIRTUAL_GATEWAY_MISSING,
          why + ", and virtual network " + virtualNetwork + " has no virtual gateway");
    }
    return gateway;
  }
}
