// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

/// A provider address (PA): what a host bears in the underlay. Tunnels run between provider
/// addresses.
///
/// @param address a unicast address
public record ProviderAddress(IpAddress address) implements Comparable<ProviderAddress> {

  /// @throws IllegalArgumentException if the address is unspecified, multicast or broadcast
  public ProviderAddress {
    if (!address.isUnicast()) {
      throw new IllegalArgumentException(
          "%s cannot be a provider address: it must be unicast".formatted(address));
    }
  }

  /// Reads an IPv4 or IPv6 address.
  ///
  /// @throws IllegalArgumentException naming the text and the rule
  public static ProviderAddress parse(String text) {
    return new ProviderAddress(IpAddress.parse(text));
  }

  @Override
  public int compareTo(ProviderAddress other) {
    return address.compareTo(other.address);
  }

  @Override
  public String toString() {
    return address.toString();
  }
}
