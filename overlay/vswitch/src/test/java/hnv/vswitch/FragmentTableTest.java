// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.FlowArrays;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameParser;
import hnv.dataplane.FramePool;
import hnv.wire.Ipv4Header;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// Ports of fragmented packets: found again, forgotten in time, and nobody's at another's cost.
class FragmentTableTest {
  private static final int ONE = 1;
  private static final int OTHER = 2;
  private final FragmentTable table = new FragmentTable();
  private final PacketContext packet = new PacketContext(FlowArrays.ofDefaultSize());
  private final Frame frame = Objects.requireNonNull(new FramePool(1).acquire());

  /// The first fragment of the packet with this identification, between the same two addresses.
  private PacketContext fragment(int id, long nowNs) {
    byte[] octets =
        Packet.udp(TestNetwork.A1, TestNetwork.A2, 1_000, 80).length(64).fragment(0x2000).bytes();
    frame.reset(FramePool.HEADROOM, octets.length);
    MemorySegment.copy(
        octets, 0, frame.memory(), ValueLayout.JAVA_BYTE, FramePool.HEADROOM, octets.length);
    Ipv4Header.setId(frame.memory(), FramePool.HEADROOM + 14, id);
    Ipv4Header.writeChecksum(frame.memory(), FramePool.HEADROOM + 14);
    assertEquals(hnv.dataplane.DropReason.NONE, FrameParser.parsePlain(frame));
    packet.begin(frame, 5001, null, false, nowNs);
    return packet;
  }

  private void remember(int id, int port, long nowNs) {
    table.remember(key(fragment(id, nowNs), port), packet);
  }

  private int slotOf(int id, int port, long nowNs) {
    return table.slotOf(key(fragment(id, nowNs), port), nowNs);
  }

  private static FragmentKey key(PacketContext of, int port) {
    FragmentKey key = new FragmentKey();
    key.set(of, new VPort(port, "port", 1, 5001, 0, List.of()));
    return key;
  }

  private boolean knows(int id, int port, long nowNs) {
    return slotOf(id, port, nowNs) != FragmentTable.UNKNOWN;
  }

  @Test
  void knowsAPacketAtItsPortForAMinute() {
    remember(7, ONE, 0);
    int slot = slotOf(7, ONE, FragmentTable.TIMEOUT_NS);
    assertNotEquals(FragmentTable.UNKNOWN, slot);
    assertEquals(1_000 << 16 | 80, table.transportPorts(slot));
    assertEquals(FragmentTable.UNKNOWN, slotOf(7, OTHER, 0));
    assertEquals(FragmentTable.UNKNOWN, slotOf(8, ONE, 0));
    assertEquals(FragmentTable.UNKNOWN, slotOf(7, ONE, FragmentTable.TIMEOUT_NS + 1));
  }

  @Test
  void aFloodForgetsItsOwnPacketsFirst() {
    for (int id = 0; id < 100; id++) {
      remember(id, ONE, 0);
    }
    for (int id = 0; id <= 0xFFFF; id++) {
      remember(id, OTHER, 1);
    }
    for (int id = 0; id < 100; id++) {
      assertTrue(knows(id, ONE, 2), "packet " + id);
    }
    // And a newcomer finds a place in the full table.
    for (int id = 100; id < 200; id++) {
      remember(id, ONE, 3);
      assertTrue(knows(id, ONE, 4), "packet " + id);
    }
  }

  @Test
  void expiredPacketsGiveWay() {
    for (int id = 0; id <= 0xFFFF; id++) {
      remember(id, OTHER, 0);
    }
    long later = FragmentTable.TIMEOUT_NS + 1;
    remember(1, ONE, later);
    assertTrue(knows(1, ONE, later));
  }
}
