// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.wire.MacAddress;
import hnv.wire.ProviderAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The arrays beside the flow records: next hops with their outer headers, peers, tenants.
class TablesTest {
  private static final MacAddress NEAR = new MacAddress(0x0200C0A8010AL);
  private static final MacAddress FAR = new MacAddress(0x0200C0A80114L);

  private final FramePool pool = new FramePool(1);

  private static ProviderAddress pa(String text) {
    return ProviderAddress.parse(text);
  }

  private static OuterHeader header(Encapsulation kind, String from, String to) {
    return OuterHeader.of(kind, pa(from), pa(to), NEAR, FAR, 64, 4789);
  }

  private static String octetsOf(OuterHeader header) {
    return Bytes.hex(Bytes.of(header.octets(), 0, header.length()));
  }

  private static void assertOctets(String expected, OuterHeader header) {
    assertEquals(
        expected.replaceAll("\\s", "").toLowerCase(java.util.Locale.ROOT), octetsOf(header));
  }

  // ---- outer headers ----

  /// RFC 7348 §5; Ethernet, IPv4 with DF and identification 0, UDP without checksum.
  @Test
  void makesVxlanOverIpv4() {
    assertOctets(
        "0200C0A80114 0200C0A8010A 0800"
            + "4500 0000 0000 4000 4011 0000 C0A8010A C0A80114"
            + "0000 12B5 0000 0000"
            + "08000000 00000000",
        header(Encapsulation.VXLAN, "192.168.1.10", "192.168.1.20"));
  }

  /// RFC 7637 §3.2.
  @Test
  void makesNvgreOverIpv4() {
    assertOctets(
        "0200C0A80114 0200C0A8010A 0800"
            + "4500 0000 0000 4000 402F 0000 C0A8010A C0A80114"
            + "2000 6558 00000000",
        header(Encapsulation.NVGRE, "192.168.1.10", "192.168.1.20"));
  }

  @Test
  void makesBothOverIpv6() {
    String ip = "fd000000000000000000000000000010 fd000000000000000000000000000020";
    assertOctets(
        "0200C0A80114 0200C0A8010A 86DD 60000000 0000 11 40"
            + ip
            + "0000 12B5 0000 0000 08000000 00000000",
        header(Encapsulation.VXLAN, "fd00::10", "fd00::20"));
    assertOctets(
        "0200C0A80114 0200C0A8010A 86DD 60000000 0000 2F 40" + ip + "2000 6558 00000000",
        header(Encapsulation.NVGRE, "fd00::10", "fd00::20"));
  }

  @Test
  void takesTtlAndPortFromPolicy() {
    OuterHeader h =
        OuterHeader.of(Encapsulation.VXLAN, pa("10.0.0.1"), pa("10.0.0.2"), NEAR, FAR, 17, 8472);
    assertEquals("11", octetsOf(h).substring(44, 46));
    assertEquals("2118", octetsOf(h).substring(72, 76));
  }

  @Test
  void refusesImpossibleOuterHeaders() {
    assertThrows(
        IllegalArgumentException.class,
        () -> header(Encapsulation.VXLAN, "192.168.1.10", "fd00::20"));
    assertThrows(
        IllegalArgumentException.class, () -> header(Encapsulation.VXLAN, "fd00::10", "10.0.0.1"));
    assertThrows(
        IllegalArgumentException.class, () -> header(Encapsulation.NONE, "10.0.0.1", "10.0.0.2"));
  }

  /// Outer IP, UDP or GRE, VXLAN, inner Ethernet: what is left of the link's MTU.
  @Test
  void leavesRoomForTheInnerPacket() {
    assertEquals(1_450, header(Encapsulation.VXLAN, "10.0.0.1", "10.0.0.2").innerMtu(1_500));
    assertEquals(1_458, header(Encapsulation.NVGRE, "10.0.0.1", "10.0.0.2").innerMtu(1_500));
    assertEquals(1_430, header(Encapsulation.VXLAN, "fd00::1", "fd00::2").innerMtu(1_500));
    assertEquals(1_438, header(Encapsulation.NVGRE, "fd00::1", "fd00::2").innerMtu(1_500));
  }

  // ---- next hops ----

  @Test
  void holdsTunnelsInTheLayoutOfItsTable() {
    NextHopTable table = new NextHopTable(4);
    OuterHeader h = header(Encapsulation.NVGRE, "fd00::10", "fd00::20");
    table.putTunnel(2, 0x01020304, h, 1_500);
    byte[] e = Bytes.of(table.entries(), 2 * 128L, 128);
    java.nio.ByteBuffer b = java.nio.ByteBuffer.wrap(e).order(java.nio.ByteOrder.nativeOrder());
    assertEquals(128, NextHopTable.ENTRY_LENGTH);
    assertEquals(0x01020304, b.getInt(0));
    assertEquals(2, e[4], "NVGRE");
    assertEquals(62, e[5], "octets of the header");
    assertEquals(1_438, b.getShort(6));
    assertEquals(3, b.getShort(8), "resolved, IPv6");
    assertEquals(14, b.getShort(10));
    assertEquals(0, b.getInt(12), "no header checksum in IPv6");
    assertArrayEquals(new byte[16], java.util.Arrays.copyOfRange(e, 16, 32));
    assertEquals(octetsOf(h), Bytes.hex(java.util.Arrays.copyOfRange(e, 32, 94)));
    assertArrayEquals(new byte[34], java.util.Arrays.copyOfRange(e, 94, 128));

    table.putTunnel(3, 1, header(Encapsulation.VXLAN, "192.168.1.10", "192.168.1.20"), 1_500);
    byte[] ip = Bytes.of(table.entries(), 3 * 128L + 32 + 14, 20);
    Bytes.put16(ip, 10, 0);
    assertEquals(Bytes.naiveSum(ip, 0, 20, 0), table.baseSum(3));
  }

  @Test
  void replacesEntriesWhole() {
    NextHopTable table = new NextHopTable(3);
    table.putTunnel(1, 7, header(Encapsulation.VXLAN, "fd00::10", "fd00::20"), 1_500);
    table.putLocal(1, 5, 9_000);
    assertTrue(table.isResolved(1));
    assertEquals(5, table.exit(1));
    assertEquals(9_000, table.mtu(1));
    assertEquals(0, table.headerLength(1));
    assertEquals(Encapsulation.NONE, table.encapsulation(1));
    assertFalse(table.isIpv6(1));
    table.putUnresolved(1);
    assertFalse(table.isResolved(1));
    assertArrayEquals(new byte[128], Bytes.of(table.entries(), 128, 128));
  }

  @Test
  void boundsItsMtuByTheField() {
    NextHopTable table = new NextHopTable(3);
    table.putLocal(1, 5, 65_536);
    assertEquals(65_535, table.mtu(1), "the loopback device");
    OuterHeader h = header(Encapsulation.VXLAN, "fd00::10", "fd00::20");
    table.putTunnel(2, 5, h, 60);
    assertEquals(0, table.mtu(2), "a link that carries no inner packet at all");
  }

  @Test
  void hasNoEntryForNobody() {
    NextHopTable table = new NextHopTable(3);
    assertFalse(table.isResolved(NextHopTable.NONE));
    for (int index : new int[] {-1, 0, 3}) {
      assertThrows(IndexOutOfBoundsException.class, () -> table.putLocal(index, 1, 1_500));
      assertThrows(IndexOutOfBoundsException.class, () -> table.putUnresolved(index));
    }
    assertThrows(IndexOutOfBoundsException.class, () -> table.isResolved(3));
  }

  // ---- peers ----

  private Frame from(String source, String destination) {
    TestTunnel t = TestTunnel.of(Encapsulation.VXLAN, source.contains(":"));
    t.source = octets(source);
    t.destination = octets(destination);
    if (pool.available() == 0) {
      throw new IllegalStateException("release first");
    }
    Frame frame = TestPacket.frame(pool, t.wrap(TestPacket.udp4().bytes()));
    assertEquals(DropReason.NONE, FrameParser.parseTunnel(frame, 4789));
    return frame;
  }

  private static byte[] octets(String address) {
    return switch (hnv.wire.IpAddress.parse(address)) {
      case hnv.wire.Ipv4Address v4 -> new Bytes().u32(v4.bits()).array();
      case hnv.wire.Ipv6Address v6 ->
          new Bytes()
              .u32((int) (v6.high() >>> 32))
              .u32((int) v6.high())
              .u32((int) (v6.low() >>> 32))
              .u32((int) v6.low())
              .array();
    };
  }

  private void assertMatch(boolean expected, PeerTable table, String from, String to) {
    Frame frame = from(from, to);
    assertEquals(expected, table.matches(1, frame), from + " > " + to);
    frame.release();
  }

  @Test
  void matchesAnyOfFourAddresses() {
    PeerTable table = new PeerTable(3);
    List<ProviderAddress> remote =
        List.of(pa("192.168.1.1"), pa("fd00::1"), pa("192.168.1.2"), pa("fd00::2"));
    List<ProviderAddress> local =
        List.of(pa("192.168.2.1"), pa("fd01::1"), pa("192.168.2.2"), pa("fd01::2"));
    table.put(1, remote, local);
    for (String a : List.of("192.168.1.1", "192.168.1.2")) {
      for (String b : List.of("192.168.2.1", "192.168.2.2")) {
        assertMatch(true, table, a, b);
      }
    }
    assertMatch(true, table, "fd00::1", "fd01::2");
    assertMatch(true, table, "fd00::2", "fd01::1");
    assertMatch(false, table, "192.168.1.3", "192.168.2.1");
    assertMatch(false, table, "192.168.1.1", "192.168.2.3");
    assertMatch(false, table, "192.168.2.1", "192.168.1.1");
    assertMatch(false, table, "fd00::3", "fd01::1");
    assertMatch(false, table, "fd00::1", "fd00::1");
  }

  @Test
  void distinguishesFamilies() {
    PeerTable table = new PeerTable(2);
    table.put(1, List.of(pa("192.168.1.1")), List.of(pa("192.168.2.1")));
    // The same 32 bits at the end of an IPv6 address.
    assertMatch(false, table, "fd00::192.168.1.1", "fd00::192.168.2.1");
    assertMatch(false, table, "64:ff9b::192.168.1.1", "64:ff9b::192.168.2.1");
    table.put(1, List.of(pa("fd00::c0a8:101")), List.of(pa("fd00::c0a8:201")));
    assertMatch(false, table, "192.168.1.1", "192.168.2.1");
  }

  @Test
  void matchesNothingBeforeItIsSet() {
    PeerTable table = new PeerTable(2);
    assertMatch(false, table, "192.168.1.1", "192.168.2.1");
    table.put(1, List.of(pa("192.168.1.1")), List.of());
    assertMatch(false, table, "192.168.1.1", "192.168.2.1");
    table.put(1, List.of(), List.of(pa("192.168.2.1")));
    assertMatch(false, table, "192.168.1.1", "192.168.2.1");
  }

  @Test
  void saysWhichEndIsWrong() {
    PeerTable table = new PeerTable(2);
    table.put(1, List.of(pa("192.168.1.1")), List.of(pa("192.168.2.1")));
    Frame frame = from("192.168.1.1", "192.168.2.9");
    assertTrue(table.sourceMatches(1, frame));
    assertFalse(table.destinationMatches(1, frame));
    frame.release();
    frame = from("192.168.1.9", "192.168.2.1");
    assertFalse(table.sourceMatches(1, frame));
    assertTrue(table.destinationMatches(1, frame));
    frame.release();
  }

  @Test
  void replacesAPeerWhole() {
    PeerTable table = new PeerTable(2);
    table.put(1, List.of(pa("192.168.1.1"), pa("192.168.1.2")), List.of(pa("192.168.2.1")));
    table.put(1, List.of(pa("192.168.1.3")), List.of(pa("192.168.2.1")));
    assertMatch(true, table, "192.168.1.3", "192.168.2.1");
    assertMatch(false, table, "192.168.1.2", "192.168.2.1");
    assertMatch(false, table, "192.168.1.1", "192.168.2.1");
  }

  @Test
  void refusesAFifthAddress() {
    PeerTable table = new PeerTable(2);
    List<ProviderAddress> five = Collections.nCopies(5, pa("192.168.1.1"));
    List<ProviderAddress> one = List.of(pa("192.168.1.1"));
    assertThrows(IllegalArgumentException.class, () -> table.put(1, five, one));
    assertThrows(IllegalArgumentException.class, () -> table.put(1, one, five));
    assertThrows(IndexOutOfBoundsException.class, () -> table.put(0, one, one));
    assertThrows(IndexOutOfBoundsException.class, () -> table.put(2, one, one));
  }

  // ---- tenants ----

  @Test
  void advancesOneTenantsEpoch() {
    TenantTable table = new TenantTable(3);
    table.advanceEpoch(1);
    table.advanceEpoch(1);
    assertEquals(0, table.epoch(0));
    assertEquals(2, table.epoch(1));
    assertEquals(0, table.epoch(2));
    assertEquals(3, table.capacity());
  }

  /// "One write moves the epoch for both executors": u32 epoch, u32 zero.
  @Test
  void sharesTheEpochsMemory() {
    MemorySegment memory = Arena.ofAuto().allocate(2L * TenantTable.ENTRY_LENGTH, 8);
    TenantTable table = new TenantTable(memory);
    assertEquals(2, table.capacity());
    table.advanceEpoch(1);
    assertEquals(1, memory.get(ValueLayout.JAVA_INT, 8));
    assertEquals(0, memory.get(ValueLayout.JAVA_INT, 12));
    memory.set(ValueLayout.JAVA_INT, 0, 7);
    assertEquals(7, table.epoch(0));
    assertThrows(IndexOutOfBoundsException.class, () -> table.epoch(2));
  }
}
