// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static hnv.wire.Octets.putU16;
import static hnv.wire.Octets.putU32;
import static hnv.wire.Octets.putU48;
import static hnv.wire.Octets.putU8;
import static hnv.wire.Octets.u16;
import static hnv.wire.Octets.u32;
import static hnv.wire.Octets.u48;
import static hnv.wire.Octets.u8;

import java.lang.foreign.MemorySegment;

/// ARP for IPv4 over Ethernet (RFC 826).
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |      Hardware space = 1       |    Protocol space = 0x0800    |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |  HW len = 6   | Proto len = 4 |           Operation           |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                    Sender hardware address                    |
/// +                               +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                               | Sender protocol address       |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                               | Target hardware address       |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+                               +
/// |                                                               |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                    Target protocol address                    |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
public final class ArpPacket {
  public static final int HARDWARE_SPACE_AT = 0;
  public static final int PROTOCOL_SPACE_AT = 2;
  public static final int HARDWARE_LENGTH_AT = 4;
  public static final int PROTOCOL_LENGTH_AT = 5;
  public static final int OPERATION_AT = 6;
  public static final int SENDER_MAC_AT = 8;
  public static final int SENDER_IP_AT = 14;
  public static final int TARGET_MAC_AT = 18;
  public static final int TARGET_IP_AT = 24;

  /// Octets of the packet.
  public static final int LENGTH = 28;

  public static final int REQUEST = 1;
  public static final int REPLY = 2;

  private static final int ETHERNET = 1;
  private static final int MAC_LENGTH = 6;
  private static final int IPV4_LENGTH = 4;

  private ArpPacket() {}

  /// True if a whole packet of IPv4 over Ethernet lies between `at` and `limit`, whatever its
  /// operation.
  public static boolean isValid(MemorySegment f, long at, long limit) {
    return limit - at >= LENGTH
        && u16(f, at + HARDWARE_SPACE_AT) == ETHERNET
        && u16(f, at + PROTOCOL_SPACE_AT) == EthernetHeader.IPV4
        && u8(f, at + HARDWARE_LENGTH_AT) == MAC_LENGTH
        && u8(f, at + PROTOCOL_LENGTH_AT) == IPV4_LENGTH;
  }

  public static int operation(MemorySegment f, long at) {
    return u16(f, at + OPERATION_AT);
  }

  public static long senderMac(MemorySegment f, long at) {
    return u48(f, at + SENDER_MAC_AT);
  }

  public static int senderIp(MemorySegment f, long at) {
    return u32(f, at + SENDER_IP_AT);
  }

  public static long targetMac(MemorySegment f, long at) {
    return u48(f, at + TARGET_MAC_AT);
  }

  public static int targetIp(MemorySegment f, long at) {
    return u32(f, at + TARGET_IP_AT);
  }

  public static void write(
      MemorySegment f,
      long at,
      int operation,
      long senderMac,
      int senderIp,
      long targetMac,
      int targetIp) {
    putU16(f, at + HARDWARE_SPACE_AT, ETHERNET);
    putU16(f, at + PROTOCOL_SPACE_AT, EthernetHeader.IPV4);
    putU8(f, at + HARDWARE_LENGTH_AT, MAC_LENGTH);
    putU8(f, at + PROTOCOL_LENGTH_AT, IPV4_LENGTH);
    putU16(f, at + OPERATION_AT, operation);
    putU48(f, at + SENDER_MAC_AT, senderMac);
    putU32(f, at + SENDER_IP_AT, senderIp);
    putU48(f, at + TARGET_MAC_AT, targetMac);
    putU32(f, at + TARGET_IP_AT, targetIp);
  }
}
