// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static hnv.wire.Octets.putU16;
import static hnv.wire.Octets.putU32;
import static hnv.wire.Octets.putU8;
import static hnv.wire.Octets.u16;
import static hnv.wire.Octets.u32;
import static hnv.wire.Octets.u8;

import java.lang.foreign.MemorySegment;

/// ICMP for IPv4 (RFC 792; RFC 1191 for the next-hop MTU, RFC 4884 for the quote's length).
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |     Type      |     Code      |           Checksum            |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |      Identifier, or           | Sequence number, or next-hop  |
/// |   pointer     | quote's words | MTU                           |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |    Data of a query, or the packet that an error quotes ...
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
public final class Icmpv4Header {
  public static final int TYPE_AT = 0;
  public static final int CODE_AT = 1;
  public static final int CHECKSUM_AT = 2;
  public static final int ID_AT = 4;
  public static final int SEQUENCE_AT = 6;
  public static final int POINTER_AT = 4;
  public static final int QUOTE_WORDS_AT = 5;
  public static final int NEXT_HOP_MTU_AT = 6;

  /// Octets of the header; an error's quoted packet follows.
  public static final int LENGTH = 8;

  // Types (IANA ICMP Type Numbers).
  public static final int ECHO_REPLY = 0;
  public static final int DESTINATION_UNREACHABLE = 3;
  public static final int SOURCE_QUENCH = 4;
  public static final int REDIRECT = 5;
  public static final int ECHO_REQUEST = 8;
  public static final int ROUTER_ADVERTISEMENT = 9;
  public static final int ROUTER_SOLICITATION = 10;
  public static final int TIME_EXCEEDED = 11;
  public static final int PARAMETER_PROBLEM = 12;
  public static final int TIMESTAMP_REQUEST = 13;
  public static final int TIMESTAMP_REPLY = 14;
  public static final int INFORMATION_REQUEST = 15;
  public static final int INFORMATION_REPLY = 16;
  public static final int ADDRESS_MASK_REQUEST = 17;
  public static final int ADDRESS_MASK_REPLY = 18;

  // Codes of DESTINATION_UNREACHABLE.
  public static final int NETWORK_UNREACHABLE = 0;
  public static final int HOST_UNREACHABLE = 1;
  public static final int PROTOCOL_UNREACHABLE = 2;
  public static final int PORT_UNREACHABLE = 3;
  public static final int FRAGMENTATION_NEEDED = 4;
  public static final int SOURCE_ROUTE_FAILED = 5;
  public static final int ADMINISTRATIVELY_PROHIBITED = 13;

  // Codes of TIME_EXCEEDED.
  public static final int TTL_EXCEEDED = 0;
  public static final int REASSEMBLY_TIME_EXCEEDED = 1;

  /// Most octets of the offending packet that an error quotes, so that the whole with an IP header
  /// of 20 octets stays within 576 (RFC 1812 §4.3.2.3).
  public static final int MAX_QUOTE = 576 - Ipv4Header.MIN_LENGTH - LENGTH;

  private Icmpv4Header() {}

  /// True if a whole header lies between `at` and `limit`. No message of RFC 792 is shorter.
  public static boolean isValid(MemorySegment f, long at, long limit) {
    return limit - at >= LENGTH;
  }

  public static int type(MemorySegment f, long at) {
    return u8(f, at + TYPE_AT);
  }

  public static int code(MemorySegment f, long at) {
    return u8(f, at + CODE_AT);
  }

  /// Type and code as the one 16-bit number of the wire: `type << 8 | code`.
  public static int message(MemorySegment f, long at) {
    return u16(f, at + TYPE_AT);
  }

  /// Overwrites type and code.
  public static void setMessage(MemorySegment f, long at, int message) {
    putU16(f, at + TYPE_AT, message);
  }

  public static int checksum(MemorySegment f, long at) {
    return u16(f, at + CHECKSUM_AT);
  }

  public static void setChecksum(MemorySegment f, long at, int checksum) {
    putU16(f, at + CHECKSUM_AT, checksum);
  }

  /// Identifier of a query: what a port is to UDP (RFC 5508 §3).
  public static int id(MemorySegment f, long at) {
    return u16(f, at + ID_AT);
  }

  public static void setId(MemorySegment f, long at, int id) {
    putU16(f, at + ID_AT, id);
  }

  public static int sequence(MemorySegment f, long at) {
    return u16(f, at + SEQUENCE_AT);
  }

  /// MTU of the next hop in "fragmentation needed"; 0 from routers older than RFC 1191.
  public static int nextHopMtu(MemorySegment f, long at) {
    return u16(f, at + NEXT_HOP_MTU_AT);
  }

  /// Octet of the quoted packet that a Parameter Problem is about.
  public static int pointer(MemorySegment f, long at) {
    return u8(f, at + POINTER_AT);
  }

  /// Octets of the quoted packet, with its padding, where an error says it because extensions
  /// follow; else 0 (RFC 4884 §4: words of 32 bits).
  public static int quoteLength(MemorySegment f, long at) {
    return u8(f, at + QUOTE_WORDS_AT) << 2;
  }

  /// True for the types that report about, and quote, another packet (RFC 1122 §3.2.2).
  public static boolean isError(int type) {
    return switch (type) {
      case DESTINATION_UNREACHABLE, SOURCE_QUENCH, REDIRECT, TIME_EXCEEDED, PARAMETER_PROBLEM ->
          true;
      default -> false;
    };
  }

  /// True for requests and replies that bear an identifier (RFC 5508 §3).
  public static boolean isQuery(int type) {
    return switch (type) {
      case ECHO_REPLY,
          ECHO_REQUEST,
          TIMESTAMP_REQUEST,
          TIMESTAMP_REPLY,
          INFORMATION_REQUEST,
          INFORMATION_REPLY,
          ADDRESS_MASK_REQUEST,
          ADDRESS_MASK_REPLY ->
          true;
      default -> false;
    };
  }

  /// True if the checksum agrees with the octets.
  ///
  /// @param length octets of the whole message
  public static boolean isChecksumValid(MemorySegment f, long at, int length) {
    return InternetChecksum.sum(f, at, length) == 0xFFFF;
  }

  /// Computes the checksum over the message and writes it.
  ///
  /// @param length octets of the whole message
  public static void writeChecksum(MemorySegment f, long at, int length) {
    putU16(f, at + CHECKSUM_AT, 0);
    putU16(f, at + CHECKSUM_AT, InternetChecksum.checksum(f, at, length));
  }

  /// Turns the echo request at `at` into its reply: the type changes, "the data received in the
  /// echo message must be returned" (RFC 792), the checksum follows the change. Addresses are the
  /// caller's.
  public static void turnIntoEchoReply(MemorySegment f, long at) {
    int before = u16(f, at + TYPE_AT);
    putU8(f, at + TYPE_AT, ECHO_REPLY);
    InternetChecksum.updateAt(
        f, at + CHECKSUM_AT, InternetChecksum.difference16(before, u16(f, at + TYPE_AT)));
  }

  /// Writes the header of a query; its data stands, or comes to stand, behind it. The checksum is
  /// zero until [#writeChecksum].
  public static void writeQuery(
      MemorySegment f, long at, int type, int code, int id, int sequence) {
    putU8(f, at + TYPE_AT, type);
    putU8(f, at + CODE_AT, code);
    putU16(f, at + CHECKSUM_AT, 0);
    putU16(f, at + ID_AT, id);
    putU16(f, at + SEQUENCE_AT, sequence);
  }

  /// Writes Destination Unreachable with `code`, and the checksum.
  ///
  /// @param quote octets of the offending packet that already stand behind the header
  public static void writeDestinationUnreachable(MemorySegment f, long at, int code, int quote) {
    writeError(f, at, DESTINATION_UNREACHABLE, code, 0, quote);
  }

  /// Writes "fragmentation needed and DF set" (RFC 1191 §4), and the checksum.
  ///
  /// @param nextHopMtu greatest IP packet, in octets, that would pass
  /// @param quote octets of the offending packet that already stand behind the header
  public static void writeFragmentationNeeded(MemorySegment f, long at, int nextHopMtu, int quote) {
    writeError(f, at, DESTINATION_UNREACHABLE, FRAGMENTATION_NEEDED, nextHopMtu & 0xFFFF, quote);
  }

  /// Writes Time Exceeded in transit, and the checksum.
  ///
  /// @param quote octets of the offending packet that already stand behind the header
  public static void writeTimeExceeded(MemorySegment f, long at, int quote) {
    writeError(f, at, TIME_EXCEEDED, TTL_EXCEEDED, 0, quote);
  }

  /// Writes an error, and the checksum.
  ///
  /// @param rest the four octets behind the checksum: see [#rest]
  /// @param quote octets of the offending packet that already stand behind the header
  public static void writeError(MemorySegment f, long at, int type, int code, int rest, int quote) {
    putU8(f, at + TYPE_AT, type);
    putU8(f, at + CODE_AT, code);
    putU16(f, at + CHECKSUM_AT, 0);
    putU32(f, at + ID_AT, rest);
    putU16(f, at + CHECKSUM_AT, InternetChecksum.checksum(f, at, LENGTH + quote));
  }

  /// Octets after the checksum that differ by type, as one word.
  public static int rest(MemorySegment f, long at) {
    return u32(f, at + ID_AT);
  }
}
