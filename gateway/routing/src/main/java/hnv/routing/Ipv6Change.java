// SPDX-License-Identifier: Apache-2.0
package hnv.routing;

/// An IPv6 prefix and its group, or 0 where the prefix goes. Ordered by address, then by length.
record Ipv6Change(long high, long low, int length, int group) implements Comparable<Ipv6Change> {
  @Override
  public int compareTo(Ipv6Change other) {
    int byHigh = Long.compareUnsigned(high, other.high);
    if (byHigh != 0) {
      return byHigh;
    }
    int byLow = Long.compareUnsigned(low, other.low);
    return byLow != 0 ? byLow : Integer.compare(length, other.length);
  }

  /// Bits before the octet that the prefix ends in, 0…120.
  int lastOctet() {
    return length == 0 ? 0 : (length - 1) / Byte.SIZE * Byte.SIZE;
  }

  /// Bits of the octets from the first on that are equal to those of an address, 120 at most.
  int equalOctets(long toHigh, long toLow) {
    long difference = high ^ toHigh;
    int bits =
        difference != 0
            ? Long.numberOfLeadingZeros(difference)
            : Long.SIZE + Long.numberOfLeadingZeros(low ^ toLow);
    return Math.min(bits, 2 * Long.SIZE - 1) / Byte.SIZE * Byte.SIZE;
  }
}
