// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import hnv.linux.LinuxException;
import hnv.linux.bpf.BpfMap;
import hnv.linux.bpf.MapSource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/// The ports by the index of their device. A hash table knows them all. Beside it an array of
/// {@value #SLOTS} slots, by the last bits of the index, knows those that found their slot free:
/// that look-up costs the program 2 ns instead of 35.
///
/// Any thread: a device is given up by whoever hears first that it is gone.
final class PortTable implements AutoCloseable {
  /// `PORT_SLOTS` of `bpf/maps.h`.
  static final int SLOTS = 4_096;

  private final BpfMap all;
  private final BpfMap slots;

  /// Slots that a program may still be reading for a device that is no port any more.
  private final BitSet used = new BitSet();

  /// Entries as they were put, by the index of the device.
  private final Map<Integer, MemorySegment> entries = new HashMap<>();

  private PortTable(BpfMap all, BpfMap slots) {
    this.all = all;
    this.slots = slots;
  }

  /// @param devices that may be ports at the same time
  static PortTable create(int devices) throws LinuxException {
    return create(BpfMap.NEW, devices);
  }

  static PortTable create(MapSource source, int devices) throws LinuxException {
    BpfMap all = source.hash("hnv_ports", 4, PortEntry.LENGTH, devices);
    try {
      PortTable table = new PortTable(all, source.array("hnv_port_slots", PortEntry.LENGTH, SLOTS));
      // What another process left, programs may be reading.
      table.used.set(0, SLOTS, !source.equals(BpfMap.NEW));
      return table;
    } catch (LinuxException e) {
      all.close();
      throw e;
    }
  }

  void addTo(Map<String, BpfMap> maps) {
    maps.put("hnv_ports", all);
    maps.put("hnv_port_slots", slots);
  }

  /// Writes the entry of a device. An array's entry is overwritten in place, and a program must not
  /// read half of it: so what is in a slot is withdrawn and the programs are waited for.
  synchronized void put(int linkIndex, MemorySegment entry, ProgramBarrier programs)
      throws LinuxException {
    try (Arena call = Arena.ofConfined()) {
      all.put(call.allocateFrom(JAVA_INT, linkIndex), entry);
      entries.put(linkIndex, Arena.ofAuto().allocate(PortEntry.LENGTH, 8).copyFrom(entry));
      int slot = linkIndex & (SLOTS - 1);
      MemorySegment key = call.allocateFrom(JAVA_INT, slot);
      MemorySegment value = call.allocate(PortEntry.LENGTH, 8);
      slots.get(key, value);
      int occupant = PortEntry.linkIndex(value);
      if (value.mismatch(entry) < 0 || (occupant != 0 && occupant != linkIndex)) {
        return;
      }
      if (used.get(slot)) {
        PortEntry.setLinkIndex(value, 0);
        slots.put(key, value);
        programs.await();
      }
      used.set(slot);
      value.copyFrom(entry);
      PortEntry.setLinkIndex(value, 0);
      slots.put(key, value);
      PortEntry.setLinkIndex(value, linkIndex);
      slots.put(key, value);
    }
  }

  /// The device is no port any more.
  synchronized void remove(int linkIndex) throws LinuxException {
    try (Arena call = Arena.ofConfined()) {
      MemorySegment key = call.allocateFrom(JAVA_INT, linkIndex & (SLOTS - 1));
      MemorySegment value = call.allocate(PortEntry.LENGTH, 8);
      slots.get(key, value);
      if (PortEntry.linkIndex(value) == linkIndex) {
        PortEntry.setLinkIndex(value, 0);
        slots.put(key, value);
      }
      all.remove(call.allocateFrom(JAVA_INT, linkIndex));
      entries.remove(linkIndex);
    }
  }

  /// Says where copies go of what comes in by a port. One number of an entry changes, so that a
  /// program reads it before or after.
  ///
  /// @param number of the port
  /// @param captureIndex 0: nowhere
  synchronized void setCapture(int number, int captureIndex) throws LinuxException {
    for (Map.Entry<Integer, MemorySegment> known : entries.entrySet()) {
      MemorySegment entry = known.getValue();
      if (PortEntry.number(entry) != number) {
        continue;
      }
      PortEntry.setCapture(entry, captureIndex);
      try (Arena call = Arena.ofConfined()) {
        int linkIndex = known.getKey();
        all.put(call.allocateFrom(JAVA_INT, linkIndex), entry);
        MemorySegment slot = call.allocateFrom(JAVA_INT, linkIndex & (SLOTS - 1));
        MemorySegment value = call.allocate(PortEntry.LENGTH, 8);
        slots.get(slot, value);
        if (PortEntry.linkIndex(value) == linkIndex) {
          slots.put(slot, entry);
        }
      }
    }
  }

  /// {@link KernelExecutor#awaitPrograms}.
  interface ProgramBarrier {
    void await() throws LinuxException;
  }

  @Override
  public void close() {
    all.close();
    slots.close();
  }
}
