// SPDX-License-Identifier: Apache-2.0
package hnv.nat.v6;

import hnv.wire.Cidr;
import hnv.wire.Ipv6Address;
import org.jspecify.annotations.Nullable;

/// The IPv6 prefix that IPv4 addresses are embedded in (RFC 6052 §2.2). Immutable; nothing is
/// allocated by a translation.
///
/// ```text
///      +--+---+---+---+---+---+---+---+---+---+---+---+---+---+---+---+---+
///      |PL| 0-------------32--40--48--56--64--72--80--88--96--104---------|
///      |32|     prefix    |v4(32)         | u | suffix                    |
///      |40|     prefix        |v4(24)     | u |(8)| suffix                |
///      |48|     prefix            |v4(16) | u | (16)  | suffix            |
///      |56|     prefix                |(8)| u |  v4(24)   | suffix        |
///      |64|     prefix                    | u |   v4(32)      | suffix    |
///      |96|     prefix                                    |    v4(32)     |
///      +--+---+---+---+---+---+---+---+---+---+---+---+---+---+---+---+---+
/// ```
public final class Prefix64 {
  /// 64:ff9b::/96 (RFC 6052 §2.1).
  public static final Prefix64 WELL_KNOWN = new Prefix64(Cidr.parse("64:ff9b::/96"));

  private static final long LOW_32 = 0xFFFF_FFFFL;

  private final long high;
  private final long low;
  private final int length;

  /// @throws IllegalArgumentException where the prefix is not IPv6, its length none of 32, 40, 48,
  ///     56, 64 and 96, or its bits 64 to 71 are not zero
  public Prefix64(Cidr prefix) {
    if (!(prefix.network() instanceof Ipv6Address network)) {
      throw new IllegalArgumentException(prefix + ": an IPv6 prefix is wanted");
    }
    length = prefix.prefixLength();
    if (length != 96 && (length < 32 || length > 64 || length % 8 != 0)) {
      throw new IllegalArgumentException(
          prefix + ": the length must be 32, 40, 48, 56, 64 or 96 (RFC 6052 §2.2)");
    }
    if (network.low() >>> 56 != 0) {
      throw new IllegalArgumentException(prefix + ": bits 64 to 71 must be zero (RFC 6052 §2.2)");
    }
    high = network.high();
    low = network.low();
  }

  /// Whether an IPv4 address may stand in an address of this prefix: "The Well-Known Prefix MUST
  /// NOT be used to represent non-global IPv4 addresses" (RFC 6052 §3.1). Of those the private ones
  /// are told, and those between a provider and its customers (RFC 1918, RFC 6598).
  public boolean mayEmbed(int address) {
    boolean isPrivate =
        address >>> 24 == 10
            || address >>> 20 == 0xAC1
            || address >>> 16 == 0xC0A8
            || address >>> 22 == 0x191;
    return !isPrivate || !equals(WELL_KNOWN);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Prefix64 that
        && high == that.high
        && low == that.low
        && length == that.length;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(high ^ low) + length;
  }

  /// Whether an IPv6 address is one with an IPv4 address in it.
  public boolean contains(long addressHigh, long addressLow) {
    return length == 96
        ? addressHigh == high && (addressLow & ~LOW_32) == low
        : (addressHigh & (-1L << (64 - length))) == high;
  }

  /// The upper half of the address that an IPv4 address is embedded in.
  public long embedHigh(int address) {
    if (length >= 64) {
      return high;
    }
    long bits = Integer.toUnsignedLong(address);
    // The first 64 - length bits of it go into the upper half.
    int room = 64 - length;
    return high | (room >= 32 ? bits << (room - 32) : bits >>> (32 - room));
  }

  /// The lower half.
  public long embedLow(int address) {
    long bits = Integer.toUnsignedLong(address);
    if (length == 96) {
      return low | bits;
    }
    // The rest begins behind bits 64 to 71.
    int inUpper = Math.min(32, 64 - length);
    int rest = 32 - inUpper;
    return rest == 0 ? 0 : (bits & (-1L >>> (64 - rest))) << (56 - rest);
  }

  /// The IPv4 address in an address of the prefix.
  public int extract(long addressHigh, long addressLow) {
    if (length == 96) {
      return (int) addressLow;
    }
    int room = 64 - length;
    if (room >= 32) {
      return (int) (addressHigh >>> (room - 32));
    }
    int rest = 32 - room;
    long first = room == 0 ? 0 : addressHigh & (-1L >>> (64 - room));
    long last = addressLow >>> (56 - rest) & (-1L >>> (64 - rest));
    return (int) (first << rest | last);
  }
}
