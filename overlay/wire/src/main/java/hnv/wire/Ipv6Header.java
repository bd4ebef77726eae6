// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static hnv.wire.Octets.putU16;
import static hnv.wire.Octets.putU32;
import static hnv.wire.Octets.putU64;
import static hnv.wire.Octets.putU8;
import static hnv.wire.Octets.u16;
import static hnv.wire.Octets.u32;
import static hnv.wire.Octets.u64;
import static hnv.wire.Octets.u8;

import java.lang.foreign.MemorySegment;

/// IPv6 fixed header (RFC 8200 §3). [Ipv6Extensions] walks what follows.
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |Version| Traffic Class |              Flow Label               |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |        Payload Length         |  Next Header  |   Hop Limit   |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                   Source Address, 16 octets                   |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                Destination Address, 16 octets                 |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
///
/// Addresses are pairs of `long`: the high and the low eight octets.
public final class Ipv6Header {
  public static final int VERSION_AT = 0;
  public static final int PAYLOAD_LENGTH_AT = 4;
  public static final int NEXT_HEADER_AT = 6;
  public static final int HOP_LIMIT_AT = 7;
  public static final int SOURCE_AT = 8;
  public static final int DESTINATION_AT = 24;

  /// Octets of the fixed header.
  public static final int LENGTH = 40;

  private static final int FLOW_LABEL_MASK = 0x000F_FFFF;

  private Ipv6Header() {}

  /// True if the version is 6 and header and payload lie before `limit`. A jumbogram (RFC 2675) has
  /// payload length zero and counts as empty.
  public static boolean isValid(MemorySegment f, long at, long limit) {
    return isValidQuoted(f, at, limit) && payloadLength(f, at) <= limit - at - LENGTH;
  }

  /// As [#isValid] for the packet that an ICMPv6 error quotes, whose payload may be cut off.
  public static boolean isValidQuoted(MemorySegment f, long at, long limit) {
    return limit - at >= LENGTH && version(f, at) == 6;
  }

  public static int version(MemorySegment f, long at) {
    return u8(f, at + VERSION_AT) >>> 4;
  }

  /// The DSCP and ECN bits together.
  public static int trafficClass(MemorySegment f, long at) {
    return (u16(f, at + VERSION_AT) >>> 4) & 0xFF;
  }

  /// Differentiated services code point, 0..63.
  public static int dscp(MemorySegment f, long at) {
    return trafficClass(f, at) >>> 2;
  }

  /// ECN field, one of the codepoints in [Ecn].
  public static int ecn(MemorySegment f, long at) {
    return trafficClass(f, at) & 0x03;
  }

  /// Replaces the ECN field; IPv6 has no header checksum to keep.
  public static void replaceEcn(MemorySegment f, long at, int ecn) {
    putU16(f, at + VERSION_AT, (u16(f, at + VERSION_AT) & ~0x0030) | (ecn << 4));
  }

  /// Flow label, 20 bits (RFC 6437).
  public static int flowLabel(MemorySegment f, long at) {
    return u32(f, at + VERSION_AT) & FLOW_LABEL_MASK;
  }

  /// Octets after the fixed header, extension headers included.
  public static int payloadLength(MemorySegment f, long at) {
    return u16(f, at + PAYLOAD_LENGTH_AT);
  }

  public static void setPayloadLength(MemorySegment f, long at, int octets) {
    putU16(f, at + PAYLOAD_LENGTH_AT, octets);
  }

  public static int nextHeader(MemorySegment f, long at) {
    return u8(f, at + NEXT_HEADER_AT);
  }

  public static void setNextHeader(MemorySegment f, long at, int protocol) {
    putU8(f, at + NEXT_HEADER_AT, protocol);
  }

  public static int hopLimit(MemorySegment f, long at) {
    return u8(f, at + HOP_LIMIT_AT);
  }

  public static void setHopLimit(MemorySegment f, long at, int hopLimit) {
    putU8(f, at + HOP_LIMIT_AT, hopLimit);
  }

  /// Lowers the hop limit by one. The caller has seen that it is greater than zero.
  public static void decrementHopLimit(MemorySegment f, long at) {
    putU8(f, at + HOP_LIMIT_AT, hopLimit(f, at) - 1);
  }

  public static long sourceHigh(MemorySegment f, long at) {
    return u64(f, at + SOURCE_AT);
  }

  public static long sourceLow(MemorySegment f, long at) {
    return u64(f, at + SOURCE_AT + 8);
  }

  public static void setSource(MemorySegment f, long at, long high, long low) {
    putU64(f, at + SOURCE_AT, high);
    putU64(f, at + SOURCE_AT + 8, low);
  }

  public static long destinationHigh(MemorySegment f, long at) {
    return u64(f, at + DESTINATION_AT);
  }

  public static long destinationLow(MemorySegment f, long at) {
    return u64(f, at + DESTINATION_AT + 8);
  }

  public static void setDestination(MemorySegment f, long at, long high, long low) {
    putU64(f, at + DESTINATION_AT, high);
    putU64(f, at + DESTINATION_AT + 8, low);
  }

  /// Sum of the pseudo header for the addresses of this header (RFC 8200 §8.1).
  ///
  /// @param protocol the upper-layer protocol
  /// @param length octets of the upper-layer header and its data
  public static int pseudoHeader(MemorySegment f, long at, int protocol, int length) {
    return InternetChecksum.pseudoHeader(
        sourceHigh(f, at),
        sourceLow(f, at),
        destinationHigh(f, at),
        destinationLow(f, at),
        protocol,
        length);
  }

  public static void write(
      MemorySegment f,
      long at,
      int trafficClass,
      int flowLabel,
      int payloadLength,
      int nextHeader,
      int hopLimit,
      long sourceHigh,
      long sourceLow,
      long destinationHigh,
      long destinationLow) {
    putU32(
        f, at + VERSION_AT, 6 << 28 | (trafficClass & 0xFF) << 20 | (flowLabel & FLOW_LABEL_MASK));
    putU16(f, at + PAYLOAD_LENGTH_AT, payloadLength);
    putU8(f, at + NEXT_HEADER_AT, nextHeader);
    putU8(f, at + HOP_LIMIT_AT, hopLimit);
    setSource(f, at, sourceHigh, sourceLow);
    setDestination(f, at, destinationHigh, destinationLow);
  }
}
