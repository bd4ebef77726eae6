// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static hnv.wire.Octets.putU32;
import static hnv.wire.Octets.u24;
import static hnv.wire.Octets.u8;

import java.lang.foreign.MemorySegment;

/// VXLAN header (RFC 7348 §5).
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |R|R|R|R|I|R|R|R|                   Reserved                    |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |         VXLAN Network Identifier (VNI)        |   Reserved    |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
public final class VxlanHeader {
  public static final int FLAGS_AT = 0;
  public static final int VNI_AT = 4;

  /// Octets of the header.
  public static final int LENGTH = 8;

  /// The I flag: the VNI is valid.
  public static final int VNI_PRESENT = 0x08;

  /// UDP destination port that IANA assigned (RFC 7348 §5).
  public static final int UDP_PORT = 4789;

  private VxlanHeader() {}

  /// True if a whole header lies before `limit` and its I flag is set, as it MUST be for a valid
  /// VNI. The other flags and the reserved fields "MUST be set to zero on transmission and ignored
  /// on receipt".
  public static boolean isValid(MemorySegment f, long at, long limit) {
    return limit - at >= LENGTH && (flags(f, at) & VNI_PRESENT) != 0;
  }

  public static int flags(MemorySegment f, long at) {
    return u8(f, at + FLAGS_AT);
  }

  /// VXLAN network identifier, 24 bits.
  public static int vni(MemorySegment f, long at) {
    return u24(f, at + VNI_AT);
  }

  public static void write(MemorySegment f, long at, int vni) {
    putU32(f, at + FLAGS_AT, VNI_PRESENT << 24);
    putU32(f, at + VNI_AT, vni << 8);
  }
}
