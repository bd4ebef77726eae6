// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.wire.MacAddress;
import hnv.wire.VirtioNetHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Pop and push of GRE, alone and with the other tunnels, against packets built anew.
class GreExecutorTest {
  private static final int PACKETS = 20_000;
  private static final int EXIT = 9;
  private static final int HOP = 1;
  private static final int PEER = 1;

  private static final int[][] FIGURE_4 = {{0, 0, 0, -1}, {1, 1, 1, 3}, {2, 1, 2, 3}, {3, 3, 3, 3}};

  private final FramePool pool = new FramePool(70);
  private final FlowArrays arrays =
      new FlowArrays(
          new NextHopTable(4),
          new PeerTable(4),
          new TenantTable(1),
          new MeterTable(4),
          new TunnelEndpoints(4));
  private final FlowRecordExecutor executor = new FlowRecordExecutor(arrays);
  private final MemorySegment record = Arena.ofAuto().allocate(FlowRecord.LENGTH, 8);
  private final HeaderTransposition t = new HeaderTransposition();
  private final Random random = new Random(2784);

  private static OuterHeader header(TestGre to) {
    return OuterHeader.ofGre(
        TestGre.address(to.source),
        TestGre.address(to.destination),
        new MacAddress(0x0200_C633_640AL),
        new MacAddress(0x0200_CB00_7114L),
        64,
        (to.flags & 0x2000) != 0 ? OptionalInt.of(to.key) : OptionalInt.empty(),
        (to.flags & 0x8000) != 0,
        (to.flags & 0x1000) != 0);
  }

  private TestGre randomGre() {
    TestGre g = random.nextBoolean() ? TestGre.over4() : TestGre.over6();
    g.flags = (random.nextInt(8) << 12 & 0x3000) | (random.nextInt(2) << 15);
    g.key = random.nextInt();
    return g;
  }

  private int apply(Frame frame) {
    FlowRecord.write(record, 0, t, 0, 0);
    FlowRecord.clearCounters(record, 0, 0);
    return executor.apply(frame, record, 0, 77);
  }

  private Frame parsed(byte[] octets) {
    Frame frame = TestPacket.frame(pool, octets);
    assertEquals(DropReason.NONE, FrameParser.parseOutside(frame, arrays.endpoints()));
    return frame;
  }

  @Test
  void editsAsTheOracleRebuilds() {
    int forwarded = 0;
    for (int i = 0; i < PACKETS; i++) {
      forwarded += once("packet " + i) ? 1 : 0;
    }
    assertTrue(forwarded > PACKETS * 0.9 && forwarded < PACKETS, "" + forwarded);
    assertEquals(70, pool.available());
  }

  private boolean once(String what) {
    TestPacket packet = TestPacket.random(random);
    packet.tags = new int[0];
    int in = random.nextInt(3);
    int out = in == 1 ? random.nextInt(3) : 1;
    TestPacket changed = packet.clone();
    t.clear();
    int outerEcn = random.nextInt(4);
    Frame frame = enter(in, outerEcn, packet, changed);
    rewrite(packet, changed, in == 1);
    TestGre gre = randomGre();
    TestTunnel tunnel = TestTunnel.random(random);
    tunnel.optionWords = 0;
    leaveBy(out, gre, tunnel);
    int octets = frame.end() - frame.l3() + 14;

    int verdict = apply(frame);

    int innerEcn = packet.trafficClass & 3;
    int ecn = in == 0 ? innerEcn : FIGURE_4[innerEcn][outerEcn];
    if (ecn < 0) {
      assertEquals(FlowRecordExecutor.ECN_DROP, verdict, what);
      frame.release();
      return false;
    }
    assertEquals(EXIT, verdict, what);
    changed.trafficClass = (changed.trafficClass & ~3) | ecn;
    gre.trafficClass = ecn;
    tunnel.trafficClass = ecn;
    boolean finished = out == 1 && (gre.flags & 0x8000) != 0;
    changed.partial &= !finished;
    byte[] expected =
        switch (out) {
          case 1 -> gre.wrap(changed);
          case 2 -> tunnel.wrap(changed.bytes());
          default -> changed.bytes();
        };
    assertArrayEquals(expected, TestPacket.octets(frame), what);
    assertEquals(octets, FlowRecord.octets(record, 0), what);
    assertEquals(changed.partial, frame.isChecksumPartial(), what);
    if (out == 1) {
      assertEquals(Encapsulation.GRE, frame.encapsulation());
      assertEquals(frame.start() + gre.length(), frame.l3());
      assertEquals(frame.l3() - 14, frame.l2());
    }
    frame.release();
    return true;
  }

  private Frame enter(int in, int outerEcn, TestPacket packet, TestPacket changed) {
    if (in == 0) {
      arrays.endpoints().set(List.of());
      Frame frame = packet.frame(pool);
      assertEquals(DropReason.NONE, FrameParser.parseOutside(frame, arrays.endpoints()));
      return frame;
    }
    packet.partial = false;
    changed.partial = false;
    if (in == 1) {
      TestGre from = randomGre();
      from.trafficClass = outerEcn;
      arrays.endpoints().set(List.of(from.endpoint()));
      t.popGre();
      changed.destinationMac = 0;
      changed.sourceMac = 0;
      return parsed(from.wrap(packet));
    }
    TestTunnel from = TestTunnel.random(random);
    from.trafficClass |= outerEcn;
    t.pop(from.kind, PEER);
    arrays
        .peers()
        .put(
            PEER,
            List.of(FlowRecordExecutorOracleTest.address(from.source)),
            List.of(FlowRecordExecutorOracleTest.address(from.destination)));
    Frame frame = TestPacket.frame(pool, from.wrap(packet.bytes()));
    assertEquals(DropReason.NONE, FrameParser.parseTunnel(frame, 4789));
    return frame;
  }

  private void rewrite(TestPacket packet, TestPacket changed, boolean needsMacs) {
    if (needsMacs && random.nextInt(4) != 0) {
      changed.destinationMac = random.nextLong() & 0xFFFF_FFFF_FFFFL;
      changed.sourceMac = random.nextLong() & 0xFFFF_FFFF_FFFFL;
      t.rewriteMacs(changed.destinationMac, changed.sourceMac);
    }
    if (random.nextBoolean()) {
      changed.ttl--;
      t.decrementTtl();
    }
    if (!packet.ipv6 && random.nextBoolean()) {
      random.nextBytes(changed.source);
      t.rewriteIpv4Source(Bytes.u32(packet.source, 0), Bytes.u32(changed.source, 0));
    }
    boolean hasPorts = packet.protocol == TestPacket.TCP || packet.protocol == TestPacket.UDP;
    if (hasPorts && random.nextBoolean()) {
      changed.destinationPort = random.nextInt(65_536);
      t.rewriteDestinationPort(packet.destinationPort, changed.destinationPort);
    }
  }

  private void leaveBy(int out, TestGre gre, TestTunnel tunnel) {
    switch (out) {
      case 1 -> {
        arrays.nextHops().putUnresolved(HOP);
        arrays.nextHops().putTunnel(HOP, EXIT, header(gre), 9_000);
        t.push(HOP, 0, 0);
      }
      case 2 -> {
        OuterHeader header =
            OuterHeader.of(
                tunnel.kind,
                FlowRecordExecutorOracleTest.address(tunnel.source),
                FlowRecordExecutorOracleTest.address(tunnel.destination),
                new MacAddress(tunnel.sourceMac),
                new MacAddress(tunnel.destinationMac),
                tunnel.ttl,
                tunnel.udpPort);
        arrays.nextHops().putTunnel(HOP, EXIT, header, 9_000);
        t.push(HOP, tunnel.vsid, tunnel.entropy);
      }
      default -> {
        arrays.nextHops().putLocal(HOP, EXIT, 9_000);
        t.deliver(HOP);
      }
    }
  }

  @Test
  void numbersPacketsFromZeroAndGoesOnAcrossNeighbours() {
    TestGre gre = TestGre.over4().key(1);
    gre.flags |= 0x1000;
    arrays.nextHops().putTunnel(HOP, EXIT, header(gre), 1_500);
    t.push(HOP, 0, 0);
    assertEquals(List.of(0, 1, 2), List.of(sent(), sent(), sent()));
    OuterHeader otherMac =
        OuterHeader.ofGre(
            TestGre.address(gre.source),
            TestGre.address(gre.destination),
            new MacAddress(2),
            new MacAddress(4),
            64,
            OptionalInt.of(1),
            false,
            true);
    arrays.nextHops().putTunnel(HOP, EXIT, otherMac, 1_500);
    assertEquals(3, sent());
    gre.key = 2;
    arrays.nextHops().putTunnel(HOP, EXIT, header(gre), 1_500);
    assertEquals(0, sent());
  }

  private int sent() {
    Frame frame = parsed(TestPacket.udp4().bytes());
    assertEquals(EXIT, apply(frame));
    int number = Bytes.u32(TestPacket.octets(frame), 14 + 20 + 8);
    frame.release();
    return number;
  }

  @Test
  void tellsWhichPacketsAreNumbered() {
    for (int flags : new int[] {0, 0x2000, 0x1000, 0x8000}) {
      TestGre gre = TestGre.over4();
      gre.flags = flags;
      arrays.nextHops().putTunnel(HOP, EXIT, header(gre), 1_500);
      assertEquals((flags & 0x9000) != 0, arrays.nextHops().isNumbered(HOP));
    }
    arrays.nextHops().putLocal(HOP, EXIT, 1_500);
    assertFalse(arrays.nextHops().isNumbered(HOP));
  }

  @Test
  void countsNoInnerEthernetHeaderAgainstTheMtu() {
    for (TestGre gre : List.of(TestGre.over4(), TestGre.over6().key(1))) {
      arrays.nextHops().putTunnel(HOP, EXIT, header(gre), 1_500);
      t.push(HOP, 0, 0);
      int longest = 1_500 - (gre.length() - 14);
      assertEquals(longest, arrays.nextHops().mtu(HOP));
      Frame frame = parsed(TestPacket.udp4().payload(longest - 28).bytes());
      assertEquals(EXIT, apply(frame));
      assertEquals(1_514, frame.length());
      frame.release();
      frame = parsed(TestPacket.udp4().payload(longest - 27).bytes());
      assertEquals(FlowRecordExecutor.MISFIT, apply(frame));
      frame.release();
    }
  }

  @Test
  void refusesToPutArpInGre() {
    arrays.nextHops().putTunnel(HOP, EXIT, header(TestGre.over4()), 1_500);
    t.push(HOP, 0, 0);
    Frame frame =
        parsed(
            Bytes.parse(
                "FFFFFFFFFFFF020000000001080600010800060400010200000000010A000001"
                    + "0000000000000A000002"));
    assertEquals(FlowRecordExecutor.MISFIT, apply(frame));
    frame.release();
  }

  @Test
  void refusesAnotherTunnelThanGre() {
    arrays.nextHops().putLocal(HOP, EXIT, 1_500);
    t.popGre();
    t.deliver(HOP);
    Frame plain = parsed(TestPacket.udp4().bytes());
    assertEquals(FlowRecordExecutor.MISFIT, apply(plain));
    plain.release();
    Frame vxlan = TestPacket.frame(pool, TestTunnel.vxlan4().wrap(TestPacket.udp4().bytes()));
    assertEquals(DropReason.NONE, FrameParser.parseTunnel(vxlan, 4789));
    assertEquals(FlowRecordExecutor.MISFIT, apply(vxlan));
    vxlan.release();
  }

  @Test
  void cutsSuperFramesWhoseSegmentsBearNumbers() {
    for (int flags : new int[] {0x1000, 0x8000, 0x2000}) {
      TestGre gre = TestGre.over4();
      gre.flags = flags;
      arrays.nextHops().putTunnel(HOP, EXIT, header(gre), 1_500);
      t.push(HOP, 0, 0);
      Frame frame = TestPacket.tcp4().payload(5_000).frame(pool);
      frame.setGso(VirtioNetHeader.GSO_TCPV4, 1_000);
      frame.setPartialChecksum(34, 16);
      assertEquals(DropReason.NONE, FrameParser.parseOutside(frame, arrays.endpoints()));
      boolean whole = flags == 0x2000;
      assertEquals(whole ? EXIT : FlowRecordExecutor.TOO_LONG_TO_PUSH, apply(frame));
      assertEquals(whole, frame.isTunnelGso());
      frame.release();
    }
  }

  /// A port cuts what it is given whole; each segment is then a packet of the tunnel.
  @Test
  void cutsAPushedSuperFrameIntoPacketsOfTheTunnel() {
    TestGre gre = TestGre.over6().key(3);
    arrays.endpoints().set(List.of(gre.endpoint()));
    arrays.nextHops().putTunnel(HOP, EXIT, header(gre), 1_500);
    t.push(HOP, 0, 0);
    TestPacket packet = TestPacket.tcp4().payload(2_500);
    Frame whole = packet.frame(pool);
    whole.setGso(VirtioNetHeader.GSO_TCPV4, 1_000);
    assertEquals(DropReason.NONE, FrameParser.parsePlain(whole));
    whole.setPartialChecksum(34, 16);
    assertEquals(EXIT, apply(whole));
    List<byte[]> segments = new ArrayList<>();
    assertTrue(
        Segmenter.segment(
            whole,
            pool,
            segment -> {
              segments.add(TestPacket.octets(segment));
              segment.release();
            }));
    assertEquals(3, segments.size());
    int payload = 0;
    for (byte[] segment : segments) {
      Frame frame = parsed(segment);
      assertEquals(Encapsulation.GRE, frame.encapsulation());
      assertEquals(segment.length, frame.length());
      payload += frame.l3Length() - 40;
      byte[] octets = TestPacket.octets(frame);
      TestPacket.assertChecksums(
          octets, frame.l3() - frame.start(), frame.l4() - frame.start(), TestPacket.TCP);
      frame.release();
    }
    assertEquals(2_500, payload);
  }

  @Test
  void describesAPop() {
    t.popGre();
    t.deliver(HOP);
    arrays.nextHops().putLocal(HOP, EXIT, 1_500);
    FlowRecord.write(record, 0, t, 0, 0);
    String text = FlowRecordDescription.of(record, 0, arrays.nextHops(), false);
    assertTrue(text.startsWith("pop GRE; "), text);
    assertFalse(text.contains("peer"), text);
  }

  @Test
  void copiesWhichTunnelAFrameCameIn() {
    TestGre gre = TestGre.over4();
    arrays.endpoints().set(List.of(gre.endpoint(11, true)));
    Frame frame = parsed(gre.sequence(5).wrap(TestPacket.udp4()));
    Frame copy = frame.copy();
    assertTrue(copy != null);
    assertEquals(11, copy.tunnelPort());
    assertEquals(DropReason.NONE, arrays.endpoints().receive(copy));
    assertEquals(DropReason.GRE_OUT_OF_SEQUENCE, arrays.endpoints().receive(frame));
    copy.release();
    frame.release();
  }

  @Test
  void refusesMoreTunnelsThanThereIsRoomFor() {
    TunnelEndpoints four = new TunnelEndpoints(4);
    List<TunnelEndpoints.Endpoint> endpoints = new ArrayList<>();
    for (int key = 0; key < 5; key++) {
      endpoints.add(TestGre.over4().key(key).endpoint(key, false));
    }
    four.set(endpoints.subList(0, 4));
    IllegalArgumentException e = refused(four, endpoints);
    assertEquals("5 GRE tunnels, room for 4", e.getMessage());
    assertEquals(endpoints.subList(0, 4), four.all(), "as it was");
    refused(four, List.of(endpoints.get(0), TestGre.over4().key(0).endpoint(9, false)));
    TestGre mixed = TestGre.over4();
    mixed.source = TestGre.over6().source;
    refused(four, List.of(mixed.endpoint()));
  }

  private static IllegalArgumentException refused(
      TunnelEndpoints table, List<TunnelEndpoints.Endpoint> endpoints) {
    return org.junit.jupiter.api.Assertions.assertThrows(
        IllegalArgumentException.class, () -> table.set(endpoints));
  }

  @Test
  void findsEachOfAFullTable() {
    TunnelEndpoints full = new TunnelEndpoints(TunnelEndpoints.DEFAULT_CAPACITY);
    TestGre[] tunnels = new TestGre[TunnelEndpoints.DEFAULT_CAPACITY];
    Arrays.setAll(tunnels, i -> tunnel(i));
    List<TunnelEndpoints.Endpoint> endpoints = new ArrayList<>();
    for (int i = 0; i < tunnels.length; i++) {
      endpoints.add(tunnels[i].endpoint(100 + i, false));
    }
    full.set(endpoints);
    for (int i = 0; i < tunnels.length; i++) {
      Frame frame = TestPacket.frame(pool, tunnels[i].wrap(TestPacket.udp4()));
      assertEquals(DropReason.NONE, FrameParser.parseOutside(frame, full));
      assertEquals(100 + i, frame.tunnelPort());
      frame.release();
    }
  }

  /// Each with our address of its own, which is the most that the table has to hold.
  private static TestGre tunnel(int i) {
    TestGre t = i % 2 == 0 ? TestGre.over4().key(i) : TestGre.over6();
    t.destination[t.destination.length - 1] = (byte) i;
    t.destination[t.destination.length - 2] = (byte) (i >> 8);
    return t;
  }
}
