// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.Cidr;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// How one virtual network meets the outside. A virtual network has at most one.
///
/// @param gateway where its translation is, and those of its connections that name no gateway;
///     absent: the first gateway of its first pool that has one
/// @param gatewayPools where its gateways may be
/// @param gatewaySubnets of its virtual network: one, or the two of a dual-stack pair. Gateways
///     have their addresses there, and no machine has
/// @param natSessionLimit translated sessions at most; empty: a default
/// @param natPortLimit public ports at most; empty: a default
/// @param flowLimit flows through its gateway at most, two of each connection; empty: what the
///     gateway's tables leave it
/// @param nat64Prefix IPv6 prefix that stands for IPv4 addresses outside (RFC 6052 §2.2)
/// @param prefixTranslations of IPv6 prefixes, without state (RFC 6296); in one outside network
public record VirtualGateway(
    ResourceId resourceId,
    Optional<GatewayReference> gateway,
    List<GatewayPoolReference> gatewayPools,
    List<SubnetReference> gatewaySubnets,
    List<NetworkConnection> networkConnections,
    OptionalInt natSessionLimit,
    OptionalInt natPortLimit,
    OptionalInt flowLimit,
    Optional<Cidr> nat64Prefix,
    List<PrefixTranslation> prefixTranslations) {
  public VirtualGateway {
    gatewayPools = List.copyOf(gatewayPools);
    gatewaySubnets = List.copyOf(gatewaySubnets);
    networkConnections = List.copyOf(networkConnections);
    prefixTranslations = List.copyOf(prefixTranslations);
  }

  /// A prefix of the virtual network, and what the outside knows it by. Where they are not equally
  /// long, the shorter one is taken as padded with zeros (RFC 6296 §3.1).
  ///
  /// @param internalPrefix IPv6, at most 64 bits long
  /// @param externalPrefix likewise, in a public logical subnet
  public record PrefixTranslation(Cidr internalPrefix, Cidr externalPrefix) {
    /// What is behind it is the interface identifier.
    public static final int LONGEST_PREFIX = 64;
  }
}
