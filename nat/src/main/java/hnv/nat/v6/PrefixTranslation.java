// SPDX-License-Identifier: Apache-2.0
package hnv.nat.v6;

import static hnv.wire.InternetChecksum.add;
import static hnv.wire.InternetChecksum.complement;
import static hnv.wire.InternetChecksum.fold;

import hnv.wire.Cidr;
import hnv.wire.Icmpv6Header;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv6Address;
import hnv.wire.Ipv6Extensions;
import hnv.wire.Ipv6Header;
import java.lang.foreign.MemorySegment;

/// Network prefix translation (NPTv6, RFC 6296): each address of the internal prefix is one of the
/// external prefix, and back, without state. The translation is checksum-neutral: 16 bits behind
/// the prefix are adjusted so that no checksum of any protocol changes (§2.6), nor that of an
/// ICMPv6 error when the packet that it quotes is translated, too. Immutable; nothing is allocated.
public final class PrefixTranslation {
  /// Longest prefix: what is behind it is the interface identifier.
  public static final int LONGEST_PREFIX = 64;

  private static final int SHORT_PREFIX = 48;
  private static final int ALL_ONES = 0xFFFF;
  private static final int SUBNET_WORD = 3;
  private static final int FIRST_HOST_WORD = 4;
  private static final int WORDS = 8;

  private final Ipv6Address internal;
  private final Ipv6Address external;
  private final int length;
  private final long mask;
  private final int outboundAdjustment;

  /// Prefixes of different lengths are both taken as of the longer one, padded with zeros (§3.1).
  ///
  /// @throws IllegalArgumentException where a prefix is not IPv6 or longer than 64 bits
  public PrefixTranslation(Cidr internal, Cidr external) {
    this.internal = network(internal);
    this.external = network(external);
    length = Math.max(internal.prefixLength(), external.prefixLength());
    mask = length == 0 ? 0 : -1L << (64 - length);
    outboundAdjustment = add(sum(this.internal.high()), complement(sum(this.external.high())));
  }

  private static Ipv6Address network(Cidr prefix) {
    if (prefix.network() instanceof Ipv6Address network
        && prefix.prefixLength() <= LONGEST_PREFIX) {
      return network;
    }
    throw new IllegalArgumentException(
        "%s: an IPv6 prefix of at most %d bits is wanted".formatted(prefix, LONGEST_PREFIX));
  }

  private static int sum(long words) {
    return fold((words & 0xFFFF_FFFFL) + (words >>> 32));
  }

  // ---- addresses ----

  /// Whether the internal prefix has this address.
  public boolean isInternal(long high) {
    return (high & mask) == internal.high();
  }

  /// Whether the external prefix has this address.
  public boolean isExternal(long high) {
    return (high & mask) == external.high();
  }

  /// The upper half of the external prefix's first address; the lower one is zero.
  public long externalHigh() {
    return external.high();
  }

  /// Whether an address of either prefix has a translation: its subnet is not 0xFFFF, or, of a
  /// prefix longer than 48 bits, its interface identifier is not all ones (§3.4, §3.5, erratum
  /// 3033). Others are dropped, and told so by ICMPv6 Destination Unreachable.
  public boolean isTranslatable(long high, long low) {
    return wordToAdjust(high, low) < WORDS;
  }

  /// The upper half of the external address of an internal one that is translatable.
  public long externalHigh(long high, long low) {
    return high(external, outboundAdjustment, high, low);
  }

  /// The lower half of the external address.
  public long externalLow(long high, long low) {
    return low(outboundAdjustment, high, low);
  }

  /// The upper half of the internal address of an external one that is translatable.
  public long internalHigh(long high, long low) {
    return high(internal, complement(outboundAdjustment), high, low);
  }

  /// The lower half of the internal address.
  public long internalLow(long high, long low) {
    return low(complement(outboundAdjustment), high, low);
  }

  private long high(Ipv6Address prefix, int adjustment, long high, long low) {
    long replaced = prefix.high() | (high & ~mask);
    return wordToAdjust(high, low) == SUBNET_WORD ? adjust(replaced, 0, adjustment) : replaced;
  }

  private long low(int adjustment, long high, long low) {
    int word = wordToAdjust(high, low);
    return word == SUBNET_WORD ? low : adjust(low, (WORDS - 1 - word) * 16, adjustment);
  }

  /// The word (0…7) that the adjustment goes to, or 8 where there is none.
  private int wordToAdjust(long high, long low) {
    if (length <= SHORT_PREFIX) {
      return ((int) high & ALL_ONES) == ALL_ONES ? WORDS : SUBNET_WORD;
    }
    for (int word = FIRST_HOST_WORD; word < WORDS; word++) {
      if (((low >>> ((WORDS - 1 - word) * 16)) & ALL_ONES) != ALL_ONES) {
        return word;
      }
    }
    return WORDS;
  }

  /// "If the result is 0xFFFF, it MUST be overwritten as zero" (§3.1).
  private static long adjust(long half, int shift, int adjustment) {
    int adjusted = add((int) (half >>> shift) & ALL_ONES, adjustment);
    long word = adjusted == ALL_ONES ? 0 : adjusted;
    return (half & ~((long) ALL_ONES << shift)) | (word << shift);
  }

  // ---- packets ----

  /// Translates a packet that leaves: its source, and in an ICMPv6 error the destination of the
  /// packet that it quotes. No checksum changes.
  ///
  /// @param at of a valid IPv6 header with a source of the internal prefix
  /// @param limit end of the packet
  /// @return false where it has no translation and is to be dropped; it is unchanged then
  public boolean outbound(MemorySegment f, long at, long limit) {
    long high = Ipv6Header.sourceHigh(f, at);
    long low = Ipv6Header.sourceLow(f, at);
    if (!isInternal(high) || !isTranslatable(high, low)) {
      return false;
    }
    long quotedAt = quotedAt(f, at, limit);
    Ipv6Header.setSource(f, at, externalHigh(high, low), externalLow(high, low));
    if (quotedAt != 0) {
      long quotedHigh = Ipv6Header.destinationHigh(f, quotedAt);
      long quotedLow = Ipv6Header.destinationLow(f, quotedAt);
      if (isInternal(quotedHigh) && isTranslatable(quotedHigh, quotedLow)) {
        Ipv6Header.setDestination(
            f, quotedAt, externalHigh(quotedHigh, quotedLow), externalLow(quotedHigh, quotedLow));
      }
    }
    return true;
  }

  /// Translates a packet that comes in: its destination, and in an ICMPv6 error the source of the
  /// packet that it quotes. No checksum changes.
  ///
  /// @param at of a valid IPv6 header with a destination of the external prefix
  /// @param limit end of the packet
  /// @return false where it has no translation and is to be dropped; it is unchanged then
  public boolean inbound(MemorySegment f, long at, long limit) {
    long high = Ipv6Header.destinationHigh(f, at);
    long low = Ipv6Header.destinationLow(f, at);
    if (!isExternal(high) || !isTranslatable(high, low)) {
      return false;
    }
    long quotedAt = quotedAt(f, at, limit);
    Ipv6Header.setDestination(f, at, internalHigh(high, low), internalLow(high, low));
    if (quotedAt != 0) {
      long quotedHigh = Ipv6Header.sourceHigh(f, quotedAt);
      long quotedLow = Ipv6Header.sourceLow(f, quotedAt);
      if (isExternal(quotedHigh) && isTranslatable(quotedHigh, quotedLow)) {
        Ipv6Header.setSource(
            f, quotedAt, internalHigh(quotedHigh, quotedLow), internalLow(quotedHigh, quotedLow));
      }
    }
    return true;
  }

  /// Where the header of the packet that an ICMPv6 error quotes begins, or 0.
  private static long quotedAt(MemorySegment f, long at, long limit) {
    long walked = Ipv6Extensions.walk(f, at, limit);
    if (walked < 0
        || Ipv6Extensions.protocol(walked) != IpProtocol.ICMPV6
        || Ipv6Extensions.isLaterFragment(walked)) {
      return 0;
    }
    long icmpAt = at + Ipv6Extensions.upperLayerOffset(walked);
    long quotedAt = icmpAt + Icmpv6Header.LENGTH;
    boolean isQuoting =
        Icmpv6Header.isValid(f, icmpAt, limit)
            && Icmpv6Header.isError(Icmpv6Header.type(f, icmpAt))
            && Ipv6Header.isValidQuoted(f, quotedAt, limit);
    return isQuoting ? quotedAt : 0;
  }
}
