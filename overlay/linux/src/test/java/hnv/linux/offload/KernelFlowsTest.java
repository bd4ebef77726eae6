// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hnv.dataplane.FlowKey;
import hnv.dataplane.FlowRecord;
import hnv.linux.Errno;
import hnv.linux.LinuxException;
import hnv.linux.bpf.BpfMap;
import hnv.linux.bpf.UnderlayFilter;
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

  private final Arena arena = Arena.ofAuto();
  private final MemorySegment key = arena.allocate(FlowKey.IPV4_LENGTH, 8);
  private final MemorySegment record = arena.allocate(FlowRecord.LENGTH, 8);

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
      flows.remove(key, 0);
      assertTrue(install(flows, 1_024));
      assertEquals(1_024, flows.readAll((keys, keyAt, records, recordAt) -> {}));
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
      flows.remove(absent, 0);
      LinuxException none = assertThrows(LinuxException.class, () -> flows.read(absent, 0, record));
      assertEquals(Errno.ENOENT, none.errno());
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
  void metersWhatPassesAndForgetsNoCount() throws Exception {
    try (UnderlayFilter filter = UnderlayFilter.create(List.of(4789));
        KernelExecutor offload =
            KernelExecutor.create(new OffloadLimits(1_024, 4, 4, 4, 4, 4), filter)) {
      offload.putMeter(1, 1_000, System.nanoTime());
      assertEquals(new MeterEntry.Reading(0, 0, 0), offload.meter(1));
      assertThrows(IndexOutOfBoundsException.class, () -> offload.putMeter(4, 0, 0));
      assertThrows(IllegalArgumentException.class, () -> offload.putMeter(1, -1, 0));
      assertThrows(IndexOutOfBoundsException.class, () -> offload.putEpoch(4, 0));
      assertThrows(IndexOutOfBoundsException.class, () -> offload.putExit(4, 0, 0, false));
      assertThrows(IndexOutOfBoundsException.class, () -> offload.putPort(1, 4, 0));
      MemorySegment entry = arena.allocate(128, 8);
      assertThrows(IndexOutOfBoundsException.class, () -> offload.putNextHop(4, entry));
      offload.awaitPrograms();
    }
  }
}
