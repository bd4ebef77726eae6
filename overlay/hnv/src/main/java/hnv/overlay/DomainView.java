// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import hnv.vswitch.PacketContext;
import hnv.vswitch.Space;
import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A routing domain as this host's layers see it. Immutable.
///
/// @param tenant its slot
/// @param name what people call it
/// @param subnets its virtual subnets
/// @param space its mappings
/// @param routes where lies what no mapping has
public record DomainView(
    int tenant,
    String name,
    List<OverlayNetwork.Subnet> subnets,
    Space space,
    DomainRoutes routes) {
  public DomainView {
    subnets = List.copyOf(subnets);
  }

  /// Whether an address belongs to the domain's router: the lowest of any of its prefixes.
  boolean isRouter(IpAddress address) {
    for (OverlayNetwork.Subnet subnet : subnets) {
      for (Cidr prefix : subnet.prefixes()) {
        if (prefix.lowestHost().equals(address)) {
          return true;
        }
      }
    }
    return false;
  }

  /// The router's address in a virtual subnet, of the packet's family; null where the subnet has no
  /// prefix of it.
  @Nullable IpAddress router(int vsid, boolean ipv6) {
    for (OverlayNetwork.Subnet subnet : subnets) {
      if (subnet.vsid().value() == vsid) {
        for (Cidr prefix : subnet.prefixes()) {
          if (prefix.network() instanceof Ipv6Address == ipv6) {
            return prefix.lowestHost();
          }
        }
      }
    }
    return null;
  }

  /// The packet's source as a value.
  static IpAddress source(PacketContext packet) {
    return packet.isIpv6()
        ? new Ipv6Address(packet.sourceHigh(), packet.sourceLow())
        : new Ipv4Address((int) packet.sourceLow());
  }

  /// The packet's destination as a value.
  static IpAddress destination(PacketContext packet) {
    return packet.isIpv6()
        ? new Ipv6Address(packet.destinationHigh(), packet.destinationLow())
        : new Ipv4Address((int) packet.destinationLow());
  }
}
