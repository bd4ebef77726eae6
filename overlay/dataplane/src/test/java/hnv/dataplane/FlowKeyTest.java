// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The key's layout, octet by octet as its table says.
class FlowKeyTest {
  private final FramePool pool = new FramePool(2);
  private final MemorySegment key = Arena.ofAuto().allocate(64, 8);

  private byte[] keyOf(TestPacket packet, int context, int length) {
    Frame frame = packet.frame(pool);
    assertEquals(DropReason.NONE, FrameParser.parsePlain(frame));
    key.fill((byte) 0xA5);
    FlowKey.write(frame, context, key, 8);
    frame.release();
    assertEquals((byte) 0xA5, key.get(java.lang.foreign.ValueLayout.JAVA_BYTE, 7));
    assertEquals((byte) 0xA5, key.get(java.lang.foreign.ValueLayout.JAVA_BYTE, 8L + length));
    return Bytes.of(key, 8, length);
  }

  private static byte[] expected(int context, String rest) {
    byte[] tail = Bytes.parse(rest);
    return ByteBuffer.allocate(4 + tail.length)
        .order(ByteOrder.nativeOrder())
        .putInt(context)
        .put(tail)
        .array();
  }

  @Test
  void hasTheLayoutOfItsTableForIpv4() {
    TestPacket p = TestPacket.tcp4();
    p.destinationMac = 0x0A0B0C0D0E0FL;
    p.sourcePort = 0x1122;
    p.destinationPort = 0x3344;
    assertEquals(24, FlowKey.IPV4_LENGTH);
    assertArrayEquals(
        expected(0x01020304, "0A0B0C0D0E0F 06 00 0A000001 0A000002 1122 3344"),
        keyOf(p, 0x01020304, 24));
  }

  @Test
  void isReadAsItWasWritten() {
    for (boolean ipv6 : new boolean[] {false, true}) {
      TestPacket p = ipv6 ? TestPacket.tcp6() : TestPacket.tcp4();
      p.destinationMac = 0x0A0B0C0D0E0FL;
      p.sourcePort = 0x1122;
      p.destinationPort = 0x3344;
      int context = FlowKey.tunnelContext(Encapsulation.NVGRE, 5001);
      keyOf(p, context, ipv6 ? FlowKey.IPV6_LENGTH : FlowKey.IPV4_LENGTH);
      assertEquals(context, FlowKey.context(key, 8));
      assertEquals(5001, FlowKey.contextValue(context));
      assertEquals("0a:0b:0c:0d:0e:0f", FlowKey.destinationMac(key, 8).toString());
      assertEquals(TestPacket.TCP, FlowKey.protocol(key, 8));
      assertEquals(ipv6 ? "2001:db8::1" : "10.0.0.1", FlowKey.source(key, 8, ipv6).toString());
      assertEquals(ipv6 ? "2001:db8::2" : "10.0.0.2", FlowKey.destination(key, 8, ipv6).toString());
      assertEquals(0x1122, FlowKey.sourcePort(key, 8, ipv6));
      assertEquals(0x3344, FlowKey.destinationPort(key, 8, ipv6));
    }
  }

  @Test
  void hasTheLayoutOfItsTableForIpv6() {
    TestPacket p = TestPacket.udp6();
    p.destinationMac = 0x0A0B0C0D0E0FL;
    p.sourcePort = 0x1122;
    p.destinationPort = 0x3344;
    assertEquals(48, FlowKey.IPV6_LENGTH);
    assertArrayEquals(
        expected(
            0x01020304,
            "0A0B0C0D0E0F 11 00 20010db8000000000000000000000001"
                + "20010db8000000000000000000000002 1122 3344"),
        keyOf(p, 0x01020304, 48));
  }

  @Test
  void namesAPingByIdentifierTypeAndCode() {
    TestPacket p = TestPacket.icmp4(8);
    p.sourcePort = 0xBEEF;
    assertArrayEquals(
        expected(7, "020000000002 01 00 0A000001 0A000002 BEEF 0800"), keyOf(p, 7, 24));
    TestPacket reply = TestPacket.icmp6(129);
    reply.sourcePort = 0xBEEF;
    byte[] k = keyOf(reply, 7, 48);
    assertEquals("beef8100", Bytes.hex(k).substring(88));
  }

  @Test
  void hasNoPortsForOtherProtocols() {
    TestPacket p = TestPacket.udp4();
    p.protocol = 132;
    assertArrayEquals(
        expected(7, "020000000002 84 00 0A000001 0A000002 0000 0000"), keyOf(p, 7, 24));
  }

  @Test
  void neverConfusesPortsAndTunnels() {
    Set<Integer> contexts = new HashSet<>();
    for (int value : new int[] {0, 1, 5_001, 0xFFFFFF}) {
      assertTrue(contexts.add(FlowKey.portContext(value)));
      assertTrue(contexts.add(FlowKey.tunnelContext(Encapsulation.VXLAN, value)));
      assertTrue(contexts.add(FlowKey.tunnelContext(Encapsulation.NVGRE, value)));
    }
  }

  @Test
  void keepsTheContextWithinItsBits() {
    assertEquals(FlowKey.portContext(5), FlowKey.portContext(0x0100_0005));
    assertEquals(
        FlowKey.tunnelContext(Encapsulation.VXLAN, 5),
        FlowKey.tunnelContext(Encapsulation.VXLAN, 0x7F00_0005));
  }

  @Test
  void differsWhereOneOctetDiffers() {
    MemorySegment a = Arena.ofAuto().allocate(48, 8);
    MemorySegment b = Arena.ofAuto().allocate(56, 8);
    Random random = new Random(1);
    for (int i = 0; i < 48; i++) {
      byte octet = (byte) random.nextInt();
      a.set(java.lang.foreign.ValueLayout.JAVA_BYTE, i, octet);
      b.set(java.lang.foreign.ValueLayout.JAVA_BYTE, i + 8, octet);
    }
    assertTrue(FlowKey.equal(a, 0, b, 8, 48));
    assertEquals(FlowKey.hash(a, 0, 48), FlowKey.hash(b, 8, 48));
    for (int i = 0; i < 48; i++) {
      byte was = b.get(java.lang.foreign.ValueLayout.JAVA_BYTE, i + 8);
      b.set(java.lang.foreign.ValueLayout.JAVA_BYTE, i + 8, (byte) (was ^ 1));
      assertFalse(FlowKey.equal(a, 0, b, 8, 48), "octet " + i);
      assertNotEquals(FlowKey.hash(a, 0, 48), FlowKey.hash(b, 8, 48), "octet " + i);
      b.set(java.lang.foreign.ValueLayout.JAVA_BYTE, i + 8, was);
    }
  }

  @Test
  void spreadsSequentialPortsOverAnIndex() {
    // 4,096 flows that differ in a port only, into 8,192 places: a fair hash leaves about 39 % of
    // the flows sharing a place with another; a poor one nearly all.
    TestPacket p = TestPacket.udp4();
    Set<Integer> places = new HashSet<>();
    for (int port = 0; port < 4_096; port++) {
      p.sourcePort = port;
      Frame frame = p.frame(pool);
      assertEquals(DropReason.NONE, FrameParser.parsePlain(frame));
      FlowKey.write(frame, 1, key, 0);
      frame.release();
      places.add((int) FlowKey.hash(key, 0, 24) & 8_191);
    }
    assertTrue(places.size() > 2_900, places.size() + " of 8192 places used by 4096 flows");
  }
}
