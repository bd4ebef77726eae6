// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.gre.GreTunnel;
import hnv.nat.NatPool;
import hnv.nat.TenantNat;
import hnv.nat.TwiceNat;
import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import hnv.wire.RoutingDomainId;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// What one gateway has to know: the outside networks that it is on, and the tenants that it joins
/// to them. Valid as given: what is wrong in a policy is found before it becomes this. Immutable;
/// equal where nothing changed.
///
/// @param outsideNetworks shared by tenants, by translation; {@link NatPool#network} and the
///     networks of a {@link TenantNat}'s rules are indexes in this list
/// @param pools public addresses that tenants share
public record EdgeNetwork(
    List<OutsideNetwork> outsideNetworks, List<NatPool> pools, List<TenantGateway> tenants) {
  /// A host that is no gateway.
  public static final EdgeNetwork EMPTY = new EdgeNetwork(List.of(), List.of(), List.of());

  public EdgeNetwork {
    outsideNetworks = List.copyOf(outsideNetworks);
    pools = List.copyOf(pools);
    tenants = List.copyOf(tenants);
  }

  /// An address of the gateway's own and the length of the prefix that is connected by it.
  public record InterfaceAddress(IpAddress address, int prefixLength) {
    /// The connected prefix.
    public Cidr prefix() {
      return Cidr.containing(address, prefixLength);
    }
  }

  /// A network that the gateway is attached to by a device or by a VLAN on one.
  ///
  /// @param device name by which the node's configuration knows the device
  /// @param vlan 1…4094; empty: untagged
  /// @param addresses the gateway's own
  public record Attachment(String device, OptionalInt vlan, List<InterfaceAddress> addresses) {
    public Attachment {
      addresses = List.copyOf(addresses);
    }
  }

  /// A network that tenants reach by translation or by tunnels through it, such as the Internet.
  ///
  /// @param routes beyond the connected prefixes; `via` is always given
  public record OutsideNetwork(String name, Attachment attachment, List<Route> routes) {
    public OutsideNetwork {
      routes = List.copyOf(routes);
    }
  }

  /// A tenant's virtual gateway, as far as it is on this gateway.
  ///
  /// @param adapter name of the adapter by which the tenant's hosts reach this gateway: an {@link
  ///     hnv.overlay.OverlayNetwork.Adapter} of the domain, on this host
  /// @param routes static routes; connected ones need not be said
  /// @param nat its {@link TenantNat#tenant} is not looked at: slots are the compiler's. Its
  ///     outbound rules with an IPv6 source are those of NAT64
  /// @param flows unified flows of the tenant at most, of which a connection has two; 0: only the
  ///     share that the tables give everybody
  public record TenantGateway(
      RoutingDomainId id,
      String name,
      String adapter,
      List<NetworkConnection> connections,
      List<Route> routes,
      TenantNat nat,
      int flows,
      Ipv6Translation ipv6) {
    public TenantGateway {
      if (flows < 0) {
        throw new IllegalArgumentException("flows: 0 or more, not " + flows);
      }
      connections = List.copyOf(connections);
      routes = List.copyOf(routes);
    }
  }

  /// How a tenant's IPv6 hosts reach outside networks. Routes lead there like those of IPv4: by
  /// {@link Target.ByNat}.
  ///
  /// @param nat64 prefix whose addresses stand for IPv4 ones (RFC 6052 §2.2); empty: no NAT64
  /// @param prefixes translated address by address, without state (NPTv6, RFC 6296)
  public record Ipv6Translation(Optional<Cidr> nat64, List<PrefixPair> prefixes) {
    /// IPv6 does not reach outside networks.
    public static final Ipv6Translation NONE = new Ipv6Translation(Optional.empty(), List.of());

    public Ipv6Translation {
      prefixes = List.copyOf(prefixes);
    }
  }

  /// A tenant's IPv6 prefix and what an outside network knows it by. Nobody else has the external
  /// prefix, and no address of it is the gateway's own.
  ///
  /// @param internal at most 64 bits long, as is `external`
  public record PrefixPair(String outsideNetwork, Cidr internal, Cidr external) {}

  /// A route to a prefix.
  ///
  /// @param metric lower is better; equal ones share the connections (ECMP)
  public record Route(Cidr destination, Target target, int metric) {}

  /// Where a route leads.
  public sealed interface Target {
    /// Through a network connection of the tenant.
    ///
    /// @param via the next router; empty where the connection has one other end
    record ByConnection(String connection, Optional<IpAddress> via) implements Target {}

    /// Into an outside network, translated.
    record ByNat(String outsideNetwork) implements Target {}

    /// To a router, in the routes of an {@link OutsideNetwork}.
    record ByRouter(IpAddress via) implements Target {}

    /// Nowhere.
    record Blackhole() implements Target {}
  }

  /// A connection of a tenant's network to another of its networks.
  public sealed interface NetworkConnection {
    String name();

    /// What the tenant may send, octets a second; 0: without limit.
    long outboundOctetsPerSecond();

    /// What the tenant may get, octets a second; 0: without limit.
    long inboundOctetsPerSecond();

    /// Prefixes by which both sides see each other where they use the same addresses; `local` is
    /// the tenant's. Routes and everything else of the tenant speak of `seenRemote`.
    List<TwiceNat> twiceNat();
  }

  /// GRE through an outside network.
  ///
  /// @param outsideNetwork the network that the outer packets travel in
  public record GreConnection(
      String name,
      String outsideNetwork,
      GreTunnel tunnel,
      long outboundOctetsPerSecond,
      long inboundOctetsPerSecond,
      List<TwiceNat> twiceNat)
      implements NetworkConnection {
    public GreConnection {
      twiceNat = List.copyOf(twiceNat);
    }
  }

  /// A VLAN or device of the tenant's own; addresses are routed as they are.
  ///
  /// @param peers routers of the other side, for routes that name none
  public record L3Connection(
      String name,
      Attachment attachment,
      List<IpAddress> peers,
      long outboundOctetsPerSecond,
      long inboundOctetsPerSecond,
      List<TwiceNat> twiceNat)
      implements NetworkConnection {
    public L3Connection {
      peers = List.copyOf(peers);
      twiceNat = List.copyOf(twiceNat);
    }
  }
}
