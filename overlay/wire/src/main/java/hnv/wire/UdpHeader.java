// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static hnv.wire.Octets.putU16;
import static hnv.wire.Octets.u16;

import java.lang.foreign.MemorySegment;

/// UDP header (RFC 768).
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |          Source Port          |       Destination Port        |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |            Length             |           Checksum            |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
public final class UdpHeader {
  public static final int SOURCE_PORT_AT = 0;
  public static final int DESTINATION_PORT_AT = 2;
  public static final int LENGTH_AT = 4;
  public static final int CHECKSUM_AT = 6;

  /// Octets of the header.
  public static final int LENGTH = 8;

  private UdpHeader() {}

  /// True if the length field covers the header and ends before `limit`. Octets beyond it are
  /// allowed.
  public static boolean isValid(MemorySegment f, long at, long limit) {
    if (limit - at < LENGTH) {
      return false;
    }
    int length = length(f, at);
    return length >= LENGTH && length <= limit - at;
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

  /// Octets of header and data.
  public static int length(MemorySegment f, long at) {
    return u16(f, at + LENGTH_AT);
  }

  public static void setLength(MemorySegment f, long at, int octets) {
    putU16(f, at + LENGTH_AT, octets);
  }

  /// The checksum; zero says that the sender made none.
  public static int checksum(MemorySegment f, long at) {
    return u16(f, at + CHECKSUM_AT);
  }

  public static void setChecksum(MemorySegment f, long at, int checksum) {
    putU16(f, at + CHECKSUM_AT, checksum);
  }

  /// True if there is no checksum, or it agrees with the octets. Over IPv6 zero is allowed for
  /// tunnels only (RFC 6935 §5): that is the caller's to judge.
  ///
  /// @param pseudoHeader sum of the pseudo header for [#length]
  public static boolean isChecksumValid(MemorySegment f, long at, int pseudoHeader) {
    return checksum(f, at) == 0
        || InternetChecksum.add(pseudoHeader, InternetChecksum.sum(f, at, length(f, at))) == 0xFFFF;
  }

  /// Computes the checksum over the datagram and writes it. "If the computed checksum is zero, it
  /// is transmitted as all ones" (RFC 768).
  ///
  /// @param pseudoHeader sum of the pseudo header for [#length]
  public static void writeChecksum(MemorySegment f, long at, int pseudoHeader) {
    putU16(f, at + CHECKSUM_AT, 0);
    int sum = InternetChecksum.add(pseudoHeader, InternetChecksum.sum(f, at, length(f, at)));
    int checksum = InternetChecksum.complement(sum);
    putU16(f, at + CHECKSUM_AT, checksum == 0 ? 0xFFFF : checksum);
  }

  /// Writes the header.
  ///
  /// @param length octets of header and data
  /// @param checksum the checksum, or 0 for none
  public static void write(
      MemorySegment f, long at, int sourcePort, int destinationPort, int length, int checksum) {
    putU16(f, at + SOURCE_PORT_AT, sourcePort);
    putU16(f, at + DESTINATION_PORT_AT, destinationPort);
    putU16(f, at + LENGTH_AT, length);
    putU16(f, at + CHECKSUM_AT, checksum);
  }
}
