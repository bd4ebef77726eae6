// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VirtioNetHeaderTest {
  /// A TCP super-frame with ECN inside VXLAN: header length 104, segments of 1398, checksum from
  /// 84.
  private static final String TUNNEL =
      "01a1 6800 7605 5400 1000 0100 0000 0000 0000 0000 2200 4000";

  @BeforeEach
  void needsALittleEndianMachine() {
    assumeTrue(
        ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN,
        "the octets below are those of a little-endian machine");
  }

  @Test
  void deconstructs() {
    MemorySegment f = Hex.segment(TUNNEL);
    assertEquals(VirtioNetHeader.NEEDS_CHECKSUM, VirtioNetHeader.flags(f, 0));
    int gsoType = VirtioNetHeader.gsoType(f, 0);
    assertEquals(0xA1, gsoType);
    assertTrue(VirtioNetHeader.isTunnel(gsoType));
    assertEquals(VirtioNetHeader.GSO_TCPV4, VirtioNetHeader.baseGsoType(gsoType));
    assertEquals(104, VirtioNetHeader.headerLength(f, 0));
    assertEquals(1398, VirtioNetHeader.gsoSize(f, 0));
    assertEquals(84, VirtioNetHeader.checksumStart(f, 0));
    assertEquals(16, VirtioNetHeader.checksumOffset(f, 0));
    assertEquals(1, VirtioNetHeader.numBuffers(f, 0));
    assertEquals(34, VirtioNetHeader.outerTransport(f, 0));
    assertEquals(64, VirtioNetHeader.innerNetwork(f, 0));
  }

  @Test
  void constructsEveryOctetOfEachForm() {
    MemorySegment f = Hex.unwritten(VirtioNetHeader.LENGTH_TUNNEL);
    int gsoType =
        VirtioNetHeader.GSO_TCPV4 | VirtioNetHeader.GSO_UDP_TUNNEL_IPV4 | VirtioNetHeader.GSO_ECN;
    VirtioNetHeader.write(f, 0, VirtioNetHeader.NEEDS_CHECKSUM, gsoType, 104, 1398, 84, 16);
    assertEquals(TUNNEL.substring(0, 24), Hex.of(f.asSlice(0, VirtioNetHeader.LENGTH)));
    assertEquals("a5a5", Hex.of(f.asSlice(10, 2)), "ten octets and no more");
    VirtioNetHeader.writeMergeable(f, 0, 1);
    assertEquals("a5a5", Hex.of(f.asSlice(12, 2)), "twelve octets and no more");
    VirtioNetHeader.writeTunnel(f, 0, 34, 64);
    assertEquals(TUNNEL, Hex.of(f));
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 12, 24})
  void clearsAllOctetsOfAForm(int length) {
    MemorySegment f = Hex.unwritten(26);
    VirtioNetHeader.clear(f, 0, length);
    for (int i = 0; i < 26; i++) {
      assertEquals(i < length ? 0 : 0xA5, Octets.u8(f, i), "octet " + i);
    }
  }

  @Test
  void refusesImpossibleLengths() {
    MemorySegment f = Hex.segment("00".repeat(24));
    assertTrue(VirtioNetHeader.isValid(f, 0, 10, 10));
    assertFalse(VirtioNetHeader.isValid(f, 0, 9, 10));
    assertFalse(VirtioNetHeader.isValid(f, 0, 23, 24));
    assertTrue(VirtioNetHeader.isValid(f, 0, 24, 24));
  }

  @Test
  void refusesUnknownGsoTypes() {
    MemorySegment f = Hex.segment("00".repeat(24));
    for (int type : new int[] {2, 6, 8, 0x10, 0x1F}) {
      VirtioNetHeader.write(f, 0, 0, type, 0, 1, 0, 0);
      assertFalse(VirtioNetHeader.isValid(f, 0, 24, 24), "type " + type);
    }
    for (int type : new int[] {0, 1, 3, 4, 5, 0x81, 0x84, 0x21, 0x25, 0x44}) {
      VirtioNetHeader.write(f, 0, 0, type, 0, 1, 0, 0);
      VirtioNetHeader.writeTunnel(f, 0, 0, 0);
      assertTrue(VirtioNetHeader.isValid(f, 0, 24, 24), "type " + type);
    }
  }

  @Test
  void refusesSegmentsOfNoOctets() {
    MemorySegment f = Hex.segment("00".repeat(24));
    VirtioNetHeader.write(f, 0, 0, VirtioNetHeader.GSO_TCPV4, 54, 0, 0, 0);
    assertFalse(VirtioNetHeader.isValid(f, 0, 24, 10));
  }

  @Test
  void refusesAChecksumFieldOutsideTheFrame() {
    MemorySegment f = Hex.segment("00".repeat(10 + 60));
    VirtioNetHeader.write(f, 0, VirtioNetHeader.NEEDS_CHECKSUM, 0, 0, 0, 34, 16);
    assertTrue(VirtioNetHeader.isValid(f, 0, 10 + 52, 10));
    assertFalse(VirtioNetHeader.isValid(f, 0, 10 + 51, 10));
    VirtioNetHeader.write(f, 0, VirtioNetHeader.NEEDS_CHECKSUM, 0, 0, 0, 0xFFFF, 0xFFFF);
    assertFalse(VirtioNetHeader.isValid(f, 0, 70, 10));
    VirtioNetHeader.write(f, 0, VirtioNetHeader.DATA_VALID, 0, 0, 0, 0xFFFF, 0xFFFF);
    assertTrue(VirtioNetHeader.isValid(f, 0, 70, 10), "the offsets mean nothing here");
  }

  @Test
  void refusesTunnelOffsetsOutsideTheFrame() {
    MemorySegment f = Hex.segment("00".repeat(24 + 80));
    int tunnel = VirtioNetHeader.GSO_TCPV4 | VirtioNetHeader.GSO_UDP_TUNNEL_IPV4;
    VirtioNetHeader.write(f, 0, 0, tunnel, 0, 1, 0, 0);
    VirtioNetHeader.writeTunnel(f, 0, 34, 64);
    assertTrue(VirtioNetHeader.isValid(f, 0, 104, 24));
    assertFalse(VirtioNetHeader.isValid(f, 0, 104, 12), "the short form has no tunnel offsets");
    VirtioNetHeader.writeTunnel(f, 0, 34, 81);
    assertFalse(VirtioNetHeader.isValid(f, 0, 104, 24));
    VirtioNetHeader.writeTunnel(f, 0, 81, 64);
    assertFalse(VirtioNetHeader.isValid(f, 0, 104, 24));
  }
}
