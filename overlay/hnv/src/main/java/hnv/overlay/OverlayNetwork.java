// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import hnv.dataplane.Encapsulation;
import hnv.vswitch.Group;
import hnv.wire.Cidr;
import hnv.wire.CustomerAddress;
import hnv.wire.MacAddress;
import hnv.wire.ProviderAddress;
import hnv.wire.RoutingDomainId;
import hnv.wire.Vsid;
import java.util.List;
import java.util.Optional;

/// What the overlay has to know of a whole network, in the dataplane's terms: hosts with their
/// provider addresses, routing domains with their virtual subnets and adapters. Valid as given:
/// what is wrong in a policy is found before it becomes this. Immutable; equal where nothing
/// changed.
///
/// @param encapsulation how frames travel between hosts where neither a host nor a domain says it
/// @param routerEnabled whether hosts route between the virtual subnets of a domain
public record OverlayNetwork(
    Encapsulation encapsulation, boolean routerEnabled, List<Host> hosts, List<Domain> domains) {
  /// No host, no tenant.
  public static final OverlayNetwork EMPTY =
      new OverlayNetwork(Encapsulation.VXLAN, true, List.of(), List.of());

  public OverlayNetwork {
    hosts = List.copyOf(hosts);
    domains = List.copyOf(domains);
  }

  /// How frames of a domain travel between two hosts, the same seen from either: as a host that is
  /// bound to one encapsulation must have it, else as the domain prefers, else as the network says.
  ///
  /// @return empty where the hosts are bound to different ones: no frame can pass
  public Optional<Encapsulation> encapsulationBetween(Host a, Host b, Domain domain) {
    if (a.encapsulation().isPresent()
        && b.encapsulation().isPresent()
        && !a.encapsulation().equals(b.encapsulation())) {
      return Optional.empty();
    }
    return a.encapsulation()
        .or(b::encapsulation)
        .or(domain::encapsulation)
        .or(() -> Optional.of(encapsulation));
  }

  /// A host.
  ///
  /// @param addresses its provider addresses, 1 to 4; frames to it go to the first of the sender's
  ///     family, frames from it may come from any
  /// @param encapsulation the only one that it knows; empty: both
  public record Host(
      String name, List<ProviderAddress> addresses, Optional<Encapsulation> encapsulation) {
    public Host {
      addresses = List.copyOf(addresses);
    }

    /// A host that knows every encapsulation.
    public Host(String name, List<ProviderAddress> addresses) {
      this(name, addresses, Optional.empty());
    }
  }

  /// A routing domain: the isolation boundary.
  ///
  /// @param name what people call the tenant's network
  /// @param encapsulation the one that it prefers
  /// @param routes to what lies beyond its virtual subnets
  public record Domain(
      RoutingDomainId id,
      String name,
      List<Subnet> subnets,
      List<Adapter> adapters,
      Optional<Encapsulation> encapsulation,
      List<Route> routes) {
    public Domain {
      subnets = List.copyOf(subnets);
      adapters = List.copyOf(adapters);
      routes = List.copyOf(routes);
    }

    /// A domain that nothing lies beyond, without preference.
    public Domain(RoutingDomainId id, String name, List<Subnet> subnets, List<Adapter> adapters) {
      this(id, name, subnets, adapters, Optional.empty(), List.of());
    }
  }

  /// A way out of a domain, on all of its hosts. The longest prefix decides, a virtual subnet's
  /// among them; of its routes the lowest metric whose gateways can be reached.
  ///
  /// @param gateways names of adapters of the domain with {@link Role#GATEWAY}; flows are spread
  ///     over them
  /// @param metric lower is better
  public record Route(Cidr destination, List<String> gateways, int metric) {
    public Route {
      gateways = List.copyOf(gateways);
    }
  }

  /// A virtual subnet; its lowest address of each prefix is the router's.
  public record Subnet(Vsid vsid, List<Cidr> prefixes) {
    public Subnet {
      prefixes = List.copyOf(prefixes);
    }
  }

  /// What is behind an adapter.
  public enum Role {
    /// A VM.
    GUEST,
    /// A gateway: the adapter is in a gateway subnet and has no device, and what routes of the
    /// domain lead there may come from it.
    GATEWAY
  }

  /// A network adapter of a VM, or of a gateway in a domain.
  ///
  /// @param name resource id of the network interface
  /// @param host name of the host that it is on; empty while it is on none
  /// @param macSpoofing may send from other MACs than its own
  /// @param outboundOctetsPerSecond rate limit, 0 = none
  /// @param inboundOctetsPerSecond rate limit, 0 = none
  /// @param role what is behind it
  public record Adapter(
      String name,
      MacAddress mac,
      Vsid vsid,
      List<CustomerAddress> addresses,
      String host,
      boolean macSpoofing,
      AccessControl accessControl,
      long outboundOctetsPerSecond,
      long inboundOctetsPerSecond,
      Role role) {
    public Adapter {
      addresses = List.copyOf(addresses);
    }

    /// A VM's.
    public Adapter(
        String name,
        MacAddress mac,
        Vsid vsid,
        List<CustomerAddress> addresses,
        String host,
        boolean macSpoofing,
        AccessControl accessControl,
        long outboundOctetsPerSecond,
        long inboundOctetsPerSecond) {
      this(
          name,
          mac,
          vsid,
          addresses,
          host,
          macSpoofing,
          accessControl,
          outboundOctetsPerSecond,
          inboundOctetsPerSecond,
          Role.GUEST);
    }

    /// A gateway's, which sends and gets what its gateway lets pass.
    public static Adapter ofGateway(
        String name, MacAddress mac, Vsid vsid, List<CustomerAddress> addresses, String host) {
      return new Adapter(
          name, mac, vsid, addresses, host, false, AccessControl.OPEN, 0, 0, Role.GATEWAY);
    }
  }

  /// What may pass an adapter, ready for the engine: every group is asked and must let a packet
  /// through. A group has a rule for every packet that it is meant for.
  public record AccessControl(List<Group> outbound, List<Group> inbound) {
    /// Everything passes.
    public static final AccessControl OPEN = new AccessControl(List.of(), List.of());

    public AccessControl {
      outbound = List.copyOf(outbound);
      inbound = List.copyOf(inbound);
    }
  }
}
