// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

/// An IPv4 or IPv6 address. Text is only ever parsed, never looked up.
///
/// Ordered IPv4 before IPv6, then as unsigned numbers.
public sealed interface IpAddress extends Comparable<IpAddress> permits Ipv4Address, Ipv6Address {
  /// Reads an address of either family: IPv6 where there is a colon.
  ///
  /// @throws IllegalArgumentException naming the text and the rule
  static IpAddress parse(String text) {
    return text.indexOf(':') >= 0 ? Ipv6Address.parse(text) : Ipv4Address.parse(text);
  }

  /// Bits of an address of this family: 32 or 128.
  int width();

  boolean isMulticast();

  /// True for the address of all zeros.
  boolean isUnspecified();

  boolean isLoopback();

  /// True for an address that one interface can bear and send from: neither unspecified nor
  /// multicast nor the limited broadcast address.
  boolean isUnicast();

  /// The address whose number is one more; after the last one comes the first.
  default IpAddress next() {
    return switch (this) {
      case Ipv4Address v4 -> new Ipv4Address(v4.bits() + 1);
      case Ipv6Address v6 ->
          new Ipv6Address(v6.low() == -1 ? v6.high() + 1 : v6.high(), v6.low() + 1);
    };
  }

  /// The address whose number is one less; before the first one comes the last.
  default IpAddress previous() {
    return switch (this) {
      case Ipv4Address v4 -> new Ipv4Address(v4.bits() - 1);
      case Ipv6Address v6 ->
          new Ipv6Address(v6.low() == 0 ? v6.high() - 1 : v6.high(), v6.low() - 1);
    };
  }

  @Override
  default int compareTo(IpAddress other) {
    return switch (this) {
      case Ipv4Address a ->
          other instanceof Ipv4Address b ? Integer.compareUnsigned(a.bits(), b.bits()) : -1;
      case Ipv6Address a -> other instanceof Ipv6Address b ? compare(a, b) : 1;
    };
  }

  private static int compare(Ipv6Address a, Ipv6Address b) {
    int high = Long.compareUnsigned(a.high(), b.high());
    return high != 0 ? high : Long.compareUnsigned(a.low(), b.low());
  }
}
