// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.FlowKey;
import hnv.dataplane.FlowRecord;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameParser;
import hnv.dataplane.HeaderTransposition;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The flow tables against a HashMap.
class FlowTableTest {
  private static final int OPERATIONS = 1_000_000;
  private static final int CAPACITY = 512;

  private final Random random = new Random(1_969);

  private MemorySegment randomKey(int length) {
    MemorySegment key = Arena.ofAuto().allocate(length, 8);
    for (int i = 0; i < length; i += 8) {
      key.set(ValueLayout.JAVA_LONG, i, random.nextLong());
    }
    return key;
  }

  /// Keys whose places in the index are among few neighbours, its last and first among them, so
  /// that long runs form, wrap around, and are closed again.
  private List<MemorySegment> collidingKeys(int count, int length, int mask) {
    List<MemorySegment> keys = new ArrayList<>();
    while (keys.size() < count) {
      MemorySegment key = randomKey(length);
      int home = (int) FlowKey.hash(key, 0, length) & mask;
      if (home >= mask - 3 || home <= 3) {
        keys.add(key);
      }
    }
    return keys;
  }

  /// 65,536 flows of one machine, its ports chosen so that all began at one place, made a look-up
  /// of everybody else's new flows 180 times slower.
  @Test
  void aSeedScattersKeysThatWereChosenToMeet() {
    int places = 1_024;
    MemorySegment key = randomKey(FlowKey.IPV4_LENGTH);
    Set<Integer> scattered = new HashSet<>();
    int chosen = 0;
    for (int ports = 0; chosen < 200; ports++) {
      key.set(ValueLayout.JAVA_INT, 20, ports);
      if ((FlowKey.hash(key, 0, FlowKey.IPV4_LENGTH) & (places - 1)) == 0) {
        chosen++;
        scattered.add(
            (int) FlowKey.hash(key, 0, FlowKey.IPV4_LENGTH, 0x5EED_5EED_5EEDL) & (places - 1));
      }
    }
    // 200 balls into 1,024 boxes fill some 182.
    assertTrue(scattered.size() > 150, () -> "places: " + scattered.size());
  }

  @Test
  void agreesWithAMapOverCollidingKeys() {
    for (int length : new int[] {FlowKey.IPV4_LENGTH, FlowKey.IPV6_LENGTH}) {
      FlowTable table = new FlowTable(CAPACITY, length);
      assertEquals(CAPACITY, table.capacity());
      List<MemorySegment> keys = collidingKeys(60, length, 1_023);
      agreesWithAMap(table, keys, length, OPERATIONS / 4);
    }
  }

  @Test
  void agreesWithAMapOverRandomKeys() {
    for (int length : new int[] {FlowKey.IPV4_LENGTH, FlowKey.IPV6_LENGTH}) {
      List<MemorySegment> keys = new ArrayList<>();
      for (int i = 0; i < 2 * CAPACITY; i++) {
        keys.add(randomKey(length));
      }
      agreesWithAMap(new FlowTable(CAPACITY, length), keys, length, OPERATIONS / 4);
    }
  }

  private void agreesWithAMap(
      FlowTable table, List<MemorySegment> keys, int length, int operations) {
    Map<Integer, Integer> slots = new HashMap<>();
    for (int i = 0; i < operations; i++) {
      int k = random.nextInt(keys.size());
      MemorySegment key = keys.get(k);
      long hash = FlowKey.hash(key, 0, length);
      int slot = table.find(key, hash);
      assertEquals(slots.getOrDefault(k, FlowTable.NONE), slot);
      // Fill and empty in turn, so that both bounds are met.
      boolean filling = (i / 20_000) % 2 == 0;
      if (slot == FlowTable.NONE && (filling || random.nextInt(4) == 0)) {
        int given = table.insert(key, hash);
        if (slots.size() == CAPACITY) {
          assertEquals(FlowTable.NONE, given);
        } else {
          assertNotEquals(FlowTable.NONE, given);
          assertEquals(-1, table.entries().asSlice(table.keyAt(given), length).mismatch(key));
          slots.put(k, given);
        }
      } else if (slot != FlowTable.NONE && (!filling || random.nextInt(4) == 0)) {
        table.remove(slot);
        slots.remove(k);
      }
      assertEquals(slots.size(), table.size());
    }
    Set<Integer> distinct = new HashSet<>(slots.values());
    assertEquals(slots.size(), distinct.size(), "a slot was given twice");
  }

  @Test
  void isFullAsAValueAndFreeAgainAfterARemoval() {
    FlowTable table = new FlowTable(3, FlowKey.IPV4_LENGTH);
    List<MemorySegment> keys = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      keys.add(randomKey(FlowKey.IPV4_LENGTH));
    }
    int[] slots = new int[4];
    for (int i = 0; i < 4; i++) {
      slots[i] = table.insert(keys.get(i), FlowKey.hash(keys.get(i), 0, FlowKey.IPV4_LENGTH));
    }
    assertEquals(FlowTable.NONE, slots[3]);
    assertEquals(3, table.size());
    table.remove(slots[1]);
    int again = table.insert(keys.get(3), FlowKey.hash(keys.get(3), 0, FlowKey.IPV4_LENGTH));
    assertEquals(slots[1], again);
    table.remove(again);
    assertThrows(IllegalStateException.class, () -> table.remove(again), "removed twice");
  }

  // ---- both families, tenants ----

  private final TestNetwork net = new TestNetwork();

  private static void own(UnifiedFlowTable table, int flow, int tenant) {
    HeaderTransposition t = new HeaderTransposition();
    FlowRecord.write(table.records(flow), table.recordAt(flow), t, tenant, 0);
  }

  private int add(UnifiedFlowTable table, Packet packet, int context, int tenant) {
    Frame frame = net.frame(packet.bytes(), 1);
    assertEquals(DropReason.NONE, FrameParser.parsePlain(frame));
    int flow = table.find(frame, context);
    if (flow == UnifiedFlowTable.NONE) {
      flow = table.insert(frame.isIpv6(), tenant);
      if (flow != UnifiedFlowTable.NONE) {
        own(table, flow, tenant);
      }
    }
    frame.release();
    return flow;
  }

  @Test
  void keepsFamiliesAndContextsApart() {
    UnifiedFlowTable table = new UnifiedFlowTable(8, 2, 100, 0);
    Packet four = Packet.udp(TestNetwork.A1, TestNetwork.A2, 1, 2);
    Packet six = Packet.udp6(TestNetwork.A1, TestNetwork.A2, 1, 2);
    Set<Integer> flows = new HashSet<>();
    for (int context : new int[] {1, 2, 0x0100_0001, 0x0200_0001}) {
      flows.add(add(table, four, context, 0));
      flows.add(add(table, six, context, 0));
    }
    assertEquals(8, flows.size());
    assertEquals(8, table.size());
    for (int context : new int[] {1, 2, 0x0100_0001, 0x0200_0001}) {
      flows.remove(add(table, four, context, 0));
      flows.remove(add(table, six, context, 0));
    }
    assertEquals(Set.of(), flows, "found again");
    assertEquals(8, table.capacity());
  }

  @Test
  void boundsATenantOverBothFamilies() {
    UnifiedFlowTable table = new UnifiedFlowTable(8, 3, 3, 0);
    List<Integer> flows = new ArrayList<>();
    for (int port = 0; port < 2; port++) {
      flows.add(add(table, Packet.udp(TestNetwork.A1, TestNetwork.A2, port, 2), 1, 1));
      flows.add(add(table, Packet.udp6(TestNetwork.A1, TestNetwork.A2, port, 2), 1, 1));
    }
    assertEquals(UnifiedFlowTable.NONE, flows.get(3));
    assertEquals(1, table.refused());
    assertEquals(3, table.size());
    // Another tenant has its own share.
    assertNotEquals(
        UnifiedFlowTable.NONE, add(table, Packet.udp6(TestNetwork.A1, TestNetwork.A2, 9, 2), 1, 2));
    table.remove(flows.get(0));
    assertNotEquals(
        UnifiedFlowTable.NONE, add(table, Packet.udp6(TestNetwork.A1, TestNetwork.A2, 1, 2), 1, 1));
    assertEquals(1, table.refused());
  }

  @Test
  void refusesBeyondItsRoom() {
    UnifiedFlowTable table = new UnifiedFlowTable(2, 1, 100, 0);
    for (int port = 0; port < 4; port++) {
      add(table, Packet.udp(TestNetwork.A1, TestNetwork.A2, port, 2), 1, 0);
    }
    assertEquals(2, table.size());
    assertEquals(2, table.refused());
  }
}
