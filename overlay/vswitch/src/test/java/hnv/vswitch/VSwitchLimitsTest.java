// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/// Large tables: what they cost, and that they are aged without a long pause.
class VSwitchLimitsTest {
  private static final int MILLION = 1 << 20;

  @Test
  void boundsAreBounded() {
    int most = VSwitchLimits.MOST;
    assertEquals(most, new VSwitchLimits(most, most, 1, 1).connections());
    assertThrows(IllegalArgumentException.class, () -> new VSwitchLimits(0, 1, 1, 1));
    assertThrows(IllegalArgumentException.class, () -> new VSwitchLimits(most + 1, 1, 1, 1));
    assertThrows(IllegalArgumentException.class, () -> new VSwitchLimits(1, most + 1, 1, 1));
    assertThrows(IllegalArgumentException.class, () -> new VSwitchLimits(1, 1, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> new VSwitchLimits(1, 1, 1, 0));
  }

  private static long allocated() {
    return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean())
        .getCurrentThreadAllocatedBytes();
  }

  @Test
  void aConnectionTakesItsMemoryWhenItsPlaceIsUsed() {
    long before = allocated();
    ConnectionTable table = new ConnectionTable(MILLION, 4, MILLION, 1);
    long empty = (allocated() - before) / MILLION;
    assertTrue(empty <= 41, empty + " octets a connection before there is one");

    TestNetwork net = new TestNetwork();
    PacketContext packet = new PacketContext(net.arrays);
    var frame = net.frame(Packet.udp(TestNetwork.A1, TestNetwork.A2, 1, 2).bytes(), 1);
    assertEquals(hnv.dataplane.DropReason.NONE, hnv.dataplane.FrameParser.parsePlain(frame));
    packet.begin(frame, 5001, null, false, net.now);
    PacketIdentity id = packet.received();
    before = allocated();
    for (int i = 0; i < MILLION; i++) {
      id.destinationLow = i;
      assertNotNull(table.start(packet, id, 1, 0, 1, Connection.NO_PORT));
    }
    long full = (allocated() - before) / MILLION;
    assertTrue(full >= 100 && full <= 120, full + " octets a connection");
    assertNull(table.start(packet, id, 1, 0, 1, Connection.NO_PORT));
    frame.release();
  }

  @Test
  void ageingGoesOnInTurns() {
    GatewayNetwork net = new GatewayNetwork(new VSwitchLimits(16, 200_000, 16, 200_000));
    net.nat.timeoutNs = 0;
    net.send(GatewayNetwork.A9, Packet.udp(GatewayNetwork.A9, GatewayNetwork.WORLD, 1, 53));
    // 2,001 are due in a slice of 100 ms: one turn looks at 1,024, the next at the rest.
    net.now += 100_000_000L;
    assertEquals(1 + 2_001 - 1_024, net.vswitch.housekeep(net.now));
    assertEquals(0, net.vswitch.housekeep(net.now), "the rest");
    assertEquals(0, net.vswitch.connections().size());
    assertEquals(0, net.vswitch.housekeep(net.now), "until the next slice");
  }
}
