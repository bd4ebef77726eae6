// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static hnv.wire.Octets.putU32;
import static hnv.wire.Octets.putU64;
import static hnv.wire.Octets.u64;
import static hnv.wire.Octets.u8;

import java.lang.foreign.MemorySegment;

/// Neighbor Solicitation (RFC 4861 §4.3): who has this IPv6 address?
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |  Type = 135   |   Code = 0    |           Checksum            |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                           Reserved                            |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                   Target Address, 16 octets                   |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |   Options ...
/// +-+-+-+-+-+-+-+-+-+-+-+-
/// ```
public final class NeighborSolicitation {
  public static final int TARGET_AT = 8;
  public static final int OPTIONS_AT = 24;

  /// Octets of a message with the option that [#write] gives it.
  public static final int LENGTH = OPTIONS_AT + NeighborOptions.LINK_LAYER_ADDRESS_LENGTH;

  private NeighborSolicitation() {}

  /// True if the message from `at` to `limit` passes those checks of RFC 4861 §7.1.1 that its
  /// octets decide: type and code, length, a target that is not multicast, options. The hop limit
  /// of 255 and the checksum are the caller's.
  public static boolean isValid(MemorySegment f, long at, long limit) {
    return limit - at >= OPTIONS_AT
        && Icmpv6Header.type(f, at) == Icmpv6Header.NEIGHBOR_SOLICITATION
        && Icmpv6Header.code(f, at) == 0
        && u8(f, at + TARGET_AT) != 0xFF
        && NeighborOptions.isValid(f, at + OPTIONS_AT, limit);
  }

  public static long targetHigh(MemorySegment f, long at) {
    return u64(f, at + TARGET_AT);
  }

  public static long targetLow(MemorySegment f, long at) {
    return u64(f, at + TARGET_AT + 8);
  }

  /// The sender's MAC address, or [NeighborOptions#NONE], as in duplicate address detection.
  public static long sourceMac(MemorySegment f, long at, long limit) {
    return NeighborOptions.linkLayerAddress(
        f, at + OPTIONS_AT, limit, NeighborOptions.SOURCE_LINK_LAYER_ADDRESS);
  }

  /// Writes the message of [#LENGTH] octets with the sender's MAC address, and the checksum.
  ///
  /// @param pseudoHeader sum of the pseudo header for [#LENGTH]
  public static void write(
      MemorySegment f, long at, long targetHigh, long targetLow, long sourceMac, int pseudoHeader) {
    putU32(f, at, Icmpv6Header.NEIGHBOR_SOLICITATION << 24);
    putU32(f, at + 4, 0);
    putU64(f, at + TARGET_AT, targetHigh);
    putU64(f, at + TARGET_AT + 8, targetLow);
    NeighborOptions.write(f, at + OPTIONS_AT, NeighborOptions.SOURCE_LINK_LAYER_ADDRESS, sourceMac);
    Icmpv6Header.writeChecksum(f, at, LENGTH, pseudoHeader);
  }
}
