// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.model.LoadBalancer.InboundNatRule;
import hnv.model.NatMembers.Machine;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Inbound NAT rules: ports, machines, and apart from one another.
final class InboundNatRules {
  private record Service(String name, NatProtocol protocol, PortRange ports, String path) {}

  private final GatewayContext context;
  private final Map<IpAddress, List<Service>> services = new LinkedHashMap<>();

  InboundNatRules(GatewayContext context) {
    this.context = context;
  }

  void check(AddressUses uses) {
    List<LoadBalancer> balancers = context.resources().loadBalancers();
    for (int i = 0; i < balancers.size(); i++) {
      LoadBalancer balancer = balancers.get(i);
      List<InboundNatRule> rules = balancer.inboundNatRules();
      String all = context.element("$.loadBalancers", i) + ".properties.inboundNatRules";
      context.checkCount(all, rules, context.limits().rulesPerLoadBalancer());
      context.context().checkNames(PolicyValidation.names(rules, InboundNatRule::resourceId), all);
      for (int j = 0; j < rules.size(); j++) {
        check(balancer, rules.get(j), context.element(all, j) + ".properties", uses);
      }
    }
    services.forEach(this::checkOverlaps);
    checkReferences();
  }

  /// What machines say of the rules and pools that they are in.
  private void checkReferences() {
    List<NetworkInterface> interfaces = context.context().policy().networkInterfaces();
    for (int i = 0; i < interfaces.size(); i++) {
      List<IpConfiguration> configurations = interfaces.get(i).ipConfigurations();
      for (int j = 0; j < configurations.size(); j++) {
        String path = context.context().source().ipConfiguration(i, j) + ".properties";
        String rules = path + ".loadBalancerInboundNatRules";
        List<InboundNatRuleReference> named = configurations.get(j).inboundNatRules();
        context.checkCount(rules, named, context.limits().references());
        for (int k = 0; k < named.size(); k++) {
          context.check(
              context.element(rules, k),
              named.get(k),
              context.index().inboundNatRule(named.get(k)));
        }
        String pools = path + ".loadBalancerBackendAddressPools";
        List<BackendPoolReference> in = configurations.get(j).backendPools();
        context.checkCount(pools, in, context.limits().references());
        for (int k = 0; k < in.size(); k++) {
          context.check(
              context.element(pools, k), in.get(k), context.index().backendPool(in.get(k)));
        }
      }
    }
  }

  private void check(LoadBalancer balancer, InboundNatRule rule, String path, AddressUses uses) {
    checkPorts(rule, path);
    List<IpAddress> addresses = frontends(context, rule.frontends(), path);
    rule.backend()
        .ifPresent(
            backend ->
                context.check(
                    path + ".backendIPConfiguration",
                    backend,
                    context.members().ipConfiguration(backend)));
    var reference = new InboundNatRuleReference(balancer.resourceId(), rule.resourceId());
    List<Machine> machines = context.members().backends(reference, rule);
    checkMachines(rule, machines, path);
    for (Machine machine : machines) {
      new NatPlaces(context)
          .check(machine.virtualNetwork(), addresses, path)
          .ifPresent(home -> addresses.forEach(address -> uses.place(address, home, path)));
    }
    Optional<PortRange> ports =
        rule.protocol().hasPorts() ? rule.frontendPorts() : Optional.of(PortRange.ANY);
    String name = balancer.resourceId() + "/" + rule.resourceId();
    ports.ifPresent(
        range ->
            addresses.forEach(
                address ->
                    services
                        .computeIfAbsent(address, a -> new ArrayList<>())
                        .add(new Service(name, rule.protocol(), range, path + ".frontendPort"))));
  }

  private void checkPorts(InboundNatRule rule, String path) {
    if (rule.protocol().hasPorts()) {
      if (rule.frontendPorts().isEmpty()) {
        String text = rule.protocol() + " has ports; say which";
        context.add(path + ".frontendPort", ProblemCode.PROPERTY_MISSING, text);
        return;
      }
      PortRange ports = rule.frontendPorts().get();
      int first = rule.backendPort().orElse(ports.first());
      int last = first + ports.last() - ports.first();
      if (first == 0 || ports.first() == 0 || last > PortRange.MAX_PORT) {
        String text =
            "ports " + ports + " lead to " + first + "-" + last + "; 1 to 65535 are ports";
        context.add(path + ".backendPort", ProblemCode.INVALID_NAT_RULE, text);
      }
    } else if (rule.frontendPorts().isPresent() || rule.backendPort().isPresent()) {
      String text = "a rule for " + rule.protocol() + " has no ports";
      context.add(path + ".frontendPort", ProblemCode.INVALID_NAT_RULE, text);
    }
  }

  private void checkMachines(InboundNatRule rule, List<Machine> machines, String path) {
    String at = path + ".backendIPConfiguration";
    if (machines.size() > 1) {
      String text = "it leads to " + machines.size() + " machines; it can lead to one";
      context.add(at, ProblemCode.INVALID_NAT_RULE, text);
    } else if (machines.isEmpty() && rule.backend().isEmpty() && !context.missesInterfaces()) {
      String text = "it leads to no machine: name one here, or the rule in an IP configuration";
      context.add(at, ProblemCode.INVALID_NAT_RULE, text);
    }
    for (Machine machine : machines) {
      if (!(machine.address() instanceof Ipv4Address)) {
        String text = machine.address() + " is IPv6, which is not translated";
        context.add(at, ProblemCode.INVALID_NAT_RULE, text);
      }
    }
  }

  /// The addresses of front ends; reports those that are not there, and a rule that has none.
  static List<IpAddress> frontends(
      GatewayContext context, List<FrontendReference> frontends, String path) {
    String all = path + ".frontendIPConfigurations";
    context.checkCount(all, frontends, context.limits().frontendsPerLoadBalancer());
    if (frontends.isEmpty()) {
      context.add(all, ProblemCode.PROPERTY_MISSING, "a rule has a front end");
    }
    List<IpAddress> addresses = new ArrayList<>();
    for (int i = 0; i < frontends.size(); i++) {
      FrontendReference reference = frontends.get(i);
      context.check(context.element(all, i), reference, context.index().frontend(reference));
      context.index().address(reference).ifPresent(addresses::add);
    }
    return addresses;
  }

  /// In the order of their first ports, each overlaps an earlier one exactly when it begins before
  /// the end of the one that reaches furthest.
  private void checkOverlaps(IpAddress address, List<Service> all) {
    for (NatProtocol protocol : NatProtocol.values()) {
      List<Service> sorted = new ArrayList<>();
      for (Service service : all) {
        if (service.protocol() == protocol || service.protocol() == NatProtocol.ALL) {
          sorted.add(service);
        }
      }
      boolean none = all.stream().noneMatch(service -> service.protocol() == protocol);
      if (sorted.size() < 2 || none) {
        continue;
      }
      sorted.sort(Comparator.comparingInt(service -> service.ports().first()));
      Service reach = sorted.getFirst();
      for (Service service : sorted.subList(1, sorted.size())) {
        if (service.ports().first() <= reach.ports().last()) {
          context.add(
              service.path(),
              ProblemCode.INBOUND_NAT_RULE_OVERLAP,
              service.protocol()
                  + " ports "
                  + service.ports()
                  + " of "
                  + address
                  + " are rule "
                  + reach.name()
                  + "'s already");
        }
        if (service.ports().last() > reach.ports().last()) {
          reach = service;
        }
      }
    }
  }
}
