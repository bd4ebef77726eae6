// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import hnv.wire.MacAddress;
import org.jspecify.annotations.Nullable;

/// Which addresses and prefixes can stand where. Each answer is the reason why not, or null.
final class Addresses {
  /// A subnet has at least the network, the router, one machine and, in IPv4, the broadcast.
  static final int LONGEST_IPV4_SUBNET = 30;

  static final int LONGEST_IPV6_SUBNET = 126;
  static final int SHORTEST_SUBNET = 8;

  private Addresses() {}

  static boolean isIpv4(Cidr prefix) {
    return prefix.network() instanceof Ipv4Address;
  }

  static @Nullable String whyNotProviderAddress(IpAddress address) {
    if (address.isLoopback()) {
      return "a loopback address is not seen from outside";
    }
    if (isMapped(address)) {
      return "an IPv4 address is written as such; mapped into IPv6 it is on no wire";
    }
    return isLinkLocal(address) ? "a link-local address means another host on every link" : null;
  }

  static @Nullable String whyNotMachine(MacAddress mac) {
    if (mac.isZero()) {
      return "no address at all";
    }
    if (mac.isMulticast()) {
      return "a group address";
    }
    return mac.equals(VirtualNetworkManager.ROUTER_MAC_ADDRESS)
        ? "the distributed router's address"
        : null;
  }

  static @Nullable String whyNotSubnet(Cidr prefix) {
    int longest = isIpv4(prefix) ? LONGEST_IPV4_SUBNET : LONGEST_IPV6_SUBNET;
    if (prefix.prefixLength() > longest) {
      return "it has no room for a router and a machine; at most /" + longest;
    }
    if (prefix.prefixLength() < SHORTEST_SUBNET) {
      return "it is too wide; at least /" + SHORTEST_SUBNET;
    }
    IpAddress network = prefix.network();
    if (network.isMulticast() || network.isLoopback() || isLinkLocal(network)) {
      return "its addresses are multicast, loopback or link-local";
    }
    return network instanceof Ipv4Address v4 && v4.bits() >>> 24 == 0
        ? "0.0.0.0/8 is no host's (RFC 1122 §3.2.1.3)"
        : null;
  }

  static @Nullable String whyReserved(Cidr prefix, IpAddress address) {
    if (address.equals(prefix.network())) {
      return "the network address";
    }
    if (address.equals(prefix.lowestHost())) {
      return "the router's address, the lowest";
    }
    return prefix.isBroadcast(address) ? "the broadcast address" : null;
  }

  /// ::ffff:0:0/96 (RFC 4291 §2.5.5.2).
  private static boolean isMapped(IpAddress address) {
    return address instanceof Ipv6Address v6 && v6.high() == 0 && v6.low() >>> 32 == 0xFFFF;
  }

  static boolean isLinkLocal(IpAddress address) {
    return switch (address) {
      // 169.254.0.0/16, RFC 3927.
      case Ipv4Address v4 -> v4.bits() >>> 16 == 0xA9FE;
      case Ipv6Address v6 -> v6.isLinkLocal();
    };
  }
}
