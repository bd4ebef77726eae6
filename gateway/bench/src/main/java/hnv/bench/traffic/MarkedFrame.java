// SPDX-License-Identifier: Apache-2.0
package hnv.bench.traffic;

import hnv.wire.EthernetHeader;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Header;
import hnv.wire.UdpHeader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The packet that rows send: 64 octets of Ethernet, IPv4 and UDP, of which the last eight are a
/// *mark* over all others. Whoever gets such a frame can tell by itself whether it came through
/// as it was sent, without knowing what was sent.
///
///     0  Ethernet   14  IPv4   34  UDP, no checksum   42  zero   56  mark
///
/// The mark is `h = h · 33 + word` over the seven words of 64 bits before it, in the machine's
/// order: simple enough for a tc program.
public final class MarkedFrame {
  /// Octets of the frame, without the wire's checksum.
  public static final int LENGTH = 64;

  /// Where the mark stands.
  public static final int MARK_AT = 56;

  /// log2 of the factor less one: h · 33 = (h << 5) + h.
  public static final int FACTOR_SHIFT = 5;

  private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final int TTL = 64;

  private MarkedFrame() {}

  /// Writes a frame, every octet of it.
  ///
  /// @param source MAC address in the low 48 bits
  /// @param from IPv4 address as a bit pattern
  public static void write(
      MemorySegment f,
      long at,
      long destination,
      long source,
      int from,
      int to,
      int sourcePort,
      int destinationPort) {
    f.asSlice(at, LENGTH).fill((byte) 0);
    EthernetHeader.write(f, at, destination, source, EthernetHeader.IPV4);
    long ip = at + EthernetHeader.LENGTH;
    int length = LENGTH - EthernetHeader.LENGTH;
    Ipv4Header.write(f, ip, 0, length, 0, Ipv4Header.FLAG_DF, TTL, IpProtocol.UDP, from, to);
    Ipv4Header.writeChecksum(f, ip);
    UdpHeader.write(
        f,
        ip + Ipv4Header.MIN_LENGTH,
        sourcePort,
        destinationPort,
        length - Ipv4Header.MIN_LENGTH,
        0);
    f.set(WORD, at + MARK_AT, computeMark(f, at));
  }

  /// The mark that stands in the frame.
  public static long mark(MemorySegment f, long at) {
    return f.get(WORD, at + MARK_AT);
  }

  /// Whether the frame is as it was written.
  public static boolean isIntact(MemorySegment f, long at) {
    return mark(f, at) == computeMark(f, at);
  }

  private static long computeMark(MemorySegment f, long at) {
    long h = 0;
    for (int word = 0; word < MARK_AT; word += Long.BYTES) {
      h = (h << FACTOR_SHIFT) + h + f.get(WORD, at + word);
    }
    return h;
  }
}
