// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import hnv.linux.LinuxException;
import hnv.linux.bpf.BpfMap;
import hnv.linux.bpf.MapSource;
import hnv.linux.bpf.UnderlayFilter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;

/// The ports as the kernel's programs know them: which device, or VLAN on one, a frame comes in by;
/// which one a port's number leads to; who watches; what was counted. Written by the thread that
/// opens ports; counters may be read by any one other.
public final class KernelPorts implements AutoCloseable {
  /// Devices that bear a program: each port's, and its channel's.
  private static final int DEVICES_PER_PORT = 2;

  private static final int MAX_VLAN = 4_094;

  private final int bound;
  private final UnderlayFilter filter;
  private final PortTable.ProgramBarrier programs;
  private final PortTable table;
  private final BpfMap exits;
  private final BpfMap counters;

  /// Where copies of a port's frames go, by its number.
  private final int[] captures;

  private KernelPorts(
      int bound,
      UnderlayFilter filter,
      PortTable.ProgramBarrier programs,
      PortTable table,
      BpfMap exits,
      BpfMap counters) {
    this.bound = bound;
    this.filter = filter;
    this.programs = programs;
    this.table = table;
    this.exits = exits;
    this.counters = counters;
    this.captures = new int[bound];
  }

  /// @param bound greatest number of a port, plus one
  static KernelPorts create(
      MapSource source, int bound, UnderlayFilter filter, PortTable.ProgramBarrier programs)
      throws LinuxException {
    PortTable table = PortTable.create(source, DEVICES_PER_PORT * bound);
    BpfMap exits = null;
    try {
      exits = source.array("hnv_exits", ExitEntry.LENGTH, bound);
      BpfMap counters = source.perCpuArray("hnv_counters", PortCounters.LENGTH, bound);
      return new KernelPorts(bound, filter, programs, table, exits, counters);
    } catch (LinuxException e) {
      table.close();
      if (exits != null) {
        exits.close();
      }
      throw e;
    }
  }

  void addTo(Map<String, BpfMap> maps) {
    table.addTo(maps);
    maps.put("hnv_exits", exits);
    maps.put("hnv_counters", counters);
  }

  /// Makes a device a port's: frames that come in by it are the port's, those that the kernel does
  /// not forward go out by the device `missIndex`.
  ///
  /// @param linkIndex the device that bears a program
  /// @param number of the port, below {@link OffloadLimits#ports}
  /// @param missIndex of the port's TAP; 0 drops them
  public void putPort(int linkIndex, int number, int missIndex) throws LinuxException {
    putPort(PortTable.Device.of(linkIndex), number, missIndex, 0);
  }

  /// Makes a VLAN on an outside network's device a port's. Its frames go up with their tag. The
  /// device itself is a port as well, whose are those of other VLANs and of none.
  ///
  /// @param vlan 1…4094
  /// @param missIndex of the TAP of the device's port
  public void putVlanPort(int linkIndex, int vlan, int number, int missIndex)
      throws LinuxException {
    checkVlan(vlan);
    putPort(PortTable.Device.ofVlan(linkIndex, vlan), number, missIndex, 0);
  }

  /// Makes what {@link hnv.linux.bpf.SharedFilter} selects of a device a port's. The device may be
  /// the underlay's port as well.
  ///
  /// @param missIndex of the port's TAP
  public void putSharedPort(int linkIndex, int number, int missIndex) throws LinuxException {
    putPort(PortTable.Device.shared(linkIndex), number, missIndex, 0);
  }

  /// Takes {@link #putSharedPort} back: what is selected is dropped by the program.
  public void removeSharedPort(int linkIndex) throws LinuxException {
    table.remove(PortTable.Device.shared(linkIndex));
  }

  /// Makes a device the TAP by which Java sends frames out by the port, as they are.
  public void putEmitter(int linkIndex, int number) throws LinuxException {
    putPort(PortTable.Device.of(linkIndex), number, 0, PortEntry.OF_JAVA);
  }

  private synchronized void putPort(PortTable.Device device, int number, int missIndex, int flags)
      throws LinuxException {
    checkNumber(number);
    try (Arena call = Arena.ofConfined()) {
      MemorySegment entry = call.allocate(PortEntry.LENGTH, 8);
      PortEntry.write(entry, device, number, missIndex, flags, filter.udpPorts());
      PortEntry.setCapture(entry, captures[number]);
      table.put(device, entry, programs);
    }
  }

  /// The device is no port's any more: of a VM's all is dropped, of the underlay's all is left to
  /// the host and to the guard. VLANs on it are removed by themselves.
  public void removePort(int linkIndex) throws LinuxException {
    table.remove(PortTable.Device.of(linkIndex));
  }

  /// The VLAN is no port's any more: its frames are the device's.
  public void removeVlanPort(int linkIndex, int vlan) throws LinuxException {
    checkVlan(vlan);
    table.remove(PortTable.Device.ofVlan(linkIndex, vlan));
  }

  /// Says which device a port's number means, for frames that leave by it. Written again when the
  /// device goes down or another comes in its place.
  ///
  /// @param linkIndex 0: no way out by this port; its flows go up
  /// @param mark firewall mark that the frames bear, for the guard at the device; 0: none
  /// @param device what the device can do
  public void putExit(int number, int linkIndex, int mark, ExitDevice device)
      throws LinuxException {
    write(number, linkIndex, mark, device, 0);
  }

  /// The same for a port that is a VLAN on a device: frames that the kernel forwards are tagged.
  /// What Java sends has its tag, and goes by the device's port.
  ///
  /// @param vlan 1…4094
  public void putVlanExit(int number, int linkIndex, int vlan, int mark, ExitDevice device)
      throws LinuxException {
    checkVlan(vlan);
    write(number, linkIndex, mark, device, vlan);
  }

  private synchronized void write(int number, int linkIndex, int mark, ExitDevice device, int vlan)
      throws LinuxException {
    checkNumber(number);
    try (Arena call = Arena.ofConfined()) {
      MemorySegment entry = call.allocate(ExitEntry.LENGTH, 4);
      ExitEntry.write(entry, linkIndex, mark, device, vlan, captures[number]);
      exits.put(call.allocateFrom(JAVA_INT, number), entry);
    }
  }

  /// Has a copy of each frame that comes in by the port, or leaves by it, sent to another device;
  /// flows go on in the kernel. Of the underlay's, tunnel packets of ours only.
  ///
  /// @param captureIndex of the device, which nobody else uses: a TAP with a queue that ends
  public void startCapture(int number, int captureIndex) throws LinuxException {
    if (captureIndex <= 0) {
      throw new IllegalArgumentException("index of the capture's device: " + captureIndex);
    }
    setCapture(number, captureIndex);
  }

  /// Ends {@link #startCapture}; where there is none, nothing happens.
  public void stopCapture(int number) throws LinuxException {
    setCapture(number, 0);
  }

  private synchronized void setCapture(int number, int captureIndex) throws LinuxException {
    checkNumber(number);
    captures[number] = captureIndex;
    table.setCapture(number, captureIndex);
    try (Arena call = Arena.ofConfined()) {
      MemorySegment key = call.allocateFrom(JAVA_INT, number);
      MemorySegment entry = call.allocate(ExitEntry.LENGTH, 4);
      exits.get(key, entry);
      ExitEntry.setCapture(entry, captureIndex);
      exits.put(key, entry);
    }
  }

  /// What became of the frames that came in by a port, and what left by it.
  PortCounters counters(int number) throws LinuxException {
    checkNumber(number);
    try (Arena call = Arena.ofConfined()) {
      MemorySegment copies = call.allocate(counters.valueLength(), 8);
      counters.get(call.allocateFrom(JAVA_INT, number), copies);
      return PortCounters.sum(copies);
    }
  }

  void clearCounters(int number) throws LinuxException {
    checkNumber(number);
    try (Arena call = Arena.ofConfined()) {
      counters.put(
          call.allocateFrom(JAVA_INT, number), call.allocate(counters.valueLength(), Long.BYTES));
    }
  }

  private void checkNumber(int number) {
    if (number < 0 || number >= bound) {
      throw new IndexOutOfBoundsException("port " + number + " of " + bound);
    }
  }

  private static void checkVlan(int vlan) {
    if (vlan < 1 || vlan > MAX_VLAN) {
      throw new IllegalArgumentException("VLAN " + vlan + ": 1 to " + MAX_VLAN);
    }
  }

  @Override
  public void close() {
    table.close();
    exits.close();
    counters.close();
  }
}
