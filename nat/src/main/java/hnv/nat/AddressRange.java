// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import hnv.wire.Ipv4Address;

/// Public addresses from `first` to `last`, both included, in the order of their numbers.
public record AddressRange(Ipv4Address first, Ipv4Address last) {
  /// @throws IllegalArgumentException where `last` is below `first`
  public AddressRange {
    if (Integer.compareUnsigned(first.bits(), last.bits()) > 0) {
      throw new IllegalArgumentException(first + " is above " + last);
    }
  }

  /// One address.
  public static AddressRange of(Ipv4Address address) {
    return new AddressRange(address, address);
  }

  /// Addresses in the range.
  public long size() {
    return Integer.toUnsignedLong(last.bits()) - Integer.toUnsignedLong(first.bits()) + 1;
  }

  /// Whether the range has this address.
  public boolean contains(Ipv4Address address) {
    return Integer.compareUnsigned(address.bits(), first.bits()) >= 0
        && Integer.compareUnsigned(address.bits(), last.bits()) <= 0;
  }
}
