// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArpPacketTest {
  private static final String REPLY =
      "0001 0800 0604 0002 0015 5d52 e712 0a01 010c 0015 5d52 e711 0a01 010b";

  @Test
  void deconstructs() {
    MemorySegment f = Hex.segment(REPLY);
    assertTrue(ArpPacket.isValid(f, 0, 28));
    assertEquals(ArpPacket.REPLY, ArpPacket.operation(f, 0));
    assertEquals(0x0015_5D52_E712L, ArpPacket.senderMac(f, 0));
    assertEquals(0x0A01_010C, ArpPacket.senderIp(f, 0));
    assertEquals(0x0015_5D52_E711L, ArpPacket.targetMac(f, 0));
    assertEquals(0x0A01_010B, ArpPacket.targetIp(f, 0));
  }

  @Test
  void constructsEveryOctet() {
    MemorySegment f = Hex.unwritten(ArpPacket.LENGTH);
    ArpPacket.write(
        f, 0, ArpPacket.REPLY, 0x0015_5D52_E712L, 0x0A01_010C, 0x0015_5D52_E711L, 0x0A01_010B);
    assertEquals(REPLY, Hex.of(f));
  }

  @Test
  void refusesImpossibleLengths() {
    MemorySegment f = Hex.segment(REPLY);
    assertFalse(ArpPacket.isValid(f, 0, 27));
    assertFalse(ArpPacket.isValid(f, 0, 0));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0006 0800 0604 0001", // IEEE 802 hardware
        "0001 86dd 0604 0001", // not IPv4
        "0001 0800 0804 0001", // hardware address of 8 octets
        "0001 0800 0610 0001" // protocol address of 16 octets
      })
  void refusesAllButIpv4OverEthernet(String start) {
    MemorySegment f = Hex.segment(start + "00".repeat(20));
    assertFalse(ArpPacket.isValid(f, 0, 28));
  }

  @Test
  void parsesARealFrame() {
    MemorySegment f = Hex.segment(Frames.VXLAN_ARP_REQUEST);
    long at = Frames.INNER + EthernetHeader.LENGTH;
    assertTrue(ArpPacket.isValid(f, at, f.byteSize()));
    assertEquals(ArpPacket.REQUEST, ArpPacket.operation(f, at));
    assertEquals(0x0A01_010B, ArpPacket.senderIp(f, at));
    assertEquals(0, ArpPacket.targetMac(f, at));
    assertEquals(0x0A01_010C, ArpPacket.targetIp(f, at));
  }

  @Test
  void emitsTheReplyThatTheKernelSent() {
    MemorySegment f = Hex.segment(Frames.VXLAN_ARP_REPLY);
    String expected = Hex.of(f);
    long at = Frames.INNER + EthernetHeader.LENGTH;
    f.asSlice(at).fill((byte) 0xA5);
    ArpPacket.write(
        f, at, ArpPacket.REPLY, 0x0015_5D52_E712L, 0x0A01_010C, 0x0015_5D52_E711L, 0x0A01_010B);
    assertEquals(expected, Hex.of(f));
  }
}
