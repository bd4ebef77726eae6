// SPDX-License-Identifier: Apache-2.0
package hnv.bench.traffic;

import hnv.wire.EthernetHeader;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Header;
import hnv.wire.UdpHeader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The packet that is sent through a translation: 64 octets of Ethernet, IPv4 and UDP with a valid
/// checksum. Addresses, ports, TTL and checksums are others when it arrives, so it bears in its
/// payload what tells whether they are the right ones:
///
///     0  Ethernet   14  IPv4   34  UDP   42  destination port, there   44  and in the answer
///     46  zero   48  number of the flow, repeated   56  mark
///
/// The mark is `number · 33 + first word of the payload`, so that whoever gets such a frame can
/// tell by itself, and by the checksums, whether all of it is as it shall be.
public final class TranslatedFrame {
  /// Octets of the frame, without the wire's checksum.
  public static final int LENGTH = MarkedFrame.LENGTH;

  /// Where the destination port stands that the frame shall arrive with; and that of its answer.
  public static final int PORT_THERE_AT = 42;

  public static final int PORT_HERE_AT = 44;

  /// Where the number stands, in the machine's order.
  public static final int NUMBER_AT = 48;

  public static final int MARK_AT = 56;

  /// log2 of the factor less one.
  public static final int FACTOR_SHIFT = 5;

  /// Time to live as it is sent.
  public static final int TTL = 64;

  private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final long UDP_AT = EthernetHeader.LENGTH + Ipv4Header.MIN_LENGTH;

  private TranslatedFrame() {}

  /// Where a frame goes.
  ///
  /// @param from IPv4 address as a bit pattern
  public record Ends(int from, int to, int sourcePort, int destinationPort) {}

  /// Writes a frame, every octet of it.
  ///
  /// @param source MAC address in the low 48 bits
  /// @param portThere destination port at the server
  /// @param portHere destination port of the answer at the client
  public static void write(
      MemorySegment f,
      long at,
      long destination,
      long source,
      Ends ends,
      int portThere,
      int portHere,
      long number) {
    f.asSlice(at, LENGTH).fill((byte) 0);
    EthernetHeader.write(f, at, destination, source, EthernetHeader.IPV4);
    long ip = at + EthernetHeader.LENGTH;
    int length = LENGTH - EthernetHeader.LENGTH;
    Ipv4Header.write(
        f, ip, 0, length, 0, Ipv4Header.FLAG_DF, TTL, IpProtocol.UDP, ends.from, ends.to);
    Ipv4Header.writeChecksum(f, ip);
    int udpLength = length - Ipv4Header.MIN_LENGTH;
    UdpHeader.write(f, at + UDP_AT, ends.sourcePort, ends.destinationPort, udpLength, 0);
    writePort(f, at + PORT_THERE_AT, portThere);
    writePort(f, at + PORT_HERE_AT, portHere);
    f.set(WORD, at + NUMBER_AT, number);
    f.set(WORD, at + MARK_AT, mark(f, at));
    int pseudoHeader = Ipv4Header.pseudoHeader(f, ip, IpProtocol.UDP, udpLength);
    UdpHeader.writeChecksum(f, at + UDP_AT, pseudoHeader);
  }

  private static void writePort(MemorySegment f, long at, int port) {
    f.set(ValueLayout.JAVA_BYTE, at, (byte) (port >>> 8));
    f.set(ValueLayout.JAVA_BYTE, at + 1, (byte) port);
  }

  /// The word of the ports and what follows them; then the number.
  private static long mark(MemorySegment f, long at) {
    long ports = Integer.toUnsignedLong(f.get(ValueLayout.JAVA_INT_UNALIGNED, at + PORT_THERE_AT));
    long number = f.get(WORD, at + NUMBER_AT);
    return (number << FACTOR_SHIFT) + number + ports;
  }
}
