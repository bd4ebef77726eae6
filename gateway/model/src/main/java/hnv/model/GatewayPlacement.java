// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.model.NetworkConnection.Gre;
import hnv.wire.Cidr;
import hnv.wire.CustomerAddress;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import hnv.wire.MacAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// Which gateway does what, where a {@link Policy} leaves it open, and as whom it is in a virtual
/// network. Every server comes to the same. Immutable.
public final class GatewayPlacement {
  /// 02-47: locally administered, and unlike a machine's.
  private static final long MAC_PREFIX = 0x0247_0000_0000L;

  private final GatewayIndex index;

  /// Virtual networks in which something is translated.
  private final Set<ResourceId> translated;

  /// @param translated the virtual networks in which something is translated, see {@link
  ///     NatMembers#translated()}
  public GatewayPlacement(GatewayIndex index, Set<ResourceId> translated) {
    this.index = index;
    this.translated = Set.copyOf(translated);
  }

  /// The virtual network of a virtual gateway.
  public static Optional<ResourceId> virtualNetwork(VirtualGateway gateway) {
    return gateway.gatewaySubnets().stream().findFirst().map(SubnetReference::virtualNetwork);
  }

  /// The gateway that translates for a virtual gateway: the written one, else the first of the
  /// first pool that has one.
  public Optional<Gateway> home(VirtualGateway gateway) {
    return gateway.gateway().isPresent()
        ? gateway.gateway().flatMap(index::gateway)
        : candidates(gateway).stream().findFirst();
  }

  /// The gateway that a connection is on.
  public Optional<Gateway> gateway(VirtualGateway gateway, NetworkConnection connection) {
    if (connection.gateway().isPresent()) {
      return connection.gateway().flatMap(index::gateway);
    }
    List<Gateway> possible = new ArrayList<>();
    home(gateway).ifPresent(possible::add);
    possible.addAll(candidates(gateway));
    return possible.stream().filter(g -> serves(g, connection.type())).findFirst();
  }

  /// Whether the pool of a gateway takes connections of a type.
  public boolean serves(Gateway gateway, ConnectionType type) {
    return index.gatewayPool(gateway.pool()).filter(p -> p.type().serves(type)).isPresent();
  }

  /// The gateways of the pools of a virtual gateway, in the order of pools and of the document.
  public List<Gateway> candidates(VirtualGateway gateway) {
    return gateway.gatewayPools().stream()
        .flatMap(pool -> index.gateways(pool).stream())
        .distinct()
        .toList();
  }

  /// Whether the virtual network of a virtual gateway has translation.
  public boolean translates(VirtualGateway gateway) {
    return virtualNetwork(gateway).filter(translated::contains).isPresent();
  }

  /// The gateways that do something for a virtual gateway, in the order of their names.
  public List<Gateway> gateways(VirtualGateway gateway) {
    Set<Gateway> gateways = new LinkedHashSet<>();
    if (translates(gateway)) {
      home(gateway).ifPresent(gateways::add);
    }
    for (NetworkConnection connection : gateway.networkConnections()) {
      gateway(gateway, connection).ifPresent(gateways::add);
    }
    return gateways.stream().sorted(Comparator.comparing(Gateway::resourceId)).toList();
  }

  /// The addresses of a gateway in the gateway subnets: in each prefix the lowest that is free, the
  /// router being the lowest of all, and gateways in the order of their names.
  ///
  /// @param subnets the gateway subnets
  /// @return one for each prefix that has room
  public List<CustomerAddress> addresses(
      VirtualGateway virtualGateway, Gateway gateway, List<Subnet> subnets) {
    int place = 1 + gateways(virtualGateway).indexOf(gateway);
    List<CustomerAddress> addresses = new ArrayList<>();
    for (Subnet subnet : subnets) {
      for (Cidr prefix : subnet.addressPrefixes()) {
        IpAddress address = plus(prefix.lowestHost(), place);
        if (prefix.contains(address) && !prefix.isBroadcast(address)) {
          addresses.add(new CustomerAddress(address));
        }
      }
    }
    return List.copyOf(addresses);
  }

  private static IpAddress plus(IpAddress address, int value) {
    return switch (address) {
      case Ipv4Address v4 -> new Ipv4Address(v4.bits() + value);
      case Ipv6Address v6 -> new Ipv6Address(v6.high(), v6.low() + value);
    };
  }

  /// The MAC address of a gateway in every virtual network: {@link #MAC_PREFIX} and the first four
  /// octets of the SHA-256 of its name.
  public static MacAddress mac(Gateway gateway) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      byte[] name = gateway.resourceId().key().getBytes(StandardCharsets.US_ASCII);
      long hash = Integer.toUnsignedLong(ByteBuffer.wrap(sha256.digest(name)).getInt());
      return new MacAddress(MAC_PREFIX | hash);
    } catch (NoSuchAlgorithmException e) {
      // Cannot happen: every Java platform has SHA-256.
      throw new AssertionError(e);
    }
  }

  /// Our outer address of a GRE connection: the written one; else the gateway's own in the first of
  /// its pool's GRE subnets; else its first, of the peer's family.
  public Optional<IpAddress> source(Gateway gateway, Gre gre) {
    if (gre.source().isPresent()) {
      return gre.source();
    }
    List<LogicalSubnetReference> vips =
        index.gatewayPool(gateway.pool()).map(GatewayPool::greVipSubnets).orElse(List.of());
    return gateway.outsideInterfaces().stream()
        .sorted(Comparator.comparingInt(outside -> rank(vips.indexOf(outside.subnet()))))
        .flatMap(outside -> outside.ipAddresses().stream())
        .filter(address -> address.width() == gre.destination().width())
        .findFirst();
  }

  private static int rank(int place) {
    return place < 0 ? Integer.MAX_VALUE : place;
  }

  /// The wire that an outer address of a gateway belongs to.
  public Optional<Wire> wire(Gateway gateway, IpAddress outer) {
    return gateway.outsideInterfaces().stream()
        .filter(outside -> outside.ipAddresses().contains(outer))
        .findFirst()
        .flatMap(outside -> index.wire(outside.subnet()))
        .or(() -> index.publicWire(outer));
  }

  /// The public wires that a gateway is on, in the order of its interfaces.
  public List<Wire> wires(Gateway gateway) {
    return gateway.outsideInterfaces().stream()
        .map(outside -> index.wire(outside.subnet()).orElse(null))
        .filter(Objects::nonNull)
        .distinct()
        .toList();
  }
}
