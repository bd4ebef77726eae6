// SPDX-License-Identifier: Apache-2.0
package hnv.wire.capture;

/// The unit of an interface's timestamps in pcapng (options `if_tsresol` and `if_tsoffset`).
///
/// @param resolution the octet of `if_tsresol`: a negative power of 2 if its high bit is set, else
///     of 10
/// @param offsetNs nanoseconds to add
record TimestampUnit(int resolution, long offsetNs) {
  /// Microseconds: the default of the format.
  static final TimestampUnit DEFAULT = new TimestampUnit(6, 0);

  private static final int POWER_OF_TWO = 0x80;
  private static final long NS_PER_SECOND = 1_000_000_000;

  /// Powers of ten above this do not fit in a `long`.
  private static final int HIGHEST_POWER = 18;

  static TimestampUnit of(int resolution, long offsetSeconds) {
    long limit = Long.MAX_VALUE / NS_PER_SECOND;
    long offset = Math.clamp(offsetSeconds, -limit, limit);
    return new TimestampUnit(resolution, offset * NS_PER_SECOND);
  }

  /// Nanoseconds of an unsigned count of units; beyond the range of a `long` its nearest end.
  long toNs(long units) {
    long ns = (resolution & POWER_OF_TWO) == 0 ? fromDecimal(units) : fromBinary(units);
    long sum = ns + offsetNs;
    // ns is never negative: only an upward overflow is possible.
    return sum < 0 && offsetNs > 0 ? Long.MAX_VALUE : sum;
  }

  private long fromDecimal(long units) {
    if (resolution <= 9) {
      long factor = power(9 - resolution);
      boolean overflow = Math.unsignedMultiplyHigh(units, factor) != 0 || units * factor < 0;
      return overflow ? Long.MAX_VALUE : units * factor;
    }
    int digits = resolution - 9;
    return digits > HIGHEST_POWER ? 0 : clamp(Long.divideUnsigned(units, power(digits)));
  }

  /// units * 10^9 / 2^shift in 128 bits.
  private long fromBinary(long units) {
    int shift = resolution & ~POWER_OF_TWO;
    long high = Math.unsignedMultiplyHigh(units, NS_PER_SECOND);
    long low = units * NS_PER_SECOND;
    if (shift >= Long.SIZE) {
      return high >>> (shift - Long.SIZE);
    }
    if (shift == 0) {
      return high != 0 ? Long.MAX_VALUE : clamp(low);
    }
    return high >>> shift != 0
        ? Long.MAX_VALUE
        : clamp(high << (Long.SIZE - shift) | low >>> shift);
  }

  private static long clamp(long unsigned) {
    return unsigned < 0 ? Long.MAX_VALUE : unsigned;
  }

  private static long power(int exponent) {
    long power = 1;
    for (int i = 0; i < exponent; i++) {
      power *= 10;
    }
    return power;
  }
}
