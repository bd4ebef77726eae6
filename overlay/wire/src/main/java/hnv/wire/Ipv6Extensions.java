// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static hnv.wire.Octets.u8;

import java.lang.foreign.MemorySegment;

/// The walk over IPv6 extension headers (RFC 8200 §4) to the upper-layer header.
///
/// [#walk] returns one `long`, negative if the chain is refused; the other methods take it apart:
///
/// ```text
///   63      42 41 40 39                    24 23                     8 7          0
///  +---------+--+--+-------------------------+------------------------+------------+
///  |    0    |R |L |  Fragment header offset |   Upper-layer offset   |  Protocol  |
///  +---------+--+--+-------------------------+------------------------+------------+
///   R: a Routing header was met   L: fragment that does not begin with the upper-layer header
/// ```
///
/// Offsets count from the fixed header; a fragment offset of zero says that there is no Fragment
/// header. Headers other than Fragment and AH share one shape:
///
/// ```text
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |  Next Header  |  Hdr Ext Len  |  (Len + 1) * 8 octets in all  |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
public final class Ipv6Extensions {
  /// Most extension headers that are walked; RFC 8200 §4.1 recommends an order that uses seven at
  /// most.
  public static final int MAX_HEADERS = 8;

  /// Refused: an extension header does not end before the limit.
  public static final long TRUNCATED = -1;

  /// Refused: more than [#MAX_HEADERS] extension headers.
  public static final long TOO_MANY = -2;

  /// Refused: Hop-by-Hop Options not directly after the fixed header (RFC 8200 §4.1), or a second
  /// Fragment header.
  public static final long MISPLACED = -3;

  private static final int NEXT_HEADER_AT = 0;
  private static final int LENGTH_AT = 1;

  /// Of a Routing header (RFC 8200 §4.4), behind its Routing Type.
  private static final int SEGMENTS_LEFT_AT = 3;

  private static final int SHORTEST = 8;

  private static final int OFFSET_SHIFT = 8;
  private static final int FRAGMENT_SHIFT = 24;
  private static final long LATER = 1L << 40;
  private static final long ROUTING = 1L << 41;

  private Ipv6Extensions() {}

  /// Walks from the valid fixed header at `at` to the upper-layer header.
  ///
  /// ESP and No Next Header end the walk as a protocol of their own, and so does any number that is
  /// not an extension header. Behind a fragment that is not the first nothing is walked.
  ///
  /// @param limit end of the packet: the octet after its last
  /// @return a packed result, or one of [#TRUNCATED], [#TOO_MANY], [#MISPLACED]
  public static long walk(MemorySegment f, long at, long limit) {
    int protocol = Ipv6Header.nextHeader(f, at);
    int offset = Ipv6Header.LENGTH;
    long found = 0;
    for (int headers = 0; isExtension(protocol); headers++) {
      if (headers == MAX_HEADERS) {
        return TOO_MANY;
      }
      long p = at + offset;
      if (limit - p < SHORTEST) {
        return TRUNCATED;
      }
      if ((protocol == IpProtocol.HOP_BY_HOP && headers > 0)
          || (protocol == IpProtocol.FRAGMENT && hasFragment(found))) {
        return MISPLACED;
      }
      int length = length(f, p, protocol);
      if (limit - p < length) {
        return TRUNCATED;
      }
      if (protocol == IpProtocol.FRAGMENT) {
        found |= (long) offset << FRAGMENT_SHIFT;
        if (Ipv6FragmentHeader.offset(f, p) != 0) {
          return found | LATER | pack(u8(f, p + NEXT_HEADER_AT), offset + length);
        }
      } else if (protocol == IpProtocol.ROUTING) {
        found |= ROUTING;
      }
      protocol = u8(f, p + NEXT_HEADER_AT);
      offset += length;
    }
    return found | pack(protocol, offset);
  }

  /// Where the first extension header of a kind begins, in a chain that [#walk] has gone through.
  ///
  /// @param at of the fixed header
  /// @param limit as for the walk
  /// @param wanted its protocol number, one of [#isExtension]
  /// @return its offset in the segment, or 0 where the chain has none
  public static long find(MemorySegment f, long at, long limit, int wanted) {
    int protocol = Ipv6Header.nextHeader(f, at);
    long p = at + Ipv6Header.LENGTH;
    while (isExtension(protocol) && limit - p >= SHORTEST) {
      if (protocol == wanted) {
        return p;
      }
      if (protocol == IpProtocol.FRAGMENT && Ipv6FragmentHeader.offset(f, p) != 0) {
        return 0;
      }
      int length = length(f, p, protocol);
      protocol = u8(f, p + NEXT_HEADER_AT);
      p += length;
    }
    return 0;
  }

  /// Nodes that a packet has still to visit, of the Routing header at `at`.
  public static int segmentsLeft(MemorySegment f, long at) {
    return u8(f, at + SEGMENTS_LEFT_AT);
  }

  private static long pack(int protocol, int offset) {
    return (long) offset << OFFSET_SHIFT | protocol;
  }

  private static int length(MemorySegment f, long p, int protocol) {
    if (protocol == IpProtocol.FRAGMENT) {
      return Ipv6FragmentHeader.LENGTH;
    }
    int field = u8(f, p + LENGTH_AT);
    // RFC 4302 §2.2: AH counts words of 32 bits, minus 2.
    return protocol == IpProtocol.AH ? Math.max(SHORTEST, (field + 2) << 2) : (field + 1) << 3;
  }

  /// True for the protocols that are extension headers which can be stepped over (RFC 7045 §4,
  /// IANA; ESP cannot).
  public static boolean isExtension(int protocol) {
    return switch (protocol) {
      case IpProtocol.HOP_BY_HOP,
          IpProtocol.ROUTING,
          IpProtocol.FRAGMENT,
          IpProtocol.AH,
          IpProtocol.DESTINATION_OPTIONS,
          IpProtocol.MOBILITY,
          IpProtocol.HIP,
          IpProtocol.SHIM6 ->
          true;
      default -> false;
    };
  }

  /// The upper-layer protocol of a result that is not negative.
  public static int protocol(long walked) {
    return (int) walked & 0xFF;
  }

  /// Offset of the upper-layer header from the fixed header, in octets. In a fragment that is not
  /// the first, offset of the fragment's data.
  public static int upperLayerOffset(long walked) {
    return (int) (walked >>> OFFSET_SHIFT) & 0xFFFF;
  }

  public static boolean hasFragment(long walked) {
    return fragmentHeaderOffset(walked) != 0;
  }

  /// Offset of the Fragment header from the fixed header, or 0 without one.
  public static int fragmentHeaderOffset(long walked) {
    return (int) (walked >>> FRAGMENT_SHIFT) & 0xFFFF;
  }

  /// True for a fragment that does not begin with the upper-layer header.
  public static boolean isLaterFragment(long walked) {
    return (walked & LATER) != 0;
  }

  /// True if a Routing header was stepped over; then the pseudo header's destination may differ
  /// from the fixed header's (RFC 8200 §8.1).
  public static boolean hasRouting(long walked) {
    return (walked & ROUTING) != 0;
  }
}
