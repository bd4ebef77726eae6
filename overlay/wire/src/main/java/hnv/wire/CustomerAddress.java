// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

/// A customer address (CA): what a VM bears in its tenant's network. It means something within one
/// routing domain only.
///
/// @param address a unicast address
public record CustomerAddress(IpAddress address) implements Comparable<CustomerAddress> {

  /// @throws IllegalArgumentException if the address is unspecified, multicast or broadcast
  public CustomerAddress {
    if (!address.isUnicast()) {
      throw new IllegalArgumentException(
          "%s cannot be a customer address: it must be unicast".formatted(address));
    }
  }

  /// Reads an IPv4 or IPv6 address.
  ///
  /// @throws IllegalArgumentException naming the text and the rule
  public static CustomerAddress parse(String text) {
    return new CustomerAddress(IpAddress.parse(text));
  }

  @Override
  public int compareTo(CustomerAddress other) {
    return address.compareTo(other.address);
  }

  @Override
  public String toString() {
    return address.toString();
  }
}
