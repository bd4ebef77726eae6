// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class Ipv4HeaderTest {
  /// DSCP 46, ECT(0), DF, TTL 64, TCP, 10.1.1.11 > 10.1.1.12.
  private static final String HEADER = "45ba 003c f827 4000 4006 2bc2 0a01 010b 0a01 010c";

  /// The same frame's inner header with a no-operation option of four octets.
  private static final String WITH_OPTIONS =
      "4600 001c 0000 0000 ff11 a0c4 0a01 010b 0a01 010c 0101 0100 0000 0000";

  @Test
  void deconstructs() {
    MemorySegment f = Hex.segment(HEADER + "00".repeat(40));
    assertTrue(Ipv4Header.isValid(f, 0, 60));
    assertEquals(4, Ipv4Header.version(f, 0));
    assertEquals(20, Ipv4Header.headerLength(f, 0));
    assertFalse(Ipv4Header.hasOptions(f, 0));
    assertEquals(0xBA, Ipv4Header.trafficClass(f, 0));
    assertEquals(46, Ipv4Header.dscp(f, 0));
    assertEquals(Ecn.ECT_0, Ipv4Header.ecn(f, 0));
    assertEquals(60, Ipv4Header.totalLength(f, 0));
    assertEquals(0xF827, Ipv4Header.id(f, 0));
    assertEquals(Ipv4Header.FLAG_DF, Ipv4Header.fragment(f, 0));
    assertTrue(Ipv4Header.isDontFragment(f, 0));
    assertFalse(Ipv4Header.isFragment(f, 0));
    assertEquals(64, Ipv4Header.ttl(f, 0));
    assertEquals(IpProtocol.TCP, Ipv4Header.protocol(f, 0));
    assertEquals(0x2BC2, Ipv4Header.checksum(f, 0));
    assertEquals(0x0A01_010B, Ipv4Header.source(f, 0));
    assertEquals(0x0A01_010C, Ipv4Header.destination(f, 0));
    assertTrue(Ipv4Header.isChecksumValid(f, 0));
    assertEquals(0x2BC2, Ipv4Header.computeChecksum(f, 0));
  }

  @Test
  void constructsEveryOctet() {
    MemorySegment f = Hex.unwritten(20);
    Ipv4Header.write(
        f, 0, 0xBA, 60, 0xF827, Ipv4Header.FLAG_DF, 64, IpProtocol.TCP, 0x0A01_010B, 0x0A01_010C);
    assertEquals(HEADER, Hex.of(f));
  }

  @Test
  void parsesOptions() {
    MemorySegment f = Hex.segment(WITH_OPTIONS);
    assertTrue(Ipv4Header.isValid(f, 0, f.byteSize()));
    assertTrue(Ipv4Header.hasOptions(f, 0));
    assertEquals(24, Ipv4Header.headerLength(f, 0));
    Ipv4Header.writeChecksum(f, 0);
    assertTrue(Ipv4Header.isChecksumValid(f, 0));
    Octets.putU8(f, 23, 0x44);
    assertFalse(Ipv4Header.isChecksumValid(f, 0), "the checksum covers the options");
  }

  @Test
  void refusesImpossibleLengths() {
    MemorySegment f = Hex.segment(HEADER + "00".repeat(40));
    assertFalse(Ipv4Header.isValid(f, 0, 19), "header cut off");
    assertFalse(Ipv4Header.isValid(f, 0, 59), "total length beyond the limit");
    Ipv4Header.setTotalLength(f, 0, 19);
    assertFalse(Ipv4Header.isValid(f, 0, 60), "total length below the header");
    Ipv4Header.setTotalLength(f, 0, 20);
    assertTrue(Ipv4Header.isValid(f, 0, 60), "padding behind the packet");
    Octets.putU8(f, 0, 0x44);
    assertFalse(Ipv4Header.isValid(f, 0, 60), "IHL below five");
    Octets.putU8(f, 0, 0x4F);
    Ipv4Header.setTotalLength(f, 0, 60);
    assertTrue(Ipv4Header.isValid(f, 0, 60), "IHL of fifteen");
    Ipv4Header.setTotalLength(f, 0, 59);
    assertFalse(Ipv4Header.isValid(f, 0, 60), "IHL beyond the total length");
  }

  @Test
  void refusesOtherVersions() {
    MemorySegment f = Hex.segment(HEADER + "00".repeat(40));
    Octets.putU8(f, 0, 0x65);
    assertFalse(Ipv4Header.isValid(f, 0, 60));
  }

  @Test
  void acceptsAQuotedPacketThatIsCutOff() {
    MemorySegment f = Hex.segment(HEADER + "00".repeat(8));
    assertFalse(Ipv4Header.isValid(f, 0, 28));
    assertTrue(Ipv4Header.isValidQuoted(f, 0, 28));
  }

  @Test
  void zeroChecksumIsNotAnExemption() {
    MemorySegment f = Hex.segment(HEADER);
    Ipv4Header.setChecksum(f, 0, 0);
    assertFalse(Ipv4Header.isChecksumValid(f, 0));
    assertEquals(0x2BC2, Ipv4Header.computeChecksum(f, 0));
  }

  @Test
  void tellsFragmentsApart() {
    MemorySegment f = Hex.segment(HEADER);
    Ipv4Header.setFragment(f, 0, Ipv4Header.FLAG_MF);
    assertTrue(Ipv4Header.isFragment(f, 0));
    assertTrue(Ipv4Header.isMoreFragments(f, 0));
    assertFalse(Ipv4Header.isLaterFragment(f, 0), "the first begins with the upper layer");
    Ipv4Header.setFragment(f, 0, 185);
    assertTrue(Ipv4Header.isFragment(f, 0));
    assertTrue(Ipv4Header.isLaterFragment(f, 0));
    assertFalse(Ipv4Header.isMoreFragments(f, 0));
    assertEquals(1480, Ipv4Header.fragmentOffset(f, 0));
  }

  @Test
  void parsesARealFrame() {
    MemorySegment f = Hex.segment(Frames.VXLAN_SYN);
    assertTrue(Ipv4Header.isValid(f, 14, f.byteSize()));
    assertTrue(Ipv4Header.isChecksumValid(f, 14));
    assertEquals(f.byteSize() - 14, Ipv4Header.totalLength(f, 14));
    assertTrue(Ipv4Header.isChecksumValid(f, Frames.INNER + 14));
    assertEquals(0x0A01_010B, Ipv4Header.source(f, Frames.INNER + 14));
  }

  @Test
  void emitsTheHeaderThatTheKernelSent() {
    MemorySegment f = Hex.segment(Frames.VXLAN_SYN);
    String expected = Hex.of(f);
    f.asSlice(14, 20).fill((byte) 0xA5);
    Ipv4Header.write(f, 14, 0, 110, 0xBA8B, 0, 64, IpProtocol.UDP, 0xC0A8_010A, 0xC0A8_0114);
    assertEquals(expected, Hex.of(f));
  }

  @Test
  void setsOneFieldAtATime() {
    MemorySegment f = Hex.segment(HEADER);
    Ipv4Header.setTotalLength(f, 0, 100);
    Ipv4Header.setId(f, 0, 1);
    Ipv4Header.setTtl(f, 0, 2);
    Ipv4Header.setSource(f, 0, 0xC0A8_010A);
    Ipv4Header.setDestination(f, 0, 0xC0A8_0114);
    assertEquals("45ba 0064 0001 4000 0206 2bc2 c0a8 010a c0a8 0114", Hex.of(f));
  }

  /// A header with these options, padded with "end of option list".
  private static boolean isSourceRouted(String options) {
    String octets = options.replaceAll("\\s", "");
    int words = (octets.length() + 7) / 8;
    MemorySegment f = Hex.segment("4" + (5 + words) + "00".repeat(19) + octets + "00".repeat(3));
    return Ipv4Header.isSourceRouted(f, 0);
  }

  @Test
  void seesASourceRouteThatGoesOn() {
    assertTrue(isSourceRouted("8307 04 0a010101"), "loose");
    assertTrue(isSourceRouted("8907 04 0a010101"), "strict");
    assertTrue(isSourceRouted("01 8307 04 0a010101"), "behind a no-operation");
    assertTrue(isSourceRouted("4404 0500 8307 04 0a010101"), "behind a timestamp");
    assertTrue(isSourceRouted("8307 07 0a010101"), "pointer at the last octet");
  }

  @Test
  void seesNoSourceRouteWhereItHasEndedOrIsNone() {
    assertFalse(isSourceRouted(""));
    assertFalse(isSourceRouted("8307 08 0a010101"), "followed to its end");
    assertFalse(isSourceRouted("0707 04 0a010101"), "record route");
    assertFalse(isSourceRouted("00 8307 04 0a010101"), "behind the end of the list");
    assertFalse(isSourceRouted("4400 8307 040a 0101"), "behind an option without length");
    assertFalse(isSourceRouted("4401 8307 040a 0101"), "behind an option that is too short");
    assertFalse(isSourceRouted("010101 83"), "cut off");
    assertFalse(isSourceRouted("0101 8303"), "cut off before the pointer");
  }
}
