// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.Direction;
import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameParser;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The connection table against a HashMap of both ends.
class ConnectionTableTest {
  private static final int OPERATIONS = 500_000;
  private static final int CAPACITY = 100;
  private static final TestHost NEAR = TestNetwork.A1;
  private static final TestHost FAR = TestNetwork.A2;

  private final TestNetwork net = new TestNetwork();

  /// A packet's context that outlives its frame.
  private PacketContext context(Packet packet) {
    Frame frame = net.frame(packet.bytes(), 1);
    assertEquals(DropReason.NONE, FrameParser.parsePlain(frame));
    PacketContext context = new PacketContext(net.arrays);
    context.begin(frame, 5001, null, false, net.now);
    frame.release();
    return context;
  }

  /// A connection as the test would have it: its first packet, an answer, and its ends.
  private static final class Flow {
    final PacketContext first;
    final PacketContext answer;
    int initiatorPort = Connection.NO_PORT;
    int responderPort = Connection.NO_PORT;
    Connection live;

    Flow(PacketContext first, PacketContext answer) {
      this.first = first;
      this.answer = answer;
    }
  }

  private List<Flow> flows() {
    List<Flow> flows = new ArrayList<>();
    for (int port = 0; port < 60; port++) {
      flows.add(
          new Flow(
              context(Packet.udp(NEAR, FAR, port, 2)), context(Packet.udp(FAR, NEAR, 2, port))));
      flows.add(
          new Flow(
              context(Packet.tcp6(NEAR, FAR, port, 2, 0)),
              context(Packet.tcp6(FAR, NEAR, 2, port, 0))));
      flows.add(
          new Flow(
              context(Packet.ping(NEAR, FAR, port, false)),
              context(Packet.ping(FAR, NEAR, port, true))));
    }
    return flows;
  }

  @Test
  void agreesWithAMapOfBothEnds() {
    ConnectionTable table = new ConnectionTable(CAPACITY, 2, CAPACITY, 0);
    assertEquals(CAPACITY, table.capacity());
    Random random = new Random(5_382);
    List<Flow> flows = flows();
    int live = 0;
    for (int i = 0; i < OPERATIONS; i++) {
      Flow flow = flows.get(random.nextInt(flows.size()));
      assertFound(table, flow);
      switch (random.nextInt(5)) {
        case 0, 1 -> live += start(table, flow, live, random);
        case 2 -> {
          if (flow.live != null && random.nextBoolean()) {
            table.end(flow.live);
            assertFalse(flow.live.isLive());
            flow.live = null;
            live--;
          }
        }
        case 3 -> learn(table, flow);
        default -> forget(table, flow);
      }
      assertEquals(live, table.size());
      assertEquals(live, table.size(1));
    }
    Set<Integer> ids = new HashSet<>();
    for (Flow flow : flows) {
      assertFound(table, flow);
      if (flow.live != null) {
        assertTrue(ids.add(flow.live.id()));
        assertSame(flow.live, table.get(flow.live.id()));
      }
    }
  }

  private static int start(ConnectionTable table, Flow flow, int live, Random random) {
    if (flow.live != null) {
      return 0;
    }
    int ends = random.nextInt(3);
    flow.initiatorPort = ends != 1 ? 1 : Connection.NO_PORT;
    flow.responderPort = ends != 0 ? 2 : Connection.NO_PORT;
    flow.live =
        table.start(
            flow.first, flow.first.received(), 1, 0, flow.initiatorPort, flow.responderPort);
    if (live == CAPACITY) {
      assertNull(flow.live);
      return 0;
    }
    assertNotNull(flow.live);
    return 1;
  }

  private static void learn(ConnectionTable table, Flow flow) {
    if (flow.live != null && flow.initiatorPort < 0) {
      flow.initiatorPort = 1;
      table.moveInitiator(flow.live, 1);
    } else if (flow.live != null && flow.responderPort < 0) {
      flow.responderPort = 2;
      table.moveResponder(flow.live, 2);
    }
  }

  private static void forget(ConnectionTable table, Flow flow) {
    if (flow.live != null && flow.initiatorPort >= 0 && flow.responderPort >= 0) {
      if (flow.live.id() % 2 == 0) {
        flow.initiatorPort = Connection.NO_PORT;
        table.moveInitiator(flow.live, Connection.NO_PORT);
      } else {
        flow.responderPort = Connection.NO_PORT;
        table.moveResponder(flow.live, Connection.NO_PORT);
      }
    }
  }

  /// Both directions at both ports, and no other port.
  private static void assertFound(ConnectionTable table, Flow flow) {
    Connection atInitiator = flow.initiatorPort >= 0 ? flow.live : null;
    Connection atResponder = flow.responderPort >= 0 ? flow.live : null;
    assertAt(table, 1, Direction.OUTBOUND, flow.first, atInitiator, true);
    assertAt(table, 1, Direction.INBOUND, flow.answer, atInitiator, false);
    assertAt(table, 2, Direction.INBOUND, flow.first, atResponder, true);
    assertAt(table, 2, Direction.OUTBOUND, flow.answer, atResponder, false);
    assertNull(table.find(3, Direction.OUTBOUND, flow.first));
    assertNull(table.find(1, Direction.INBOUND, flow.first));
    assertNull(table.find(2, Direction.INBOUND, flow.answer));
  }

  private static void assertAt(
      ConnectionTable table,
      int port,
      Direction direction,
      PacketContext packet,
      Connection expected,
      boolean forward) {
    Connection found = table.find(port, direction, packet);
    assertSame(expected, found);
    if (found != null) {
      assertEquals(forward, table.foundForward());
    }
  }

  @Test
  void tellsPingsApart() {
    ConnectionTable table = new ConnectionTable(8, 1, 8, 0);
    PacketContext question = context(Packet.ping(NEAR, FAR, 7, false));
    PacketContext answer = context(Packet.ping(FAR, NEAR, 7, true));
    PacketContext otherWay = context(Packet.ping(FAR, NEAR, 7, false));
    Connection asked = table.start(question, question.received(), 0, 0, 1, 2);
    assertSame(asked, table.find(1, Direction.INBOUND, answer));
    assertFalse(table.foundForward());
    assertNull(table.find(1, Direction.INBOUND, otherWay), "a question of the other end's own");
    Connection other = table.start(otherWay, otherWay.received(), 0, 0, 2, 1);
    assertSame(other, table.find(1, Direction.INBOUND, otherWay));
    assertTrue(table.foundForward());
    assertSame(asked, table.find(1, Direction.INBOUND, answer));
    PacketContext six = context(Packet.ping6(NEAR, FAR, 7, false));
    assertNull(table.find(1, Direction.OUTBOUND, six));
  }

  @Test
  void boundsTheTableAndEachTenant() {
    ConnectionTable table = new ConnectionTable(4, 3, 2, 0);
    List<Connection> started = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      PacketContext first = context(Packet.udp(NEAR, FAR, i, 2));
      started.add(table.start(first, first.received(), i / 3, 0, 1, 2));
    }
    assertNull(started.get(2));
    assertNull(started.get(5));
    assertEquals(2, table.refused());
    assertEquals(2, table.size(0));
    assertEquals(2, table.size(1));
    PacketContext more = context(Packet.udp(NEAR, FAR, 99, 2));
    assertNull(table.start(more, more.received(), 2, 0, 1, 2), "a share is left, but no room");
    assertEquals(3, table.refused());
    assertNotNull(started.get(0));
    table.end(started.get(0));
    assertEquals(1, table.size(0));
    assertNotNull(table.start(more, more.received(), 2, 0, 1, 2));
    assertEquals(4, table.size());
  }

  @Test
  void usesIdsAgain() {
    ConnectionTable table = new ConnectionTable(2, 1, 2, 0);
    Map<Integer, Integer> uses = new HashMap<>();
    PacketContext packet = context(Packet.udp(NEAR, FAR, 1, 2));
    for (int i = 0; i < 10; i++) {
      Connection c = table.start(packet, packet.received(), 0, i, 1, Connection.NO_PORT);
      assertNotNull(c);
      assertTrue(c.id() >= 1 && c.id() <= 2);
      assertEquals(i, c.epoch());
      assertEquals(Connection.NO_FLOW, c.flow(true));
      assertEquals(Connection.NO_FLOW, c.flow(false));
      c.setFlow(true, 5);
      c.observe(true, 4, 77);
      uses.merge(c.id(), 1, Integer::sum);
      table.end(c);
    }
    assertEquals(10, uses.values().stream().mapToInt(Integer::intValue).sum());
    assertNull(table.get(0));
  }
}
