// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import hnv.dataplane.Counters;
import hnv.dataplane.DropReason;
import hnv.dataplane.FlowArrays;
import hnv.dataplane.FlowKey;
import hnv.dataplane.FlowOffload;
import hnv.dataplane.MeterTable;
import hnv.dataplane.NextHopTable;
import hnv.dataplane.PeerTable;
import hnv.dataplane.TenantTable;
import hnv.linux.LinuxException;
import hnv.linux.bpf.BpfMap;
import hnv.linux.bpf.MapSource;
import hnv.linux.bpf.ProgramObject;
import hnv.linux.bpf.SharedFilter;
import hnv.linux.bpf.TcProgram;
import hnv.linux.bpf.UnderlayFilter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The kernel's executor of flow records: a program each for the devices of VMs, of the underlay
/// and of outside networks, and the maps that they read. Java writes here what it decided: flows,
/// the arrays beside them, the ports; and reads back what was counted. Nothing is evicted or
/// decided here.
///
///     install, remove ──▶ flows ◀────────────────── program ──▶ exits, ports
///     publishChanged ───▶ next hops, peers, GRE ◀──────┤
///     arrays() ─────────▶ tenants, meters, the same ◀──┘
///
/// Flows and the arrays beside them are written by one thread, the Worker that owns the tables of
/// the dataplane; ports and exits by the thread that opens ports; counters may be read by any one
/// other. It all ends with the last descriptor: the process's, or a link's.
public final class KernelExecutor implements FlowOffload, AutoCloseable {
  static final int NODE_LENGTH = 16;

  /// In the node's entry, behind until when: whether the kernel tells a checksum's place.
  private static final long TELLS_CHECKSUM_PLACE_AT = 8;

  private static final VarHandle UNTIL = ValueLayout.JAVA_LONG.varHandle();

  /// Where 16 bits are zero while an entry is not in force: a next hop's flags, a peer's counts.
  private static final long NEXT_HOP_FLAGS_AT = 8;

  private static final long PEER_COUNTS_AT = 0;

  private final Map<String, BpfMap> maps = new HashMap<>();
  private final List<AutoCloseable> opened = new ArrayList<>();
  private final Arena arena = Arena.ofShared();
  private final OffloadLimits limits;
  private final Consumer<LinuxException> onFailure;
  private final @Nullable Inheritance inheritance;
  private final MapSource source;
  private final int mark;
  private final KernelFlows ipv4;
  private final KernelFlows ipv6;
  private final KernelCopy nextHops;
  private final KernelCopy peers;
  private final KernelEndpoints endpoints;
  private final FlowArrays arrays;
  private final KernelPorts ports;
  private final MissLimits misses;
  private final MemorySegment node;
  private final BpfMap grace;
  private final BpfMap graceInner;
  private final TcProgram virtualMachineProgram;
  private final TcProgram underlayProgram;
  private final TcProgram outsideProgram;
  private final TcProgram emitProgram;

  private KernelExecutor(
      OffloadLimits limits,
      UnderlayFilter filter,
      @Nullable Inheritance inheritance,
      Consumer<LinuxException> onFailure)
      throws LinuxException {
    this.inheritance = inheritance;
    source = inheritance == null ? BpfMap.NEW : inheritance.folder();
    mark =
        inheritance == null
            ? 1 + new SecureRandom().nextInt(Integer.MAX_VALUE)
            : inheritance.mark();
    this.limits = limits;
    this.onFailure = onFailure;
    try {
      ipv4 = keep(KernelFlows.create(source, "hnv_flows4", FlowKey.IPV4_LENGTH, limits.flows()));
      ipv6 = keep(KernelFlows.create(source, "hnv_flows6", FlowKey.IPV6_LENGTH, limits.flows()));
      maps.put("hnv_flows4", ipv4.map());
      maps.put("hnv_flows6", ipv6.map());
      nextHops =
          copy("hnv_next_hops", NextHopTable.ENTRY_LENGTH, limits.nextHops(), NEXT_HOP_FLAGS_AT);
      peers = copy("hnv_peers", PeerTable.ENTRY_LENGTH, limits.peers(), PEER_COUNTS_AT);
      arrays =
          new FlowArrays(
              new NextHopTable(limits.nextHops()),
              new PeerTable(limits.peers()),
              new TenantTable(shared("hnv_tenants", TenantTable.ENTRY_LENGTH, limits.tenants())),
              new MeterTable(shared("hnv_meters", MeterTable.ENTRY_LENGTH, limits.meters())));
      endpoints = keep(KernelEndpoints.create(source, arrays.endpoints().capacity())).addTo(maps);
      node = shared("hnv_node", NODE_LENGTH, 1);
      ports = keep(KernelPorts.create(source, limits.ports(), filter, this::awaitPrograms));
      ports.addTo(maps);
      misses = keep(MissLimits.create(source, limits.ports(), limits.tenants(), arena)).addTo(maps);
      graceInner = keep(BpfMap.array("hnv_grace_in", 4, 1));
      grace = keep(BpfMap.slotFor("hnv_grace", graceInner));
      filter.addTo(maps);
      ProgramObject object = FlowPrograms.object();
      virtualMachineProgram = keep(TcProgram.load("hnv_vm", object, "tc/vm", maps));
      underlayProgram = keep(TcProgram.load("hnv_underlay", object, "tc/underlay", maps));
      outsideProgram = keep(TcProgram.load("hnv_outside", object, "tc/outside", maps));
      emitProgram = keep(TcProgram.load("hnv_emit", object, "tc/emit", maps));
    } catch (LinuxException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /// Makes the maps and has the kernel verify the programs. Nothing is attached yet.
  ///
  /// @param filter which underlay packets are ours; shared with the underlay port's guard
  /// @param onFailure told of what the kernel refuses later on, against all expectation; by any
  ///     thread, the Worker's among them, as often as it happens
  /// @throws LinuxException with the verifier's log where the kernel refuses a program, ENOMEM
  ///     where there is not enough memory for the flows, EPERM without CAP_BPF
  public static KernelExecutor create(
      OffloadLimits limits, UnderlayFilter filter, Consumer<LinuxException> onFailure)
      throws LinuxException {
    return new KernelExecutor(limits, filter, null, onFailure);
  }

  /// Goes on with the maps of an earlier process, and with programs of its own. Its flows are as
  /// they were left, until {@link Inheritance#adoptFlows}; ports that were left are taken over when
  /// they are opened.
  ///
  /// @param limits those of the earlier process
  /// @param filter of the earlier process's maps as well
  /// @throws LinuxException where what was left is not what is expected; nothing has changed then
  public static KernelExecutor resume(
      OffloadLimits limits,
      UnderlayFilter filter,
      Inheritance inheritance,
      Consumer<LinuxException> onFailure)
      throws LinuxException {
    return new KernelExecutor(limits, filter, inheritance, onFailure);
  }

  /// An array whose memory is Java's table as well.
  private MemorySegment shared(String name, int valueLength, int entries) throws LinuxException {
    return named(name, source.mappableArray(name, valueLength, entries)).mapped(entries, arena);
  }

  private KernelCopy copy(String name, int valueLength, int entries, long inForceAt)
      throws LinuxException {
    KernelCopy copy = KernelCopy.create(source, name, valueLength, entries, inForceAt, arena);
    named(name, copy.map());
    return copy;
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
  /// where it is long past, nothing is forwarded. Any one thread; a store to memory.
  ///
  /// @param untilNs of CLOCK_MONOTONIC, as {@link System#nanoTime} has it here
  public void alive(long untilNs) {
    UNTIL.setRelease(node, 0L, untilNs);
  }

  /// Whether the kernel refuses to cut a frame before the place where its checksum remains to be
  /// written. Where it does not, which is taken for granted until this is called, the program
  /// cannot see that place, and frames of VMs with a partial checksum go up.
  public void setTellsChecksumPlace(boolean tells) {
    node.set(ValueLayout.JAVA_LONG, TELLS_CHECKSUM_PLACE_AT, tells ? 1 : 0);
  }

  /// For the ingress of a VM's device.
  public TcProgram virtualMachineProgram() {
    return virtualMachineProgram;
  }

  /// For the ingress of the underlay's device.
  public TcProgram underlayProgram() {
    return underlayProgram;
  }

  /// For the ingress of an outside network's device.
  public TcProgram outsideProgram() {
    return outsideProgram;
  }

  /// For the ingress of a device to an outside network that the host has, too; made when it is
  /// first wanted. The caller ends its hold.
  ///
  /// @param filter what of the device is ours
  public TcProgram sharedProgram(SharedFilter filter) throws LinuxException {
    Map<String, BpfMap> all = new HashMap<>(maps);
    filter.addTo(all);
    return TcProgram.load("hnv_shared", FlowPrograms.object(), "tc/shared", all);
  }

  /// For the ingress of a port's TAP: sends what Java writes there by the port's exit.
  public TcProgram emitProgram() {
    return emitProgram;
  }

  /// What an earlier process left; null where this one began anew.
  public @Nullable Inheritance inheritance() {
    return inheritance;
  }

  /// All maps, by the names that the programs have for them.
  Map<String, BpfMap> maps() {
    return maps;
  }

  /// A map, by the name that the programs have for it.
  BpfMap map(String name) {
    return Objects.requireNonNull(maps.get(name), name);
  }

  /// The firewall mark of frames that leave by a VM's device, for the guard there. Chosen by chance
  /// and not zero, so that no frame of the host bears it.
  public int mark() {
    return mark;
  }

  /// Tells whoever is to know that the kernel refused what it never should.
  public void failed(LinuxException refused) {
    onFailure.accept(refused);
  }

  public OffloadLimits limits() {
    return limits;
  }

  /// The devices that ports are, and where their numbers lead.
  public KernelPorts ports() {
    return ports;
  }

  /// As {@link KernelPorts#putPort(int, int, int)}.
  public void putPort(int linkIndex, int number, int missIndex) throws LinuxException {
    ports.putPort(linkIndex, number, missIndex);
  }

  /// As {@link KernelPorts#putEmitter}.
  public void putEmitter(int linkIndex, int number) throws LinuxException {
    ports.putEmitter(linkIndex, number);
  }

  /// As {@link KernelPorts#removePort}.
  public void removePort(int linkIndex) throws LinuxException {
    ports.removePort(linkIndex);
  }

  /// As {@link KernelPorts#putExit(int, int, int, ExitDevice)}.
  public void putExit(int number, int linkIndex, int mark, ExitDevice device)
      throws LinuxException {
    ports.putExit(number, linkIndex, mark, device);
  }

  /// As {@link KernelPorts#startCapture}.
  public void startCapture(int number, int captureIndex) throws LinuxException {
    ports.startCapture(number, captureIndex);
  }

  /// As {@link KernelPorts#stopCapture}.
  public void stopCapture(int number) throws LinuxException {
    ports.stopCapture(number);
  }

  /// How many frames may go up to Java, and whose tunnel packets are known.
  public MissLimits misses() {
    return misses;
  }

  /// What became of the frames that came in by a port, and what left by it.
  public PortCounters portCounters(int number) throws LinuxException {
    return ports.counters(number);
  }

  @Override
  public Counters.Snapshot counters(int port) {
    if (port >= limits.ports()) {
      // One without a device, which the kernel knows nothing of.
      return FlowOffload.NONE.counters(port);
    }
    try {
      PortCounters counted = portCounters(port);
      Map<DropReason, Long> drops = new EnumMap<>(DropReason.class);
      counted
          .fates()
          .forEach(
              (fate, packets) -> {
                if (fate.isDrop() && packets > 0) {
                  drops.merge(fate.dropReason(), packets, Long::sum);
                }
              });
      return new Counters.Snapshot(
          counted.receivedPackets(),
          counted.receivedOctets(),
          counted.sentPackets(),
          counted.sentOctets(),
          drops);
    } catch (LinuxException e) {
      failed(e);
      return FlowOffload.NONE.counters(port);
    }
  }

  @Override
  public void clearCounters(int port) {
    try {
      ports.clearCounters(port);
    } catch (LinuxException e) {
      failed(e);
    }
  }

  // ---- flows ----

  /// The flows of a family.
  public KernelFlows flows(boolean ofIpv6) {
    return ofIpv6 ? ipv6 : ipv4;
  }

  @Override
  public int capacity() {
    return limits.flows();
  }

  @Override
  public boolean install(
      boolean ofIpv6, MemorySegment keys, long keyAt, MemorySegment records, long recordAt) {
    try {
      return flows(ofIpv6).install(keys, keyAt, records, recordAt);
    } catch (LinuxException e) {
      failed(e);
      return false;
    }
  }

  @Override
  public int installAll(
      boolean ofIpv6, MemorySegment table, long[] keysAt, long[] recordsAt, int count) {
    try {
      return flows(ofIpv6).installAll(table, keysAt, recordsAt, count);
    } catch (LinuxException e) {
      failed(e);
      return 0;
    }
  }

  @Override
  public boolean read(boolean ofIpv6, MemorySegment keys, long keyAt, MemorySegment to) {
    try {
      return flows(ofIpv6).read(keys, keyAt, to);
    } catch (LinuxException e) {
      failed(e);
      return false;
    }
  }

  @Override
  public boolean remove(boolean ofIpv6, MemorySegment keys, long keyAt, MemorySegment to) {
    try {
      return flows(ofIpv6).take(keys, keyAt, to);
    } catch (LinuxException e) {
      failed(e);
      return false;
    }
  }

  // ---- the arrays beside them ----

  /// The arrays beside the flows, for Java's executor. Tenants and meters are the kernel's memory:
  /// one write moves the epoch for both executors, one bucket limits both. Next hops, peers and
  /// ends of GRE tunnels are Java's own, and what changes there is the kernel's by:
  ///
  ///     the Worker           writes the tables, withdrawChanged
  ///     the control thread   awaitPrograms
  ///     the Worker           publishChanged
  ///
  /// Flows by a changed entry go up to Java meanwhile. Not to be used after {@link #close}.
  public FlowArrays arrays() {
    return arrays;
  }

  /// Takes the next hops, peers and ends of GRE tunnels that differ from these out of force in the
  /// kernel. Worker.
  ///
  /// @param changed of the sizes in {@link #limits}
  /// @return whether {@link #awaitPrograms} must be called before {@link #publishChanged}
  public boolean withdrawChanged(FlowArrays changed) {
    try {
      endpoints.withdrawChanged(changed.endpoints());
    } catch (LinuxException e) {
      failed(e);
    }
    boolean hops = nextHops.withdrawChanged(changed.nextHops().octets());
    return peers.withdrawChanged(changed.peers().octets()) || hops;
  }

  /// Puts the next hops, peers and ends of GRE tunnels that differ from these in force in the
  /// kernel. Worker.
  ///
  /// @return false where some have changed since {@link #withdrawChanged}: once more from there
  public boolean publishChanged(FlowArrays changed) {
    try {
      endpoints.publishChanged(changed.endpoints());
    } catch (LinuxException e) {
      failed(e);
    }
    boolean hops = nextHops.publishChanged(changed.nextHops().octets());
    return peers.publishChanged(changed.peers().octets()) && hops;
  }

  /// Waits until no program runs any more that ran when this was called: what was written before is
  /// then in force for every packet. Some milliseconds; any thread, best not the Worker.
  public void awaitPrograms() throws LinuxException {
    grace.putMap(graceInner);
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
        case KernelPorts table -> table.close();
        case KernelEndpoints table -> table.close();
        case MissLimits table -> table.close();
        default -> throw new IllegalStateException("who else is it: " + resource);
      }
    }
    opened.clear();
  }
}
