// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static hnv.wire.Octets.putU32;
import static hnv.wire.Octets.putU64;
import static hnv.wire.Octets.u32;
import static hnv.wire.Octets.u64;
import static hnv.wire.Octets.u8;

import java.lang.foreign.MemorySegment;

/// Neighbor Advertisement (RFC 4861 §4.4): this IPv6 address is at that MAC address.
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |  Type = 136   |   Code = 0    |           Checksum            |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |R|S|O|                     Reserved                            |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                   Target Address, 16 octets                   |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |   Options ...
/// +-+-+-+-+-+-+-+-+-+-+-+-
/// ```
public final class NeighborAdvertisement {
  public static final int FLAGS_AT = 4;
  public static final int TARGET_AT = 8;
  public static final int OPTIONS_AT = 24;

  /// The sender is a router.
  public static final int ROUTER = 0x8000_0000;

  /// An answer to a solicitation; not allowed in multicast.
  public static final int SOLICITED = 0x4000_0000;

  /// Replaces what the receiver has in its cache.
  public static final int OVERRIDE = 0x2000_0000;

  /// Octets of a message with the option that [#write] gives it.
  public static final int LENGTH = OPTIONS_AT + NeighborOptions.LINK_LAYER_ADDRESS_LENGTH;

  private static final int FLAGS_MASK = ROUTER | SOLICITED | OVERRIDE;

  private NeighborAdvertisement() {}

  /// True if the message from `at` to `limit` passes those checks of RFC 4861 §7.1.2 that its
  /// octets decide: type and code, length, a target that is not multicast, options. The hop limit
  /// of 255, the checksum, and S in multicast are the caller's.
  public static boolean isValid(MemorySegment f, long at, long limit) {
    return limit - at >= OPTIONS_AT
        && Icmpv6Header.type(f, at) == Icmpv6Header.NEIGHBOR_ADVERTISEMENT
        && Icmpv6Header.code(f, at) == 0
        && u8(f, at + TARGET_AT) != 0xFF
        && NeighborOptions.isValid(f, at + OPTIONS_AT, limit);
  }

  /// The flags [#ROUTER], [#SOLICITED] and [#OVERRIDE].
  public static int flags(MemorySegment f, long at) {
    return u32(f, at + FLAGS_AT) & FLAGS_MASK;
  }

  public static long targetHigh(MemorySegment f, long at) {
    return u64(f, at + TARGET_AT);
  }

  public static long targetLow(MemorySegment f, long at) {
    return u64(f, at + TARGET_AT + 8);
  }

  /// The target's MAC address, or [NeighborOptions#NONE].
  public static long targetMac(MemorySegment f, long at, long limit) {
    return NeighborOptions.linkLayerAddress(
        f, at + OPTIONS_AT, limit, NeighborOptions.TARGET_LINK_LAYER_ADDRESS);
  }

  /// Writes the message of [#LENGTH] octets with the target's MAC address, and the checksum.
  ///
  /// @param flags any of [#ROUTER], [#SOLICITED], [#OVERRIDE]
  /// @param pseudoHeader sum of the pseudo header for [#LENGTH]
  public static void write(
      MemorySegment f,
      long at,
      int flags,
      long targetHigh,
      long targetLow,
      long targetMac,
      int pseudoHeader) {
    putU32(f, at, Icmpv6Header.NEIGHBOR_ADVERTISEMENT << 24);
    putU32(f, at + FLAGS_AT, flags & FLAGS_MASK);
    putU64(f, at + TARGET_AT, targetHigh);
    putU64(f, at + TARGET_AT + 8, targetLow);
    NeighborOptions.write(f, at + OPTIONS_AT, NeighborOptions.TARGET_LINK_LAYER_ADDRESS, targetMac);
    Icmpv6Header.writeChecksum(f, at, LENGTH, pseudoHeader);
  }
}
