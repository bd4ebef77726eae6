// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Address;
import hnv.wire.Ipv6Header;
import hnv.wire.MacAddress;
import hnv.wire.Octets;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// The unified flow id: what makes two packets the same flow in one direction. A fixed layout,
/// equal in the kernel's map: host byte order for the context, network byte order for everything
/// else, padding always zero.
///
///     octets  IPv4 (24)                     IPv6 (48)
///      0..3   context                       context
///      4..9   inner destination MAC         inner destination MAC
///     10      protocol                      protocol
///     11      zero                          zero
///     12..    source, destination (4 + 4)   source, destination (16 + 16)
///             source port, destination port (2 + 2)
///
/// The *context* says where the packet came from: a port, an encapsulation with its VSID, or a GRE
/// tunnel with its connection's port. The kind stands in the top byte, so that a VNI, a GRE key and
/// a port number can never collide. The destination MAC is in the key because a virtual appliance
/// sees the same 5-tuple twice; what comes in a GRE tunnel has none, and zero stands there.
///
/// For ICMP queries the source port is the identifier and the destination port is type << 8 | code;
/// for protocols without ports both are zero.
public final class FlowKey {
  /// Octets of an IPv4 key.
  public static final int IPV4_LENGTH = 24;

  /// Octets of an IPv6 key.
  public static final int IPV6_LENGTH = 48;

  static final int CONTEXT = 0;
  static final int DESTINATION_MAC = 4;
  static final int PROTOCOL = 10;
  static final int ADDRESSES = 12;

  private static final int KIND_SHIFT = 24;
  private static final int VALUE_MASK = 0xFFFFFF;
  private static final int KIND_PORT = 0;
  private static final int KIND_VXLAN = 1;
  private static final int KIND_NVGRE = 2;
  private static final int KIND_GRE = 3;

  /// First octet lowest, on every machine.
  private static final ValueLayout.OfLong WORD =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
  private static final ValueLayout.OfInt HALF = ValueLayout.JAVA_INT_UNALIGNED;
  private static final long LOW_HALF = 0xFFFF_FFFFL;

  private FlowKey() {}

  /// Context of frames that enter by the port with this number (0…2²⁴ − 1).
  public static int portContext(int port) {
    return (KIND_PORT << KIND_SHIFT) | (port & VALUE_MASK);
  }

  /// Context of frames that arrive in a tunnel.
  public static int tunnelContext(Encapsulation encapsulation, int vsid) {
    int kind = encapsulation == Encapsulation.VXLAN ? KIND_VXLAN : KIND_NVGRE;
    return (kind << KIND_SHIFT) | (vsid & VALUE_MASK);
  }

  /// Context of frames that arrive in the GRE tunnel of a connection's port (0…2²⁴ − 1).
  public static int greContext(int port) {
    return (KIND_GRE << KIND_SHIFT) | (port & VALUE_MASK);
  }

  /// Writes the key of a parsed IP frame to `key` at `at`: {@link #IPV4_LENGTH} or {@link
  /// #IPV6_LENGTH} octets, as `frame.isIpv6()` says.
  ///
  /// Each word is put together in a register and written whole. {@link #hash} reads words right
  /// afterwards, and a load that spans several narrower stores has to wait for all of them.
  public static void write(Frame frame, int context, MemorySegment key, long at) {
    MemorySegment memory = frame.memory();
    long mac = frame.encapsulation() == Encapsulation.GRE ? 0 : memory.get(WORD, frame.l2());
    int hostOrder = LITTLE_ENDIAN ? context : Integer.reverseBytes(context);
    key.set(WORD, at, (hostOrder & LOW_HALF) | (mac << 32));
    long before = ((mac >>> 32) & 0xFFFF) | ((frame.protocol() & 0xFFL) << 16);
    long word = at + 8;
    int last;
    if (frame.isIpv6()) {
      last = frame.l3() + Ipv6Header.SOURCE_AT;
      for (int end = last + 24; last < end; last += 8) {
        long addresses = memory.get(WORD, last);
        key.set(WORD, word, before | (addresses << 32));
        before = addresses >>> 32;
        word += 8;
      }
    } else {
      last = frame.l3() + Ipv4Header.SOURCE_AT;
    }
    long addresses = memory.get(WORD, last);
    key.set(WORD, word, before | (addresses << 32));
    int ports = Integer.reverseBytes((frame.sourcePort() << 16) | frame.destinationPort());
    key.set(WORD, word + 8, (addresses >>> 32) | ((long) ports << 32));
  }

  // ---- reading, for listings ----

  /// What {@link #portContext}, {@link #tunnelContext} or {@link #greContext} gave.
  public static int context(MemorySegment key, long at) {
    return key.get(HALF, at + CONTEXT);
  }

  /// The tunnel that frames with this context arrived in; NONE for those that entered by a port.
  public static Encapsulation encapsulation(int context) {
    return switch (context >>> KIND_SHIFT) {
      case KIND_VXLAN -> Encapsulation.VXLAN;
      case KIND_NVGRE -> Encapsulation.NVGRE;
      case KIND_GRE -> Encapsulation.GRE;
      default -> Encapsulation.NONE;
    };
  }

  /// Number of the port (its own, or that of the GRE tunnel), or VSID of the tunnel, in a context.
  public static int contextValue(int context) {
    return context & VALUE_MASK;
  }

  public static MacAddress destinationMac(MemorySegment key, long at) {
    return new MacAddress(Octets.u48(key, at + DESTINATION_MAC));
  }

  public static int protocol(MemorySegment key, long at) {
    return Octets.u8(key, at + PROTOCOL);
  }

  public static IpAddress source(MemorySegment key, long at, boolean ipv6) {
    return address(key, at + ADDRESSES, ipv6);
  }

  public static IpAddress destination(MemorySegment key, long at, boolean ipv6) {
    return address(key, at + ADDRESSES + (ipv6 ? 16 : 4), ipv6);
  }

  public static int sourcePort(MemorySegment key, long at, boolean ipv6) {
    return Octets.u16(key, at + ADDRESSES + (ipv6 ? 32 : 8));
  }

  public static int destinationPort(MemorySegment key, long at, boolean ipv6) {
    return Octets.u16(key, at + ADDRESSES + (ipv6 ? 34 : 10));
  }

  private static IpAddress address(MemorySegment key, long at, boolean ipv6) {
    return ipv6
        ? new Ipv6Address(Octets.u64(key, at), Octets.u64(key, at + 8))
        : new Ipv4Address(Octets.u32(key, at));
  }

  /// 64-bit mix of a key of `length` octets (a multiple of 8), the same in every process.
  public static long hash(MemorySegment key, long at, int length) {
    return hash(key, at, length, 0);
  }

  /// 64-bit mix of a key of `length` octets (a multiple of 8). Whoever does not know the seed
  /// cannot choose keys that meet in one place of a table.
  public static long hash(MemorySegment key, long at, int length, long seed) {
    long h = 0x9E3779B97F4A7C15L ^ seed;
    for (int i = 0; i < length; i += 8) {
      h = (h ^ key.get(WORD, at + i)) * 0xFF51AFD7ED558CCDL;
      h ^= h >>> 32;
    }
    // Once more: a port stands in the upper octets of the last word, and multiplying only carries
    // upwards.
    h *= 0xC4CEB9FE1A85EC53L;
    return h ^ (h >>> 29);
  }

  /// Whether two keys of `length` octets (a multiple of 8) are the same.
  public static boolean equal(MemorySegment a, long atA, MemorySegment b, long atB, int length) {
    for (int i = 0; i < length; i += 8) {
      if (a.get(WORD, atA + i) != b.get(WORD, atB + i)) {
        return false;
      }
    }
    return true;
  }
}
