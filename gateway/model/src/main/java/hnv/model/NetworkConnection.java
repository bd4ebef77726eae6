// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// A connection of a tenant's virtual network to another of its networks.
///
/// @param details what the type of the connection needs
/// @param enabled false: kept, but not there
/// @param gateway the gateway that it is on; absent: that of the virtual gateway, if its pool
///     serves the type, else the first that does
/// @param outboundKiloBitsPerSecond what the tenant may send; empty: without limit
/// @param inboundKiloBitsPerSecond what the tenant may get; empty: without limit
/// @param routes what is behind it, as the tenant sees it
/// @param addressTranslations by which the two sides see each other where they use the same
///     addresses
public record NetworkConnection(
    ResourceId resourceId,
    Details details,
    boolean enabled,
    Optional<GatewayReference> gateway,
    OptionalLong outboundKiloBitsPerSecond,
    OptionalLong inboundKiloBitsPerSecond,
    List<Route> routes,
    List<AddressTranslation> addressTranslations) {
  /// The highest rate limit, kilobits per second: 10 terabits.
  public static final long MAX_KILO_BITS_PER_SECOND = 10_000_000_000L;

  public NetworkConnection {
    routes = List.copyOf(routes);
    addressTranslations = List.copyOf(addressTranslations);
  }

  /// The type of the connection.
  public ConnectionType type() {
    return switch (details) {
      case Gre gre -> ConnectionType.GRE;
      case L3 l3 -> ConnectionType.L3;
      case Ipsec ipsec -> ConnectionType.IPSEC;
    };
  }

  /// What one type of connection has.
  public sealed interface Details {}

  /// A GRE tunnel.
  ///
  /// @param source our outer address: of a pool of a `greVipSubnets`, or the gateway's own; absent:
  ///     the gateway's own in the first of `greVipSubnets`, else its first outside
  /// @param destination the peer's outer address
  /// @param key RFC 2890 §2.1, 0 to 2³²−1
  /// @param checksum whether checksums are sent
  /// @param sequence whether sequence numbers are sent, and old ones refused
  /// @param keepalive how the peer is watched; absent: it is not
  public record Gre(
      Optional<IpAddress> source,
      IpAddress destination,
      OptionalLong key,
      boolean checksum,
      boolean sequence,
      Optional<Keepalive> keepalive)
      implements Details {
    /// The highest key.
    public static final long MAX_KEY = 0xFFFF_FFFFL;
  }

  /// Asks the peer of a tunnel whether it is there.
  ///
  /// @param intervalSeconds 1 to 32767
  /// @param tries so many silent in a row, and the tunnel is down; 1 to 255
  public record Keepalive(int intervalSeconds, int tries) {
    public static final int MAX_INTERVAL = 32_767;
    public static final int MAX_TRIES = 255;
    public static final int DEFAULT_TRIES = 3;
  }

  /// A VLAN of the tenant's own.
  ///
  /// @param vlanSubnet a subnet that is not public
  /// @param ipAddresses the gateway's own
  /// @param peers routers for routes that name none
  public record L3(
      LogicalSubnetReference vlanSubnet, List<InterfaceAddress> ipAddresses, List<IpAddress> peers)
      implements Details {
    public L3 {
      ipAddresses = List.copyOf(ipAddresses);
      peers = List.copyOf(peers);
    }
  }

  /// An address and the length of the prefix that is connected by it.
  public record InterfaceAddress(IpAddress ipAddress, int prefixLength) {
    /// The connected prefix.
    public Cidr prefix() {
      return Cidr.containing(ipAddress, prefixLength);
    }
  }

  /// An IPsec connection. It is not in force: what is routed to it is dropped, so that nothing
  /// leaves in the clear that was to be protected.
  public record Ipsec(
      Optional<IpAddress> source, IpAddress destination, IpsecConfiguration configuration)
      implements Details {}

  /// A route to what is behind a connection.
  ///
  /// @param nextHop a router of an L3 connection; absent: its peers
  /// @param metric lower is better; equal ones share the traffic
  public record Route(Cidr destinationPrefix, Optional<IpAddress> nextHop, int metric) {
    public static final int DEFAULT_METRIC = 10;
    public static final int MAX_METRIC = 65_535;
  }

  /// Addresses of the virtual network and of what is behind a connection, each with what the other
  /// side knows it by (twice-NAT, RFC 2663 §4.3). IPv4; either pair is equally long.
  ///
  /// @param localPrefix of the virtual network
  /// @param translatedLocalPrefix what the other side knows it by
  /// @param remotePrefix of the other side
  /// @param translatedRemotePrefix what the virtual network knows it by
  public record AddressTranslation(
      Cidr localPrefix,
      Cidr translatedLocalPrefix,
      Cidr remotePrefix,
      Cidr translatedRemotePrefix) {}
}
