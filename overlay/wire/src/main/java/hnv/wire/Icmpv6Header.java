// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static hnv.wire.Octets.putU16;
import static hnv.wire.Octets.putU32;
import static hnv.wire.Octets.putU8;
import static hnv.wire.Octets.u16;
import static hnv.wire.Octets.u32;
import static hnv.wire.Octets.u8;

import java.lang.foreign.MemorySegment;

/// ICMP for IPv6 (RFC 4443). [NeighborSolicitation] and [NeighborAdvertisement] hold two messages
/// with fields of their own.
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |     Type      |     Code      |           Checksum            |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |      Identifier and sequence number, MTU, pointer, or zero    |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |    Data of a query, or the packet that an error quotes ...
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
///
/// Unlike ICMP for IPv4 its checksum covers the pseudo header (RFC 4443 §2.3).
public final class Icmpv6Header {
  public static final int TYPE_AT = 0;
  public static final int CODE_AT = 1;
  public static final int CHECKSUM_AT = 2;
  public static final int ID_AT = 4;
  public static final int MTU_AT = 4;
  public static final int POINTER_AT = 4;
  public static final int QUOTE_WORDS_AT = 4;
  public static final int SEQUENCE_AT = 6;

  /// Octets of the header; an error's quoted packet follows.
  public static final int LENGTH = 8;

  // Types (IANA ICMPv6 Type Numbers).
  public static final int DESTINATION_UNREACHABLE = 1;
  public static final int PACKET_TOO_BIG = 2;
  public static final int TIME_EXCEEDED = 3;
  public static final int PARAMETER_PROBLEM = 4;
  public static final int ECHO_REQUEST = 128;
  public static final int ECHO_REPLY = 129;
  public static final int MULTICAST_LISTENER_QUERY = 130;
  public static final int MULTICAST_LISTENER_REPORT = 131;
  public static final int MULTICAST_LISTENER_DONE = 132;
  public static final int ROUTER_SOLICITATION = 133;
  public static final int ROUTER_ADVERTISEMENT = 134;
  public static final int NEIGHBOR_SOLICITATION = 135;
  public static final int NEIGHBOR_ADVERTISEMENT = 136;
  public static final int REDIRECT = 137;
  public static final int MULTICAST_LISTENER_REPORT_V2 = 143;

  // Codes of DESTINATION_UNREACHABLE.
  public static final int NO_ROUTE = 0;
  public static final int ADMINISTRATIVELY_PROHIBITED = 1;
  public static final int ADDRESS_UNREACHABLE = 3;
  public static final int PORT_UNREACHABLE = 4;

  /// Code of TIME_EXCEEDED.
  public static final int HOP_LIMIT_EXCEEDED = 0;

  /// The hop limit that Neighbor Discovery requires: no router may have forwarded the packet (RFC
  /// 4861 §7.1.1).
  public static final int ND_HOP_LIMIT = 255;

  /// Most octets of the offending packet that an error quotes: "as much of invoking packet as
  /// possible without the ICMPv6 packet exceeding the minimum IPv6 MTU" (RFC 4443 §3.1).
  public static final int MAX_QUOTE = 1280 - Ipv6Header.LENGTH - LENGTH;

  private static final int FIRST_INFORMATIONAL = 128;

  private Icmpv6Header() {}

  /// True if a whole header lies between `at` and `limit`. No message that is used here is shorter.
  public static boolean isValid(MemorySegment f, long at, long limit) {
    return limit - at >= LENGTH;
  }

  public static int type(MemorySegment f, long at) {
    return u8(f, at + TYPE_AT);
  }

  public static int code(MemorySegment f, long at) {
    return u8(f, at + CODE_AT);
  }

  public static int checksum(MemorySegment f, long at) {
    return u16(f, at + CHECKSUM_AT);
  }

  public static void setChecksum(MemorySegment f, long at, int checksum) {
    putU16(f, at + CHECKSUM_AT, checksum);
  }

  /// Identifier of an echo.
  public static int id(MemorySegment f, long at) {
    return u16(f, at + ID_AT);
  }

  public static void setId(MemorySegment f, long at, int id) {
    putU16(f, at + ID_AT, id);
  }

  public static int sequence(MemorySegment f, long at) {
    return u16(f, at + SEQUENCE_AT);
  }

  /// MTU of the next hop in Packet Too Big, as a bit pattern of 32 bits.
  public static int mtu(MemorySegment f, long at) {
    return u32(f, at + MTU_AT);
  }

  /// Octet of the quoted packet that a Parameter Problem is about, as a bit pattern of 32 bits.
  public static int pointer(MemorySegment f, long at) {
    return u32(f, at + POINTER_AT);
  }

  /// Octets of the quoted packet, with its padding, where Destination Unreachable or Time Exceeded
  /// says it because extensions follow; else 0 (RFC 4884 §4: words of 64 bits). Other errors have
  /// something else in its place.
  public static int quoteLength(MemorySegment f, long at) {
    int type = type(f, at);
    boolean mayExtend = type == DESTINATION_UNREACHABLE || type == TIME_EXCEEDED;
    return mayExtend ? u8(f, at + QUOTE_WORDS_AT) << 3 : 0;
  }

  /// True for errors: "a zero in the high-order bit of their message Type field" (RFC 4443 §2.1).
  public static boolean isError(int type) {
    return type < FIRST_INFORMATIONAL;
  }

  /// True for the messages that bear an identifier.
  public static boolean isQuery(int type) {
    return type == ECHO_REQUEST || type == ECHO_REPLY;
  }

  /// True for the five messages of Neighbor Discovery (RFC 4861 §4).
  public static boolean isNeighborDiscovery(int type) {
    return type >= ROUTER_SOLICITATION && type <= REDIRECT;
  }

  /// True if the checksum agrees with the octets.
  ///
  /// @param length octets of the whole message
  /// @param pseudoHeader sum of the pseudo header for `length`
  public static boolean isChecksumValid(MemorySegment f, long at, int length, int pseudoHeader) {
    return InternetChecksum.add(pseudoHeader, InternetChecksum.sum(f, at, length)) == 0xFFFF;
  }

  /// Computes the checksum over the message and writes it.
  ///
  /// @param length octets of the whole message
  /// @param pseudoHeader sum of the pseudo header for `length`
  public static void writeChecksum(MemorySegment f, long at, int length, int pseudoHeader) {
    putU16(f, at + CHECKSUM_AT, 0);
    int sum = InternetChecksum.add(pseudoHeader, InternetChecksum.sum(f, at, length));
    putU16(f, at + CHECKSUM_AT, InternetChecksum.complement(sum));
  }

  /// Turns the echo request at `at` into its reply (RFC 4443 §4.2): the type changes, the checksum
  /// follows. Exchanging the addresses does not change the pseudo header's sum.
  public static void turnIntoEchoReply(MemorySegment f, long at) {
    int before = u16(f, at + TYPE_AT);
    putU8(f, at + TYPE_AT, ECHO_REPLY);
    InternetChecksum.updateAt(
        f, at + CHECKSUM_AT, InternetChecksum.difference16(before, u16(f, at + TYPE_AT)));
  }

  /// Writes the header of an echo message. The checksum is zero until [#writeChecksum].
  public static void writeQuery(MemorySegment f, long at, int type, int id, int sequence) {
    putU8(f, at + TYPE_AT, type);
    putU8(f, at + CODE_AT, 0);
    putU16(f, at + CHECKSUM_AT, 0);
    putU16(f, at + ID_AT, id);
    putU16(f, at + SEQUENCE_AT, sequence);
  }

  /// Writes Destination Unreachable with `code` (RFC 4443 §3.1), and the checksum.
  ///
  /// @param quote octets of the offending packet that already stand behind the header
  /// @param pseudoHeader sum of the pseudo header for [#LENGTH] + `quote`
  public static void writeDestinationUnreachable(
      MemorySegment f, long at, int code, int quote, int pseudoHeader) {
    writeError(f, at, DESTINATION_UNREACHABLE, code, 0, quote, pseudoHeader);
  }

  /// Writes Packet Too Big (RFC 4443 §3.2), and the checksum.
  ///
  /// @param mtu greatest IP packet, in octets, that would pass
  /// @param quote octets of the offending packet that already stand behind the header
  /// @param pseudoHeader sum of the pseudo header for [#LENGTH] + `quote`
  public static void writePacketTooBig(
      MemorySegment f, long at, int mtu, int quote, int pseudoHeader) {
    writeError(f, at, PACKET_TOO_BIG, 0, mtu, quote, pseudoHeader);
  }

  /// Writes Time Exceeded in transit (RFC 4443 §3.3), and the checksum.
  ///
  /// @param quote octets of the offending packet that already stand behind the header
  /// @param pseudoHeader sum of the pseudo header for [#LENGTH] + `quote`
  public static void writeTimeExceeded(MemorySegment f, long at, int quote, int pseudoHeader) {
    writeError(f, at, TIME_EXCEEDED, HOP_LIMIT_EXCEEDED, 0, quote, pseudoHeader);
  }

  /// Writes an error, and the checksum.
  ///
  /// @param rest the four octets behind the checksum: an MTU, a pointer, or zero
  /// @param quote octets of the offending packet that already stand behind the header
  /// @param pseudoHeader sum of the pseudo header for [#LENGTH] + `quote`
  public static void writeError(
      MemorySegment f, long at, int type, int code, int rest, int quote, int pseudoHeader) {
    putU8(f, at + TYPE_AT, type);
    putU8(f, at + CODE_AT, code);
    putU32(f, at + MTU_AT, rest);
    writeChecksum(f, at, LENGTH + quote, pseudoHeader);
  }
}
