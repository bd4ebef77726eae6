// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import hnv.wire.MacAddress;
import hnv.wire.VirtioNetHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// What the executor refuses, and that a refusal changes nothing. Right edits are the oracle's.
class FlowRecordExecutorTest {
  private static final int LOCAL = 1;
  private static final int TUNNEL = 2;
  private static final int PEER = 1;
  private static final int METER = 1;
  private static final int EXIT = 9;

  private final FramePool pool = new FramePool(2);
  private final FlowArrays arrays =
      new FlowArrays(new NextHopTable(8), new PeerTable(8), new TenantTable(1), new MeterTable(8));
  private final FlowRecordExecutor executor = new FlowRecordExecutor(arrays);
  private final MemorySegment record = Arena.ofAuto().allocate(FlowRecord.LENGTH, 8);
  private final HeaderTransposition t = new HeaderTransposition();
  private final TestTunnel from = TestTunnel.vxlan4();

  FlowRecordExecutorTest() {
    arrays.nextHops().putLocal(LOCAL, EXIT, 1_500);
    arrays.nextHops().putTunnel(TUNNEL, EXIT, header(TestTunnel.vxlan4()), 1_500);
    arrays
        .peers()
        .put(
            PEER,
            List.of(FlowRecordExecutorOracleTest.address(from.source)),
            List.of(FlowRecordExecutorOracleTest.address(from.destination)));
  }

  private static OuterHeader header(TestTunnel tunnel) {
    return OuterHeader.of(
        tunnel.kind,
        FlowRecordExecutorOracleTest.address(tunnel.source),
        FlowRecordExecutorOracleTest.address(tunnel.destination),
        new MacAddress(tunnel.sourceMac),
        new MacAddress(tunnel.destinationMac),
        64,
        4789);
  }

  private Frame plain(TestPacket packet) {
    Frame frame = packet.frame(pool);
    assertEquals(DropReason.NONE, FrameParser.parsePlain(frame));
    return frame;
  }

  private Frame plain(TestPacket packet, int gsoType, int gsoSize) {
    Frame frame = packet.frame(pool);
    frame.setGso(gsoType, gsoSize);
    assertEquals(DropReason.NONE, FrameParser.parsePlain(frame));
    return frame;
  }

  private Frame tunnelled(TestTunnel tunnel, TestPacket packet) {
    Frame frame = TestPacket.frame(pool, tunnel.wrap(packet.bytes()));
    assertEquals(DropReason.NONE, FrameParser.parseTunnel(frame, 4789));
    return frame;
  }

  private int apply(Frame frame) {
    FlowRecord.write(record, 0, t, 0, 0);
    FlowRecord.clearCounters(record, 0, 5);
    return executor.apply(frame, record, 0, 77);
  }

  /// The verdict is given and neither octets, bounds, metadata nor the record's counters have
  /// changed.
  private void assertRefused(int verdict, Frame frame) {
    byte[] before = TestPacket.octets(frame);
    int start = frame.start();
    Encapsulation encapsulation = frame.encapsulation();
    boolean partial = frame.isChecksumPartial();
    assertEquals(verdict, apply(frame));
    assertEquals(start, frame.start());
    assertArrayEquals(before, TestPacket.octets(frame));
    assertEquals(encapsulation, frame.encapsulation());
    assertEquals(partial, frame.isChecksumPartial());
    assertEquals(0, FlowRecord.packets(record, 0));
    assertEquals(0, FlowRecord.octets(record, 0));
    assertEquals(5, FlowRecord.lastSeen(record, 0));
    frame.release();
  }

  private void assertForwarded(Frame frame) {
    assertEquals(EXIT, apply(frame));
    frame.release();
  }

  /// A record that changes all it can, so that a forgotten check shows.
  private void editEverything() {
    t.rewriteMacs(0x0A0A0A0A0A0AL, 0x0B0B0B0B0B0BL);
    t.decrementTtl();
    t.rewriteIpv4Source(0x0A000001, 0x0A010101);
    t.rewriteSourcePort(4_000, 4_001);
    t.push(TUNNEL, 5_002, 0xC000);
  }

  @Test
  void refusesAnUnresolvedNextHop() {
    editEverything();
    arrays.nextHops().putUnresolved(TUNNEL);
    assertRefused(FlowRecordExecutor.MISFIT, plain(TestPacket.udp4()));
    t.deliver(NextHopTable.NONE);
    assertRefused(FlowRecordExecutor.MISFIT, plain(TestPacket.udp4()));
  }

  @Test
  void refusesAnotherPeer() {
    editEverything();
    t.pop(Encapsulation.VXLAN, PEER);
    assertForwarded(tunnelled(from, TestPacket.udp4()));
    TestTunnel other = TestTunnel.vxlan4();
    other.source[3]++;
    assertRefused(FlowRecordExecutor.MISFIT, tunnelled(other, TestPacket.udp4()));
    other = TestTunnel.vxlan4();
    other.destination[3]++;
    assertRefused(FlowRecordExecutor.MISFIT, tunnelled(other, TestPacket.udp4()));
    t.pop(Encapsulation.VXLAN, 0);
    assertRefused(FlowRecordExecutor.MISFIT, tunnelled(from, TestPacket.udp4()));
  }

  @Test
  void refusesAnotherEncapsulation() {
    TestTunnel nvgre = TestTunnel.nvgre4();
    t.pop(Encapsulation.VXLAN, PEER);
    t.deliver(LOCAL);
    assertRefused(FlowRecordExecutor.MISFIT, tunnelled(nvgre, TestPacket.udp4()));
    assertRefused(FlowRecordExecutor.MISFIT, plain(TestPacket.udp4()));
    t.clear();
    t.pop(Encapsulation.NVGRE, PEER);
    t.deliver(LOCAL);
    assertRefused(FlowRecordExecutor.MISFIT, tunnelled(from, TestPacket.udp4()));
    assertForwarded(tunnelled(nvgre, TestPacket.udp4()));
  }

  /// The outer addresses of a frame before must not vouch for a frame that is in no tunnel.
  @Test
  void refusesToPopAFrameInNoTunnel() {
    for (Encapsulation kind : new Encapsulation[] {Encapsulation.VXLAN, Encapsulation.NVGRE}) {
      t.clear();
      t.pop(kind, PEER);
      t.deliver(LOCAL);
      Frame frame = tunnelled(TestTunnel.of(kind, false), TestPacket.udp4());
      // The slot still holds the outer headers, the cursor is behind them.
      frame.pull(frame.l2() - frame.start());
      assertEquals(DropReason.NONE, FrameParser.parsePlain(frame));
      assertRefused(FlowRecordExecutor.MISFIT, frame);
    }
  }

  @Test
  void refusesAnotherSourceMac() {
    editEverything();
    t.expectSourceMac(TestPacket.udp4().sourceMac);
    assertForwarded(plain(TestPacket.udp4()));
    for (int bit = 0; bit < 48; bit++) {
      TestPacket forged = TestPacket.udp4();
      forged.sourceMac ^= 1L << bit;
      assertRefused(FlowRecordExecutor.MISFIT, plain(forged));
    }
  }

  @Test
  void refusesVlanTags() {
    editEverything();
    TestPacket tagged = TestPacket.udp4();
    tagged.tags = new int[] {0x8100};
    assertRefused(FlowRecordExecutor.MISFIT, plain(tagged));
  }

  @Test
  void refusesAnExpiringTtlOnlyWhereRouted() {
    for (TestPacket p : new TestPacket[] {TestPacket.udp4(), TestPacket.udp6()}) {
      for (int ttl : new int[] {0, 1}) {
        p.ttl = ttl;
        t.clear();
        t.deliver(LOCAL);
        assertForwarded(plain(p));
        t.decrementTtl();
        assertRefused(FlowRecordExecutor.MISFIT, plain(p));
      }
      p.ttl = 2;
      assertForwarded(plain(p));
    }
  }

  @Test
  void refusesWhatIsLongerThanTheNextHopCarries() {
    editEverything();
    // 1500 less IPv4 20, UDP 8, VXLAN 8, Ethernet 14.
    assertForwarded(plain(TestPacket.udp4().payload(1_450 - 28)));
    assertRefused(FlowRecordExecutor.MISFIT, plain(TestPacket.udp4().payload(1_450 - 27)));
    t.clear();
    t.deliver(LOCAL);
    assertForwarded(plain(TestPacket.udp6().payload(1_500 - 48)));
    assertRefused(FlowRecordExecutor.MISFIT, plain(TestPacket.udp6().payload(1_500 - 47)));
  }

  @Test
  void refusesWhatIsLongerThanTheFlowMayBe() {
    editEverything();
    t.limitMtu(1_400);
    assertForwarded(plain(TestPacket.udp4().payload(1_400 - 28)));
    assertRefused(FlowRecordExecutor.MISFIT, plain(TestPacket.udp4().payload(1_400 - 27)));
  }

  @Test
  void measuresASuperFrameByItsSegments() {
    editEverything();
    int gso = VirtioNetHeader.GSO_TCPV4;
    assertForwarded(plain(TestPacket.tcp4().payload(30_000), gso, 1_450 - 40));
    assertRefused(
        FlowRecordExecutor.MISFIT, plain(TestPacket.tcp4().payload(30_000), gso, 1_450 - 39));
    // One segment shorter than the segment size.
    assertForwarded(plain(TestPacket.tcp4().payload(1_000), gso, 9_000));
    assertRefused(FlowRecordExecutor.MISFIT, plain(TestPacket.tcp4().payload(1_411), gso, 9_000));
    // Options count.
    TestPacket options = TestPacket.tcp4().payload(30_000);
    options.tcpOptionWords = 3;
    assertRefused(FlowRecordExecutor.MISFIT, plain(options, gso, 1_450 - 40));
    assertForwarded(plain(options, gso, 1_450 - 52));
    assertForwarded(
        plain(TestPacket.udp4().payload(9_000), VirtioNetHeader.GSO_UDP_L4, 1_450 - 28));
  }

  @Test
  void refusesTinySegments() {
    editEverything();
    int least = FlowRecordExecutor.MIN_GSO_SIZE;
    int gso = VirtioNetHeader.GSO_TCPV4;
    assertRefused(
        FlowRecordExecutor.MISFIT, plain(TestPacket.tcp4().payload(9_000), gso, least - 1));
    assertForwarded(plain(TestPacket.tcp4().payload(9_000), gso, least));
  }

  @Test
  void refusesToPushWhereThereIsNoRoom() {
    editEverything();
    byte[] octets = TestPacket.udp4().bytes();
    for (int room : new int[] {49, 50}) {
      Frame frame = plain(TestPacket.udp4());
      frame.reset(room, octets.length);
      MemorySegment.copy(
          octets, 0, frame.memory(), java.lang.foreign.ValueLayout.JAVA_BYTE, room, octets.length);
      assertEquals(DropReason.NONE, FrameParser.parsePlain(frame));
      if (room < 50) {
        assertRefused(FlowRecordExecutor.MISFIT, frame);
      } else {
        assertForwarded(frame);
        assertEquals(0, frame.start());
      }
    }
  }

  @Test
  void refusesASuperFrameThatWouldOutgrowTheOuterLength() {
    arrays.nextHops().putTunnel(TUNNEL, EXIT, header(TestTunnel.vxlan4()), 1_500);
    t.push(TUNNEL, 5_002, 0xC000);
    // Outer IPv4 20 + UDP 8 + VXLAN 8 + inner Ethernet 14 + inner packet = 65,535.
    int longest = 65_535 - 50;
    int gso = VirtioNetHeader.GSO_TCPV4;
    Frame fits = plain(TestPacket.tcp4().payload(longest - 40), gso, 1_400);
    assertEquals(EXIT, apply(fits));
    assertEquals(65_535, Bytes.u16(TestPacket.octets(fits), 16));
    fits.release();
    assertRefused(
        FlowRecordExecutor.TOO_LONG_TO_PUSH,
        plain(TestPacket.tcp4().payload(longest - 39), gso, 1_400));
  }

  @Test
  void dropsOuterCeOverNotEct() {
    editEverything();
    t.pop(Encapsulation.VXLAN, PEER);
    from.trafficClass = 3;
    assertRefused(FlowRecordExecutor.ECN_DROP, tunnelled(from, TestPacket.udp4()));
  }

  @Test
  void dropsWhatIsOverAMeter() {
    editEverything();
    arrays.meters().put(METER, 1_000);
    // The bucket of 64 KiB, overdrawn by one super-frame.
    assertTrue(arrays.meters().admit(METER, 1, 66_000, 77));
    t.meterOutbound(METER);
    assertRefused(FlowRecordExecutor.METERED, plain(TestPacket.udp4()));
    t.meterOutbound(0);
    t.meterInbound(METER);
    assertRefused(FlowRecordExecutor.METERED, plain(TestPacket.udp4()));
    assertEquals(2, arrays.meters().refusedPackets(METER));
  }

  @Test
  void countsAFrameAgainstBothMeters() {
    t.deliver(LOCAL);
    t.meterOutbound(2);
    t.meterInbound(3);
    Frame frame = plain(TestPacket.tcp4().payload(10_000), VirtioNetHeader.GSO_TCPV4, 1_000);
    int octets = frame.length();
    assertForwarded(frame);
    for (int meter : new int[] {2, 3}) {
      assertEquals(10, arrays.meters().packets(meter));
      assertEquals(octets, arrays.meters().octets(meter));
    }
    assertEquals(10, FlowRecord.packets(record, 0));
  }

  /// RFC 6040 knows IP in IP only; an inner frame without an ECN field counts as Not-ECT.
  @Test
  void readsNoEcnFromFramesThatAreNotIp() {
    byte[] arp =
        Bytes.parse(
            "FFFFFFFFFFFF 020000000001 0806 0001 0800 06 04 0001"
                + "020000000001 0A000001 000000000000 0A000002");
    Frame frame = TestPacket.frame(pool, arp);
    assertEquals(DropReason.NONE, FrameParser.parsePlain(frame));
    t.push(TUNNEL, 5_001, 0);
    assertEquals(EXIT, apply(frame));
    assertEquals(0, TestPacket.octets(frame)[15], "outer type of service");
    frame.release();
    t.clear();
    t.pop(Encapsulation.VXLAN, PEER);
    t.deliver(LOCAL);
    from.trafficClass = 3;
    frame = TestPacket.frame(pool, from.wrap(arp));
    assertEquals(DropReason.NONE, FrameParser.parseTunnel(frame, 4789));
    assertRefused(FlowRecordExecutor.ECN_DROP, frame);
    from.trafficClass = 1;
    frame = TestPacket.frame(pool, from.wrap(arp));
    assertEquals(DropReason.NONE, FrameParser.parseTunnel(frame, 4789));
    assertEquals(EXIT, apply(frame));
    assertArrayEquals(arp, TestPacket.octets(frame));
    frame.release();
  }

  /// The numbers 1 and 58 mean ICMP in their own family only.
  @Test
  void leavesTheOtherFamilysIcmpAlone() {
    TestPacket p = TestPacket.udp4().payload(20);
    p.protocol = TestPacket.ICMPV6;
    assertTranslated(p, x -> t.rewriteIpv4Source(0x0A000001, 0x0A010203));
    p = TestPacket.udp6().payload(20);
    p.protocol = TestPacket.ICMP;
    assertTranslated(p, x -> t.rewriteSourcePort(0, 9));
  }

  private void assertTranslated(TestPacket p, Consumer<TestPacket> rewrite) {
    int tail = 8 + 20;
    t.clear();
    t.deliver(LOCAL);
    rewrite.accept(p);
    // An upper layer of the other family is octets without a checksum that is known.
    p.noUdpChecksum = true;
    byte[] raw = p.bytes();
    Frame frame = TestPacket.frame(pool, raw);
    assertEquals(DropReason.NONE, FrameParser.parsePlain(frame));
    assertEquals(EXIT, apply(frame));
    byte[] after = TestPacket.octets(frame);
    assertEquals(
        Bytes.hex(raw).substring(2 * (raw.length - tail)),
        Bytes.hex(after).substring(2 * (after.length - tail)));
    frame.release();
  }

  @Test
  void keepsTheMetadataOfASuperFrameThroughATunnel() {
    editEverything();
    TestPacket p = TestPacket.tcp4().payload(20_000);
    p.partial = true;
    Frame frame = plain(p, VirtioNetHeader.GSO_TCPV4, 1_000);
    assertEquals(EXIT, apply(frame));
    assertTrue(frame.isTunnelGso());
    assertEquals(VirtioNetHeader.GSO_TCPV4, frame.gsoType());
    assertEquals(1_000, frame.gsoSize());
    assertEquals(20, frame.packetCount());
    assertEquals(50 + 34, frame.checksumStart());
    // Through the other end.
    frame.setIngressPort(3);
    assertEquals(DropReason.NONE, FrameParser.parseTunnel(frame, 4789));
    t.clear();
    t.pop(Encapsulation.VXLAN, 2);
    arrays
        .peers()
        .put(
            2,
            List.of(FlowRecordExecutorOracleTest.address(from.source)),
            List.of(FlowRecordExecutorOracleTest.address(from.destination)));
    t.deliver(LOCAL);
    assertEquals(EXIT, apply(frame));
    assertFalse(frame.isTunnelGso());
    assertEquals(34, frame.checksumStart());
    assertTrue(frame.isChecksumPartial());
    frame.release();
  }

  /// An outer UDP checksum that was left to complete goes with its header; the inner is complete.
  @Test
  void forgetsAPartialOuterChecksumWithItsHeader() {
    TestPacket p = TestPacket.udp4();
    Frame frame = TestPacket.frame(pool, from.wrap(p.bytes()));
    frame.setPartialChecksum(from.l4(), 6);
    assertEquals(DropReason.NONE, FrameParser.parseTunnel(frame, 4789));
    t.pop(Encapsulation.VXLAN, PEER);
    t.rewriteIpv4Source(0x0A000001, 0x0A000009);
    t.deliver(LOCAL);
    assertEquals(EXIT, apply(frame));
    assertFalse(frame.isChecksumPartial());
    p.source[3] = 9;
    assertArrayEquals(p.bytes(), TestPacket.octets(frame));
    frame.release();
  }

  @Test
  void allocatesNothing() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    t.pop(Encapsulation.VXLAN, PEER);
    editEverything();
    t.meterOutbound(2);
    arrays.meters().put(2, 1_000_000_000);
    FlowRecord.write(record, 0, t, 0, 0);
    Frame frame = tunnelled(from, TestPacket.udp4());
    int start = frame.start();
    int length = frame.length();
    MemorySegment original = Arena.ofAuto().allocate(length);
    MemorySegment.copy(frame.memory(), start, original, 0, length);
    int rounds = 20_000;
    long allocated = Long.MAX_VALUE;
    // The first rounds run before the compiler has seen them; the least of several counts.
    for (int attempt = 0; attempt < 10 && allocated > 0; attempt++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < rounds; i++) {
        frame.reset(start, length);
        MemorySegment.copy(original, 0, frame.memory(), start, length);
        if (FrameParser.parseTunnel(frame, 4789) != DropReason.NONE
            || executor.apply(frame, record, 0, i) != EXIT) {
          throw new AssertionError("packet " + i + " not forwarded");
        }
      }
      allocated = threads.getCurrentThreadAllocatedBytes() - before;
    }
    assertTrue(allocated < rounds, allocated + " octets for " + rounds + " packets");
  }
}
