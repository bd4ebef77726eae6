// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class Icmpv6HeaderTest {
  private static final long IP = Frames.INNER + 14;
  private static final long AT = IP + Ipv6Header.LENGTH;
  private static final int PSEUDO = 0x1234;

  private static int pseudo(MemorySegment f) {
    return Ipv6Header.pseudoHeader(f, IP, IpProtocol.ICMPV6, Ipv6Header.payloadLength(f, IP));
  }

  @Test
  void deconstructs() {
    MemorySegment f = Hex.segment("8000 abcd 407b 0001");
    assertTrue(Icmpv6Header.isValid(f, 0, 8));
    assertEquals(Icmpv6Header.ECHO_REQUEST, Icmpv6Header.type(f, 0));
    assertEquals(0, Icmpv6Header.code(f, 0));
    assertEquals(0xABCD, Icmpv6Header.checksum(f, 0));
    assertEquals(0x407B, Icmpv6Header.id(f, 0));
    assertEquals(1, Icmpv6Header.sequence(f, 0));
  }

  @Test
  void constructsEveryOctet() {
    MemorySegment f = Hex.unwritten(Icmpv6Header.LENGTH);
    Icmpv6Header.writeQuery(f, 0, Icmpv6Header.ECHO_REQUEST, 0x407B, 1);
    assertEquals("8000 0000 407b 0001", Hex.of(f));
    Icmpv6Header.setId(f, 0, 2);
    Icmpv6Header.setChecksum(f, 0, 0xFFFE);
    assertEquals("8000 fffe 0002 0001", Hex.of(f));
  }

  @Test
  void refusesImpossibleLengths() {
    MemorySegment f = Hex.segment("8000 abcd 407b 0001");
    assertFalse(Icmpv6Header.isValid(f, 0, 7));
  }

  @Test
  void checksumCoversThePseudoHeader() {
    MemorySegment f = Hex.segment(Frames.VXLAN_ECHO_REQUEST_V6);
    int length = Ipv6Header.payloadLength(f, IP);
    assertTrue(Icmpv6Header.isChecksumValid(f, AT, length, pseudo(f)));
    assertFalse(Icmpv6Header.isChecksumValid(f, AT, length, 0));
    Icmpv6Header.setChecksum(f, AT, 0);
    assertFalse(Icmpv6Header.isChecksumValid(f, AT, length, pseudo(f)), "zero is no exemption");
  }

  @Test
  void emitsTheChecksumThatTheKernelSent() {
    MemorySegment f = Hex.segment(Frames.VXLAN_ECHO_REQUEST_V6);
    Icmpv6Header.setChecksum(f, AT, 0xA5A5);
    Icmpv6Header.writeChecksum(f, AT, Ipv6Header.payloadLength(f, IP), pseudo(f));
    assertEquals(Hex.of(Hex.segment(Frames.VXLAN_ECHO_REQUEST_V6)), Hex.of(f));
  }

  @Test
  void turnsARequestIntoTheReplyThatTheKernelSent() {
    MemorySegment f = Hex.segment(Frames.VXLAN_ECHO_REQUEST_V6);
    MemorySegment reply = Hex.segment(Frames.VXLAN_ECHO_REPLY_V6);
    Icmpv6Header.turnIntoEchoReply(f, AT);
    assertEquals(Hex.of(reply.asSlice(AT)), Hex.of(f.asSlice(AT)));
  }

  @Test
  void writesPacketTooBig() {
    MemorySegment f = Hex.unwritten(Icmpv6Header.LENGTH + 48);
    Icmpv6Header.writePacketTooBig(f, 0, 1430, 48, PSEUDO);
    assertEquals(Icmpv6Header.PACKET_TOO_BIG, Icmpv6Header.type(f, 0));
    assertEquals(0, Icmpv6Header.code(f, 0));
    assertEquals(1430, Icmpv6Header.mtu(f, 0));
    assertTrue(Icmpv6Header.isChecksumValid(f, 0, 56, PSEUDO));
  }

  @Test
  void writesTimeExceededAndDestinationUnreachable() {
    MemorySegment f = Hex.unwritten(Icmpv6Header.LENGTH + 48);
    Icmpv6Header.writeTimeExceeded(f, 0, 48, PSEUDO);
    assertEquals(Icmpv6Header.TIME_EXCEEDED, Icmpv6Header.type(f, 0));
    assertEquals(Icmpv6Header.HOP_LIMIT_EXCEEDED, Icmpv6Header.code(f, 0));
    assertEquals(0, Icmpv6Header.mtu(f, 0), "unused octets are zero");
    assertTrue(Icmpv6Header.isChecksumValid(f, 0, 56, PSEUDO));

    Icmpv6Header.writeDestinationUnreachable(f, 0, Icmpv6Header.ADDRESS_UNREACHABLE, 48, PSEUDO);
    assertEquals(Icmpv6Header.DESTINATION_UNREACHABLE, Icmpv6Header.type(f, 0));
    assertEquals(Icmpv6Header.ADDRESS_UNREACHABLE, Icmpv6Header.code(f, 0));
    assertTrue(Icmpv6Header.isChecksumValid(f, 0, 56, PSEUDO));
  }

  @Test
  void tellsErrorsByTheHighBitOfTheType() {
    assertTrue(Icmpv6Header.isError(Icmpv6Header.PACKET_TOO_BIG));
    assertTrue(Icmpv6Header.isError(127));
    assertFalse(Icmpv6Header.isError(128));
    assertFalse(Icmpv6Header.isQuery(Icmpv6Header.PACKET_TOO_BIG));
    assertTrue(Icmpv6Header.isQuery(Icmpv6Header.ECHO_REPLY));
    assertFalse(Icmpv6Header.isQuery(Icmpv6Header.NEIGHBOR_SOLICITATION));
    assertTrue(Icmpv6Header.isNeighborDiscovery(133));
    assertTrue(Icmpv6Header.isNeighborDiscovery(137));
    assertFalse(Icmpv6Header.isNeighborDiscovery(132));
    assertFalse(Icmpv6Header.isNeighborDiscovery(138));
  }

  @Test
  void quoteLeavesTheErrorWithinTheMinimumMtu() {
    assertEquals(1280, Ipv6Header.LENGTH + Icmpv6Header.LENGTH + Icmpv6Header.MAX_QUOTE);
  }

  @Test
  void readsWhatErrorsSayOfTheirQuote() {
    assertEquals(0x28, Icmpv6Header.pointer(Hex.segment("0400 0000 0000 0028"), 0));
    assertEquals(128, Icmpv6Header.quoteLength(Hex.segment("0104 0000 1000 0000"), 0));
    assertEquals(255 * 8, Icmpv6Header.quoteLength(Hex.segment("0300 0000 ff00 0000"), 0));
    // An MTU and a pointer are no length.
    assertEquals(0, Icmpv6Header.quoteLength(Hex.segment("0200 0000 1000 0500"), 0));
    assertEquals(0, Icmpv6Header.quoteLength(Hex.segment("0400 0000 1000 0028"), 0));
  }

  @Test
  void constructsAnyError() {
    MemorySegment f = Hex.segment("ffff ffff ffff ffff 6000 0000");
    Icmpv6Header.writeError(f, 0, Icmpv6Header.PARAMETER_PROBLEM, 1, 6, 4, 0x1234);
    assertEquals("0401 89c4 0000 0006 6000 0000", Hex.of(f));
    assertTrue(Icmpv6Header.isChecksumValid(f, 0, 12, 0x1234));
  }
}
