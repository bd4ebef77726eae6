// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Finds what a {@link Policy} says of gateways and of the outside, by name, reference and address.
/// Immutable.
///
/// Where a policy that was not validated has a name twice, the first resource has it.
public final class GatewayIndex {
  /// A pool of a public subnet.
  private record PlacedPool(IpPool pool, Wire wire) {}

  private final Map<ResourceId, LogicalNetwork> logicalNetworks = new HashMap<>();
  private final Map<LogicalSubnetReference, LogicalSubnet> logicalSubnets = new HashMap<>();
  private final Map<ResourceId, PublicIpAddress> publicAddresses = new HashMap<>();
  private final Map<ResourceId, GatewayPool> pools = new HashMap<>();
  private final Map<ResourceId, Gateway> gateways = new HashMap<>();
  private final Map<GatewayPoolReference, List<Gateway>> gatewaysByPool = new HashMap<>();
  private final Map<ResourceId, VirtualGateway> virtualGateways = new HashMap<>();
  private final Map<FrontendReference, LoadBalancer.Frontend> frontends = new HashMap<>();
  private final Map<BackendPoolReference, LoadBalancer.BackendPool> backendPools = new HashMap<>();
  private final Map<InboundNatRuleReference, LoadBalancer.InboundNatRule> inboundRules =
      new HashMap<>();
  private final Map<ResourceId, RouteTable> routeTables = new HashMap<>();
  private final TreeMap<IpAddress, PlacedPool> publicPools = new TreeMap<>();
  private final Map<Cidr, Wire> publicSubnets = new HashMap<>();

  private GatewayIndex() {}

  public static GatewayIndex of(GatewayResources resources) {
    GatewayIndex index = new GatewayIndex();
    resources.logicalNetworks().forEach(index::add);
    resources
        .publicIpAddresses()
        .forEach(a -> index.publicAddresses.putIfAbsent(a.resourceId(), a));
    resources.gatewayPools().forEach(p -> index.pools.putIfAbsent(p.resourceId(), p));
    for (Gateway gateway : resources.gateways()) {
      if (index.gateways.putIfAbsent(gateway.resourceId(), gateway) == null) {
        index.gatewaysByPool.computeIfAbsent(gateway.pool(), p -> new ArrayList<>()).add(gateway);
      }
    }
    for (VirtualGateway gateway : resources.virtualGateways()) {
      gateway.gatewaySubnets().stream()
          .findFirst()
          .ifPresent(s -> index.virtualGateways.putIfAbsent(s.virtualNetwork(), gateway));
    }
    resources.loadBalancers().forEach(index::add);
    resources.routeTables().forEach(t -> index.routeTables.putIfAbsent(t.resourceId(), t));
    return index;
  }

  private void add(LogicalNetwork network) {
    if (logicalNetworks.putIfAbsent(network.resourceId(), network) != null) {
      return;
    }
    for (LogicalSubnet subnet : network.subnets()) {
      LogicalSubnetReference reference =
          new LogicalSubnetReference(network.resourceId(), subnet.resourceId());
      logicalSubnets.putIfAbsent(reference, subnet);
      if (subnet.isPublic()) {
        Wire wire = new Wire(network.resourceId(), subnet.vlanId());
        publicSubnets.putIfAbsent(subnet.addressPrefix(), wire);
        subnet
            .ipPools()
            .forEach(pool -> publicPools.putIfAbsent(pool.start(), new PlacedPool(pool, wire)));
      }
    }
  }

  private void add(LoadBalancer balancer) {
    ResourceId name = balancer.resourceId();
    for (LoadBalancer.Frontend frontend : balancer.frontends()) {
      frontends.putIfAbsent(new FrontendReference(name, frontend.resourceId()), frontend);
    }
    for (LoadBalancer.BackendPool pool : balancer.backendPools()) {
      backendPools.putIfAbsent(new BackendPoolReference(name, pool.resourceId()), pool);
    }
    for (LoadBalancer.InboundNatRule rule : balancer.inboundNatRules()) {
      inboundRules.putIfAbsent(new InboundNatRuleReference(name, rule.resourceId()), rule);
    }
  }

  public Optional<LogicalNetwork> logicalNetwork(ResourceId resourceId) {
    return Optional.ofNullable(logicalNetworks.get(resourceId));
  }

  public Optional<LogicalSubnet> logicalSubnet(LogicalSubnetReference reference) {
    return Optional.ofNullable(logicalSubnets.get(reference));
  }

  /// What a logical subnet is on.
  public Optional<Wire> wire(LogicalSubnetReference reference) {
    return logicalSubnet(reference)
        .map(subnet -> new Wire(reference.logicalNetwork(), subnet.vlanId()));
  }

  public Optional<PublicIpAddress> publicIpAddress(PublicIpAddressReference reference) {
    return Optional.ofNullable(publicAddresses.get(reference.resourceId()));
  }

  /// The address of a front end.
  public Optional<IpAddress> address(FrontendReference reference) {
    return frontend(reference)
        .flatMap(
            frontend ->
                switch (frontend.address()) {
                  case LoadBalancer.ByResource(PublicIpAddressReference resource) ->
                      publicIpAddress(resource).map(PublicIpAddress::ipAddress);
                  case LoadBalancer.ByAddress(IpAddress address, LogicalSubnetReference subnet) ->
                      Optional.of(address);
                });
  }

  /// The public wire in one of whose pools an address is.
  public Optional<Wire> publicWire(IpAddress address) {
    return Optional.ofNullable(publicPools.floorEntry(address))
        .map(Map.Entry::getValue)
        .filter(placed -> placed.pool().contains(address))
        .map(PlacedPool::wire);
  }

  /// The public wire that a prefix belongs to: that of the smallest public subnet that it is in.
  public Optional<Wire> publicWire(Cidr prefix) {
    for (int length = prefix.prefixLength(); length >= 0; length--) {
      Wire wire = publicSubnets.get(Cidr.containing(prefix.network(), length));
      if (wire != null) {
        return Optional.of(wire);
      }
    }
    return Optional.empty();
  }

  /// Whether a pool of a public subnet has an address of this prefix.
  public boolean hasPublicPool(Cidr prefix) {
    Map.Entry<IpAddress, PlacedPool> last = publicPools.floorEntry(prefix.highest());
    return last != null
        && last.getKey().width() == prefix.network().width()
        && last.getValue().pool().end().compareTo(prefix.network()) >= 0;
  }

  public Optional<GatewayPool> gatewayPool(GatewayPoolReference reference) {
    return Optional.ofNullable(pools.get(reference.resourceId()));
  }

  public Optional<Gateway> gateway(GatewayReference reference) {
    return Optional.ofNullable(gateways.get(reference.resourceId()));
  }

  /// The gateways of a pool, in the order of the document.
  public List<Gateway> gateways(GatewayPoolReference pool) {
    return List.copyOf(gatewaysByPool.getOrDefault(pool, List.of()));
  }

  /// The virtual gateway of a virtual network.
  public Optional<VirtualGateway> virtualGateway(ResourceId virtualNetwork) {
    return Optional.ofNullable(virtualGateways.get(virtualNetwork));
  }

  public Optional<LoadBalancer.Frontend> frontend(FrontendReference reference) {
    return Optional.ofNullable(frontends.get(reference));
  }

  public Optional<LoadBalancer.BackendPool> backendPool(BackendPoolReference reference) {
    return Optional.ofNullable(backendPools.get(reference));
  }

  public Optional<LoadBalancer.InboundNatRule> inboundNatRule(InboundNatRuleReference reference) {
    return Optional.ofNullable(inboundRules.get(reference));
  }

  public Optional<RouteTable> routeTable(RouteTableReference reference) {
    return Optional.ofNullable(routeTables.get(reference.resourceId()));
  }
}
