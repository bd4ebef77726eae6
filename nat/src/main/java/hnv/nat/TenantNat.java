// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import hnv.wire.Cidr;
import hnv.wire.Ipv4Address;
import java.util.List;

/// What is translated for one tenant. Immutable.
///
/// @param tenant slot of its routing domain
/// @param outboundRules asked in order; the first that fits says the pool
/// @param inboundRules services that the outside reaches
/// @param oneToOne addresses that have a public address of their own
/// @param sessions at most
/// @param ports public ports at most
public record TenantNat(
    int tenant,
    List<OutboundRule> outboundRules,
    List<InboundRule> inboundRules,
    List<OneToOne> oneToOne,
    int sessions,
    int ports) {
  /// Any protocol.
  public static final int ALL_PROTOCOLS = 0;

  public TenantNat {
    outboundRules = List.copyOf(outboundRules);
    inboundRules = List.copyOf(inboundRules);
    oneToOne = List.copyOf(oneToOne);
  }

  /// Connections that the tenant's addresses begin.
  ///
  /// @param name for people
  /// @param network the outside network that they leave by
  /// @param protocol IP protocol, or {@link #ALL_PROTOCOLS}
  /// @param source tenant-side addresses, IPv4
  /// @param pool name of the pool
  public record OutboundRule(String name, int network, int protocol, Cidr source, String pool) {}

  /// Connections that the outside begins (port forwarding).
  ///
  /// @param name for people
  /// @param network the outside network
  /// @param publicAddress where the outside knows the service
  /// @param protocol IP protocol, or {@link #ALL_PROTOCOLS}; without ports where it has none
  /// @param firstPort lowest public port, 0…65535
  /// @param lastPort highest public port
  /// @param inside the tenant's address
  /// @param insidePort tenant-side port that the first public port leads to
  public record InboundRule(
      String name,
      int network,
      Ipv4Address publicAddress,
      int protocol,
      int firstPort,
      int lastPort,
      Ipv4Address inside,
      int insidePort) {
    /// @throws IllegalArgumentException naming the ports that cannot be
    public InboundRule {
      if (firstPort < 0 || lastPort > 0xFFFF || firstPort > lastPort) {
        throw new IllegalArgumentException(
            "inbound rule %s: ports %d to %d are no range within 0 to 65535"
                .formatted(name, firstPort, lastPort));
      }
      if (insidePort < 0 || insidePort + (lastPort - firstPort) > 0xFFFF) {
        throw new IllegalArgumentException(
            "inbound rule %s: %d ports from inside port %d go beyond 65535"
                .formatted(name, lastPort - firstPort + 1, insidePort));
      }
    }
  }

  /// A public address for one tenant-side address: every protocol, both ways (Basic NAT).
  ///
  /// @param name for people
  /// @param network the outside network
  public record OneToOne(String name, int network, Ipv4Address publicAddress, Ipv4Address inside) {}
}
