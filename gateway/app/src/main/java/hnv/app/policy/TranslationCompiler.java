// SPDX-License-Identifier: Apache-2.0
package hnv.app.policy;

import hnv.edge.EdgeNetwork.Ipv6Translation;
import hnv.edge.EdgeNetwork.PrefixPair;
import hnv.model.FrontendReference;
import hnv.model.Gateway;
import hnv.model.InboundNatRuleReference;
import hnv.model.IpConfiguration;
import hnv.model.LoadBalancer;
import hnv.model.LoadBalancer.InboundNatRule;
import hnv.model.LoadBalancer.OutboundNatRule;
import hnv.model.NatBehavior;
import hnv.model.NatMembers.Machine;
import hnv.model.NatMembers.Member;
import hnv.model.NetworkInterface;
import hnv.model.PortRange;
import hnv.model.PublicIpAddress;
import hnv.model.ResourceId;
import hnv.model.VirtualGateway;
import hnv.model.VirtualGateway.PrefixTranslation;
import hnv.model.VirtualNetwork;
import hnv.model.Wire;
import hnv.nat.AddressRange;
import hnv.nat.NatPool;
import hnv.nat.TenantNat;
import hnv.nat.TenantNat.InboundRule;
import hnv.nat.TenantNat.OneToOne;
import hnv.nat.TenantNat.OutboundRule;
import hnv.nat.v6.Prefix64;
import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// Makes pools and tenants' translation of the load balancers and public addresses of a policy, and
/// of the prefixes of its virtual gateways, for one gateway.
final class TranslationCompiler {
  /// Sessions, and public ports, of a tenant unless said otherwise.
  private static final int DEFAULT_LIMIT = 65_536;

  private static final Cidr EVERYTHING = new Cidr(new Ipv4Address(0), 0);
  private static final Cidr EVERYTHING_IPV6 = new Cidr(new Ipv6Address(0, 0), 0);
  private static final Tenant NOBODY = new Tenant(Optional.empty());

  /// Addresses in use together, and how.
  private record PoolKey(int network, List<AddressRange> addresses, NatBehavior behavior) {}

  /// A destination and the network that it is translated into.
  ///
  /// @param preferred false: only for want of another
  record Exit(Cidr destination, int network, boolean preferred) {}

  private static final class Tenant {
    final List<OutboundRule> outbound = new ArrayList<>();
    final List<InboundRule> inbound = new ArrayList<>();
    final List<OneToOne> oneToOne = new ArrayList<>();
    final Set<Exit> exits = new LinkedHashSet<>();
    final Optional<Cidr> nat64;
    final List<PrefixPair> prefixes = new ArrayList<>();

    Tenant(Optional<Cidr> nat64) {
      this.nat64 = nat64;
    }
  }

  private final GatewayView view;
  private final List<Wire> wires;
  private final Map<PoolKey, NatPool> pools = new LinkedHashMap<>();

  /// By virtual network; those that this gateway translates for.
  private final Map<ResourceId, Tenant> tenants = new HashMap<>();

  TranslationCompiler(GatewayView view, Gateway gateway) {
    this.view = view;
    this.wires = view.placement().wires(gateway);
    for (VirtualGateway virtual : view.policy().gatewayResources().virtualGateways()) {
      if (view.placement().translates(virtual)
          && view.placement().home(virtual).filter(gateway::equals).isPresent()) {
        view.network(virtual).ifPresent(network -> add(virtual, network));
      }
    }
    for (LoadBalancer balancer : view.policy().gatewayResources().loadBalancers()) {
      balancer.inboundNatRules().forEach(rule -> add(balancer, rule));
      balancer.outboundNatRules().forEach(rule -> add(balancer, rule));
    }
    for (NetworkInterface networkInterface : view.policy().networkInterfaces()) {
      networkInterface.ipConfigurations().forEach(c -> add(networkInterface, c));
    }
  }

  /// The pools that tenants of the gateway use, in the order of the document.
  List<NatPool> pools() {
    return List.copyOf(pools.values());
  }

  /// What is translated for a tenant on the gateway.
  TenantNat tenant(VirtualGateway virtualGateway, ResourceId virtualNetwork) {
    Tenant tenant = tenants.getOrDefault(virtualNetwork, NOBODY);
    return new TenantNat(
        0,
        tenant.outbound,
        tenant.inbound,
        tenant.oneToOne,
        virtualGateway.natSessionLimit().orElse(DEFAULT_LIMIT),
        virtualGateway.natPortLimit().orElse(DEFAULT_LIMIT));
  }

  /// How a tenant's IPv6 hosts reach the outside on the gateway.
  Ipv6Translation ipv6(ResourceId virtualNetwork) {
    Tenant tenant = tenants.getOrDefault(virtualNetwork, NOBODY);
    return new Ipv6Translation(tenant.nat64, tenant.prefixes);
  }

  private void add(VirtualGateway virtual, VirtualNetwork network) {
    Tenant tenant = new Tenant(virtual.nat64Prefix());
    tenants.put(network.resourceId(), tenant);
    for (PrefixTranslation translation : virtual.prefixTranslations()) {
      Optional<Wire> wire = view.gateways().publicWire(translation.externalPrefix());
      int place = wire.map(wires::indexOf).orElse(-1);
      if (place >= 0) {
        tenant.prefixes.add(
            new PrefixPair(
                wires.get(place).toString(),
                translation.internalPrefix(),
                translation.externalPrefix()));
        tenant.exits.add(new Exit(EVERYTHING_IPV6, place, true));
      }
    }
  }

  /// What a tenant reaches by translation, and where; the preferred ones first.
  List<Exit> exits(ResourceId virtualNetwork) {
    Set<Exit> all = tenants.getOrDefault(virtualNetwork, NOBODY).exits;
    List<Exit> exits = new ArrayList<>(all.stream().filter(Exit::preferred).toList());
    for (Exit exit : all) {
      if (!all.contains(new Exit(exit.destination(), exit.network(), true))) {
        exits.add(exit);
      }
    }
    return exits;
  }

  private void add(LoadBalancer balancer, OutboundNatRule rule) {
    List<Ipv4Address> addresses = addresses(rule.frontends());
    Optional<Integer> network = addresses.stream().findFirst().flatMap(this::network);
    Optional<LoadBalancer.BackendPool> backend = view.gateways().backendPool(rule.backendPool());
    if (network.isEmpty() || backend.isEmpty()) {
      return;
    }
    String name = balancer.resourceId() + "/" + rule.resourceId();
    List<Cidr> destinations =
        rule.destinationPrefixes().isEmpty() ? List.of(EVERYTHING) : rule.destinationPrefixes();
    for (Member member : view.members().members(rule.backendPool(), backend.get())) {
      Tenant tenant = tenants.get(member.virtualNetwork());
      if (tenant != null) {
        NatPool pool = pool(name, network.get(), addresses, rule.behavior());
        tenant.outbound.add(
            new OutboundRule(
                name, network.get(), rule.protocol().number(), member.source(), pool.name()));
        for (Cidr destination : destinations) {
          exit(tenant, member, destination)
              .ifPresent(d -> tenant.exits.add(new Exit(d, network.get(), true)));
        }
      }
    }
  }

  /// What a member has to send to where a destination is to be reached.
  private static Optional<Cidr> exit(Tenant tenant, Member member, Cidr destination) {
    return member.source().network() instanceof Ipv4Address
        ? Optional.of(destination)
        : tenant.nat64.map(prefix -> embedded(prefix, destination));
  }

  /// The addresses of a prefix that stand for those of an IPv4 one (RFC 6052 §2.2): bits 64 to 71
  /// are left out.
  static Cidr embedded(Cidr prefix, Cidr destination) {
    if (!(destination.network() instanceof Ipv4Address ipv4) || destination.prefixLength() == 0) {
      return prefix;
    }
    Prefix64 embedding = new Prefix64(prefix);
    int last = prefix.prefixLength() + destination.prefixLength();
    boolean passes = prefix.prefixLength() <= 64 && last > 64;
    return new Cidr(
        new Ipv6Address(embedding.embedHigh(ipv4.bits()), embedding.embedLow(ipv4.bits())),
        passes ? last + 8 : last);
  }

  private NatPool pool(
      String name, int network, List<Ipv4Address> addresses, NatBehavior behavior) {
    List<AddressRange> ranges = ranges(addresses);
    PoolKey key = new PoolKey(network, ranges, behavior);
    return pools.computeIfAbsent(
        key,
        k ->
            new NatPool(
                name,
                network,
                ranges,
                behavior.ports().first(),
                behavior.ports().last(),
                switch (behavior.mapping()) {
                  case ENDPOINT_INDEPENDENT -> NatPool.Mapping.ENDPOINT_INDEPENDENT;
                  case ENDPOINT_DEPENDENT -> NatPool.Mapping.ENDPOINT_DEPENDENT;
                },
                switch (behavior.filtering()) {
                  case ENDPOINT_INDEPENDENT -> NatPool.Filtering.ENDPOINT_INDEPENDENT;
                  case ADDRESS_DEPENDENT -> NatPool.Filtering.ADDRESS_DEPENDENT;
                  case ADDRESS_AND_PORT_DEPENDENT -> NatPool.Filtering.ADDRESS_AND_PORT_DEPENDENT;
                },
                behavior.preservesParity() ? NatPool.Parity.PRESERVED : NatPool.Parity.IGNORED,
                behavior.blockSize().orElse(NatPool.DEFAULT_BLOCK_SIZE),
                behavior.blocksPerAddress().orElse(NatPool.DEFAULT_BLOCKS_PER_SUBSCRIBER),
                behavior.sessionsPerAddress().orElse(NatPool.NO_LIMIT)));
  }

  /// Neighbouring addresses as one range.
  private static List<AddressRange> ranges(List<Ipv4Address> addresses) {
    List<Ipv4Address> sorted = addresses.stream().distinct().sorted().toList();
    List<AddressRange> ranges = new ArrayList<>();
    for (Ipv4Address address : sorted) {
      AddressRange last = ranges.isEmpty() ? null : ranges.getLast();
      if (last != null && last.last().bits() + 1 == address.bits()) {
        ranges.set(ranges.size() - 1, new AddressRange(last.first(), address));
      } else {
        ranges.add(AddressRange.of(address));
      }
    }
    return ranges;
  }

  private void add(LoadBalancer balancer, InboundNatRule rule) {
    var reference = new InboundNatRuleReference(balancer.resourceId(), rule.resourceId());
    for (Machine machine : view.members().backends(reference, rule)) {
      Tenant tenant = tenants.get(machine.virtualNetwork());
      if (tenant == null || !(machine.address() instanceof Ipv4Address inside)) {
        continue;
      }
      for (Ipv4Address address : addresses(rule.frontends())) {
        PortRange ports = rule.frontendPorts().orElse(PortRange.ANY);
        network(address)
            .ifPresent(
                network -> {
                  tenant.inbound.add(
                      new InboundRule(
                          balancer.resourceId() + "/" + rule.resourceId(),
                          network,
                          address,
                          rule.protocol().number(),
                          ports.first(),
                          ports.last(),
                          inside,
                          rule.backendPort().orElse(ports.first())));
                  tenant.exits.add(new Exit(EVERYTHING, network, false));
                });
      }
    }
  }

  private void add(NetworkInterface networkInterface, IpConfiguration configuration) {
    Tenant tenant = tenants.get(configuration.subnet().virtualNetwork());
    Optional<IpAddress> address =
        configuration
            .publicIpAddress()
            .flatMap(view.gateways()::publicIpAddress)
            .map(PublicIpAddress::ipAddress);
    if (tenant != null
        && address.isPresent()
        && address.get() instanceof Ipv4Address outside
        && configuration.privateIpAddress().address() instanceof Ipv4Address inside) {
      String name = networkInterface.resourceId() + "/" + configuration.resourceId();
      network(outside)
          .ifPresent(
              network -> {
                tenant.oneToOne.add(new OneToOne(name, network, outside, inside));
                tenant.exits.add(new Exit(EVERYTHING, network, false));
              });
    }
  }

  private List<Ipv4Address> addresses(List<FrontendReference> frontends) {
    return frontends.stream()
        .map(frontend -> view.gateways().address(frontend).orElse(null))
        .filter(Objects::nonNull)
        .filter(Ipv4Address.class::isInstance)
        .map(Ipv4Address.class::cast)
        .toList();
  }

  /// The outside network of the gateway that a public address belongs to.
  private Optional<Integer> network(Ipv4Address address) {
    return view.gateways().publicWire(address).map(wires::indexOf).filter(i -> i >= 0);
  }
}
