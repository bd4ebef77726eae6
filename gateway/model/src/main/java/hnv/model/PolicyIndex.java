// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.Vsid;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Finds the resources of a {@link Policy} by name and by reference. Immutable.
///
/// Where a policy that was not validated has a name twice, the first resource has it.
public final class PolicyIndex {
  private final Map<ResourceId, Server> servers = new HashMap<>();
  private final Map<ResourceId, VirtualNetwork> virtualNetworks = new HashMap<>();
  private final Map<SubnetReference, Subnet> subnets = new HashMap<>();
  private final Map<Vsid, List<Subnet>> subnetsByVsid = new HashMap<>();
  private final Map<ResourceId, NetworkInterface> networkInterfaces = new HashMap<>();
  private final Map<ResourceId, AccessControlList> accessControlLists = new HashMap<>();

  private PolicyIndex() {}

  public static PolicyIndex of(Policy policy) {
    PolicyIndex index = new PolicyIndex();
    policy.servers().forEach(s -> index.servers.putIfAbsent(s.resourceId(), s));
    for (VirtualNetwork network : policy.virtualNetworks()) {
      if (index.virtualNetworks.putIfAbsent(network.resourceId(), network) == null) {
        network.subnets().forEach(subnet -> index.add(network, subnet));
      }
    }
    policy.networkInterfaces().forEach(n -> index.networkInterfaces.putIfAbsent(n.resourceId(), n));
    policy
        .accessControlLists()
        .forEach(a -> index.accessControlLists.putIfAbsent(a.resourceId(), a));
    return index;
  }

  private void add(VirtualNetwork network, Subnet subnet) {
    SubnetReference reference = new SubnetReference(network.resourceId(), subnet.resourceId());
    if (subnets.putIfAbsent(reference, subnet) == null) {
      subnetsByVsid.computeIfAbsent(subnet.virtualSubnetId(), v -> new ArrayList<>()).add(subnet);
    }
  }

  public Optional<Server> server(ServerReference reference) {
    return Optional.ofNullable(servers.get(reference.resourceId()));
  }

  public Optional<VirtualNetwork> virtualNetwork(ResourceId resourceId) {
    return Optional.ofNullable(virtualNetworks.get(resourceId));
  }

  /// The virtual network whose subnet this is.
  public Optional<VirtualNetwork> virtualNetwork(SubnetReference reference) {
    return virtualNetwork(reference.virtualNetwork());
  }

  public Optional<Subnet> subnet(SubnetReference reference) {
    return Optional.ofNullable(subnets.get(reference));
  }

  /// The subnet with this VSID: none, one, or the two of a dual-stack pair.
  public List<Subnet> subnets(Vsid virtualSubnetId) {
    return List.copyOf(subnetsByVsid.getOrDefault(virtualSubnetId, List.of()));
  }

  public Optional<NetworkInterface> networkInterface(ResourceId resourceId) {
    return Optional.ofNullable(networkInterfaces.get(resourceId));
  }

  public Optional<AccessControlList> accessControlList(AccessControlListReference reference) {
    return Optional.ofNullable(accessControlLists.get(reference.resourceId()));
  }

  /// The virtual subnet that an interface is in; empty for one without IP configurations.
  public Optional<Vsid> virtualSubnetId(NetworkInterface networkInterface) {
    return networkInterface.ipConfigurations().stream()
        .findFirst()
        .flatMap(configuration -> subnet(configuration.subnet()))
        .map(Subnet::virtualSubnetId);
  }

  /// The virtual network that an interface is in; empty for one without IP configurations.
  public Optional<VirtualNetwork> virtualNetwork(NetworkInterface networkInterface) {
    return networkInterface.ipConfigurations().stream()
        .findFirst()
        .flatMap(configuration -> virtualNetwork(configuration.subnet()));
  }
}
