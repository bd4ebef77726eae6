// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static hnv.wire.Octets.putU16;
import static hnv.wire.Octets.putU48;
import static hnv.wire.Octets.u16;
import static hnv.wire.Octets.u48;

import java.lang.foreign.MemorySegment;

/// Ethernet II header (RFC 894, IEEE 802.3 clause 3), without preamble and without FCS.
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                      Destination address                      |
/// +                               +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                               |                               |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+                               +
/// |                        Source address                         |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |           EtherType           |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
///
/// MAC addresses are the low 48 bits of a `long`, first octet highest.
public final class EthernetHeader {
  public static final int DESTINATION_AT = 0;
  public static final int SOURCE_AT = 6;
  public static final int ETHER_TYPE_AT = 12;

  /// Octets of the header.
  public static final int LENGTH = 14;

  // EtherType values (IEEE 802 Numbers, IANA).
  public static final int IPV4 = 0x0800;
  public static final int ARP = 0x0806;

  /// Transparent Ethernet Bridging: the protocol type of NVGRE (RFC 7637 §3.2).
  public static final int TEB = 0x6558;

  /// Customer VLAN tag (IEEE 802.1Q).
  public static final int VLAN = 0x8100;

  public static final int IPV6 = 0x86DD;

  /// Service VLAN tag (IEEE 802.1ad).
  public static final int QINQ = 0x88A8;

  /// EtherTypes below this are lengths of an IEEE 802.3 frame (IEEE 802.3 §3.2.6).
  public static final int LOWEST_ETHER_TYPE = 0x0600;

  public static final long BROADCAST = 0xFFFF_FFFF_FFFFL;

  private static final long GROUP_BIT = 0x0100_0000_0000L;

  private EthernetHeader() {}

  /// True if a whole header lies between `at` and `limit`.
  public static boolean isValid(MemorySegment f, long at, long limit) {
    return limit - at >= LENGTH;
  }

  public static long destination(MemorySegment f, long at) {
    return u48(f, at + DESTINATION_AT);
  }

  public static void setDestination(MemorySegment f, long at, long mac) {
    putU48(f, at + DESTINATION_AT, mac);
  }

  public static long source(MemorySegment f, long at) {
    return u48(f, at + SOURCE_AT);
  }

  public static void setSource(MemorySegment f, long at, long mac) {
    putU48(f, at + SOURCE_AT, mac);
  }

  public static int etherType(MemorySegment f, long at) {
    return u16(f, at + ETHER_TYPE_AT);
  }

  public static void setEtherType(MemorySegment f, long at, int etherType) {
    putU16(f, at + ETHER_TYPE_AT, etherType);
  }

  /// True for the tag protocol identifiers after which a [VlanTag] follows.
  public static boolean isVlan(int etherType) {
    return etherType == VLAN || etherType == QINQ;
  }

  /// True for group addresses, broadcast among them (the I/G bit, IEEE 802 §8.2).
  public static boolean isMulticast(long mac) {
    return (mac & GROUP_BIT) != 0;
  }

  public static void write(MemorySegment f, long at, long destination, long source, int etherType) {
    putU48(f, at + DESTINATION_AT, destination);
    putU48(f, at + SOURCE_AT, source);
    putU16(f, at + ETHER_TYPE_AT, etherType);
  }
}
