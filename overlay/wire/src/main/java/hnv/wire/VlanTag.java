// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static hnv.wire.Octets.putU16;
import static hnv.wire.Octets.u16;

import java.lang.foreign.MemorySegment;

/// What follows an EtherType of 0x8100 or 0x88A8 (IEEE 802.1Q §9.6): tag control information and
/// the EtherType of what comes next.
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// | PCP |D|        VLAN id        |           EtherType           |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
///
/// `at` is thus the offset after the Ethernet header (14 for the first tag). The standard counts
/// the identifier 0x8100 itself to the tag; cut this way, headers simply stand one after the other.
public final class VlanTag {
  public static final int CONTROL_AT = 0;
  public static final int ETHER_TYPE_AT = 2;

  /// Octets of the header.
  public static final int LENGTH = 4;

  private static final int DROP_ELIGIBLE = 0x1000;
  private static final int ID_MASK = 0x0FFF;

  private VlanTag() {}

  /// True if a whole tag lies between `at` and `limit`.
  public static boolean isValid(MemorySegment f, long at, long limit) {
    return limit - at >= LENGTH;
  }

  /// Tag control information: priority, drop eligibility and VLAN id as one 16-bit field.
  public static int control(MemorySegment f, long at) {
    return u16(f, at + CONTROL_AT);
  }

  /// Priority code point, 0..7.
  public static int priority(MemorySegment f, long at) {
    return control(f, at) >>> 13;
  }

  public static boolean isDropEligible(MemorySegment f, long at) {
    return (control(f, at) & DROP_ELIGIBLE) != 0;
  }

  /// VLAN id, 0..4095; 0 is a priority tag without VLAN, 4095 is reserved.
  public static int id(MemorySegment f, long at) {
    return control(f, at) & ID_MASK;
  }

  /// EtherType of what follows the tag.
  public static int etherType(MemorySegment f, long at) {
    return u16(f, at + ETHER_TYPE_AT);
  }

  public static void write(MemorySegment f, long at, int control, int etherType) {
    putU16(f, at + CONTROL_AT, control);
    putU16(f, at + ETHER_TYPE_AT, etherType);
  }
}
