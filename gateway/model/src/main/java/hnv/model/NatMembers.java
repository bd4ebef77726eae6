// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Whom the NAT rules of a {@link Policy} are for. Immutable.
public final class NatMembers {
  /// Tenant-side addresses.
  ///
  /// @param virtualNetwork whose
  /// @param source IPv4; IPv6 only where the virtual network has NAT64
  public record Member(ResourceId virtualNetwork, Cidr source) {}

  /// One tenant-side address.
  public record Machine(ResourceId virtualNetwork, IpAddress address) {}

  private static final Cidr ALL_IPV4 = new Cidr(new Ipv4Address(0), 0);
  private static final Cidr ALL_IPV6 = new Cidr(new Ipv6Address(0, 0), 0);

  private final Policy policy;
  private final PolicyIndex index;
  private final Map<IpConfigurationReference, IpConfiguration> configurations = new HashMap<>();
  private final Map<BackendPoolReference, List<IpConfiguration>> byPool = new HashMap<>();
  private final Map<InboundNatRuleReference, List<IpConfiguration>> byRule = new HashMap<>();

  /// Virtual networks whose IPv6 hosts reach IPv4.
  private final Set<ResourceId> nat64 = new HashSet<>();

  private NatMembers(Policy policy, PolicyIndex index) {
    this.policy = policy;
    this.index = index;
  }

  public static NatMembers of(Policy policy, PolicyIndex index) {
    NatMembers members = new NatMembers(policy, index);
    for (VirtualGateway gateway : policy.gatewayResources().virtualGateways()) {
      if (gateway.nat64Prefix().isPresent()) {
        GatewayPlacement.virtualNetwork(gateway).ifPresent(members.nat64::add);
      }
    }
    for (NetworkInterface networkInterface : policy.networkInterfaces()) {
      for (IpConfiguration configuration : networkInterface.ipConfigurations()) {
        members.configurations.putIfAbsent(
            new IpConfigurationReference(networkInterface.resourceId(), configuration.resourceId()),
            configuration);
        for (BackendPoolReference pool : configuration.backendPools()) {
          members.byPool.computeIfAbsent(pool, p -> new ArrayList<>()).add(configuration);
        }
        for (InboundNatRuleReference rule : configuration.inboundNatRules()) {
          members.byRule.computeIfAbsent(rule, r -> new ArrayList<>()).add(configuration);
        }
      }
    }
    return members;
  }

  public Optional<IpConfiguration> ipConfiguration(IpConfigurationReference reference) {
    return Optional.ofNullable(configurations.get(reference));
  }

  /// All that is in a back-end pool, each once: what the pool names, then what names the pool.
  public List<Member> members(BackendPoolReference reference, LoadBalancer.BackendPool pool) {
    Set<Member> members = new LinkedHashSet<>();
    pool.ipConfigurations()
        .forEach(c -> ipConfiguration(c).ifPresent(found -> add(members, found)));
    byPool.getOrDefault(reference, List.of()).forEach(c -> add(members, c));
    for (SubnetReference subnet : pool.subnets()) {
      index.subnet(subnet).map(Subnet::addressPrefixes).orElse(List.of()).stream()
          .forEach(prefix -> add(members, subnet.virtualNetwork(), prefix));
    }
    for (VirtualNetworkReference network : pool.virtualNetworks()) {
      add(members, network.resourceId(), ALL_IPV4);
      add(members, network.resourceId(), ALL_IPV6);
    }
    return List.copyOf(members);
  }

  private void add(Set<Member> members, IpConfiguration configuration) {
    IpAddress address = configuration.privateIpAddress().address();
    add(members, configuration.subnet().virtualNetwork(), new Cidr(address, address.width()));
  }

  private void add(Set<Member> members, ResourceId virtualNetwork, Cidr source) {
    if (Addresses.isIpv4(source) || nat64.contains(virtualNetwork)) {
      members.add(new Member(virtualNetwork, source));
    }
  }

  /// The machines that an inbound rule leads to: one in a valid policy.
  public List<Machine> backends(
      InboundNatRuleReference reference, LoadBalancer.InboundNatRule rule) {
    Set<Machine> machines = new LinkedHashSet<>();
    rule.backend()
        .flatMap(this::ipConfiguration)
        .ifPresent(configuration -> machines.add(machine(configuration)));
    byRule.getOrDefault(reference, List.of()).forEach(c -> machines.add(machine(c)));
    return List.copyOf(machines);
  }

  private static Machine machine(IpConfiguration configuration) {
    return new Machine(
        configuration.subnet().virtualNetwork(), configuration.privateIpAddress().address());
  }

  /// The virtual networks in which something is translated.
  public Set<ResourceId> translated() {
    Set<ResourceId> networks = new LinkedHashSet<>();
    for (IpConfiguration configuration : configurations.values()) {
      if (configuration.publicIpAddress().isPresent()) {
        networks.add(configuration.subnet().virtualNetwork());
      }
    }
    for (LoadBalancer balancer : policy.gatewayResources().loadBalancers()) {
      networks.addAll(translated(balancer));
    }
    for (VirtualGateway gateway : policy.gatewayResources().virtualGateways()) {
      if (!gateway.prefixTranslations().isEmpty()) {
        GatewayPlacement.virtualNetwork(gateway).ifPresent(networks::add);
      }
    }
    return networks;
  }

  /// The virtual networks in which a load balancer translates.
  public Set<ResourceId> translated(LoadBalancer balancer) {
    Set<ResourceId> networks = new LinkedHashSet<>();
    for (LoadBalancer.InboundNatRule rule : balancer.inboundNatRules()) {
      var reference = new InboundNatRuleReference(balancer.resourceId(), rule.resourceId());
      backends(reference, rule).forEach(machine -> networks.add(machine.virtualNetwork()));
    }
    Set<BackendPoolReference> used = new LinkedHashSet<>();
    balancer.outboundNatRules().forEach(rule -> used.add(rule.backendPool()));
    for (LoadBalancer.BackendPool pool : balancer.backendPools()) {
      var reference = new BackendPoolReference(balancer.resourceId(), pool.resourceId());
      if (used.contains(reference)) {
        members(reference, pool).forEach(member -> networks.add(member.virtualNetwork()));
      }
    }
    return networks;
  }
}
