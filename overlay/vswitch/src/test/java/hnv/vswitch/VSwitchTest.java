// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import static hnv.vswitch.TestNetwork.A1;
import static hnv.vswitch.TestNetwork.A2;
import static hnv.vswitch.TestNetwork.A9;
import static hnv.vswitch.TestNetwork.B1;
import static hnv.vswitch.TestNetwork.B9;
import static hnv.vswitch.TestNetwork.HERE;
import static hnv.vswitch.TestNetwork.THERE;
import static hnv.vswitch.TestNetwork.UNDERLAY;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.wire.Ipv4Header;
import hnv.wire.Octets;
import hnv.wire.TcpHeader;
import hnv.wire.VirtioNetHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The way of packets through the switch, first by a walk and then by the flow's record.
class VSwitchTest {
  private static final int OUTER_VXLAN = 50;
  private static final int OUTER_NVGRE = 42;

  private final TestNetwork net = new TestNetwork();

  private static byte[] inner(byte[] outer, int length) {
    return java.util.Arrays.copyOfRange(outer, length, outer.length);
  }

  @Test
  void deliversBetweenPortsOfThisHost() {
    Packet packet = Packet.udp(A1, A2, 1, 2);
    for (int i = 0; i < 3; i++) {
      net.assertPasses(A1, packet, A2.port());
    }
    assertEquals(1, net.connections());
    assertEquals(1, net.flows());
    var from = net.counters.snapshot(A1.port());
    assertEquals(3, from.receivedPackets());
    assertEquals(3L * packet.bytes().length, from.receivedOctets());
    assertEquals(Map.of(), from.drops());
    assertEquals(3, net.counters.snapshot(A2.port()).sentPackets());
  }

  @Test
  void pushesTheTunnelOfTheTenant() {
    Packet a = Packet.tcp6(A1, A9, 1, 2, Packet.ACK);
    Packet b = Packet.tcp6(B1, B9, 1, 2, Packet.ACK);
    for (int i = 0; i < 3; i++) {
      net.assertPasses(A1, a, UNDERLAY);
      byte[] vxlan = net.take(UNDERLAY).getFirst();
      assertArrayEquals(a.bytes(), inner(vxlan, OUTER_VXLAN));
      MemorySegment f = copyOf(vxlan);
      assertEquals(HERE.bits(), Ipv4Header.source(f, 14));
      assertEquals(THERE.bits(), Ipv4Header.destination(f, 14));
      assertTrue(Ipv4Header.isChecksumValid(f, 14));
      assertEquals(5001, Octets.u24(f, 46));
      net.assertPasses(B1, b, UNDERLAY);
      byte[] nvgre = net.take(UNDERLAY).getFirst();
      assertArrayEquals(b.bytes(), inner(nvgre, OUTER_NVGRE));
      assertEquals(6001, Octets.u24(copyOf(nvgre), 38));
    }
  }

  private static MemorySegment copyOf(byte[] octets) {
    MemorySegment f = Arena.ofAuto().allocate(octets.length);
    MemorySegment.copy(octets, 0, f, ValueLayout.JAVA_BYTE, 0, octets.length);
    return f;
  }

  @Test
  void popsTheTunnelOfTheTenant() {
    for (int i = 0; i < 3; i++) {
      Packet a = Packet.udp(A9, A2, 1, 2);
      net.assertPasses(A9, a, A2.port());
      assertArrayEquals(a.bytes(), net.take(A2.port()).getFirst());
      Packet b = Packet.udp6(B9, B1, 1, 2);
      net.assertPasses(B9, b, B1.port());
      assertArrayEquals(b.bytes(), net.take(B1.port()).getFirst());
    }
    assertEquals(2, net.flows());
  }

  @Test
  void keepsTenantsWithEqualAddressesApart() {
    net.assertPasses(A1, Packet.udp(A1, A9, 1, 2), UNDERLAY);
    net.assertPasses(B1, Packet.udp(B1, B9, 1, 2), UNDERLAY);
    assertEquals(2, net.connections());
    assertEquals(2, net.flows());
    // The MAC of the other tenant's VM leads nowhere.
    net.assertDropped(B1, Packet.udp(B1, A9, 1, 2), DropReason.DESTINATION_MAC_UNKNOWN);
    Packet stray = Packet.udp(A9, A1, 1, 2).toMac(B1.mac());
    net.assertDropped(A9, stray, DropReason.DESTINATION_MAC_UNKNOWN);
  }

  @Test
  void routesBetweenNeighbours() {
    Packet toRouter = Packet.udp(A1, A2, 1, 2).toMac(TestNetwork.ROUTER_MAC);
    for (int i = 0; i < 3; i++) {
      net.receive(A1.port(), toRouter.bytes());
      Packet expected = toRouter.toMac(A2.mac()).fromMac(TestNetwork.ROUTER_MAC).ttl(63);
      assertArrayEquals(expected.bytes(), net.take(A2.port()).getFirst());
    }
    net.assertDropped(A1, toRouter.ttl(1), DropReason.TTL_EXPIRED);
    net.assertDropped(A1, toRouter.ttl(0), DropReason.TTL_EXPIRED);
    net.receive(A1.port(), toRouter.bytes());
    assertEquals(1, net.take(A2.port()).size(), "the flow lives on");
  }

  @Test
  void dropsWhereARuleSaysSo() {
    net.deny(net.outbound, A1.port(), new Condition.DestinationPort(80, 80));
    net.deny(net.inbound, A2.port(), new Condition.DestinationPort(81, 81));
    net.change(TestNetwork.TENANT_A);
    net.assertDropped(A1, Packet.udp(A1, A2, 1, 80), DropReason.ACL_DENIED);
    net.assertDropped(A1, Packet.udp(A1, A2, 1, 81), DropReason.ACL_DENIED);
    net.assertPasses(A1, Packet.udp(A1, A2, 1, 82), A2.port());
    // Inbound rules of A2 are not A1's.
    net.assertPasses(A2, Packet.udp(A2, A1, 1, 81), A1.port());
    assertEquals(2, net.connections());
  }

  @Test
  void hairpinsAnAnswer() {
    Layer echo =
        new Layer(
            "ECHO",
            List.of(),
            List.of(),
            (Action.Transposition)
                packet -> {
                  Octets.putU48(packet.frame().memory(), packet.frame().l2(), A1.mac());
                  return packet.answer(DropReason.NONE);
                },
            new Action.Allow(),
            false);
    VPort port = new VPort(1, "port-1", 1, 5001, 1, List.of(echo));
    net.vswitch.apply(new ForwardingState(List.of(port), List.of()));
    Packet packet = Packet.udp(A1, A9, 1, 2);
    net.assertPasses(A1, packet.toMac(A1.mac()), A1.port());
    assertEquals(0, net.connections());
    assertEquals(Map.of(), net.counters.snapshot(1).drops());
  }

  @Test
  void countsAnAnsweredErrorAsADrop() {
    Layer error =
        new Layer(
            "ERROR",
            List.of(),
            List.of(),
            (Action.Transposition) packet -> packet.answer(DropReason.TTL_EXPIRED),
            new Action.Allow(),
            false);
    VPort port = new VPort(1, "port-1", 1, 5001, 1, List.of(error));
    net.vswitch.apply(new ForwardingState(List.of(port), List.of()));
    net.assertPasses(A1, Packet.udp(A1, A9, 1, 2), A1.port());
    assertEquals(1, net.drops(1, DropReason.TTL_EXPIRED));
  }

  @Test
  void replicatesABroadcast() {
    Packet packet = Packet.udp(A1, A9, 1, 2).toMac(0xFFFF_FFFF_FFFFL);
    net.receive(A1.port(), packet.bytes());
    assertEquals(List.of(), net.sent(A1.port()), "not back to its sender");
    assertArrayEquals(packet.bytes(), net.take(A2.port()).getFirst());
    List<byte[]> copies = net.take(UNDERLAY);
    assertEquals(1, copies.size());
    assertArrayEquals(packet.bytes(), inner(copies.getFirst(), OUTER_VXLAN));
    assertEquals(List.of(), net.sent(B1.port()));
    assertEquals(0, net.connections());
    assertEquals(0, net.flows());
  }

  @Test
  void deliversABroadcastFromTheTunnelToEachPortOnce() {
    Packet packet = Packet.udp(A9, A1, 1, 2).toMac(0xFFFF_FFFF_FFFFL);
    net.send(A9, packet);
    assertArrayEquals(packet.bytes(), net.take(A1.port()).getFirst());
    assertArrayEquals(packet.bytes(), net.take(A2.port()).getFirst());
    assertEquals(List.of(), net.sent(UNDERLAY));
    assertEquals(List.of(), net.sent(B1.port()));
  }

  @Test
  void deliversABroadcastOnceToAPortOfTwoMacs() {
    VPort port = net.vport(A1);
    net.vswitch.apply(
        new ForwardingState(
            List.of(port),
            List.of(
                new ForwardingState.SubnetPorts(
                    5001, 1, Map.of(A1.mac(), 1, TestNetwork.ROUTER_MAC, 1)))));
    net.send(A9, Packet.udp(A9, A1, 1, 2).toMac(0xFFFF_FFFF_FFFFL));
    assertEquals(1, net.take(A1.port()).size());
  }

  @Test
  void asksInboundRulesForEachCopy() {
    net.deny(net.inbound, A2.port(), new Condition.DestinationPort(2, 2));
    net.change(TestNetwork.TENANT_A);
    Packet packet = Packet.udp(A9, A1, 1, 2).toMac(0xFFFF_FFFF_FFFFL);
    net.send(A9, packet);
    assertEquals(1, net.take(A1.port()).size());
    assertEquals(0, net.take(A2.port()).size());
    assertEquals(1, net.drops(UNDERLAY, DropReason.ACL_DENIED));
  }

  @Test
  void carriesASuperFrameWhole() {
    for (int i = 0; i < 2; i++) {
      Frame frame = net.frame(Packet.tcp(A1, A2, 1, 2, Packet.ACK).length(30_000).bytes(), 1);
      frame.setGso(VirtioNetHeader.GSO_TCPV4, 1_400);
      net.vswitch.process(frame, net.now);
      assertEquals(1, net.sent(A2.port()).size());
      assertEquals(VirtioNetHeader.GSO_TCPV4, net.ports.get(A2.port()).gsoTypes.getFirst());
      net.take(A2.port());
    }
    assertEquals(2 * 22, net.counters.snapshot(A1.port()).receivedPackets());
    assertEquals(2 * 22, net.counters.snapshot(A2.port()).sentPackets());
  }

  @Test
  void cutsASuperFrameThatOutgrowsTheTunnel() {
    for (int i = 0; i < 2; i++) {
      int payload = 65_535 - 40;
      Frame frame = net.frame(Packet.tcp(A1, A9, 1, 2, Packet.ACK).length(payload).bytes(), 1);
      frame.setGso(VirtioNetHeader.GSO_TCPV4, 1_400);
      net.vswitch.process(frame, net.now);
      List<byte[]> segments = net.take(UNDERLAY);
      assertEquals((payload + 1_399) / 1_400, segments.size());
      int sum = 0;
      for (byte[] segment : segments) {
        MemorySegment f = copyOf(segment);
        int total = Ipv4Header.totalLength(f, OUTER_VXLAN + 14);
        sum += total - 40;
        assertTrue(
            TcpHeader.isChecksumValid(
                f,
                OUTER_VXLAN + 34,
                total - 20,
                Ipv4Header.pseudoHeader(f, OUTER_VXLAN + 14, 6, total - 20)));
      }
      assertEquals(payload, sum);
      assertEquals(TestNetwork.FRAMES, net.pool.available());
    }
  }

  /// A super-frame that is dropped counts as the packets it stands for, as it did when it came in.
  @Test
  void countsADroppedSuperFrameAsItsPackets() {
    net.deny(net.outbound, A1.port());
    net.change(TestNetwork.TENANT_A);
    Frame frame = net.frame(Packet.tcp(A1, A2, 1, 2, Packet.ACK).length(14_000).bytes(), 1);
    frame.setGso(VirtioNetHeader.GSO_TCPV4, 1_400);
    net.vswitch.process(frame, net.now);
    assertEquals(10, net.counters.snapshot(1).receivedPackets());
    assertEquals(10, net.drops(1, DropReason.ACL_DENIED));
  }

  @Test
  void clampsTheSegmentSizeOfASyn() {
    net.mssLimit = 1_300;
    byte[] syn = withMss(Packet.tcp(A1, A2, 1, 2, Packet.SYN).length(4), 1_460);
    for (int i = 0; i < 2; i++) {
      net.receive(A1.port(), syn);
      assertArrayEquals(
          withMss(Packet.tcp(A1, A2, 1, 2, Packet.SYN).length(4), 1_300),
          net.take(A2.port()).getFirst());
    }
    // Not in other segments (RFC 9293 §3.7.1), and never upward.
    byte[] data = withMss(Packet.tcp(A1, A2, 1, 2, Packet.ACK).length(4), 1_460);
    net.receive(A1.port(), data);
    assertArrayEquals(data, net.take(A2.port()).getFirst());
    byte[] small = withMss(Packet.tcp(A1, A2, 1, 2, Packet.SYN).length(4), 1_200);
    net.receive(A1.port(), small);
    assertArrayEquals(small, net.take(A2.port()).getFirst());
  }

  /// The four octets of payload become an MSS option.
  private static byte[] withMss(Packet packet, int mss) {
    MemorySegment f = copyOf(packet.bytes());
    Octets.putU8(f, 34 + 12, 0x60);
    Octets.putU32(f, 34 + 20, 0x0204_0000 | mss);
    TcpHeader.writeChecksum(f, 34, 24, Ipv4Header.pseudoHeader(f, 14, 6, 24));
    return f.toArray(ValueLayout.JAVA_BYTE);
  }

  @Test
  void keepsInJavaWhatARecordCannotSay() {
    net.offloadable = false;
    for (int i = 0; i < 3; i++) {
      net.assertPasses(A1, Packet.udp(A1, A2, 1, 2), A2.port());
    }
    assertEquals(1, net.connections());
    assertEquals(0, net.flows());
  }

  @Test
  void forwardsWithoutConnectionWhereTheRuleKeepsNone() {
    net.aclDefault = new Action.Allow();
    net.apply();
    for (int i = 0; i < 3; i++) {
      net.assertPasses(A1, Packet.udp(A1, A2, 1, 2), A2.port());
    }
    assertEquals(0, net.connections());
    assertEquals(0, net.flows());
  }

  @Test
  void forwardsNothingUnderTheEmptyPolicy() {
    net.vswitch.apply(ForwardingState.EMPTY);
    net.assertDropped(A1, Packet.udp(A1, A2, 1, 2), DropReason.PORT_WITHOUT_VSID);
    net.assertDropped(A9, Packet.udp(A9, A1, 1, 2), DropReason.UNKNOWN_VSID);
  }

  @Test
  void meters() {
    net.meters.put(A1.port(), 5);
    net.arrays.meters().put(5, 1_000_000);
    net.apply();
    Packet packet = Packet.udp(A1, A2, 1, 2).length(1_400);
    int passed = 0;
    for (int i = 0; i < 200; i++) {
      net.receive(A1.port(), packet.bytes());
      passed += net.take(A2.port()).size();
    }
    // A tenth of a second's worth.
    assertEquals(100_000 / packet.bytes().length + 1, passed);
    assertEquals(200 - passed, net.drops(A1.port(), DropReason.METER_EXCEEDED));
    assertEquals(passed, net.arrays.meters().packets(5));
  }

  /// One broadcast is one packet of its sender, whatever it costs the network.
  @Test
  void metersBroadcasts() {
    net.meters.put(A1.port(), 5);
    net.arrays.meters().put(5, 1_000_000);
    net.apply();
    Packet packet = Packet.udp(A1, A2, 1, 2).length(1_400).toMac(0xFFFF_FFFF_FFFFL);
    int passed = 0;
    for (int i = 0; i < 200; i++) {
      net.receive(A1.port(), packet.bytes());
      passed += net.take(A2.port()).size();
    }
    assertEquals(100_000 / packet.bytes().length + 1, passed);
    assertEquals(passed, net.arrays.meters().packets(5));
    assertEquals(200 - passed, net.drops(A1.port(), DropReason.METER_EXCEEDED));
    assertEquals(passed, net.take(UNDERLAY).size());
  }
}
