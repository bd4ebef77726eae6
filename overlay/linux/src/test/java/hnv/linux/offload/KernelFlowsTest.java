// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.FlowArrays;
import hnv.dataplane.FlowKey;
import hnv.dataplane.FlowOffload;
import hnv.dataplane.FlowRecord;
import hnv.dataplane.MeterTable;
import hnv.dataplane.NextHopTable;
import hnv.dataplane.TenantTable;
import hnv.linux.LinuxException;
import hnv.linux.bpf.BpfMap;
import hnv.linux.bpf.UnderlayFilter;
import hnv.wire.ProviderAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The kernel's tables meet their bounds, and what lies in them is what was put there.
@Tag("netns")
final class KernelFlowsTest {
  private static final int FLOWS = 10_000;

  private static final OffloadLimits SMALL = new OffloadLimits(1_024, 4, 4, 4, 4, 4);

  private final Arena arena = Arena.ofAuto();
  private final MemorySegment key = arena.allocate(FlowKey.IPV4_LENGTH, 8);
  private final MemorySegment record = arena.allocate(FlowRecord.LENGTH, 8);
  private final MemorySegment taken = arena.allocate(FlowRecord.LENGTH, 8);

  @BeforeEach
  void needRoot() {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root to make maps");
  }

  private boolean install(KernelFlows flows, int number) throws LinuxException {
    key.set(ValueLayout.JAVA_INT, 12, number);
    record.set(ValueLayout.JAVA_INT, 24, number);
    return flows.install(key, 0, record, 0);
  }

  @Test
  void saysWhenItIsFullAndForgetsNothing() throws Exception {
    try (KernelFlows flows = KernelFlows.create("t_flows", FlowKey.IPV4_LENGTH, 1_024)) {
      for (int i = 0; i < 1_024; i++) {
        assertTrue(install(flows, i), "flow " + i);
      }
      assertFalse(install(flows, 1_024));
      // A new record for a flow that is there needs no room.
      assertTrue(install(flows, 7));
      key.set(ValueLayout.JAVA_INT, 12, 0);
      assertTrue(flows.take(key, 0, taken));
      assertTrue(install(flows, 1_024));
      assertEquals(1_024, flows.readAll((keys, keyAt, records, recordAt) -> {}));
    }
  }

  /// More than go into one call, and more than there is room for; a record that is there already
  /// needs none.
  @Test
  void takesManyTogether() throws Exception {
    int count = 3 * KernelFlows.TOGETHER + 1;
    int room = 2 * KernelFlows.TOGETHER + 5;
    long entry = FlowKey.IPV4_LENGTH + FlowRecord.LENGTH;
    MemorySegment table = arena.allocate(count * entry, 8);
    long[] keysAt = new long[count];
    long[] recordsAt = new long[count];
    for (int i = 0; i < count; i++) {
      keysAt[i] = i * entry;
      recordsAt[i] = keysAt[i] + FlowKey.IPV4_LENGTH;
      table.set(ValueLayout.JAVA_INT, keysAt[i] + 12, i);
      table.set(ValueLayout.JAVA_INT, recordsAt[i] + 24, i);
      table.set(ValueLayout.JAVA_LONG, recordsAt[i] + 104, 77); // Java has counted.
    }
    try (KernelFlows flows = KernelFlows.create("t_flows", FlowKey.IPV4_LENGTH, room)) {
      assertTrue(install(flows, 3));
      assertEquals(room, flows.installAll(table, keysAt, recordsAt, count));
      assertEquals(room, flows.installAll(table, keysAt, recordsAt, room));
      BitSet seen = new BitSet();
      flows.adopt(
          (keys, keyAt, records, at) -> {
            // Whose seal is wrong is not asked about.
            int number = keys.get(ValueLayout.JAVA_INT, keyAt + 12);
            assertEquals(number, FlowRecord.connection(records, at));
            assertEquals(0, FlowRecord.packets(records, at));
            seen.set(number);
            return true;
          });
      assertEquals(room, seen.cardinality());
      assertEquals(room, seen.length());
    }
  }

  @Test
  void readsEachFlowOnce() throws Exception {
    try (KernelFlows flows = KernelFlows.create("t_flows", FlowKey.IPV4_LENGTH, 2 * FLOWS)) {
      for (int i = 0; i < FLOWS; i++) {
        assertTrue(install(flows, i));
      }
      BitSet seen = new BitSet();
      int all =
          flows.readAll(
              (keys, keyAt, records, recordAt) -> {
                int number = keys.get(ValueLayout.JAVA_INT, keyAt + 12);
                assertEquals(number, FlowRecord.connection(records, recordAt));
                assertFalse(seen.get(number));
                seen.set(number);
              });
      assertEquals(FLOWS, all);
      assertEquals(FLOWS, seen.cardinality());
    }
  }

  @Test
  void readsAnEmptyTable() throws Exception {
    try (KernelFlows flows = KernelFlows.create("t_flows", FlowKey.IPV6_LENGTH, 1_024)) {
      assertEquals(0, flows.readAll((keys, keyAt, records, recordAt) -> {}));
      MemorySegment absent = arena.allocate(FlowKey.IPV6_LENGTH, 8);
      assertFalse(flows.take(absent, 0, taken));
      assertFalse(flows.read(absent, 0, taken));
      assertEquals(0, taken.get(ValueLayout.JAVA_INT, 24));
    }
  }

  @Test
  void putsManyAtOnce() throws Exception {
    try (BpfMap map = BpfMap.hash("t_batch", 4, 8, 100)) {
      MemorySegment keys = arena.allocate(ValueLayout.JAVA_INT, 150);
      for (int i = 0; i < 150; i++) {
        keys.setAtIndex(ValueLayout.JAVA_INT, i, i);
      }
      MemorySegment values = arena.allocate(ValueLayout.JAVA_LONG, 150);
      assertEquals(50, map.putAll(keys, values, 50));
      assertEquals(100, map.putAll(keys, values, 150));
      assertThrows(IllegalArgumentException.class, () -> map.putAll(keys, values, 151));
    }
  }

  @Test
  void sealsEveryOctetOfADecision() {
    Random random = new Random(3);
    byte[] octets = new byte[FlowRecord.LENGTH];
    random.nextBytes(octets);
    MemorySegment.copy(octets, 0, record, ValueLayout.JAVA_BYTE, 0, octets.length);
    FlowSeal.write(record, 0);
    int seal = FlowSeal.of(record, 0);
    for (int i = 0; i < 104; i++) {
      if (i >= FlowSeal.AT) {
        continue;
      }
      byte before = record.get(ValueLayout.JAVA_BYTE, i);
      record.set(ValueLayout.JAVA_BYTE, i, (byte) (before ^ 1 << random.nextInt(8)));
      assertNotEquals(seal, FlowSeal.of(record, 0), "octet " + i);
      record.set(ValueLayout.JAVA_BYTE, i, before);
    }
    record.set(ValueLayout.JAVA_LONG, 104, 0);
    assertEquals(seal, FlowSeal.of(record, 0), "counters are not sealed");
  }

  @Test
  void sealsTheOrderOfWords() {
    for (int i = 0; i < 12; i++) {
      for (int j = 0; j < i; j++) {
        record.fill((byte) 0);
        record.setAtIndex(ValueLayout.JAVA_LONG, i, 1);
        int one = FlowSeal.of(record, 0);
        record.fill((byte) 0);
        record.setAtIndex(ValueLayout.JAVA_LONG, j, 1);
        assertNotEquals(one, FlowSeal.of(record, 0), i + " and " + j);
      }
    }
  }

  @Test
  void takesFewerFlowsOnASmallMachine() {
    assertEquals(OffloadLimits.DEFAULT_FLOWS, OffloadLimits.ofMemory(8L << 30).flows());
    assertEquals(65_536, OffloadLimits.ofMemory(1L << 30).flows());
    assertEquals(OffloadLimits.MIN_FLOWS, OffloadLimits.ofMemory(1 << 20).flows());
    OffloadLimits limits = OffloadLimits.ofMemory(1L << 30);
    assertTrue(limits.flowOctets() <= (1L << 30) / 20);
    assertThrows(IllegalArgumentException.class, () -> limits.withFlows(1_023));
    assertThrows(
        IllegalArgumentException.class, () -> limits.withFlows(OffloadLimits.MAX_FLOWS + 1));
  }

  @Test
  void sharesEpochsAndMetersWithTheKernel() throws Exception {
    try (UnderlayFilter filter = UnderlayFilter.create(List.of(4789));
        KernelExecutor offload = KernelExecutor.create(SMALL, filter, Publish.REFUSED)) {
      assertEquals(4, offload.arrays().tenants().capacity());
      assertEquals(4, offload.arrays().meters().capacity());
      offload.arrays().tenants().advanceEpoch(3);
      offload.arrays().meters().put(3, 1_000);
      assertTrue(offload.arrays().meters().admit(3, 2, 500, System.nanoTime()));
      // As bpf(2) reads them, which is as the programs do.
      MemorySegment tenant = arena.allocate(TenantTable.ENTRY_LENGTH, 8);
      MemorySegment meter = arena.allocate(MeterTable.ENTRY_LENGTH, 8);
      MemorySegment three = arena.allocateFrom(ValueLayout.JAVA_INT, 3);
      offload.map("hnv_tenants").get(three, tenant);
      offload.map("hnv_meters").get(three, meter);
      assertEquals(1, tenant.get(ValueLayout.JAVA_LONG, 0));
      assertEquals(2, meter.get(ValueLayout.JAVA_LONG, 24));
      assertEquals(500, meter.get(ValueLayout.JAVA_LONG, 32));
    }
  }

  @Test
  void publishesNextHopsAndPeersOnlyWhenNoProgramReadsThem() throws Exception {
    try (UnderlayFilter filter = UnderlayFilter.create(List.of(4789));
        KernelExecutor offload = KernelExecutor.create(SMALL, filter, Publish.REFUSED)) {
      FlowArrays arrays = offload.arrays();
      assertFalse(offload.withdrawChanged(arrays));
      arrays.nextHops().putLocal(3, 7, 1_500);
      arrays.peers().put(2, List.of(ProviderAddress.parse("10.0.0.1")), List.of());
      assertFalse(offload.withdrawChanged(arrays), "nobody can have seen them");
      assertTrue(offload.publishChanged(arrays));
      MemorySegment hop = arena.allocate(NextHopTable.ENTRY_LENGTH, 8);
      MemorySegment three = arena.allocateFrom(ValueLayout.JAVA_INT, 3);
      offload.map("hnv_next_hops").get(three, hop);
      assertEquals(7, hop.get(ValueLayout.JAVA_INT, 0));

      arrays.nextHops().putLocal(3, 8, 1_500);
      assertFalse(offload.publishChanged(arrays), "it is in force still");
      offload.map("hnv_next_hops").get(three, hop);
      assertEquals(7, hop.get(ValueLayout.JAVA_INT, 0), "nothing is changed under a program");
      assertTrue(offload.withdrawChanged(arrays));
      offload.map("hnv_next_hops").get(three, hop);
      assertEquals(0, hop.get(ValueLayout.JAVA_SHORT, 8), "withdrawn");
      offload.awaitPrograms();
      assertTrue(offload.publishChanged(arrays));
      offload.map("hnv_next_hops").get(three, hop);
      assertEquals(-1, hop.mismatch(arrays.nextHops().octets().asSlice(3 * 128L, 128)));
      assertFalse(offload.withdrawChanged(arrays), "nothing has changed");
    }
  }

  @Test
  void leavesNoOldRecordWhereANewOneFindsNoRoom() throws Exception {
    try (UnderlayFilter filter = UnderlayFilter.create(List.of(4789));
        KernelExecutor offload = KernelExecutor.create(SMALL, filter, Publish.REFUSED)) {
      FlowRecord.count(record, 0, 5, 500, 1);
      int flows = 0;
      while (offload.install(false, numbered(flows), 0, record, 0)) {
        flows++;
      }
      assertEquals(SMALL.flows(), flows);
      assertFalse(offload.read(false, numbered(flows), 0, taken));
      assertTrue(offload.read(false, numbered(0), 0, taken));
      assertEquals(0, FlowRecord.packets(taken, 0), "what Java counted is Java's");
      assertTrue(offload.remove(false, numbered(0), 0, taken));
      assertFalse(offload.remove(false, numbered(0), 0, taken));
    }
  }

  private MemorySegment numbered(int number) {
    key.set(ValueLayout.JAVA_INT, 12, number);
    return key;
  }

  @Test
  void namesEveryDropForPeople() {
    for (Fate fate : Fate.values()) {
      assertEquals(fate.isDrop(), fate.dropReason() != DropReason.NONE, fate.toString());
    }
  }

  @Test
  void refusesNumbersBeyondItsSizes() throws Exception {
    try (UnderlayFilter filter = UnderlayFilter.create(List.of(4789));
        KernelExecutor offload = KernelExecutor.create(SMALL, filter, Publish.REFUSED)) {
      assertThrows(
          IndexOutOfBoundsException.class, () -> offload.putExit(4, 0, 0, ExitDevice.ORDINARY));
      assertThrows(IndexOutOfBoundsException.class, () -> offload.putPort(1, 4, 0));
      assertThrows(IndexOutOfBoundsException.class, () -> offload.portCounters(4));
      // Ports without a device have numbers beyond those of the kernel, which counts nothing there.
      assertEquals(FlowOffload.NONE.counters(4), offload.counters(4));
    }
  }
}
