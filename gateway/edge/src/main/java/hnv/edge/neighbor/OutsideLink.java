// SPDX-License-Identifier: Apache-2.0
package hnv.edge.neighbor;

import hnv.edge.EdgeNetwork.InterfaceAddress;
import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import hnv.wire.Ipv6Address;
import hnv.wire.MacAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The gateway's end of an outside network. Immutable.
///
/// @param port number of the dataplane port, VLANs having their own
/// @param mac of the device
/// @param own the gateway's own addresses and connected prefixes; the link-local one need not be
///     said where it is the gateway's
/// @param publicAddresses that are reached here: pools, one-to-one, GRE endpoints
/// @param asking who asks for neighbours
public record OutsideLink(
    int port,
    MacAddress mac,
    List<InterfaceAddress> own,
    AddressRanges publicAddresses,
    Asking asking) {
  /// Who asks for the neighbours of a link.
  public enum Asking {
    /// The gateway, which has the device whole.
    GATEWAY,
    /// The host, which has the device, too: its neighbours are the gateway's. So is its link-local
    /// address, which is not the gateway's.
    HOST
  }

  private static final long LINK_LOCAL = 0xFE80_0000_0000_0000L;

  public OutsideLink {
    own = List.copyOf(own);
  }

  /// A link whose device the gateway has whole.
  public OutsideLink(
      int port, MacAddress mac, List<InterfaceAddress> own, AddressRanges publicAddresses) {
    this(port, mac, own, publicAddresses, Asking.GATEWAY);
  }

  /// RFC 4862 §5.3 with the identifier of RFC 4291 appendix A: the MAC with `ff:fe` in its middle
  /// and the universal bit turned.
  public static Ipv6Address linkLocal(MacAddress mac) {
    long bits = mac.bits();
    long low = (bits >>> 24) << 40 | 0xFFFEL << 24 | (bits & 0xFF_FFFFL);
    return new Ipv6Address(LINK_LOCAL, low ^ 0x0200_0000_0000_0000L);
  }

  /// The port's link-local address.
  public Ipv6Address linkLocal() {
    return linkLocal(mac);
  }

  /// Whether the address is the gateway's own.
  public boolean isOwn(IpAddress address) {
    for (int i = 0; i < own.size(); i++) {
      if (own.get(i).address().equals(address)) {
        return true;
      }
    }
    return asking == Asking.GATEWAY && address.equals(linkLocal());
  }

  /// Whether somebody else with this address can be on the link: it lies in a connected prefix, or
  /// is link-local.
  public boolean isOnLink(IpAddress address) {
    if (!address.isUnicast() || isOwn(address) || publicAddresses.contains(address)) {
      return false;
    }
    if (asking == Asking.HOST) {
      return true; // The host knows.
    }
    if (address instanceof Ipv6Address v6 && v6.isLinkLocal()) {
      return true;
    }
    for (int i = 0; i < own.size(); i++) {
      Cidr prefix = own.get(i).prefix();
      if (prefix.contains(address)) {
        return !prefix.isBroadcast(address);
      }
    }
    return false;
  }

  /// The gateway's own address that shares a connected prefix with another; null where none does.
  @Nullable IpAddress sourceFor(IpAddress other) {
    for (int i = 0; i < own.size(); i++) {
      if (own.get(i).prefix().contains(other)) {
        return own.get(i).address();
      }
    }
    return null;
  }
}
