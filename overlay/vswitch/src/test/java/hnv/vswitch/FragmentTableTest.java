// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.Direction;
import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameParser;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Address;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The ports of fragmented packets, remembered by addresses, protocol, identification and place.
class FragmentTableTest {
  private static final int FIRST = 0x2000;
  private static final int LATER = 9;

  private final TestNetwork net = new TestNetwork();
  private final FragmentTable table = new FragmentTable();
  private final PacketContext context = new PacketContext(net.arrays);
  private Frame frame = net.frame(new byte[14], 1);

  @AfterEach
  void leaksNothing() {
    frame.release();
    assertEquals(TestNetwork.FRAMES, net.pool.available());
  }

  private PacketContext at(TestHost host, Packet packet) {
    frame.release();
    frame = net.frame(packet.bytes(), host.port());
    assertEquals(DropReason.NONE, FrameParser.parsePlain(frame));
    context.begin(frame, host.vsid(), null, false, net.now);
    context.enter(net.vport(host), Direction.OUTBOUND);
    return context;
  }

  private static Packet udp(int source, int target, int fragment) {
    return Packet.udp(TestNetwork.A1, TestNetwork.A2, source, target).length(64).fragment(fragment);
  }

  @Test
  void remembersThePortsOfTheFirst() {
    assertFalse(table.knows(at(TestNetwork.A1, udp(0, 0, LATER))));
    table.remember(at(TestNetwork.A1, udp(0xFFFE, 0xFFFD, FIRST)));
    PacketContext later = at(TestNetwork.A1, udp(0, 0, LATER));
    assertTrue(table.knows(later));
    assertEquals(0xFFFE_FFFD, table.ports(later));
  }

  @Test
  void tellsPacketsApart() {
    table.remember(at(TestNetwork.A1, udp(1, 2, FIRST)));
    Packet later = udp(0, 0, LATER);
    assertTrue(table.knows(at(TestNetwork.A1, later)));
    assertFalse(table.knows(at(TestNetwork.A2, later)), "another port");
    assertFalse(table.knows(at(TestNetwork.B1, later)), "another tenant");
    assertFalse(
        table.knows(at(TestNetwork.A1, later.toAddress(Ipv4Address.parse("10.0.0.3")))),
        "another destination");
    Packet other =
        Packet.of(TestNetwork.A1, TestNetwork.A2, false, IpProtocol.TCP, 0, 0)
            .length(64)
            .fragment(LATER);
    assertFalse(table.knows(at(TestNetwork.A1, other)), "another protocol");
    Packet id = later.id(78);
    assertFalse(table.knows(at(TestNetwork.A1, id)), "another identification");
  }

  @Test
  void forgetsAfterAMinute() {
    table.remember(at(TestNetwork.A1, udp(1, 2, FIRST)));
    net.now += FragmentTable.TIMEOUT_NS;
    assertTrue(table.knows(at(TestNetwork.A1, udp(0, 0, LATER))));
    net.now += 1;
    assertFalse(table.knows(at(TestNetwork.A1, udp(0, 0, LATER))));
  }

  @Test
  void takesTheLatestWhereAnIdentificationIsUsedAgain() {
    table.remember(at(TestNetwork.A1, udp(1, 2, FIRST)));
    table.remember(at(TestNetwork.A1, udp(3, 4, FIRST)));
    assertEquals(3 << 16 | 4, table.ports(at(TestNetwork.A1, udp(0, 0, LATER))));
  }

  @Test
  void isBoundedAndGivesPlaceToTheNewer() {
    int packets = 3 * FragmentTable.SLOTS;
    for (int id = 0; id < packets; id++) {
      table.remember(at(TestNetwork.A1, udp(id & 0xFFFF, 2, FIRST).id(id)));
      assertTrue(table.knows(at(TestNetwork.A1, udp(0, 0, LATER).id(id))), "the newest");
    }
    int known = 0;
    for (int id = 0; id < packets; id++) {
      PacketContext later = at(TestNetwork.A1, udp(0, 0, LATER).id(id));
      if (table.knows(later)) {
        known++;
        assertEquals(id << 16 | 2, table.ports(later), "its own ports");
      }
    }
    assertTrue(known <= FragmentTable.SLOTS && known > FragmentTable.SLOTS / 2, known + " known");
  }
}
