// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/// The record's layout, octet by octet as its table says: the kernel's program reads the same
/// bytes.
class FlowRecordTest {
  private static final int AT = 3;

  private final MemorySegment records = Arena.ofAuto().allocate(AT + FlowRecord.LENGTH + 8);

  private static HeaderTransposition everything() {
    HeaderTransposition t = new HeaderTransposition();
    t.pop(Encapsulation.VXLAN, 0x01020304);
    t.push(0x11121314, 0x00ABCDEF, 0xC1C2);
    t.rewriteMacs(0x0A0B0C0D0E0FL, 0x1A1B1C1D1E1FL);
    t.decrementTtl();
    t.rewriteIpv4Source(0x0A000001, 0xC0A80101);
    t.rewriteIpv4Destination(0x0A000002, 0xC0A80102);
    t.rewriteSourcePort(0x1111, 0x2122);
    t.rewriteDestinationPort(0x3333, 0x4344);
    t.expectSourceMac(0x2A2B2C2D2E2FL);
    t.meterOutbound(0x5152);
    t.meterInbound(0x6162);
    t.belongTo(0x71727374);
    t.limitMtu(1450);
    return t;
  }

  @Test
  void hasTheLayoutOfItsTable() {
    records.fill((byte) 0xA5);
    FlowRecord.write(records, AT, everything(), 0x21222324, 0x31323334);
    FlowRecord.clearCounters(records, AT, 0x4142434445464748L);

    ByteBuffer e = ByteBuffer.allocate(128).order(ByteOrder.nativeOrder());
    e.putInt(0, 0x001 | 0x004 | 0x008 | 0x010 | 0x020 | 0x040 | 0x080 | 0x100 | 0x200);
    e.putInt(4, 0x21222324);
    e.putInt(8, 0x31323334);
    e.putInt(12, 0x11121314);
    e.putInt(16, 0x01020304);
    e.putInt(20, 0x5152 | 0x6162 << 16);
    e.putInt(24, 0x71727374);
    e.putInt(28, 0x00ABCDEF);
    e.putShort(32, (short) 1450);
    e.putShort(34, (short) 0xC1C2);
    e.putInt(36, difference("0A0000010A000002", "C0A80101C0A80102"));
    e.putInt(40, difference("11113333", "21224344"));
    put(e, 44, "2122 4344");
    put(e, 48, "C0A80101 00000000 00000000 00000000");
    put(e, 64, "C0A80102 00000000 00000000 00000000");
    put(e, 80, "0A0B0C0D0E0F 1A1B1C1D1E1F 2A2B2C2D2E2F 000000000000");
    e.putLong(104, 0);
    e.putLong(112, 0);
    e.putLong(120, 0x4142434445464748L);
    assertEquals(128, FlowRecord.LENGTH);
    assertArrayEquals(e.array(), Bytes.of(records, AT, 128));
    assertArrayEquals(Bytes.parse("A5A5A5"), Bytes.of(records, 0, AT), "before the record");
    assertArrayEquals(Bytes.parse("A5A5"), Bytes.of(records, AT + 128, 2), "behind the record");
  }

  @Test
  void writesEveryOctetOfTheDecisionAndNoCounter() {
    records.fill((byte) 0xA5);
    FlowRecord.write(records, AT, new HeaderTransposition(), 0, 0);
    byte[] expected = new byte[128];
    // The identity has one field that is not zero: the MTU is the next hop's.
    expected[32] = (byte) 0xFF;
    expected[33] = (byte) 0xFF;
    for (int i = 104; i < 128; i++) {
      expected[i] = (byte) 0xA5;
    }
    assertArrayEquals(expected, Bytes.of(records, AT, 128));
  }

  @Test
  void holdsWholeIpv6Addresses() {
    HeaderTransposition t = new HeaderTransposition();
    t.rewriteIpv6Source(1, 2, 0x0102030405060708L, 0x090A0B0C0D0E0F10L);
    t.rewriteIpv6Destination(3, 4, 0x1112131415161718L, 0x191A1B1C1D1E1F20L);
    FlowRecord.write(records, AT, t, 0, 0);
    assertArrayEquals(
        Bytes.parse("0102030405060708090A0B0C0D0E0F10 1112131415161718191A1B1C1D1E1F20"),
        Bytes.of(records, AT + 48, 32));
    assertEquals(
        difference(
            "0000000000000001 0000000000000002 0000000000000003 0000000000000004",
            "0102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F20"),
        FlowRecord.addressDifference(records, AT));
  }

  @Test
  void givesBackWhatWasWritten() {
    FlowRecord.write(records, AT, everything(), 5, 9);
    assertEquals(5, FlowRecord.tenant(records, AT));
    assertEquals(9, FlowRecord.epoch(records, AT));
    assertEquals(0x11121314, FlowRecord.nextHop(records, AT));
    assertEquals(0x01020304, FlowRecord.peer(records, AT));
    assertEquals(0x5152, FlowRecord.outboundMeter(records, AT));
    assertEquals(0x6162, FlowRecord.inboundMeter(records, AT));
    assertEquals(0x71727374, FlowRecord.connection(records, AT));
    assertEquals(0x00ABCDEF, FlowRecord.vsid(records, AT));
    assertEquals(1450, FlowRecord.mtu(records, AT));
    assertEquals(0xC1C2, FlowRecord.entropy(records, AT));
    FlowRecord.putEpoch(records, AT, 10);
    assertEquals(10, FlowRecord.epoch(records, AT));
    assertEquals(5, FlowRecord.tenant(records, AT));
  }

  @Test
  void takesMetersOfSixteenBits() {
    HeaderTransposition t = new HeaderTransposition();
    t.meterOutbound(0xFFFF);
    t.meterInbound(0xFFFE);
    FlowRecord.write(records, AT, t, 0, 0);
    assertEquals(0xFFFF, FlowRecord.outboundMeter(records, AT));
    assertEquals(0xFFFE, FlowRecord.inboundMeter(records, AT));
  }

  @Test
  void countsPacketsAndOctets() {
    FlowRecord.clearCounters(records, AT, 5);
    FlowRecord.count(records, AT, 3, 4_000, 7);
    FlowRecord.count(records, AT, 1, 60, 9);
    assertEquals(4, FlowRecord.packets(records, AT));
    assertEquals(4_060, FlowRecord.octets(records, AT));
    assertEquals(9, FlowRecord.lastSeen(records, AT));
  }

  @Test
  void composesTwoRewritesOfOneField() {
    HeaderTransposition t = new HeaderTransposition();
    t.rewriteIpv4Source(0x0A000001, 0x0B0C0D0E);
    t.rewriteIpv4Source(0x0B0C0D0E, 0xC0A80101);
    t.rewriteSourcePort(1, 7_000);
    t.rewriteSourcePort(7_000, 2);
    FlowRecord.write(records, AT, t, 0, 0);
    assertArrayEquals(Bytes.parse("C0A80101"), Bytes.of(records, AT + 48, 4));
    assertEquals(difference("0A000001", "C0A80101"), FlowRecord.addressDifference(records, AT));
    assertEquals(difference("0001", "0002"), FlowRecord.portDifference(records, AT));
  }

  @Test
  void clearForgetsEverything() {
    HeaderTransposition t = everything();
    t.keepInJava("because");
    t.clear();
    FlowRecord.write(records, AT, t, 0, 0);
    byte[] cleared = Bytes.of(records, AT, 104);
    FlowRecord.write(records, AT, new HeaderTransposition(), 0, 0);
    assertArrayEquals(Bytes.of(records, AT, 104), cleared);
    assertEquals("", t.keptInJavaBecause());
  }

  /// Ones-complement sum of (new - old), word by word.
  private static int difference(String from, String to) {
    byte[] old = Bytes.parse(from);
    for (int i = 0; i < old.length; i++) {
      old[i] = (byte) ~old[i];
    }
    byte[] fresh = Bytes.parse(to);
    return Bytes.naiveSum(fresh, 0, fresh.length, Bytes.naiveSum(old, 0, old.length, 0));
  }

  private static void put(ByteBuffer buffer, int at, String hex) {
    buffer.put(at, Bytes.parse(hex));
  }
}
