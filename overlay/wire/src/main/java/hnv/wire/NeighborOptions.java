// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static hnv.wire.Octets.putU48;
import static hnv.wire.Octets.putU8;
import static hnv.wire.Octets.u48;
import static hnv.wire.Octets.u8;

import java.lang.foreign.MemorySegment;

/// Options of Neighbor Discovery messages (RFC 4861 §4.6), of which two are read here.
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |     Type      |  Length / 8   |                               |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+      Link-layer address       +
/// |                                                               |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
public final class NeighborOptions {
  public static final int TYPE_AT = 0;
  public static final int LENGTH_AT = 1;
  public static final int MAC_AT = 2;

  public static final int SOURCE_LINK_LAYER_ADDRESS = 1;
  public static final int TARGET_LINK_LAYER_ADDRESS = 2;

  /// Octets of a link-layer address option for Ethernet (RFC 2464 §6).
  public static final int LINK_LAYER_ADDRESS_LENGTH = 8;

  /// Result of [#linkLayerAddress] where there is none; no MAC address is negative.
  public static final long NONE = -1;

  /// Most options that are walked in one message.
  public static final int MAX_OPTIONS = 32;

  private NeighborOptions() {}

  /// True if the options fill `at` to `limit` exactly, none has length zero ("Nodes MUST silently
  /// discard an ND packet that contains an option with length zero", RFC 4861 §4.6), and there are
  /// at most [#MAX_OPTIONS].
  public static boolean isValid(MemorySegment f, long at, long limit) {
    long p = at;
    for (int options = 0; p < limit; options++) {
      if (options == MAX_OPTIONS || limit - p < 8) {
        return false;
      }
      int length = u8(f, p + LENGTH_AT) << 3;
      if (length == 0 || length > limit - p) {
        return false;
      }
      p += length;
    }
    return p == limit;
  }

  /// The MAC address in the first option of `type`, or [#NONE]. The options are valid.
  public static long linkLayerAddress(MemorySegment f, long at, long limit, int type) {
    for (long p = at; p < limit; p += u8(f, p + LENGTH_AT) << 3) {
      if (u8(f, p + TYPE_AT) == type) {
        return u48(f, p + MAC_AT);
      }
    }
    return NONE;
  }

  static void write(MemorySegment f, long at, int type, long mac) {
    putU8(f, at + TYPE_AT, type);
    putU8(f, at + LENGTH_AT, 1);
    putU48(f, at + MAC_AT, mac);
  }
}
