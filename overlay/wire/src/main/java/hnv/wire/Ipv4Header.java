// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static hnv.wire.Octets.putU16;
import static hnv.wire.Octets.putU32;
import static hnv.wire.Octets.putU8;
import static hnv.wire.Octets.u16;
import static hnv.wire.Octets.u32;
import static hnv.wire.Octets.u8;

import java.lang.foreign.MemorySegment;

/// IPv4 header (RFC 791 §3.1; traffic class bits RFC 2474 and RFC 3168).
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |Version|  IHL  |   DSCP    |ECN|         Total Length          |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |        Identification         |0|D|M|     Fragment Offset     |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |  Time to Live |    Protocol   |        Header Checksum        |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                        Source Address                         |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                      Destination Address                      |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                 Options, 0 to 40 octets                       |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
///
/// Addresses are the bit pattern of an `int`. Plain setters leave the checksum alone: either
/// [#writeChecksum] follows, or the caller applies a difference of [InternetChecksum].
public final class Ipv4Header {
  public static final int VERSION_AT = 0;
  public static final int TRAFFIC_CLASS_AT = 1;
  public static final int TOTAL_LENGTH_AT = 2;
  public static final int ID_AT = 4;
  public static final int FRAGMENT_AT = 6;
  public static final int TTL_AT = 8;
  public static final int PROTOCOL_AT = 9;
  public static final int CHECKSUM_AT = 10;
  public static final int SOURCE_AT = 12;
  public static final int DESTINATION_AT = 16;

  /// Octets of a header without options.
  public static final int MIN_LENGTH = 20;

  /// Octets of the longest header: IHL 15.
  public static final int MAX_LENGTH = 60;

  /// Flag "don't fragment" in the 16-bit field of flags and fragment offset.
  public static final int FLAG_DF = 0x4000;

  /// Flag "more fragments".
  public static final int FLAG_MF = 0x2000;

  private static final int OFFSET_MASK = 0x1FFF;
  private static final int VERSION_AND_MIN_IHL = 0x45;

  // Kinds of options (RFC 791 §3.1), each with its copied flag; and their octets, from the kind.
  private static final int OPTION_END = 0;
  private static final int OPTION_NOP = 1;
  private static final int OPTION_LOOSE_SOURCE_ROUTE = 131;
  private static final int OPTION_STRICT_SOURCE_ROUTE = 137;
  private static final int OPTION_LENGTH_AT = 1;
  private static final int OPTION_POINTER_AT = 2;
  private static final int SHORTEST_OPTION = 2;

  private Ipv4Header() {}

  /// True if version, header length and total length agree with each other and with the octets up
  /// to `limit`. Octets beyond the total length (Ethernet padding) are allowed. The checksum is not
  /// looked at: see [#isChecksumValid].
  public static boolean isValid(MemorySegment f, long at, long limit) {
    return isValidQuoted(f, at, limit) && totalLength(f, at) <= limit - at;
  }

  /// As [#isValid] for the packet that an ICMP error quotes: cut off, so that its total length may
  /// point beyond `limit` (RFC 792, RFC 1812 §4.3.2.3). The header itself is whole.
  public static boolean isValidQuoted(MemorySegment f, long at, long limit) {
    if (limit - at < MIN_LENGTH) {
      return false;
    }
    int headerLength = headerLength(f, at);
    return version(f, at) == 4
        && headerLength >= MIN_LENGTH
        && headerLength <= limit - at
        && totalLength(f, at) >= headerLength;
  }

  public static int version(MemorySegment f, long at) {
    return u8(f, at + VERSION_AT) >>> 4;
  }

  /// Octets of the header with its options: 20..60 where valid.
  public static int headerLength(MemorySegment f, long at) {
    return (u8(f, at + VERSION_AT) & 0x0F) << 2;
  }

  public static boolean hasOptions(MemorySegment f, long at) {
    return headerLength(f, at) > MIN_LENGTH;
  }

  /// True if a source route is among the options that has not been followed to its end: its
  /// pointer, which counts from 1, is within it (RFC 791 §3.1). Options behind a broken one are not
  /// looked at.
  public static boolean isSourceRouted(MemorySegment f, long at) {
    long end = at + headerLength(f, at);
    long p = at + MIN_LENGTH;
    while (p < end) {
      int kind = u8(f, p);
      if (kind == OPTION_NOP) {
        p++;
        continue;
      }
      int length = kind == OPTION_END || p + 1 == end ? 0 : u8(f, p + OPTION_LENGTH_AT);
      if (length < SHORTEST_OPTION) {
        return false;
      }
      if ((kind == OPTION_LOOSE_SOURCE_ROUTE || kind == OPTION_STRICT_SOURCE_ROUTE)
          && p + OPTION_POINTER_AT < end
          && u8(f, p + OPTION_POINTER_AT) <= length) {
        return true;
      }
      p += length;
    }
    return false;
  }

  /// The DSCP and ECN bits together.
  public static int trafficClass(MemorySegment f, long at) {
    return u8(f, at + TRAFFIC_CLASS_AT);
  }

  /// Differentiated services code point, 0..63.
  public static int dscp(MemorySegment f, long at) {
    return trafficClass(f, at) >>> 2;
  }

  /// ECN field, one of the codepoints in [Ecn].
  public static int ecn(MemorySegment f, long at) {
    return trafficClass(f, at) & 0x03;
  }

  /// Octets of header and data.
  public static int totalLength(MemorySegment f, long at) {
    return u16(f, at + TOTAL_LENGTH_AT);
  }

  public static void setTotalLength(MemorySegment f, long at, int octets) {
    putU16(f, at + TOTAL_LENGTH_AT, octets);
  }

  public static int id(MemorySegment f, long at) {
    return u16(f, at + ID_AT);
  }

  public static void setId(MemorySegment f, long at, int id) {
    putU16(f, at + ID_AT, id);
  }

  /// Flags and fragment offset as the one 16-bit field of the wire.
  public static int fragment(MemorySegment f, long at) {
    return u16(f, at + FRAGMENT_AT);
  }

  public static void setFragment(MemorySegment f, long at, int flagsAndOffset) {
    putU16(f, at + FRAGMENT_AT, flagsAndOffset);
  }

  public static boolean isDontFragment(MemorySegment f, long at) {
    return (fragment(f, at) & FLAG_DF) != 0;
  }

  public static boolean isMoreFragments(MemorySegment f, long at) {
    return (fragment(f, at) & FLAG_MF) != 0;
  }

  /// Offset of this fragment's data in octets (the field's value times eight).
  public static int fragmentOffset(MemorySegment f, long at) {
    return (fragment(f, at) & OFFSET_MASK) << 3;
  }

  /// True for every fragment: the first (more fragments), the middle ones and the last.
  public static boolean isFragment(MemorySegment f, long at) {
    return (fragment(f, at) & (FLAG_MF | OFFSET_MASK)) != 0;
  }

  /// True for a fragment that does not begin with the upper-layer header.
  public static boolean isLaterFragment(MemorySegment f, long at) {
    return (fragment(f, at) & OFFSET_MASK) != 0;
  }

  public static int ttl(MemorySegment f, long at) {
    return u8(f, at + TTL_AT);
  }

  public static void setTtl(MemorySegment f, long at, int ttl) {
    putU8(f, at + TTL_AT, ttl);
  }

  public static int protocol(MemorySegment f, long at) {
    return u8(f, at + PROTOCOL_AT);
  }

  public static int checksum(MemorySegment f, long at) {
    return u16(f, at + CHECKSUM_AT);
  }

  public static void setChecksum(MemorySegment f, long at, int checksum) {
    putU16(f, at + CHECKSUM_AT, checksum);
  }

  public static int source(MemorySegment f, long at) {
    return u32(f, at + SOURCE_AT);
  }

  public static void setSource(MemorySegment f, long at, int address) {
    putU32(f, at + SOURCE_AT, address);
  }

  public static int destination(MemorySegment f, long at) {
    return u32(f, at + DESTINATION_AT);
  }

  public static void setDestination(MemorySegment f, long at, int address) {
    putU32(f, at + DESTINATION_AT, address);
  }

  /// The checksum that the header ought to bear, options included.
  public static int computeChecksum(MemorySegment f, long at) {
    int all = InternetChecksum.sum(f, at, headerLength(f, at));
    // Taking the field out of the sum is adding its complement.
    return InternetChecksum.complement(
        InternetChecksum.add(all, InternetChecksum.complement(checksum(f, at))));
  }

  /// True if the sum over the header, its checksum included, is all ones (RFC 1071 §1 (3)).
  public static boolean isChecksumValid(MemorySegment f, long at) {
    return InternetChecksum.sum(f, at, headerLength(f, at)) == 0xFFFF;
  }

  /// Computes the checksum anew and writes it.
  public static void writeChecksum(MemorySegment f, long at) {
    putU16(f, at + CHECKSUM_AT, 0);
    putU16(f, at + CHECKSUM_AT, InternetChecksum.checksum(f, at, headerLength(f, at)));
  }

  /// Lowers the TTL by one and keeps the checksum right (RFC 1624). The caller has seen that the
  /// TTL is greater than zero.
  public static void decrementTtl(MemorySegment f, long at) {
    int before = u16(f, at + TTL_AT);
    int after = before - 0x0100;
    putU16(f, at + TTL_AT, after);
    InternetChecksum.updateAt(f, at + CHECKSUM_AT, InternetChecksum.difference16(before, after));
  }

  /// Replaces the ECN field and keeps the checksum right.
  public static void replaceEcn(MemorySegment f, long at, int ecn) {
    int before = u16(f, at + VERSION_AT);
    int after = (before & ~0x03) | ecn;
    putU16(f, at + VERSION_AT, after);
    InternetChecksum.updateAt(f, at + CHECKSUM_AT, InternetChecksum.difference16(before, after));
  }

  /// Sum of the pseudo header for the addresses of this header.
  ///
  /// @param length octets of the upper-layer header and its data
  public static int pseudoHeader(MemorySegment f, long at, int protocol, int length) {
    return InternetChecksum.pseudoHeader(source(f, at), destination(f, at), protocol, length);
  }

  /// Writes a header of 20 octets with a right checksum.
  ///
  /// @param totalLength octets of header and data
  /// @param fragment flags and fragment offset, for example [#FLAG_DF]
  public static void write(
      MemorySegment f,
      long at,
      int trafficClass,
      int totalLength,
      int id,
      int fragment,
      int ttl,
      int protocol,
      int source,
      int destination) {
    putU8(f, at + VERSION_AT, VERSION_AND_MIN_IHL);
    putU8(f, at + TRAFFIC_CLASS_AT, trafficClass);
    putU16(f, at + TOTAL_LENGTH_AT, totalLength);
    putU16(f, at + ID_AT, id);
    putU16(f, at + FRAGMENT_AT, fragment);
    putU8(f, at + TTL_AT, ttl);
    putU8(f, at + PROTOCOL_AT, protocol);
    putU32(f, at + SOURCE_AT, source);
    putU32(f, at + DESTINATION_AT, destination);
    writeChecksum(f, at);
  }
}
