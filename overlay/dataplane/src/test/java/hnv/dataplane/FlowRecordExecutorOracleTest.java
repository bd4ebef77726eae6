// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import hnv.wire.MacAddress;
import hnv.wire.ProviderAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// The executor, which edits in place and updates checksums by differences, against a re-builder
/// that changes a description of the packet and builds all octets anew.
class FlowRecordExecutorOracleTest {
  private static final int PACKETS = 12_000;
  private static final int EXIT = 9;
  private static final int NEXT_HOP = 1;
  private static final int PEER = 1;

  // RFC 6040 §4.2, Figure 4: [inner][outer]; -1 is "drop".
  private static final int NOT_ECT = 0;
  private static final int ECT_1 = 1;
  private static final int ECT_0 = 2;
  private static final int CE = 3;
  private static final int[][] FIGURE_4 = {
    {NOT_ECT, NOT_ECT, NOT_ECT, -1},
    {ECT_1, ECT_1, ECT_1, CE},
    {ECT_0, ECT_1, ECT_0, CE},
    {CE, CE, CE, CE}
  };

  private final FramePool pool = new FramePool(4);
  private final FlowArrays arrays =
      new FlowArrays(new NextHopTable(4), new PeerTable(4), new TenantTable(1), new MeterTable(4));
  private final FlowRecordExecutor executor = new FlowRecordExecutor(arrays);
  private final MemorySegment record = Arena.ofAuto().allocate(FlowRecord.LENGTH, 8);
  private final Random random = new Random(20_26);

  @Test
  void editsAsTheOracleRebuilds() {
    int forwarded = 0;
    for (int i = 0; i < PACKETS; i++) {
      forwarded += once("packet " + i) ? 1 : 0;
    }
    // Only outer CE on inner Not-ECT is dropped: 1/16 of the half that is popped.
    assertEquals(PACKETS * 31L / 32, forwarded, PACKETS / 100.0);
    assertEquals(4, pool.available());
  }

  private boolean once(String what) {
    TestPacket packet = TestPacket.random(random);
    if (random.nextInt(10) == 0) {
      makeFragment(packet);
    }
    TestTunnel from = random.nextBoolean() ? TestTunnel.random(random) : null;
    TestTunnel to = random.nextBoolean() ? TestTunnel.of(kind(), random.nextBoolean()) : null;
    TestPacket changed = packet.clone();
    HeaderTransposition t = new HeaderTransposition();
    Frame frame;
    int outerEcn = random.nextInt(4);
    if (from != null) {
      packet.partial = false;
      changed.partial = false;
      from.trafficClass |= outerEcn;
      frame = TestPacket.frame(pool, from.wrap(packet.bytes()));
      assertEquals(DropReason.NONE, FrameParser.parseTunnel(frame, 4789), what);
      t.pop(from.kind, PEER);
      arrays.peers().put(PEER, List.of(address(from.source)), List.of(address(from.destination)));
    } else {
      frame = packet.frame(pool);
      assertEquals(DropReason.NONE, FrameParser.parsePlain(frame), what);
    }
    rewrite(packet, changed, t);
    if (random.nextBoolean()) {
      t.expectSourceMac(packet.sourceMac);
    }
    leaveBy(to, t);
    FlowRecord.write(record, 0, t, 0, 0);
    FlowRecord.clearCounters(record, 0, 0);
    int octets = frame.end() - frame.l2();
    frame.memory().asSlice(0, frame.start()).fill((byte) 0xA5);

    int verdict = executor.apply(frame, record, 0, 77);

    int innerEcn = packet.trafficClass & 3;
    int ecn = from == null ? innerEcn : FIGURE_4[innerEcn][outerEcn];
    if (ecn < 0) {
      assertEquals(FlowRecordExecutor.ECN_DROP, verdict, what);
      frame.release();
      return false;
    }
    assertEquals(EXIT, verdict, what);
    changed.trafficClass = (changed.trafficClass & ~3) | ecn;
    byte[] expected = changed.bytes();
    if (to != null) {
      to.trafficClass = ecn;
      expected = to.wrap(expected);
    }
    assertArrayEquals(expected, TestPacket.octets(frame), what);
    assertEquals(1, FlowRecord.packets(record, 0));
    assertEquals(octets, FlowRecord.octets(record, 0));
    assertEquals(77, FlowRecord.lastSeen(record, 0));
    assertEquals(
        -1,
        mismatchOf(frame.memory().asSlice(0, Math.min(frame.start(), FramePool.HEADROOM))),
        "octets outside the frame: " + what);
    assertMetadata(frame, changed, to, what);
    frame.release();
    return true;
  }

  /// Fragments have the checksum of the whole in the first; here that of what is there, which a
  /// difference changes alike.
  private void makeFragment(TestPacket packet) {
    packet.partial = false;
    packet.dontFragment = false;
    packet.payload(64);
    if (random.nextBoolean()) {
      packet.moreFragments = true;
    } else {
      packet.fragmentOffset = 8 * (3 + random.nextInt(100));
    }
  }

  private Encapsulation kind() {
    return random.nextBoolean() ? Encapsulation.VXLAN : Encapsulation.NVGRE;
  }

  private void rewrite(TestPacket packet, TestPacket changed, HeaderTransposition t) {
    if (random.nextBoolean()) {
      changed.destinationMac = random.nextLong() & 0xFFFF_FFFF_FFFFL;
      changed.sourceMac = random.nextLong() & 0xFFFF_FFFF_FFFFL;
      t.rewriteMacs(changed.destinationMac, changed.sourceMac);
    }
    if (random.nextBoolean()) {
      changed.ttl--;
      t.decrementTtl();
    }
    if (random.nextInt(3) == 0) {
      random.nextBytes(changed.source);
      if (packet.ipv6) {
        t.rewriteIpv6Source(
            high(packet.source), low(packet.source), high(changed.source), low(changed.source));
      } else {
        t.rewriteIpv4Source(Bytes.u32(packet.source, 0), Bytes.u32(changed.source, 0));
      }
    }
    if (random.nextInt(3) == 0) {
      random.nextBytes(changed.destination);
      if (packet.ipv6) {
        t.rewriteIpv6Destination(
            high(packet.destination),
            low(packet.destination),
            high(changed.destination),
            low(changed.destination));
      } else {
        t.rewriteIpv4Destination(
            Bytes.u32(packet.destination, 0), Bytes.u32(changed.destination, 0));
      }
    }
    boolean hasPorts = packet.protocol == TestPacket.TCP || packet.protocol == TestPacket.UDP;
    boolean isPing = packet.protocol == TestPacket.ICMP || packet.protocol == TestPacket.ICMPV6;
    // A later fragment's flow has ports, which are not in it: nothing but addresses may change.
    if ((hasPorts || isPing) && random.nextInt(3) == 0) {
      changed.sourcePort = random.nextInt(65_536);
      t.rewriteSourcePort(packet.sourcePort, changed.sourcePort);
    }
    if (hasPorts && random.nextInt(3) == 0) {
      changed.destinationPort = random.nextInt(65_536);
      t.rewriteDestinationPort(packet.destinationPort, changed.destinationPort);
    }
  }

  private void leaveBy(TestTunnel to, HeaderTransposition t) {
    if (to == null) {
      arrays.nextHops().putLocal(NEXT_HOP, EXIT, 1500);
      t.deliver(NEXT_HOP);
      return;
    }
    to.ttl = 1 + random.nextInt(255);
    to.udpPort = 1 + random.nextInt(65_535);
    OuterHeader header =
        OuterHeader.of(
            to.kind,
            address(to.source),
            address(to.destination),
            new MacAddress(to.sourceMac),
            new MacAddress(to.destinationMac),
            to.ttl,
            to.udpPort);
    arrays.nextHops().putTunnel(NEXT_HOP, EXIT, header, 1500);
    t.push(NEXT_HOP, to.vsid, to.entropy);
  }

  /// First octet that is no longer 0xA5, or -1.
  private static long mismatchOf(MemorySegment headroom) {
    for (long i = 0; i < headroom.byteSize(); i++) {
      if (headroom.get(ValueLayout.JAVA_BYTE, i) != (byte) 0xA5) {
        return i;
      }
    }
    return -1;
  }

  private static void assertMetadata(
      Frame frame, TestPacket packet, TestTunnel tunnel, String what) {
    int inner = tunnel == null ? 0 : tunnel.length();
    assertEquals(packet.partial, frame.isChecksumPartial(), what);
    if (packet.partial) {
      assertEquals(inner + packet.l4(), frame.checksumStart(), what);
      assertEquals(packet.checksumOffset(), frame.checksumOffset(), what);
    }
    assertEquals(frame.start() + inner, frame.l2(), what);
    assertEquals(tunnel == null ? Encapsulation.NONE : tunnel.kind, frame.encapsulation(), what);
    if (tunnel != null) {
      assertEquals(tunnel.vsid, frame.tunnelVsid(), what);
      assertEquals(tunnel.ipv6, frame.isOuterIpv6(), what);
      assertEquals(frame.start() + 14, frame.outerL3(), what);
    }
  }

  static ProviderAddress address(byte[] octets) {
    return new ProviderAddress(
        octets.length == 4
            ? new Ipv4Address(Bytes.u32(octets, 0))
            : new Ipv6Address(high(octets), low(octets)));
  }

  private static long high(byte[] address) {
    return ByteBuffer.wrap(address).getLong(0);
  }

  private static long low(byte[] address) {
    return ByteBuffer.wrap(address).getLong(8);
  }
}
