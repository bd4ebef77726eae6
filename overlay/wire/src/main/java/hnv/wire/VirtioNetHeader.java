// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The virtio-net header before each frame of a TAP or packet socket (virtio 1.2 §5.1.6; Linux
/// `struct virtio_net_hdr`, `virtio_net_hdr_v1_hash_tunnel`).
///
/// The one header here that is not in network byte order: on these devices its fields are in the
/// order of the machine, which on the machines we run on is little-endian. Three forms, each the
/// beginning of the next:
///
/// ```text
///  octet 0        1        2        3        4        5        6        7
///   +--------+--------+-----------------+-----------------+-----------------+
/// 0 | flags  |gso_type|     hdr_len     |    gso_size     |   csum_start    |
///   +--------+--------+-----------------+-----------------+-----------------+
/// 8 |   csum_offset   |   num_buffers   |           hash_value              |  10 | 12 octets
///   +-----------------+-----------------+-----------------+-----------------+
/// 16|   hash_report   |     padding     | outer_th_offset | inner_nh_offset |  24 octets
///   +-----------------+-----------------+-----------------+-----------------+
/// ```
///
/// With a UDP tunnel in the GSO type, `hdr_len`, `gso_size` and `csum_start` speak of the inner
/// transport header. All offsets count from the start of the frame.
public final class VirtioNetHeader {
  public static final int FLAGS_AT = 0;
  public static final int GSO_TYPE_AT = 1;
  public static final int HEADER_LENGTH_AT = 2;
  public static final int GSO_SIZE_AT = 4;
  public static final int CHECKSUM_START_AT = 6;
  public static final int CHECKSUM_OFFSET_AT = 8;
  public static final int NUM_BUFFERS_AT = 10;
  public static final int HASH_VALUE_AT = 12;
  public static final int HASH_REPORT_AT = 16;
  public static final int PADDING_AT = 18;
  public static final int OUTER_TRANSPORT_AT = 20;
  public static final int INNER_NETWORK_AT = 22;

  /// Octets of the oldest form.
  public static final int LENGTH = 10;

  /// Octets of the form with `num_buffers`.
  public static final int LENGTH_MERGEABLE = 12;

  /// Octets of the form with UDP tunnel offsets (Linux 6.17).
  public static final int LENGTH_TUNNEL = 24;

  // Flags.
  /// The checksum is partial: it remains to sum from `csum_start` and to write at `csum_offset`
  /// from there.
  public static final int NEEDS_CHECKSUM = 0x01;

  /// The checksum has been verified.
  public static final int DATA_VALID = 0x02;

  /// The outer UDP checksum of a tunnel is to be made for each segment.
  public static final int UDP_TUNNEL_CHECKSUM = 0x08;

  // GSO types; the tunnel and ECN bits are or-ed to the others.
  public static final int GSO_NONE = 0;
  public static final int GSO_TCPV4 = 1;

  /// UDP fragmentation (UFO).
  public static final int GSO_UDP = 3;

  public static final int GSO_TCPV6 = 4;

  /// UDP segmentation (USO).
  public static final int GSO_UDP_L4 = 5;

  public static final int GSO_UDP_TUNNEL_IPV4 = 0x20;
  public static final int GSO_UDP_TUNNEL_IPV6 = 0x40;

  /// TCP with CWR set.
  public static final int GSO_ECN = 0x80;

  private static final int GSO_MODIFIERS = GSO_UDP_TUNNEL_IPV4 | GSO_UDP_TUNNEL_IPV6 | GSO_ECN;
  private static final ValueLayout.OfByte U8 = ValueLayout.JAVA_BYTE;
  private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED;

  private VirtioNetHeader() {}

  /// True if the oldest form lies between `at` and `limit`, the GSO type is one of those above, and
  /// offsets and sizes lie within the frame that follows.
  ///
  /// @param length octets of the form in use: [#LENGTH], [#LENGTH_MERGEABLE] or [#LENGTH_TUNNEL]
  public static boolean isValid(MemorySegment f, long at, long limit, int length) {
    long frame = limit - at - length;
    if (frame < 0) {
      return false;
    }
    int gsoType = gsoType(f, at);
    int base = gsoType & ~GSO_MODIFIERS;
    if (base > GSO_UDP_L4 || base == 2) {
      return false;
    }
    if (base != GSO_NONE && gsoSize(f, at) == 0) {
      return false;
    }
    if (isTunnel(gsoType) && !isValidTunnel(f, at, frame, length)) {
      return false;
    }
    return (flags(f, at) & NEEDS_CHECKSUM) == 0
        || checksumStart(f, at) + checksumOffset(f, at) + 2 <= frame;
  }

  private static boolean isValidTunnel(MemorySegment f, long at, long frame, int length) {
    return length >= LENGTH_TUNNEL
        && outerTransport(f, at) <= frame
        && innerNetwork(f, at) <= frame;
  }

  /// True if the GSO type says that the frame bears a UDP tunnel.
  public static boolean isTunnel(int gsoType) {
    return (gsoType & (GSO_UDP_TUNNEL_IPV4 | GSO_UDP_TUNNEL_IPV6)) != 0;
  }

  /// The GSO type without tunnel and ECN bits.
  public static int baseGsoType(int gsoType) {
    return gsoType & ~GSO_MODIFIERS;
  }

  public static int flags(MemorySegment f, long at) {
    return Byte.toUnsignedInt(f.get(U8, at + FLAGS_AT));
  }

  public static int gsoType(MemorySegment f, long at) {
    return Byte.toUnsignedInt(f.get(U8, at + GSO_TYPE_AT));
  }

  /// Octets of all headers of a super-frame; a hint.
  public static int headerLength(MemorySegment f, long at) {
    return u16(f, at + HEADER_LENGTH_AT);
  }

  /// Octets of payload in each segment of a super-frame.
  public static int gsoSize(MemorySegment f, long at) {
    return u16(f, at + GSO_SIZE_AT);
  }

  /// Offset in the frame from which the checksum is summed.
  public static int checksumStart(MemorySegment f, long at) {
    return u16(f, at + CHECKSUM_START_AT);
  }

  /// Offset of the checksum field from [#checksumStart].
  public static int checksumOffset(MemorySegment f, long at) {
    return u16(f, at + CHECKSUM_OFFSET_AT);
  }

  /// Buffers that bear the frame; forms of 12 and 24 octets only.
  public static int numBuffers(MemorySegment f, long at) {
    return u16(f, at + NUM_BUFFERS_AT);
  }

  /// Offset in the frame of the outer UDP header; form of 24 octets only.
  public static int outerTransport(MemorySegment f, long at) {
    return u16(f, at + OUTER_TRANSPORT_AT);
  }

  /// Offset in the frame of the inner IP header; form of 24 octets only.
  public static int innerNetwork(MemorySegment f, long at) {
    return u16(f, at + INNER_NETWORK_AT);
  }

  /// Writes the form of 10 octets.
  public static void write(
      MemorySegment f,
      long at,
      int flags,
      int gsoType,
      int headerLength,
      int gsoSize,
      int checksumStart,
      int checksumOffset) {
    f.set(U8, at + FLAGS_AT, (byte) flags);
    f.set(U8, at + GSO_TYPE_AT, (byte) gsoType);
    putU16(f, at + HEADER_LENGTH_AT, headerLength);
    putU16(f, at + GSO_SIZE_AT, gsoSize);
    putU16(f, at + CHECKSUM_START_AT, checksumStart);
    putU16(f, at + CHECKSUM_OFFSET_AT, checksumOffset);
  }

  /// Writes what the form of 12 octets adds behind [#write].
  public static void writeMergeable(MemorySegment f, long at, int numBuffers) {
    putU16(f, at + NUM_BUFFERS_AT, numBuffers);
  }

  /// Writes what the form of 24 octets adds behind [#write] and [#writeMergeable]: no hash, and the
  /// tunnel's offsets, zero without a tunnel.
  public static void writeTunnel(MemorySegment f, long at, int outerTransport, int innerNetwork) {
    f.set(U32, at + HASH_VALUE_AT, 0);
    putU16(f, at + HASH_REPORT_AT, 0);
    putU16(f, at + PADDING_AT, 0);
    putU16(f, at + OUTER_TRANSPORT_AT, outerTransport);
    putU16(f, at + INNER_NETWORK_AT, innerNetwork);
  }

  /// Sets all octets of the header of this length to zero: no GSO, no checksum state.
  public static void clear(MemorySegment f, long at, int length) {
    write(f, at, 0, GSO_NONE, 0, 0, 0, 0);
    if (length >= LENGTH_MERGEABLE) {
      writeMergeable(f, at, 0);
    }
    if (length >= LENGTH_TUNNEL) {
      writeTunnel(f, at, 0, 0);
    }
  }

  private static int u16(MemorySegment f, long at) {
    return Short.toUnsignedInt(f.get(U16, at));
  }

  private static void putU16(MemorySegment f, long at, int value) {
    f.set(U16, at, (short) value);
  }
}
