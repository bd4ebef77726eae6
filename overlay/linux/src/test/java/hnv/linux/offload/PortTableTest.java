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
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A place says whose it is, and never says it of half an entry.
@Tag("netns")
final class PortTableTest {
  private static final int DEVICE = 7;
  private static final int SAME_PLACE = DEVICE + PortTable.OWN_PLACES;

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
    put(PortTable.Device.of(linkIndex), number);
  }

  private void put(PortTable.Device device, int number) throws LinuxException {
    MemorySegment entry = arena.allocate(PortEntry.LENGTH, 8);
    PortEntry.write(entry, device, number, 0, 0, List.of(4789));
    table.put(
        device,
        entry,
        () -> {
          waited++;
          assertEquals(0, owner(), "withdrawn while the programs are waited for");
        });
  }

  private MemorySegment entry(int place) throws LinuxException {
    MemorySegment value = arena.allocate(PortEntry.LENGTH, 8);
    ports().get(arena.allocateFrom(ValueLayout.JAVA_INT, place), value);
    return value;
  }

  private BpfMap ports() {
    return Objects.requireNonNull(maps.get("hnv_ports"));
  }

  private int owner() throws LinuxException {
    return PortEntry.linkIndex(entry(DEVICE));
  }

  /// Number of the port that a program finds by the hash table.
  private int numberByHash(int linkIndex) throws LinuxException {
    return numberByHash(PortTable.Device.of(linkIndex));
  }

  private int numberByHash(PortTable.Device device) throws LinuxException {
    MemorySegment place = arena.allocate(4, 4);
    Objects.requireNonNull(maps.get("hnv_places"))
        .get(arena.allocateFrom(ValueLayout.JAVA_INT, device.linkIndex(), device.vlan()), place);
    MemorySegment found = entry(place.get(ValueLayout.JAVA_INT, 0));
    assertEquals(device, PortEntry.device(found));
    return PortEntry.number(found);
  }

  @Test
  void leavesAPlaceToItsFirstDevice() throws Exception {
    put(DEVICE, 1);
    put(SAME_PLACE, 2);
    assertEquals(DEVICE, owner());
    assertEquals(1, PortEntry.number(entry(DEVICE)));
    assertEquals(2, numberByHash(SAME_PLACE));
    table.setCapture(2, 99);
    assertEquals(2, numberByHash(SAME_PLACE));
    table.remove(PortTable.Device.of(SAME_PLACE));
    assertThrows(LinuxException.class, () -> numberByHash(SAME_PLACE));
    assertEquals(DEVICE, owner());
    assertEquals(0, waited);
  }

  @Test
  void keepsTheVlansOfADeviceApart() throws Exception {
    PortTable.Device one = PortTable.Device.ofVlan(DEVICE, 1);
    PortTable.Device two = PortTable.Device.ofVlan(DEVICE, 2);
    put(one, 2);
    put(two, 3);
    assertEquals(0, owner(), "the device's own place is left to the device");
    assertEquals(2, numberByHash(one));
    assertEquals(3, numberByHash(two));
    table.remove(one);
    put(DEVICE, 1);
    assertEquals(1, PortEntry.number(entry(DEVICE)));
    assertThrows(LinuxException.class, () -> numberByHash(one));
    assertEquals(3, numberByHash(two));
    assertEquals(DEVICE, owner());
  }

  @Test
  void waitsForTheProgramsBeforeAPlaceIsAnothers() throws Exception {
    put(DEVICE, 1);
    table.remove(PortTable.Device.of(DEVICE));
    assertEquals(0, owner());
    put(SAME_PLACE, 2);
    assertEquals(1, waited);
    assertEquals(SAME_PLACE, owner());
    assertEquals(2, PortEntry.number(entry(DEVICE)));
    put(SAME_PLACE, 3);
    assertEquals(2, waited);
    put(SAME_PLACE, 3);
    assertEquals(2, waited, "nothing has changed");
  }

  @Test
  void refusesOneDeviceMoreThanThereIsRoomFor() throws Exception {
    put(DEVICE, 1);
    put(SAME_PLACE, 2);
    assertThrows(LinuxException.class, () -> put(9, 3));
  }
}
