// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import java.util.List;
import java.util.Optional;

/// Gateways that serve the same kinds of connections.
///
/// @param greVipSubnets where the outer addresses of GRE connections come from
/// @param publicIpAddresses to which IPsec connections connect
/// @param natLog whom its gateways tell of translation; absent: nobody
public record GatewayPool(
    ResourceId resourceId,
    Type type,
    List<LogicalSubnetReference> greVipSubnets,
    List<PublicIpAddressReference> publicIpAddresses,
    Optional<NatLog> natLog) {
  public GatewayPool {
    greVipSubnets = List.copyOf(greVipSubnets);
    publicIpAddresses = List.copyOf(publicIpAddresses);
  }

  /// What the gateways of a pool do. All of them translate.
  public enum Type {
    ALL,
    S2S_IPSEC,
    S2S_GRE,
    FORWARDING;

    /// Whether a pool of this type takes such a connection.
    public boolean serves(ConnectionType connection) {
      return switch (this) {
        case ALL -> true;
        case S2S_IPSEC -> connection == ConnectionType.IPSEC;
        case S2S_GRE -> connection == ConnectionType.GRE;
        case FORWARDING -> connection == ConnectionType.L3;
      };
    }
  }
}
