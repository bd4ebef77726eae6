// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static hnv.wire.Octets.putU16;
import static hnv.wire.Octets.putU32;
import static hnv.wire.Octets.putU8;
import static hnv.wire.Octets.u16;
import static hnv.wire.Octets.u32;
import static hnv.wire.Octets.u8;

import java.lang.foreign.MemorySegment;

/// TCP header (RFC 9293 §3.1).
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |          Source Port          |       Destination Port        |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                        Sequence Number                        |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                    Acknowledgment Number                      |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |  Data |       |C|E|U|A|P|R|S|F|                               |
/// | Offset| Rsrvd |W|C|R|C|S|S|Y|I|            Window             |
/// |       |       |R|E|G|K|H|T|N|N|                               |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |           Checksum            |         Urgent Pointer        |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                 Options, 0 to 40 octets                       |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
public final class TcpHeader {
  public static final int SOURCE_PORT_AT = 0;
  public static final int DESTINATION_PORT_AT = 2;
  public static final int SEQUENCE_AT = 4;
  public static final int ACKNOWLEDGMENT_AT = 8;
  public static final int DATA_OFFSET_AT = 12;
  public static final int FLAGS_AT = 13;
  public static final int WINDOW_AT = 14;
  public static final int CHECKSUM_AT = 16;
  public static final int URGENT_AT = 18;

  /// Octets of a header without options.
  public static final int MIN_LENGTH = 20;

  public static final int FIN = 0x01;
  public static final int SYN = 0x02;
  public static final int RST = 0x04;
  public static final int PSH = 0x08;
  public static final int ACK = 0x10;
  public static final int URG = 0x20;
  public static final int ECE = 0x40;
  public static final int CWR = 0x80;

  // Option kinds (RFC 9293 §3.1; IANA TCP Option Kind Numbers).
  public static final int OPTION_END = 0;
  public static final int OPTION_NOP = 1;
  public static final int OPTION_MSS = 2;

  /// Result of [#findOption] where there is none.
  public static final long NONE = -1;

  /// Octets of the maximum segment size option (RFC 9293 §3.7.1).
  public static final int MSS_OPTION_LENGTH = 4;

  private TcpHeader() {}

  /// True if the data offset covers the fixed header and the whole header lies before `limit`.
  public static boolean isValid(MemorySegment f, long at, long limit) {
    if (limit - at < MIN_LENGTH) {
      return false;
    }
    int headerLength = headerLength(f, at);
    return headerLength >= MIN_LENGTH && headerLength <= limit - at;
  }

  public static int sourcePort(MemorySegment f, long at) {
    return u16(f, at + SOURCE_PORT_AT);
  }

  public static void setSourcePort(MemorySegment f, long at, int port) {
    putU16(f, at + SOURCE_PORT_AT, port);
  }

  public static int destinationPort(MemorySegment f, long at) {
    return u16(f, at + DESTINATION_PORT_AT);
  }

  public static void setDestinationPort(MemorySegment f, long at, int port) {
    putU16(f, at + DESTINATION_PORT_AT, port);
  }

  /// Sequence number as a bit pattern: compare by the sign of a difference.
  public static int sequence(MemorySegment f, long at) {
    return u32(f, at + SEQUENCE_AT);
  }

  /// Acknowledgment number as a bit pattern; it means something with [#ACK] only.
  public static int acknowledgment(MemorySegment f, long at) {
    return u32(f, at + ACKNOWLEDGMENT_AT);
  }

  /// Octets of the header with its options: 20..60 where valid.
  public static int headerLength(MemorySegment f, long at) {
    return u8(f, at + DATA_OFFSET_AT) >>> 4 << 2;
  }

  /// The eight flags from CWR to FIN.
  public static int flags(MemorySegment f, long at) {
    return u8(f, at + FLAGS_AT);
  }

  public static boolean isSyn(MemorySegment f, long at) {
    return (flags(f, at) & SYN) != 0;
  }

  public static int window(MemorySegment f, long at) {
    return u16(f, at + WINDOW_AT);
  }

  public static int checksum(MemorySegment f, long at) {
    return u16(f, at + CHECKSUM_AT);
  }

  public static void setChecksum(MemorySegment f, long at, int checksum) {
    putU16(f, at + CHECKSUM_AT, checksum);
  }

  public static int urgentPointer(MemorySegment f, long at) {
    return u16(f, at + URGENT_AT);
  }

  /// True if the checksum agrees with the octets.
  ///
  /// @param length octets of header and data
  /// @param pseudoHeader sum of the pseudo header for `length`
  public static boolean isChecksumValid(MemorySegment f, long at, int length, int pseudoHeader) {
    return InternetChecksum.add(pseudoHeader, InternetChecksum.sum(f, at, length)) == 0xFFFF;
  }

  /// Computes the checksum over the segment and writes it.
  ///
  /// @param length octets of header and data
  /// @param pseudoHeader sum of the pseudo header for `length`
  public static void writeChecksum(MemorySegment f, long at, int length, int pseudoHeader) {
    putU16(f, at + CHECKSUM_AT, 0);
    int sum = InternetChecksum.add(pseudoHeader, InternetChecksum.sum(f, at, length));
    putU16(f, at + CHECKSUM_AT, InternetChecksum.complement(sum));
  }

  /// Offset in the segment of the first option of this kind, or [#NONE].
  ///
  /// Walks the options of a valid header: at most 40 octets. An option whose length is below 2 or
  /// beyond the header ends the walk.
  public static long findOption(MemorySegment f, long at, int kind) {
    long end = at + headerLength(f, at);
    long p = at + MIN_LENGTH;
    while (p < end) {
      int found = u8(f, p);
      if (found == OPTION_END) {
        return NONE;
      }
      if (found == OPTION_NOP) {
        p++;
        continue;
      }
      if (end - p < 2) {
        return NONE;
      }
      int length = u8(f, p + 1);
      if (length < 2 || length > end - p) {
        return NONE;
      }
      if (found == kind) {
        return p;
      }
      p += length;
    }
    return NONE;
  }

  /// The maximum segment size that the sender announces (RFC 9293 §3.7.1), or 0 without the option.
  public static int mss(MemorySegment f, long at) {
    long option = findMss(f, at);
    return option == NONE ? 0 : u16(f, option + 2);
  }

  /// Lowers the announced maximum segment size of a SYN to `highest` and keeps the complete
  /// checksum right. Returns true if it changed something.
  public static boolean clampMss(MemorySegment f, long at, int highest) {
    long option = findMss(f, at);
    if (option == NONE || u16(f, option + 2) <= highest) {
      return false;
    }
    int difference = InternetChecksum.difference16(u16(f, option + 2), highest);
    // Behind an odd number of NOPs the value straddles two words of the sum (RFC 1071 §2 (B)).
    boolean odd = ((option - at) & 1) != 0;
    InternetChecksum.updateAt(
        f, at + CHECKSUM_AT, odd ? InternetChecksum.swap(difference) : difference);
    putU16(f, option + 2, highest);
    return true;
  }

  /// As [#clampMss] for a segment with a partial checksum, whose field holds the sum of the pseudo
  /// header alone and must stay as it is.
  public static boolean clampMssPartial(MemorySegment f, long at, int highest) {
    long option = findMss(f, at);
    if (option == NONE || u16(f, option + 2) <= highest) {
      return false;
    }
    putU16(f, option + 2, highest);
    return true;
  }

  /// The option stands in segments with SYN and "MUST NOT be sent in other segments" (RFC 9293
  /// §3.2).
  private static long findMss(MemorySegment f, long at) {
    if (!isSyn(f, at)) {
      return NONE;
    }
    long option = findOption(f, at, OPTION_MSS);
    return option != NONE && u8(f, option + 1) == MSS_OPTION_LENGTH ? option : NONE;
  }

  /// Lengthens a header of 20 octets by a maximum segment size option, which is written behind it.
  public static void writeMssOption(MemorySegment f, long at, int maximumSegmentSize) {
    long option = at + MIN_LENGTH;
    putU8(f, at + DATA_OFFSET_AT, (MIN_LENGTH + MSS_OPTION_LENGTH) << 2);
    putU8(f, option, OPTION_MSS);
    putU8(f, option + 1, MSS_OPTION_LENGTH);
    putU16(f, option + 2, maximumSegmentSize);
  }

  /// Writes a header of 20 octets without options; the checksum is zero until [#writeChecksum].
  public static void write(
      MemorySegment f,
      long at,
      int sourcePort,
      int destinationPort,
      int sequence,
      int acknowledgment,
      int flags,
      int window) {
    putU16(f, at + SOURCE_PORT_AT, sourcePort);
    putU16(f, at + DESTINATION_PORT_AT, destinationPort);
    putU32(f, at + SEQUENCE_AT, sequence);
    putU32(f, at + ACKNOWLEDGMENT_AT, acknowledgment);
    putU16(f, at + DATA_OFFSET_AT, MIN_LENGTH << 10 | (flags & 0xFF));
    putU16(f, at + WINDOW_AT, window);
    putU32(f, at + CHECKSUM_AT, 0);
  }
}
