// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

/// An address prefix such as `10.1.1.0/24` (RFC 4632 §3.1, RFC 4291 §2.3).
///
/// Ordered by network, then by prefix length.
///
/// @param network the lowest address of the prefix: its host bits are zero
/// @param prefixLength 0..32 for IPv4, 0..128 for IPv6
public record Cidr(IpAddress network, int prefixLength) implements Comparable<Cidr> {

  /// @throws IllegalArgumentException if the prefix length is out of range or a host bit is set
  public Cidr {
    if (prefixLength < 0 || prefixLength > network.width()) {
      throw new IllegalArgumentException(
          "%s/%d: the prefix length must be 0 to %d"
              .formatted(network, prefixLength, network.width()));
    }
    IpAddress lowest = mask(network, prefixLength);
    if (!lowest.equals(network)) {
      throw new IllegalArgumentException(
          "%s/%d has host bits set; the network is %s/%d"
              .formatted(network, prefixLength, lowest, prefixLength));
    }
  }

  /// Reads `address/length`.
  ///
  /// @throws IllegalArgumentException naming the text and the rule
  public static Cidr parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      throw new IllegalArgumentException(
          "\"%s\" is not a prefix: an address, '/' and the prefix length".formatted(text));
    }
    String length = text.substring(slash + 1);
    if (!length.matches("0|[1-9][0-9]{0,2}")) {
      throw new IllegalArgumentException(
          "\"%s\": the prefix length must be a decimal number without leading zeros"
              .formatted(text));
    }
    return new Cidr(IpAddress.parse(text.substring(0, slash)), Integer.parseInt(length));
  }

  /// The prefix of this length that holds `address`.
  ///
  /// @throws IllegalArgumentException if the prefix length is out of range
  public static Cidr containing(IpAddress address, int prefixLength) {
    if (prefixLength < 0 || prefixLength > address.width()) {
      throw new IllegalArgumentException(
          "%s/%d: the prefix length must be 0 to %d"
              .formatted(address, prefixLength, address.width()));
    }
    return new Cidr(mask(address, prefixLength), prefixLength);
  }

  /// True if `address` is of the same family and within this prefix.
  public boolean contains(IpAddress address) {
    return address.width() == network.width() && mask(address, prefixLength).equals(network);
  }

  /// True if every address of `other` is within this prefix.
  public boolean contains(Cidr other) {
    return other.prefixLength >= prefixLength && contains(other.network);
  }

  /// True if the two have an address in common, which for prefixes means that one holds the other.
  public boolean overlaps(Cidr other) {
    return contains(other) || other.contains(this);
  }

  /// True for a prefix of one address.
  public boolean isHost() {
    return prefixLength == network.width();
  }

  /// The lowest address that a host may bear: the network plus one. IPv4 reserves the network
  /// itself (RFC 1122 §3.2.1.3), IPv6 the subnet-router anycast address (RFC 4291 §2.6.1); in
  /// prefixes of two addresses (RFC 3021, RFC 6164) and of one it is the network.
  public IpAddress lowestHost() {
    return network.width() - prefixLength <= 1 ? network : plus(network, 1);
  }

  /// The highest address of the prefix: for IPv4 its directed broadcast address, save in prefixes
  /// of one or two addresses, which have none.
  public IpAddress highest() {
    return switch (network) {
      case Ipv4Address v4 -> new Ipv4Address(v4.bits() | ~ones(prefixLength));
      case Ipv6Address v6 ->
          new Ipv6Address(
              v6.high() | ~ones64(Math.min(prefixLength, 64)),
              v6.low() | ~ones64(Math.max(prefixLength, 64) - 64));
    };
  }

  /// True if `address` is the directed broadcast address of this prefix (RFC 919).
  public boolean isBroadcast(IpAddress address) {
    return network instanceof Ipv4Address && prefixLength <= 30 && address.equals(highest());
  }

  private static IpAddress mask(IpAddress address, int prefixLength) {
    return switch (address) {
      case Ipv4Address v4 -> new Ipv4Address(v4.bits() & ones(prefixLength));
      case Ipv6Address v6 ->
          new Ipv6Address(
              v6.high() & ones64(Math.min(prefixLength, 64)),
              v6.low() & ones64(Math.max(prefixLength, 64) - 64));
    };
  }

  private static IpAddress plus(IpAddress address, int value) {
    return switch (address) {
      case Ipv4Address v4 -> new Ipv4Address(v4.bits() + value);
      case Ipv6Address v6 -> new Ipv6Address(v6.high(), v6.low() + value);
    };
  }

  /// A mask of `length` leading ones, 0..32.
  private static int ones(int length) {
    return length == 0 ? 0 : -1 << (32 - length);
  }

  /// A mask of `length` leading ones, 0..64.
  private static long ones64(int length) {
    return length == 0 ? 0 : -1L << (64 - length);
  }

  @Override
  public int compareTo(Cidr other) {
    int byNetwork = network.compareTo(other.network);
    return byNetwork != 0 ? byNetwork : Integer.compare(prefixLength, other.prefixLength);
  }

  @Override
  public String toString() {
    return network + "/" + prefixLength;
  }
}
