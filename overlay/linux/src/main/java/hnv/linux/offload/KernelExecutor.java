// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import hnv.dataplane.FlowKey;
import hnv.dataplane.FlowRecord;
import hnv.dataplane.NextHopTable;
import hnv.dataplane.PeerTable;
import hnv.linux.LinuxException;
import hnv.linux.bpf.BpfMap;
import hnv.linux.bpf.ProgramObject;
import hnv.linux.bpf.TcProgram;
import hnv.linux.bpf.UnderlayFilter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The kernel's executor of flow records: two programs, one for the devices of VMs and one for the
/// underlay's, and the maps that they read. Java writes here what it decided: flows, the arrays
/// beside them, the ports; and reads back what was counted. Nothing is evicted or decided here.
///
///     install, remove ──▶ flows ◀── program ──▶ exits
///     put… ──────────▶ next hops, peers, tenants, meters, ports
///
/// Written by one thread, the Worker that owns the tables of the dataplane; counters may be read by
/// any one other. It all ends with the last descriptor: the process's, or a link's.
public final class KernelExecutor implements AutoCloseable {
  /// The object file, built by `src/main/bpf/build`.
  static final String OBJECT = "/hnv/linux/bpf/flow.o";

  static final int TENANT_LENGTH = 8;
  static final int EXIT_LENGTH = 16;
  static final int NODE_LENGTH = 8;
  private static final int EXIT_TAKES_POPPED_SUPER_FRAMES = 1;

  /// The lengths that the object must have been built for, in the order of `bpf/maps.h`.
  private static final int[] LAYOUT = {
    FlowKey.IPV4_LENGTH,
    FlowKey.IPV6_LENGTH,
    FlowRecord.LENGTH,
    NextHopTable.ENTRY_LENGTH,
    PeerTable.ENTRY_LENGTH,
    TENANT_LENGTH,
    MeterEntry.LENGTH,
    PortEntry.LENGTH,
    EXIT_LENGTH,
    PortCounters.LENGTH,
    NODE_LENGTH,
    PortTable.SLOTS
  };

  /// Where 16 bits are zero while an entry is not in force: a next hop's flags, a peer's counts.
  private static final long NEXT_HOP_FLAGS_AT = 8;

  private static final long PEER_COUNTS_AT = 0;

  /// Devices that bear a program: each port's, and its channel's.
  private static final int DEVICES_PER_PORT = 2;

  private final Map<String, BpfMap> maps = new HashMap<>();
  private final List<AutoCloseable> opened = new ArrayList<>();
  private final Arena arena = Arena.ofShared();
  private final MemorySegment index = arena.allocate(4, 4);
  private final MemorySegment nextHop = arena.allocate(NextHopTable.ENTRY_LENGTH, 8);
  private final MemorySegment peer = arena.allocate(PeerTable.ENTRY_LENGTH, 8);
  private final OffloadLimits limits;
  private final UnderlayFilter filter;
  private final KernelFlows ipv4;
  private final KernelFlows ipv6;
  private final BpfMap nextHops;
  private final BpfMap peers;
  private final BpfMap tenants;
  private final BpfMap meters;
  private final PortTable ports;
  private final BpfMap node;
  private final BpfMap exits;
  private final BpfMap counters;
  private final BpfMap grace;
  private final BpfMap graceInner;
  private final TcProgram virtualMachineProgram;
  private final TcProgram underlayProgram;

  private KernelExecutor(OffloadLimits limits, UnderlayFilter filter) throws LinuxException {
    this.limits = limits;
    this.filter = filter;
    try {
      ipv4 = keep(KernelFlows.create("hnv_flows4", FlowKey.IPV4_LENGTH, limits.flows()));
      ipv6 = keep(KernelFlows.create("hnv_flows6", FlowKey.IPV6_LENGTH, limits.flows()));
      maps.put("hnv_flows4", ipv4.map());
      maps.put("hnv_flows6", ipv6.map());
      nextHops = array("hnv_next_hops", NextHopTable.ENTRY_LENGTH, limits.nextHops());
      peers = array("hnv_peers", PeerTable.ENTRY_LENGTH, limits.peers());
      tenants = array("hnv_tenants", TENANT_LENGTH, limits.tenants());
      meters = array("hnv_meters", MeterEntry.LENGTH, limits.meters());
      exits = array("hnv_exits", EXIT_LENGTH, limits.ports());
      node = array("hnv_node", NODE_LENGTH, 1);
      ports = keep(PortTable.create(DEVICES_PER_PORT * limits.ports()));
      ports.addTo(maps);
      counters =
          named(
              "hnv_counters",
              BpfMap.perCpuArray("hnv_counters", PortCounters.LENGTH, limits.ports()));
      graceInner = keep(BpfMap.array("hnv_grace_in", 4, 1));
      grace = keep(BpfMap.slotFor("hnv_grace", graceInner));
      filter.addTo(maps);
      ProgramObject object = object();
      virtualMachineProgram = keep(TcProgram.load("hnv_vm", object, "tc/vm", maps));
      underlayProgram = keep(TcProgram.load("hnv_underlay", object, "tc/underlay", maps));
    } catch (LinuxException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /// Makes the maps and has the kernel verify the programs. Nothing is attached yet.
  ///
  /// @param filter which underlay packets are ours; shared with the underlay port's guard
  /// @throws LinuxException with the verifier's log where the kernel refuses a program, ENOMEM
  ///     where there is not enough memory for the flows, EPERM without CAP_BPF
  public static KernelExecutor create(OffloadLimits limits, UnderlayFilter filter)
      throws LinuxException {
    return new KernelExecutor(limits, filter);
  }

  /// The committed object, after its layouts were compared with Java's.
  private static ProgramObject object() {
    ProgramObject object = ProgramObject.ofResource(KernelExecutor.class, OBJECT);
    ByteBuffer octets = ByteBuffer.wrap(object.octets("hnv.layout")).order(ByteOrder.LITTLE_ENDIAN);
    int[] found = new int[octets.remaining() / 4];
    octets.asIntBuffer().get(found);
    if (!Arrays.equals(LAYOUT, found)) {
      throw new IllegalStateException(
          OBJECT
              + " was built for the lengths "
              + Arrays.toString(found)
              + ", not "
              + Arrays.toString(LAYOUT)
              + ": run src/main/bpf/build");
    }
    return object;
  }

  private BpfMap array(String name, int valueLength, int entries) throws LinuxException {
    return named(name, BpfMap.array(name, valueLength, entries));
  }

  private BpfMap named(String name, BpfMap map) {
    maps.put(name, map);
    return keep(map);
  }

  private <T extends AutoCloseable> T keep(T made) {
    opened.add(made);
    return made;
  }

  // ---- programs and ports ----

  /// Until when the kernel may go by what was written here; from then on every packet goes up. Said
  /// twice a second for the second to come, by a process that is well. Before the first time, and
  /// where it is long past, nothing is forwarded.
  ///
  /// @param untilNs of CLOCK_MONOTONIC, as {@link System#nanoTime} has it here
  public void alive(long untilNs) throws LinuxException {
    try (Arena call = Arena.ofConfined()) {
      MemorySegment entry = call.allocate(NODE_LENGTH, 8);
      entry.set(ValueLayout.JAVA_LONG, 0, untilNs);
      node.put(call.allocateFrom(JAVA_INT, 0), entry);
    }
  }

  /// For the ingress of a VM's device.
  public TcProgram virtualMachineProgram() {
    return virtualMachineProgram;
  }

  /// For the ingress of the underlay's device.
  public TcProgram underlayProgram() {
    return underlayProgram;
  }

  public OffloadLimits limits() {
    return limits;
  }

  /// Makes a device a port's: frames that come in by it are the port's, those that the kernel does
  /// not forward go out by the device `missIndex`.
  ///
  /// @param linkIndex the device that bears a program
  /// @param number of the port, below {@link OffloadLimits#ports}
  /// @param missIndex of the port's TAP; 0 drops them
  public void putPort(int linkIndex, int number, int missIndex) throws LinuxException {
    putPort(linkIndex, number, missIndex, 0);
  }

  /// Makes a device the channel by which Java sends frames as if they came in by the port: they
  /// take the flow's way, and one that has none is dropped instead of going up again.
  public void putChannel(int linkIndex, int number) throws LinuxException {
    putPort(linkIndex, number, 0, PortEntry.OF_JAVA);
  }

  private void putPort(int linkIndex, int number, int missIndex, int flags) throws LinuxException {
    checkNumber("port", number, limits.ports());
    try (Arena call = Arena.ofConfined()) {
      MemorySegment entry = call.allocate(PortEntry.LENGTH, 8);
      PortEntry.write(entry, linkIndex, number, missIndex, flags, filter.udpPorts());
      ports.put(linkIndex, entry, this::awaitPrograms);
    }
  }

  /// The device is no port's any more: of a VM's all is dropped, of the underlay's all is left to
  /// the host and to the guard.
  public void removePort(int linkIndex) throws LinuxException {
    ports.remove(linkIndex);
  }

  /// Says which device a port's number means, for frames that leave by it. Written again when the
  /// device goes down or another comes in its place.
  ///
  /// @param linkIndex 0: no way out by this port; its flows go up
  /// @param mark firewall mark that the frames bear, for the guard at the device; 0: none
  /// @param takesPoppedSuperFrames whether super-frames out of a tunnel may leave by it whole. The
  ///     kernel goes on calling them tunnel frames after the pop; a veth does not mind, a TAP that
  ///     has agreed to tunnel super-frames loses them, another has them cut
  public void putExit(int number, int linkIndex, int mark, boolean takesPoppedSuperFrames)
      throws LinuxException {
    checkNumber("port", number, limits.ports());
    try (Arena call = Arena.ofConfined()) {
      MemorySegment entry = call.allocate(EXIT_LENGTH, 4);
      entry.set(JAVA_INT, 0, linkIndex);
      entry.set(JAVA_INT, 4, mark);
      entry.set(JAVA_INT, 8, takesPoppedSuperFrames ? EXIT_TAKES_POPPED_SUPER_FRAMES : 0);
      exits.put(call.allocateFrom(JAVA_INT, number), entry);
    }
  }

  /// What the kernel counted at a port.
  public PortCounters counters(int number) throws LinuxException {
    checkNumber("port", number, limits.ports());
    try (Arena call = Arena.ofConfined()) {
      MemorySegment copies = call.allocate(counters.valueLength(), 8);
      counters.get(call.allocateFrom(JAVA_INT, number), copies);
      return PortCounters.sum(copies);
    }
  }

  // ---- flows ----

  /// The flows of a family.
  public KernelFlows flows(boolean ofIpv6) {
    return ofIpv6 ? ipv6 : ipv4;
  }

  // ---- the arrays beside them ----

  /// Makes every record of the tenant with another epoch stale: its packets go up. In force for
  /// each packet that comes in from here on; {@link #awaitPrograms} waits for those before.
  public void putEpoch(int tenant, int epoch) throws LinuxException {
    checkNumber("tenant", tenant, limits.tenants());
    try (Arena call = Arena.ofConfined()) {
      MemorySegment entry = call.allocate(TENANT_LENGTH, 4);
      entry.set(JAVA_INT, 0, epoch);
      tenants.put(call.allocateFrom(JAVA_INT, tenant), entry);
    }
  }

  /// Writes a next hop as {@link NextHopTable} has it. A program must not read half an old entry
  /// and half a new one: so one that is in use is withdrawn first, the programs that may have seen
  /// it are waited for (milliseconds), and meanwhile its packets go up.
  public void putNextHop(int number, MemorySegment entry) throws LinuxException {
    checkNumber("next hop", number, limits.nextHops());
    replace(nextHops, number, entry, nextHop, NEXT_HOP_FLAGS_AT);
  }

  /// Writes a peer as {@link PeerTable} has it, with the same care as {@link #putNextHop}.
  public void putPeer(int number, MemorySegment entry) throws LinuxException {
    checkNumber("peer", number, limits.peers());
    replace(peers, number, entry, peer, PEER_COUNTS_AT);
  }

  /// Replaces an entry that is in force where the 16 bits at `inForceAt` are not zero.
  private void replace(
      BpfMap map, int number, MemorySegment entry, MemorySegment scratch, long inForceAt)
      throws LinuxException {
    index.set(JAVA_INT, 0, number);
    map.get(index, scratch);
    if (scratch.mismatch(entry) < 0) {
      return;
    }
    if (scratch.get(JAVA_SHORT, inForceAt) != 0) {
      scratch.set(JAVA_SHORT, inForceAt, (short) 0);
      map.put(index, scratch);
      awaitPrograms();
    }
    MemorySegment.copy(entry, 0, scratch, 0, scratch.byteSize());
    short inForce = scratch.get(JAVA_SHORT, inForceAt);
    scratch.set(JAVA_SHORT, inForceAt, (short) 0);
    map.put(index, scratch);
    scratch.set(JAVA_SHORT, inForceAt, inForce);
    map.put(index, scratch);
  }

  /// Sets a meter's limit; its bucket is full, its counters go on. What the kernel counts while
  /// this runs (a microsecond) may be lost.
  ///
  /// @param limitOctetsPerSecond 0: count only
  /// @param nowNs of CLOCK_MONOTONIC, as {@link System#nanoTime} has it here
  public void putMeter(int number, long limitOctetsPerSecond, long nowNs) throws LinuxException {
    checkNumber("meter", number, limits.meters());
    try (Arena call = Arena.ofConfined()) {
      MemorySegment key = call.allocateFrom(JAVA_INT, number);
      MemorySegment entry = call.allocate(MeterEntry.LENGTH, 8);
      meters.get(key, entry);
      MeterEntry.writeLimit(entry, limitOctetsPerSecond, nowNs);
      meters.put(key, entry);
    }
  }

  /// What a meter counted.
  public MeterEntry.Reading meter(int number) throws LinuxException {
    checkNumber("meter", number, limits.meters());
    try (Arena call = Arena.ofConfined()) {
      MemorySegment entry = call.allocate(MeterEntry.LENGTH, 8);
      meters.get(call.allocateFrom(JAVA_INT, number), entry);
      return MeterEntry.read(entry);
    }
  }

  /// Waits until no program runs any more that ran when this was called: what was written before is
  /// then in force for every packet. Some milliseconds.
  public void awaitPrograms() throws LinuxException {
    grace.putMap(graceInner);
  }

  private static void checkNumber(String what, int number, int bound) {
    if (number < 0 || number >= bound) {
      throw new IndexOutOfBoundsException(what + " " + number + " of " + bound);
    }
  }

  /// Gives up this process's hold; attached programs keep the maps. The filter stays the caller's.
  @Override
  public void close() {
    closeAll();
    arena.close();
  }

  private void closeAll() {
    for (AutoCloseable resource : opened.reversed()) {
      switch (resource) {
        case BpfMap map -> map.close();
        case TcProgram program -> program.close();
        case KernelFlows flows -> flows.close();
        case PortTable table -> table.close();
        default -> throw new IllegalStateException("who else is it: " + resource);
      }
    }
    opened.clear();
  }
}
