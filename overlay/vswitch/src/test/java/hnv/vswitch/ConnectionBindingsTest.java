// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import static hnv.vswitch.GatewayNetwork.A9;
import static hnv.vswitch.GatewayNetwork.A9_OUTSIDE;
import static hnv.vswitch.GatewayNetwork.B9;
import static hnv.vswitch.GatewayNetwork.GATE_A;
import static hnv.vswitch.GatewayNetwork.OUTSIDE;
import static hnv.vswitch.GatewayNetwork.UNDERLAY;
import static hnv.vswitch.GatewayNetwork.WORLD;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameParser;
import hnv.dataplane.PacketTrace;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What layers bind to connections: each binding ends once, with its connection or at once, and
/// says how long that may be silent.
class ConnectionBindingsTest {
  private static final long SECOND = 1_000_000_000L;

  private GatewayNetwork net = new GatewayNetwork();

  private void outUdp(int port) {
    net.send(A9, Packet.udp(A9, WORLD, port, 53));
    assertEquals(1, net.take(OUTSIDE).size());
  }

  private void inUdp(int port) {
    net.come(OUTSIDE, Packet.udp(WORLD, A9_OUTSIDE, 53, port + ToyNat.SHIFT));
    assertEquals(1, net.take(UNDERLAY).size());
  }

  @Test
  void saysHowLongItsConnectionMayBeSilent() {
    net.nat.timeoutNs = 20 * SECOND;
    outUdp(1);
    int binding = net.only().binding();
    net.pass(15 * SECOND);
    outUdp(1);
    long sent = net.now;
    net.pass(15 * SECOND);
    assertEquals(1, net.vswitch.connections().size());
    assertEquals(sent, net.nat.seen.get(binding)[0], "seen by the record alone");
    assertEquals(ConnectionBindings.NEVER, net.nat.seen.get(binding)[1]);
    net.pass(20 * SECOND);
    assertEquals(0, net.vswitch.connections().size());
    assertEquals(List.of(binding), net.nat.ended);
  }

  @Test
  void mayEndItsConnectionAtOnce() {
    outUdp(1);
    net.nat.timeoutNs = 0;
    net.pass(11 * SECOND);
    assertEquals(0, net.vswitch.connections().size());
    assertEquals(0, net.vswitch.flows().size());
  }

  @Test
  void isToldOfEachDirection() {
    outUdp(1);
    int binding = net.only().binding();
    inUdp(1);
    net.now += 3 * SECOND;
    inUdp(1);
    long reverse = net.now;
    net.now += 4 * SECOND;
    outUdp(1);
    long forward = net.now;
    net.pass(11 * SECOND);
    assertEquals(forward, net.nat.seen.get(binding)[0]);
    assertEquals(reverse, net.nat.seen.get(binding)[1]);
  }

  @Test
  void isToldOfWhatTheKernelSawWhereThatDecides() {
    FakeKernel kernel = net.offload();
    net.nat.timeoutNs = 20 * SECOND;
    outUdp(1);
    int binding = net.only().binding();
    inUdp(1);
    net.ports.values().forEach(port -> net.vswitch.drained(port, net.now));
    assertEquals(2, kernel.size());
    net.pass(15 * SECOND);
    outUdp(1);
    long forward = net.now;
    assertEquals(1, kernel.forwarded);
    net.pass(15 * SECOND);
    assertEquals(forward, net.nat.seen.get(binding)[0]);
    assertEquals(1, net.vswitch.connections().size());
    net.pass(30 * SECOND);
    assertEquals(List.of(binding), net.nat.ended);
    assertEquals(0, kernel.size());
  }

  @Test
  void observesEventsOfTcp() {
    net.send(A9, Packet.tcp(A9, WORLD, 1, 80, Packet.SYN));
    int binding = net.only().binding();
    net.come(OUTSIDE, Packet.tcp(WORLD, A9_OUTSIDE, 80, 10_001, Packet.SYN | Packet.ACK));
    for (int i = 0; i < 5; i++) {
      net.send(A9, Packet.tcp(A9, WORLD, 1, 80, Packet.ACK));
      net.come(OUTSIDE, Packet.tcp(WORLD, A9_OUTSIDE, 80, 10_001, Packet.ACK));
    }
    net.send(A9, Packet.tcp(A9, WORLD, 1, 80, Packet.FIN | Packet.ACK));
    net.come(OUTSIDE, Packet.tcp(WORLD, A9_OUTSIDE, 80, 10_001, Packet.FIN | Packet.ACK));
    assertEquals("frfr", net.nat.live.get(binding).toString());
    // An error about it is no packet of it (RFC 5508 REQ-6).
    net.come(
        OUTSIDE,
        Packet.error(WORLD, A9_OUTSIDE, Packet.tcp(A9_OUTSIDE, WORLD, 10_001, 80, Packet.ACK)));
    assertEquals("frfr", net.nat.live.get(binding).toString());
  }

  @Test
  void endsAtOnceWhereNoConnectionMayBegin() {
    net.send(A9, Packet.tcp(A9, WORLD, 1, 80, Packet.RST));
    assertEquals(1, net.drops(UNDERLAY, DropReason.NOT_A_BEGINNING));
    assertEquals(List.of(1), net.nat.ended);
    net.assertSilent();
  }

  @Test
  void endsAtOnceWhereThereIsNoRoom() {
    net = new GatewayNetwork(new VSwitchLimits(256, 4, 200, 4));
    for (int port = 1; port <= 4; port++) {
      outUdp(port);
      inUdp(port);
    }
    net.send(A9, Packet.udp(A9, WORLD, 5, 53));
    net.assertSilent();
    assertEquals(1, net.drops(UNDERLAY, DropReason.CONNECTION_LIMIT));
    assertEquals(List.of(5), net.nat.ended);
    // Another tenant's, too: the table is full.
    net.send(B9, Packet.udp(B9, WORLD, 5, 53));
    assertEquals(2, net.drops(UNDERLAY, DropReason.CONNECTION_LIMIT));
    assertEquals(4, net.nat.live.size());
  }

  @Test
  void endsWithTheUnansweredThatGivesWay() {
    net = new GatewayNetwork(new VSwitchLimits(256, 4, 200, 4));
    for (int port = 1; port <= 5; port++) {
      outUdp(port);
    }
    assertEquals(4, net.vswitch.connections().size());
    assertEquals(1, net.nat.ended.size());
    assertEquals(4, net.nat.live.size());
  }

  @Test
  void endsWhereALayerDropsThePacket() {
    // The neighbour's next hop is gone by the end of the walk: the connection stays, and it stays.
    net.arrays.nextHops().putUnresolved(OUTSIDE);
    net.send(A9, Packet.udp(A9, WORLD, 1, 53));
    assertEquals(1, net.drops(UNDERLAY, DropReason.NEXT_HOP_UNRESOLVED));
    assertEquals(1, net.nat.live.size());
    // A layer behind the translation says no: nothing has begun.
    net.nat.verdict = DropReason.ACL_DENIED;
    net.send(A9, Packet.udp(A9, WORLD, 2, 53));
    assertEquals(1, net.drops(UNDERLAY, DropReason.ACL_DENIED));
    assertEquals(List.of(2), net.nat.ended);
    assertEquals(1, net.vswitch.connections().size());
  }

  @Test
  void endsWithThePortThatIsForgotten() {
    outUdp(1);
    net.vswitch.forget(number -> number == GATE_A);
    assertEquals(List.of(1), net.nat.ended);
    assertEquals(0, net.vswitch.flows().size());
  }

  @Test
  void endsWhereItsConnectionIsEnded() {
    outUdp(1);
    outUdp(2);
    net.send(B9, Packet.udp(B9, WORLD, 1, 53));
    assertEquals(1, net.vswitch.endConnections(c -> c.binding() == 2));
    assertEquals(List.of(2), net.nat.ended);
    assertEquals(1, net.vswitch.endConnections(c -> c.tenant() == GatewayNetwork.A));
    assertEquals(List.of(2, 1), net.nat.ended);
    assertEquals(1, net.vswitch.connections().size());
  }

  @Test
  void endsWhereThePolicyDeniesItsConnection() {
    outUdp(1);
    net.rulesOfA.add(new Rule("deny", 1, List.of(), new Action.Deny(DropReason.ACL_DENIED)));
    net.change(GatewayNetwork.A);
    net.come(OUTSIDE, Packet.udp(WORLD, A9_OUTSIDE, 53, 10_001));
    net.assertSilent();
    assertEquals(List.of(1), net.nat.ended);
  }

  @Test
  void givesWayToAnother() {
    outUdp(1);
    int first = net.only().binding();
    net.nat.bindsAlways = true;
    net.change(GatewayNetwork.A);
    outUdp(1);
    assertNotEquals(first, net.only().binding());
    assertEquals(List.of(first), net.nat.ended);
  }

  @Test
  void staysBehindWhenAnotherProcessGoesOn() {
    outUdp(1);
    net.send(A9, Packet.udp(A9, GatewayNetwork.SITE, 1, 53));
    List<ConnectionImage> left = net.vswitch.succession().leave();
    assertEquals(1, left.size());
    assertEquals(GatewayNetwork.SITE.ipv4().bits(), (int) left.getFirst().destinationLow());
  }

  @Test
  void aDryRunBindsNothing() {
    Frame frame = net.frame(Packet.udp(A9_OUTSIDE, WORLD, 1, 2).bytes(), OUTSIDE);
    assertEquals(DropReason.NONE, FrameParser.parsePlain(frame));
    PacketContext packet = new PacketContext(net.arrays);
    packet.begin(frame, 0, null, true, net.now);
    assertThrows(IllegalStateException.class, () -> packet.bind(1));
    packet.begin(frame, 0, null, false, net.now);
    packet.bind(1);
    assertThrows(IllegalStateException.class, () -> packet.bind(2));
    frame.release();
  }

  @Test
  void explainsWithoutTouchingAnError() {
    outUdp(1);
    Packet error =
        Packet.error(WORLD, A9_OUTSIDE, Packet.udp(A9_OUTSIDE, WORLD, 10_001, 53).ttl(63));
    StringBuilder verdict = new StringBuilder();
    PacketTrace trace =
        new PacketTrace() {
          @Override
          public void step(String layer, String group, String rule, String says) {}

          @Override
          public void verdict(String text) {
            verdict.append(text);
          }
        };
    Frame frame = net.frame(error.bytes(), OUTSIDE);
    assertEquals(UNDERLAY, net.vswitch.explain(frame, net.ports.get(OUTSIDE), trace, net.now));
    frame.release();
    assertEquals("forward", verdict.toString());
    assertTrue(net.nat.ended.isEmpty());
  }
}
