// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static hnv.wire.Octets.putU16;
import static hnv.wire.Octets.u16;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// The Internet checksum (RFC 1071) and its incremental update (RFC 1624).
///
/// Three words are kept apart here:
/// - a *sum* is a ones-complement sum of 16-bit words in network order, folded to 0..0xFFFF;
/// - a *checksum* is the complement of a sum, as it stands in a header;
/// - a *difference* is the sum by which a change of octets changes the sum that covers them: `~old
///   + new`. Differences of several fields are joined by [#add(int, int)] and are what flow records
///   carry.
///
/// In ones-complement arithmetic 0x0000 and 0xFFFF are the same number; where it matters which of
/// the two is written, the method says so. All methods are pure, without allocation.
public final class InternetChecksum {
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final boolean LITTLE = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
  private static final long LOW = 0xFFFF_FFFFL;

  private InternetChecksum() {}

  // ---- sums ----

  /// The sum of `length` octets from `at`, as if `at` were an even offset of the message; an odd
  /// last octet counts as the high half of a word padded with zero (RFC 1071 §1).
  ///
  /// Summed eight octets at a time in the machine's own byte order: "the sum of 16-bit integers can
  /// be computed in either byte order" (RFC 1071 §2 (B)), with one swap of the result.
  public static int sum(MemorySegment f, long at, long length) {
    long even = 0;
    long odd = 0;
    long p = at;
    long end = at + length;
    for (long last = end - 32; p <= last; p += 32) {
      long a = f.get(LONG, p);
      long b = f.get(LONG, p + 8);
      long c = f.get(LONG, p + 16);
      long d = f.get(LONG, p + 24);
      // Halves of 32 bits in a 64-bit accumulator: no carry is lost before 2^31 words.
      even += (a & LOW) + (a >>> 32) + (b & LOW) + (b >>> 32);
      odd += (c & LOW) + (c >>> 32) + (d & LOW) + (d >>> 32);
    }
    long sum = even + odd;
    for (; p + 4 <= end; p += 4) {
      sum += f.get(INT, p) & LOW;
    }
    if (p + 2 <= end) {
      sum += Short.toUnsignedInt(f.get(SHORT, p));
      p += 2;
    }
    if (p < end) {
      int octet = Byte.toUnsignedInt(f.get(ValueLayout.JAVA_BYTE, p));
      sum += LITTLE ? octet : octet << 8;
    }
    int folded = fold(sum);
    return LITTLE ? swap(folded) : folded;
  }

  /// The checksum of `length` octets from `at`: complement of their sum.
  public static int checksum(MemorySegment f, long at, long length) {
    return complement(sum(f, at, length));
  }

  /// Folds any non-negative accumulator of 16-bit words to 0..0xFFFF.
  public static int fold(long sum) {
    long s = (sum >>> 32) + (sum & LOW);
    s = (s >>> 16) + (s & 0xFFFF);
    s = (s >>> 16) + (s & 0xFFFF);
    return (int) ((s >>> 16) + (s & 0xFFFF));
  }

  /// Ones-complement addition of two sums or differences.
  public static int add(int a, int b) {
    int s = a + b;
    return (s >>> 16) + (s & 0xFFFF);
  }

  /// The checksum that belongs to a sum, and the other way round.
  public static int complement(int sum) {
    return ~sum & 0xFFFF;
  }

  /// Exchanges the two octets of a sum: what a sum becomes when its octets start at an odd offset
  /// of the message (RFC 1071 §2 (B)), and the form in which the kernel of a little-endian machine
  /// keeps it (`__wsum`).
  public static int swap(int sum) {
    return ((sum << 8) | (sum >>> 8)) & 0xFFFF;
  }

  /// A sum or difference in the byte order of this machine, as `bpf_l4_csum_replace` expects it.
  public static int toNativeOrder(int sum) {
    return LITTLE ? swap(sum) : sum;
  }

  // ---- pseudo headers ----

  /// Sum of the IPv4 pseudo header (RFC 768, RFC 9293 §3.1).
  ///
  /// @param length octets of the upper-layer header and its data
  public static int pseudoHeader(int source, int destination, int protocol, int length) {
    return fold((source & LOW) + (destination & LOW) + protocol + (length & LOW));
  }

  /// Sum of the IPv6 pseudo header (RFC 8200 §8.1).
  ///
  /// @param protocol the upper-layer protocol, which an extension header may separate from the
  ///     fixed header's own Next Header field
  /// @param length octets of the upper-layer header and its data
  public static int pseudoHeader(
      long sourceHigh,
      long sourceLow,
      long destinationHigh,
      long destinationLow,
      int protocol,
      int length) {
    long sum = halves(sourceHigh) + halves(sourceLow);
    sum += halves(destinationHigh) + halves(destinationLow);
    return fold(sum + protocol + (length & LOW));
  }

  private static long halves(long value) {
    return (value & LOW) + (value >>> 32);
  }

  // ---- differences ----

  /// Difference made by a 16-bit field at an even offset of its message.
  public static int difference16(int before, int after) {
    return fold((~before & 0xFFFFL) + (after & 0xFFFFL));
  }

  /// Difference made by a 32-bit field at an even offset of its message.
  public static int difference32(int before, int after) {
    return fold((~before & LOW) + (after & LOW));
  }

  /// Difference made by 48 bits, such as a MAC address, at an even offset of its message.
  public static int difference48(long before, long after) {
    return fold(halves(~before & 0xFFFF_FFFF_FFFFL) + halves(after & 0xFFFF_FFFF_FFFFL));
  }

  /// Difference made by a 128-bit field, such as an IPv6 address, at an even offset.
  public static int difference128(long beforeHigh, long beforeLow, long afterHigh, long afterLow) {
    return fold(halves(~beforeHigh) + halves(~beforeLow) + halves(afterHigh) + halves(afterLow));
  }

  // ---- incremental update ----

  /// The checksum after its octets changed by `difference`: RFC 1624 §3, equation 3, `HC' = ~(~HC +
  /// ~m + m')`. The older equations of RFC 1141 give 0xFFFF where 0x0000 is right.
  public static int update(int checksum, int difference) {
    return complement(add(complement(checksum), difference));
  }

  /// As [#update(int, int)] for UDP: zero says that the sender made no checksum and stays (RFC 768:
  /// "An all zero transmitted checksum value means that the transmitter generated no checksum"); a
  /// checksum that becomes zero "is transmitted as all ones".
  public static int updateUdp(int checksum, int difference) {
    if (checksum == 0) {
      return 0;
    }
    int updated = update(checksum, difference);
    return updated == 0 ? 0xFFFF : updated;
  }

  /// The field of a *partial* checksum (virtio `NEEDS_CSUM`, Linux `CHECKSUM_PARTIAL`) after the
  /// pseudo header changed by `difference`. There the field holds the sum of the pseudo header, not
  /// complemented; whoever sends the packet adds the rest. So a change of ports, options or payload
  /// must not touch it.
  public static int updatePartial(int field, int difference) {
    return add(field, difference);
  }

  /// Finishes a partial checksum: sums `start` up to `limit`, the pseudo header's sum in the field
  /// included, and writes the complement at `checksumAt`.
  ///
  /// A result of zero is written as 0xFFFF, right for UDP and the same number for all others.
  public static void completePartial(MemorySegment f, long start, long checksumAt, long limit) {
    int checksum = checksum(f, start, limit - start);
    putU16(f, checksumAt, checksum == 0 ? 0xFFFF : checksum);
  }

  /// Applies `difference` to the complete checksum at `checksumAt`.
  public static void updateAt(MemorySegment f, long checksumAt, int difference) {
    putU16(f, checksumAt, update(u16(f, checksumAt), difference));
  }
}
