// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static hnv.wire.Octets.putU16;
import static hnv.wire.Octets.putU32;
import static hnv.wire.Octets.putU8;
import static hnv.wire.Octets.u16;
import static hnv.wire.Octets.u32;
import static hnv.wire.Octets.u8;

import java.lang.foreign.MemorySegment;

/// Fragment header of IPv6 (RFC 8200 §4.5).
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |  Next Header  |   Reserved    |      Fragment Offset    |Res|M|
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                         Identification                        |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
///
/// [Ipv6Extensions#walk] finds it, and sees that it is whole.
public final class Ipv6FragmentHeader {
  public static final int NEXT_HEADER_AT = 0;
  public static final int RESERVED_AT = 1;
  public static final int FRAGMENT_AT = 2;
  public static final int ID_AT = 4;

  /// Octets of the header.
  public static final int LENGTH = 8;

  private static final int OFFSET_MASK = 0xFFF8;
  private static final int MORE = 0x0001;

  private Ipv6FragmentHeader() {}

  /// Protocol of the first header of the packet's fragmentable part.
  public static int nextHeader(MemorySegment f, long at) {
    return u8(f, at + NEXT_HEADER_AT);
  }

  /// Offset of the fragment's data in octets (the field's value times eight).
  public static int offset(MemorySegment f, long at) {
    return u16(f, at + FRAGMENT_AT) & OFFSET_MASK;
  }

  /// The M flag: this is not the last fragment.
  public static boolean isMoreFragments(MemorySegment f, long at) {
    return (u16(f, at + FRAGMENT_AT) & MORE) != 0;
  }

  /// Identification of the fragmented packet, 32 bits.
  public static int id(MemorySegment f, long at) {
    return u32(f, at + ID_AT);
  }

  /// Writes the header.
  ///
  /// @param offset of the fragment's data in octets, a multiple of eight
  /// @param more whether other fragments follow
  public static void write(
      MemorySegment f, long at, int nextHeader, int offset, boolean more, int id) {
    putU8(f, at + NEXT_HEADER_AT, nextHeader);
    putU8(f, at + RESERVED_AT, 0);
    putU16(f, at + FRAGMENT_AT, (offset & OFFSET_MASK) | (more ? MORE : 0));
    putU32(f, at + ID_AT, id);
  }
}
