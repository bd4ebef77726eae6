// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.model.LoadBalancer.BackendPool;
import hnv.model.LoadBalancer.OutboundNatRule;
import hnv.model.NatMembers.Member;
import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// Outbound NAT rules and the pools of machines that they are for.
final class OutboundNatRules {
  /// Rules that are the same in this share their ports.
  private record Sharing(Set<IpAddress> addresses, NatBehavior behavior) {}

  private record Owner(String name, Sharing sharing) {}

  private final GatewayContext context;
  private final Map<IpAddress, List<Owner>> owners = new HashMap<>();

  OutboundNatRules(GatewayContext context) {
    this.context = context;
  }

  void check(AddressUses uses) {
    List<LoadBalancer> balancers = context.resources().loadBalancers();
    for (int i = 0; i < balancers.size(); i++) {
      LoadBalancer balancer = balancers.get(i);
      String path = context.element("$.loadBalancers", i) + ".properties";
      checkPools(balancer, path + ".backendAddressPools");
      List<OutboundNatRule> rules = balancer.outboundNatRules();
      String all = path + ".outboundNatRules";
      context.checkCount(all, rules, context.limits().rulesPerLoadBalancer());
      context.context().checkNames(PolicyValidation.names(rules, OutboundNatRule::resourceId), all);
      for (int j = 0; j < rules.size(); j++) {
        check(balancer, rules.get(j), context.element(all, j) + ".properties", uses);
      }
    }
  }

  private void checkPools(LoadBalancer balancer, String path) {
    List<BackendPool> pools = balancer.backendPools();
    context.checkCount(path, pools, context.limits().frontendsPerLoadBalancer());
    context.context().checkNames(PolicyValidation.names(pools, BackendPool::resourceId), path);
    int most = context.limits().membersPerBackendPool();
    for (int i = 0; i < pools.size(); i++) {
      BackendPool pool = pools.get(i);
      String at = context.element(path, i) + ".properties";
      String configurations = at + ".backendIPConfigurations";
      context.checkCount(configurations, pool.ipConfigurations(), most);
      for (int j = 0; j < pool.ipConfigurations().size(); j++) {
        IpConfigurationReference reference = pool.ipConfigurations().get(j);
        context.check(
            context.element(configurations, j),
            reference,
            context.members().ipConfiguration(reference));
      }
      String subnets = at + ".subnets";
      context.checkCount(subnets, pool.subnets(), most);
      for (int j = 0; j < pool.subnets().size(); j++) {
        SubnetReference reference = pool.subnets().get(j);
        context.check(
            context.element(subnets, j), reference, context.context().index().subnet(reference));
      }
      String networks = at + ".virtualNetworks";
      context.checkCount(networks, pool.virtualNetworks(), most);
      for (int j = 0; j < pool.virtualNetworks().size(); j++) {
        VirtualNetworkReference reference = pool.virtualNetworks().get(j);
        context.check(
            context.element(networks, j),
            reference,
            context.context().index().virtualNetwork(reference.resourceId()));
      }
    }
  }

  private void check(LoadBalancer balancer, OutboundNatRule rule, String path, AddressUses uses) {
    List<IpAddress> addresses = InboundNatRules.frontends(context, rule.frontends(), path);
    checkDestinations(rule, path + ".destinationPrefixes");
    checkBehavior(rule.behavior(), path);
    Set<Wire> wires = new LinkedHashSet<>();
    addresses.forEach(address -> context.index().publicWire(address).ifPresent(wires::add));
    if (wires.size() > 1) {
      String text = "its front ends are in several outside networks: " + wires;
      context.add(path + ".frontendIPConfigurations", ProblemCode.INVALID_NAT_RULE, text);
    }
    String name = balancer.resourceId() + "/" + rule.resourceId();
    checkSharing(new Owner(name, new Sharing(new TreeSet<>(addresses), rule.behavior())), path);
    Optional<BackendPool> pool = context.index().backendPool(rule.backendPool());
    context.check(path + ".backendAddressPool", rule.backendPool(), pool);
    Set<ResourceId> networks = new LinkedHashSet<>();
    pool.ifPresent(
        found ->
            context.members().members(rule.backendPool(), found).stream()
                .map(Member::virtualNetwork)
                .forEach(networks::add));
    for (ResourceId network : networks) {
      new NatPlaces(context)
          .check(network, addresses, path)
          .ifPresent(home -> addresses.forEach(address -> uses.place(address, home, path)));
    }
  }

  private void checkDestinations(OutboundNatRule rule, String path) {
    context.checkCount(path, rule.destinationPrefixes(), context.limits().references());
    for (int i = 0; i < rule.destinationPrefixes().size(); i++) {
      Cidr prefix = rule.destinationPrefixes().get(i);
      if (!Addresses.isIpv4(prefix)) {
        context.add(
            context.element(path, i),
            ProblemCode.INVALID_NAT_RULE,
            prefix + " is IPv6, which is not translated");
      }
    }
  }

  private void checkBehavior(NatBehavior behavior, String path) {
    int ports = behavior.ports().last() - behavior.ports().first() + 1;
    if (behavior.ports().first() == 0) {
      context.add(path + ".portRange", ProblemCode.INVALID_NAT_RULE, "0 is no port");
    }
    if (behavior.blockSize().orElse(1) > ports) {
      String text = "a block is larger than all " + ports + " ports together";
      context.add(path + ".portBlockSize", ProblemCode.INVALID_NAT_RULE, text);
    }
  }

  /// Two rules with a common address share all of it, or have different ports.
  private void checkSharing(Owner owner, String path) {
    for (IpAddress address : owner.sharing().addresses()) {
      List<Owner> others = owners.computeIfAbsent(address, a -> new ArrayList<>());
      for (Owner other : others) {
        if (!other.sharing().equals(owner.sharing())
            && overlap(other.sharing().behavior().ports(), owner.sharing().behavior().ports())) {
          context.add(
              path,
              ProblemCode.OUTBOUND_NAT_RULE_OVERLAP,
              "rule "
                  + other.name()
                  + " gives out the same ports of "
                  + address
                  + "; rules that share have the same front ends and behaviour");
        }
      }
      if (others.stream().noneMatch(other -> other.sharing().equals(owner.sharing()))) {
        others.add(owner);
      }
    }
  }

  private static boolean overlap(PortRange a, PortRange b) {
    return a.first() <= b.last() && b.first() <= a.last();
  }
}
