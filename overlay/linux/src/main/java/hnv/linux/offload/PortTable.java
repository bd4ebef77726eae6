// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import hnv.linux.Errno;
import hnv.linux.LinuxException;
import hnv.linux.bpf.BpfMap;
import hnv.linux.bpf.MapSource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/// The ports by the index of their device, or by a VLAN on one: an array. A device has the place
/// that the last bits of its index say, which the program finds in 2 ns; where that one is taken, a
/// place behind those, which the program finds by a hash table, in 35. VLANs have such places only.
///
/// Any thread: a device is given up by whoever hears first that it is gone.
final class PortTable implements AutoCloseable {
  /// `OWN_PLACES` of `bpf/maps.h`.
  static final int OWN_PLACES = 4_096;

  /// Octets of {@link Device} in the hash table, `struct device` of `bpf/maps.h`.
  static final int DEVICE_LENGTH = 8;

  /// In the number of a VLAN, so that VLAN 0 is none of the device's own frames.
  private static final int VLAN_PORT = 0x1_0000;

  /// In place of a VLAN: a port that shares the device with the host, and with the underlay's port.
  private static final int SHARED_PORT = 0x2_0000;

  /// What a port is found by.
  ///
  /// @param vlan 0, or of a VLAN on the device its id and VLAN_PORT, or SHARED_PORT
  record Device(int linkIndex, int vlan) {
    static Device of(int linkIndex) {
      return new Device(linkIndex, 0);
    }

    /// @param id 1…4094
    static Device ofVlan(int linkIndex, int id) {
      return new Device(linkIndex, VLAN_PORT | id);
    }

    static Device shared(int linkIndex) {
      return new Device(linkIndex, SHARED_PORT);
    }
  }

  private final int devices;
  private final BpfMap ports;
  private final BpfMap places;

  /// Entries as they were put.
  private final Map<Device, MemorySegment> entries = new HashMap<>();

  private final Map<Device, Integer> placeOf = new HashMap<>();
  private final BitSet taken = new BitSet();

  /// Places that a program may still be reading for a device that is no port any more.
  private final BitSet used = new BitSet();

  private PortTable(int devices, BpfMap ports, BpfMap places) {
    this.devices = devices;
    this.ports = ports;
    this.places = places;
  }

  /// @param devices that may be ports at the same time
  static PortTable create(int devices) throws LinuxException {
    return create(BpfMap.NEW, devices);
  }

  static PortTable create(MapSource source, int devices) throws LinuxException {
    BpfMap ports = source.array("hnv_ports", PortEntry.LENGTH, OWN_PLACES + devices);
    try {
      PortTable table =
          new PortTable(devices, ports, source.hash("hnv_places", DEVICE_LENGTH, 4, devices));
      if (!source.equals(BpfMap.NEW)) {
        table.readAll();
      }
      return table;
    } catch (LinuxException e) {
      ports.close();
      throw e;
    }
  }

  /// Takes note of what another process left, which programs may be reading.
  private void readAll() throws LinuxException {
    for (int place = 0; place < OWN_PLACES + devices; place++) {
      MemorySegment entry = Arena.ofAuto().allocate(PortEntry.LENGTH, 8);
      try (Arena call = Arena.ofConfined()) {
        ports.get(call.allocateFrom(JAVA_INT, place), entry);
      }
      Device device = PortEntry.device(entry);
      if (device.linkIndex() != 0) {
        entries.put(device, entry);
        placeOf.put(device, place);
        taken.set(place);
      }
    }
    used.set(0, OWN_PLACES + devices);
  }

  void addTo(Map<String, BpfMap> maps) {
    maps.put("hnv_ports", ports);
    maps.put("hnv_places", places);
  }

  /// Writes the entry of a device or VLAN. An entry is overwritten in place, and a program must not
  /// read half of it: so one that is there is withdrawn, and the programs are waited for.
  ///
  /// @throws LinuxException E2BIG where there are as many devices as there may be
  synchronized void put(Device device, MemorySegment entry, ProgramBarrier programs)
      throws LinuxException {
    MemorySegment before = entries.get(device);
    if (before != null && before.mismatch(entry) < 0) {
      return;
    }
    int place = take(device);
    MemorySegment copy = Arena.ofAuto().allocate(PortEntry.LENGTH, 8).copyFrom(entry);
    entries.put(device, copy);
    if (used.get(place)) {
      write(place, copy, 0);
      programs.await();
    }
    used.set(place);
    write(place, copy, 0);
    write(place, copy, device.linkIndex());
    if (place >= OWN_PLACES) {
      try (Arena call = Arena.ofConfined()) {
        places.put(key(call, device), call.allocateFrom(JAVA_INT, place));
      }
    }
  }

  private static MemorySegment key(Arena call, Device device) {
    return call.allocateFrom(JAVA_INT, device.linkIndex(), device.vlan());
  }

  private int take(Device device) throws LinuxException {
    Integer known = placeOf.get(device);
    if (known != null) {
      return known;
    }
    if (placeOf.size() == devices) {
      throw new LinuxException("make one device more than " + devices + " a port", Errno.E2BIG);
    }
    int own = device.linkIndex() & (OWN_PLACES - 1);
    int place = device.vlan() != 0 || taken.get(own) ? taken.nextClearBit(OWN_PLACES) : own;
    taken.set(place);
    placeOf.put(device, place);
    return place;
  }

  /// Writes an entry, in force for a device or, for 0, for none.
  private void write(int place, MemorySegment entry, int inForceFor) throws LinuxException {
    PortEntry.setLinkIndex(entry, inForceFor);
    try (Arena call = Arena.ofConfined()) {
      ports.put(call.allocateFrom(JAVA_INT, place), entry);
    }
  }

  /// The device, or the VLAN on it, is no port any more; where it was none, nothing happens.
  synchronized void remove(Device device) throws LinuxException {
    Integer place = placeOf.remove(device);
    MemorySegment entry = entries.remove(device);
    if (place == null || entry == null) {
      return;
    }
    write(place, entry, 0);
    taken.clear(place);
    if (place >= OWN_PLACES) {
      try (Arena call = Arena.ofConfined()) {
        places.remove(key(call, device));
      }
    }
  }

  /// Says where copies go of what comes in by a port. One number of an entry changes, so that a
  /// program reads it before or after.
  ///
  /// @param number of the port
  /// @param captureIndex 0: nowhere
  synchronized void setCapture(int number, int captureIndex) throws LinuxException {
    for (Map.Entry<Device, MemorySegment> known : entries.entrySet()) {
      Integer place = placeOf.get(known.getKey());
      if (PortEntry.number(known.getValue()) == number && place != null) {
        PortEntry.setCapture(known.getValue(), captureIndex);
        write(place, known.getValue(), known.getKey().linkIndex());
      }
    }
  }

  /// {@link KernelExecutor#awaitPrograms}.
  interface ProgramBarrier {
    void await() throws LinuxException;
  }

  @Override
  public void close() {
    ports.close();
    places.close();
  }
}
