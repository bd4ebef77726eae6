// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hnv.linux.LinuxException;
import hnv.linux.bpf.BpfMap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A slot says whose it is, and never says it of half an entry.
@Tag("netns")
final class PortTableTest {
  private static final int DEVICE = 7;
  private static final int SAME_SLOT = DEVICE + PortTable.SLOTS;

  private final Arena arena = Arena.ofAuto();
  private final Map<String, BpfMap> maps = new HashMap<>();
  private PortTable table;
  private int waited;

  @BeforeEach
  void create() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root to make maps");
    table = PortTable.create(2);
    table.addTo(maps);
  }

  @AfterEach
  void close() {
    if (table != null) {
      table.close();
    }
  }

  private void put(int linkIndex, int number) throws LinuxException {
    MemorySegment entry = arena.allocate(PortEntry.LENGTH, 8);
    PortEntry.write(entry, linkIndex, number, 0, 0, List.of(4789));
    table.put(
        linkIndex,
        entry,
        () -> {
          waited++;
          assertEquals(0, slotOwner(), "withdrawn while the programs are waited for");
        });
  }

  private MemorySegment slot() throws LinuxException {
    BpfMap slots = maps.get("hnv_port_slots");
    MemorySegment value = arena.allocate(PortEntry.LENGTH, 8);
    slots.get(arena.allocateFrom(ValueLayout.JAVA_INT, DEVICE), value);
    return value;
  }

  private int slotOwner() throws LinuxException {
    return PortEntry.linkIndex(slot());
  }

  private int numberInHash(int linkIndex) throws LinuxException {
    BpfMap all = maps.get("hnv_ports");
    MemorySegment value = arena.allocate(PortEntry.LENGTH, 8);
    all.get(arena.allocateFrom(ValueLayout.JAVA_INT, linkIndex), value);
    return value.get(ValueLayout.JAVA_INT, 0);
  }

  @Test
  void leavesASlotToItsFirstDevice() throws Exception {
    put(DEVICE, 1);
    put(SAME_SLOT, 2);
    assertEquals(DEVICE, slotOwner());
    assertEquals(1, numberInHash(DEVICE));
    assertEquals(2, numberInHash(SAME_SLOT));
    table.remove(SAME_SLOT);
    assertEquals(DEVICE, slotOwner());
    assertEquals(0, waited);
  }

  @Test
  void waitsForTheProgramsBeforeASlotIsAnothers() throws Exception {
    put(DEVICE, 1);
    table.remove(DEVICE);
    assertEquals(0, slotOwner());
    put(SAME_SLOT, 2);
    assertEquals(1, waited);
    assertEquals(SAME_SLOT, slotOwner());
    assertEquals(2, slot().get(ValueLayout.JAVA_INT, 0));
    put(SAME_SLOT, 3);
    assertEquals(2, waited);
    put(SAME_SLOT, 3);
    assertEquals(2, waited, "nothing has changed");
  }

  @Test
  void refusesOneDeviceMoreThanThereIsRoomFor() throws Exception {
    put(DEVICE, 1);
    put(SAME_SLOT, 2);
    assertThrows(LinuxException.class, () -> put(9, 3));
  }
}
