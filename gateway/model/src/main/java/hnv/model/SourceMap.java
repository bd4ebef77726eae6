// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// How the lists of a {@link Policy} relate to the text that they were read from.
///
/// Where some elements of a text could not be read, the others are still checked against each
/// other. This map keeps that honest: a problem is reported at the position that the element has in
/// the text, and a reference to a resource that is there but could not be read is not called
/// dangling. Filled by one reader, then only read.
public final class SourceMap {
  private final Map<String, int[]> positions = new HashMap<>();
  private final Set<ResourceReference> unreadable = new HashSet<>();
  private final Set<ResourceId> unreadableNetworks = new HashSet<>();

  /// A map of a text of which everything could be read.
  public SourceMap() {}

  /// Says where the elements of a list stood in the text. Needed only where some are missing.
  ///
  /// @param listPath the JSON path of the list in the text
  /// @param indexes for each element that was read, its index in the text
  public void recordPositions(String listPath, int[] indexes) {
    positions.put(listPath, indexes.clone());
  }

  /// Says that the resource is in the text, but could not be read, or not with all of its parts.
  public void recordUnreadable(ResourceReference reference) {
    unreadable.add(reference);
  }

  /// Says that the virtual network is in the text, but could not be read, nor could its subnets.
  public void recordUnreadableNetwork(ResourceId virtualNetwork) {
    unreadableNetworks.add(virtualNetwork);
  }

  /// Whether the resource, or what it is a part of, is in the text but could not be read.
  boolean isUnreadable(ResourceReference reference) {
    if (unreadable.contains(reference)) {
      return true;
    }
    return switch (reference) {
      case SubnetReference subnet -> unreadableNetworks.contains(subnet.virtualNetwork());
      case LogicalSubnetReference subnet ->
          unreadable.contains(new LogicalNetworkReference(subnet.logicalNetwork()));
      case FrontendReference frontend -> isUnreadable(frontend.loadBalancer());
      case BackendPoolReference pool -> isUnreadable(pool.loadBalancer());
      case InboundNatRuleReference rule -> isUnreadable(rule.loadBalancer());
      case IpConfigurationReference configuration ->
          unreadable.contains(new NetworkInterfaceReference(configuration.networkInterface()));
      default -> false;
    };
  }

  private boolean isUnreadable(ResourceId loadBalancer) {
    return unreadable.contains(new LoadBalancerReference(loadBalancer));
  }

  /// Whether elements of a list are missing.
  boolean isIncomplete(String listPath) {
    return positions.containsKey(listPath);
  }

  /// Whether elements of a list are missing, or a resource of this kind is known not to be whole.
  boolean isIncomplete(String listPath, Class<? extends ResourceReference> kind) {
    return isIncomplete(listPath) || unreadable.stream().anyMatch(kind::isInstance);
  }

  /// The path in the text of an element of a list.
  String element(String listPath, int index) {
    int[] indexes = positions.get(listPath);
    return listPath + "[" + (indexes == null ? index : indexes[index]) + "]";
  }

  String server(int i) {
    return element("$.servers", i);
  }

  String virtualNetwork(int i) {
    return element("$.virtualNetworks", i);
  }

  String subnet(int network, int i) {
    return element(virtualNetwork(network) + ".properties.subnets", i);
  }

  String networkInterface(int i) {
    return element("$.networkInterfaces", i);
  }

  String ipConfiguration(int networkInterface, int i) {
    return element(networkInterface(networkInterface) + ".properties.ipConfigurations", i);
  }

  String accessControlList(int i) {
    return element("$.accessControlLists", i);
  }

  String rule(int accessControlList, int i) {
    return element(accessControlList(accessControlList) + ".properties.aclRules", i);
  }
}
