// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class Ipv6HeaderTest {
  private static final long HIGH = 0x2001_0DB8_0001_0000L;

  /// Traffic class 0xb9, flow label 0xabcde, UDP, hop limit 64, 2001:db8:1::11 > 2001:db8:1::12.
  private static final String HEADER =
      "6b9a bcde 0008 1140 2001 0db8 0001 0000 0000 0000 0000 0011"
          + " 2001 0db8 0001 0000 0000 0000 0000 0012";

  @Test
  void deconstructs() {
    MemorySegment f = Hex.segment(HEADER + "00".repeat(8));
    assertTrue(Ipv6Header.isValid(f, 0, 48));
    assertEquals(6, Ipv6Header.version(f, 0));
    assertEquals(0xB9, Ipv6Header.trafficClass(f, 0));
    assertEquals(46, Ipv6Header.dscp(f, 0));
    assertEquals(Ecn.ECT_1, Ipv6Header.ecn(f, 0));
    assertEquals(0xABCDE, Ipv6Header.flowLabel(f, 0));
    assertEquals(8, Ipv6Header.payloadLength(f, 0));
    assertEquals(IpProtocol.UDP, Ipv6Header.nextHeader(f, 0));
    assertEquals(64, Ipv6Header.hopLimit(f, 0));
    assertEquals(HIGH, Ipv6Header.sourceHigh(f, 0));
    assertEquals(0x11, Ipv6Header.sourceLow(f, 0));
    assertEquals(HIGH, Ipv6Header.destinationHigh(f, 0));
    assertEquals(0x12, Ipv6Header.destinationLow(f, 0));
  }

  @Test
  void constructsEveryOctet() {
    MemorySegment f = Hex.unwritten(Ipv6Header.LENGTH);
    Ipv6Header.write(f, 0, 0xB9, 0xABCDE, 8, IpProtocol.UDP, 64, HIGH, 0x11, HIGH, 0x12);
    assertEquals(HEADER, Hex.of(f));
  }

  @Test
  void keepsOversizedFieldsWithinTheirBits() {
    MemorySegment f = Hex.unwritten(Ipv6Header.LENGTH);
    Ipv6Header.write(f, 0, 0x1B9, 0xFFFA_BCDE, 8, IpProtocol.UDP, 64, HIGH, 0x11, HIGH, 0x12);
    assertEquals(HEADER, Hex.of(f));
  }

  @Test
  void setsOneFieldAtATime() {
    MemorySegment f = Hex.segment(HEADER);
    Ipv6Header.replaceEcn(f, 0, Ecn.CE);
    Ipv6Header.setPayloadLength(f, 0, 9);
    Ipv6Header.setHopLimit(f, 0, 255);
    Ipv6Header.decrementHopLimit(f, 0);
    Ipv6Header.setSource(f, 0, 1, 2);
    Ipv6Header.setDestination(f, 0, 3, 4);
    assertEquals(
        "6bba bcde 0009 11fe 0000 0000 0000 0001 0000 0000 0000 0002"
            + " 0000 0000 0000 0003 0000 0000 0000 0004",
        Hex.of(f));
  }

  @Test
  void refusesImpossibleLengths() {
    MemorySegment f = Hex.segment(HEADER + "00".repeat(8));
    assertFalse(Ipv6Header.isValid(f, 0, 39), "header cut off");
    assertFalse(Ipv6Header.isValid(f, 0, 47), "payload cut off");
    assertTrue(Ipv6Header.isValidQuoted(f, 0, 47));
    assertFalse(Ipv6Header.isValidQuoted(f, 0, 39));
    Ipv6Header.setPayloadLength(f, 0, 0);
    assertTrue(Ipv6Header.isValid(f, 0, 40), "an empty payload");
  }

  @Test
  void refusesOtherVersions() {
    MemorySegment f = Hex.segment(HEADER + "00".repeat(8));
    Octets.putU8(f, 0, 0x4B);
    assertFalse(Ipv6Header.isValid(f, 0, 48));
  }

  @Test
  void parsesARealFrame() {
    MemorySegment f = Hex.segment(Frames.VXLAN_ECHO_REQUEST_V6);
    long at = Frames.INNER + 14;
    assertTrue(Ipv6Header.isValid(f, at, f.byteSize()));
    assertEquals(IpProtocol.ICMPV6, Ipv6Header.nextHeader(f, at));
    assertEquals(f.byteSize(), at + Ipv6Header.LENGTH + Ipv6Header.payloadLength(f, at));
    assertEquals(HIGH, Ipv6Header.sourceHigh(f, at));
    assertEquals(0x11, Ipv6Header.sourceLow(f, at));
  }

  @Test
  void replacesTheNextHeader() {
    MemorySegment f = Hex.segment("00".repeat(Ipv6Header.LENGTH));
    Ipv6Header.write(f, 0, 0, 0, 8, IpProtocol.UDP, 64, 1, 2, 3, 4);
    Ipv6Header.setNextHeader(f, 0, IpProtocol.FRAGMENT);
    assertEquals(IpProtocol.FRAGMENT, Ipv6Header.nextHeader(f, 0));
    assertEquals(64, Ipv6Header.hopLimit(f, 0));
    assertEquals(8, Ipv6Header.payloadLength(f, 0));
  }
}
