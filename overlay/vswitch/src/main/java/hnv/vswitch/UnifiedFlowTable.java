// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.FlowKey;
import hnv.dataplane.FlowOffload;
import hnv.dataplane.FlowRecord;
import hnv.dataplane.Frame;
import hnv.dataplane.HeaderTransposition;
import hnv.dataplane.NextHopTable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// The unified flow table: what the layers decided for a flow, found by one look-up. One table for
/// each address family; a *flow handle* names an entry of either. Bounded, and bounded per tenant;
/// a flow for which there is no room is walked packet by packet. Owned by one Worker.
///
/// A flow may also be in the kernel, which has a copy of its record and counts by itself. What ends
/// or changes a flow here takes it back from there first, so that no decision outlives the flow.
public final class UnifiedFlowTable {
  /// Flows of each family unless said otherwise.
  public static final int DEFAULT_CAPACITY = 131_072;

  /// Flows of a family that are handed over in one call.
  static final int TOGETHER = 64;

  /// No flow.
  static final int NONE = -1;

  private static final byte FIRST_WATCHED = OffloadState.NO_ROOM.number();
  private static final byte IN_KERNEL = OffloadState.IN_KERNEL.number();

  private final FlowTable ipv4;
  private final FlowTable ipv6;
  private final MemorySegment key = Arena.global().allocate(FlowKey.IPV6_LENGTH, 8);
  private final MemorySegment scratch = Arena.global().allocate(FlowRecord.LENGTH, 8);
  private final int[] perTenant;
  private final int tenantLimit;
  // What a tenant may have, the share or less.
  private final int[] limits;
  private long refused;
  private final long seed;
  private long hash;

  // By flow handle: where the flow runs, and by which port its packets enter.
  private final byte[] states;
  private final short[] ingress;
  private final PendingFlows pending = new PendingFlows();
  private FlowOffload offload = FlowOffload.NONE;
  private OffloadState begins = OffloadState.OFF;
  private int inKernel;
  // By tenant: those of them that are his.
  private final int[] kernelPerTenant;
  private int kernelTenantLimit;
  private long overtaken;
  private long calls;
  // By family: those that are about to be handed over.
  private final int[][] together = new int[2][TOGETHER];
  private final int[] prepared = new int[2];
  private final long[] keysAt = new long[TOGETHER];
  private final long[] recordsAt = new long[TOGETHER];
  // By family: flows taken back so far.
  private final long[] takenBack = new long[2];

  /// @param capacity flows of each family at most
  /// @param tenants tenant slots
  /// @param tenantLimit flows of one tenant at most, both families
  /// @param seed of the table's hashes
  public UnifiedFlowTable(int capacity, int tenants, int tenantLimit, long seed) {
    this.seed = seed;
    ipv4 = new FlowTable(capacity, FlowKey.IPV4_LENGTH, seed);
    ipv6 = new FlowTable(capacity, FlowKey.IPV6_LENGTH, seed);
    perTenant = new int[tenants];
    kernelPerTenant = new int[tenants];
    this.tenantLimit = tenantLimit;
    limits = new int[tenants];
    Arrays.fill(limits, tenantLimit);
    states = new byte[2 * capacity];
    ingress = new short[2 * capacity];
  }

  /// Hands flows over to another executor from now on; before the first flow.
  void offloadTo(FlowOffload executor) {
    offload = executor;
    // As much of its room as of the room here, if that is bounded.
    long share = (long) executor.capacity() * tenantLimit / ipv4.capacity();
    kernelTenantLimit =
        tenantLimit < ipv4.capacity() ? Math.clamp(share, 1, Integer.MAX_VALUE) : Integer.MAX_VALUE;
    begins = executor.equals(FlowOffload.NONE) ? OffloadState.OFF : OffloadState.OPENING;
  }

  /// Flows held now, both families.
  public int size() {
    return ipv4.size() + ipv6.size();
  }

  /// Flows of one tenant held now, both families.
  public int size(int tenant) {
    return perTenant[tenant];
  }

  /// Flows that one tenant may have, both families.
  public int limit(int tenant) {
    return limits[tenant];
  }

  /// Bounds a tenant from now on, if that is less than the share that everybody has. What it has
  /// beyond that stays.
  void limit(int tenant, int flows) {
    limits[tenant] = Math.min(flows, tenantLimit);
  }

  /// Flows of each family that can be held.
  public int capacity() {
    return ipv4.capacity();
  }

  /// Times that a flow could not be held, for want of room or of share.
  public long refused() {
    return refused;
  }

  /// Handle of the flow of a parsed IP frame, or {@link #NONE}; remembers the key for {@link
  /// #insert}.
  int find(Frame frame, int context) {
    FlowKey.write(frame, context, key, 0);
    if (frame.isIpv6()) {
      hash = FlowKey.hash(key, 0, FlowKey.IPV6_LENGTH, seed);
      int slot = ipv6.find(key, hash);
      return slot == FlowTable.NONE ? NONE : (slot << 1) | 1;
    }
    hash = FlowKey.hash(key, 0, FlowKey.IPV4_LENGTH, seed);
    int slot = ipv4.find(key, hash);
    return slot == FlowTable.NONE ? NONE : slot << 1;
  }

  /// Adds the flow that the last {@link #find} did not find; {@link #NONE} when there is no room.
  int insert(boolean ofIpv6, int tenant) {
    FlowTable table = ofIpv6 ? ipv6 : ipv4;
    int slot = perTenant[tenant] < limits[tenant] ? table.insert(key, hash) : FlowTable.NONE;
    if (slot == FlowTable.NONE) {
      refused++;
      return NONE;
    }
    perTenant[tenant]++;
    int flow = (slot << 1) | (ofIpv6 ? 1 : 0);
    put(flow, begins);
    return flow;
  }

  /// Writes what the layers decided about a flow whose packets enter by this port. A copy in the
  /// kernel that decides otherwise is taken back.
  void decide(int flow, HeaderTransposition decision, int tenant, int epoch, int port) {
    MemorySegment records = records(flow);
    long at = recordAt(flow);
    ingress[flow] = (short) port;
    if (isInKernel(flow)) {
      FlowRecord.write(scratch, 0, decision, tenant, epoch);
      if (FlowRecord.decideTheSame(scratch, 0, records, at)) {
        return;
      }
      takeBack(flow);
    }
    FlowRecord.write(records, at, decision, tenant, epoch);
  }

  /// Removes a flow whose record is written, here and from the kernel.
  void remove(int flow) {
    takeBack(flow);
    if (state(flow) == OffloadState.QUEUED) {
      pending.cancel(flow);
    }
    put(flow, OffloadState.OFF);
    perTenant[FlowRecord.tenant(records(flow), recordAt(flow))]--;
    table(flow).remove(flow >>> 1);
  }

  /// Memory in which the record of a flow lies.
  MemorySegment records(int flow) {
    return table(flow).entries();
  }

  /// Where in {@link #records} it lies.
  long recordAt(int flow) {
    return table(flow).recordAt(flow >>> 1);
  }

  /// Where in {@link #records} the key of a flow lies.
  long keyAt(int flow) {
    return table(flow).keyAt(flow >>> 1);
  }

  /// Whether a handle names a flow that is there. Not for the packet path.
  boolean holds(int flow) {
    return table(flow).holds(flow >>> 1);
  }

  // ---- the kernel's copies ----

  /// Flows in the kernel now, both families.
  public int inKernel() {
    return inKernel;
  }

  /// Frames that Java forwarded by the record of a flow which the kernel had: they waited to be
  /// read, or were of a kind that the kernel does not forward, while others may have passed by.
  public long overtaken() {
    return overtaken;
  }

  /// Times that the other executor was called: each is a system call.
  long calls() {
    return calls;
  }

  void countOvertaken() {
    overtaken++;
  }

  /// Flows that wait to be handed over.
  PendingFlows pending() {
    return pending;
  }

  OffloadState state(int flow) {
    return OffloadState.of(states[flow]);
  }

  private void put(int flow, OffloadState state) {
    states[flow] = state.number();
  }

  boolean isInKernel(int flow) {
    return states[flow] == IN_KERNEL;
  }

  /// Whether the flow's next packet in Java may change where it runs: asked at each one.
  boolean isWatched(int flow) {
    return states[flow] >= FIRST_WATCHED;
  }

  /// The flow of an entry of {@link #pending} waits no longer.
  int release(int i) {
    int flow = pending.flow(i);
    pending.removeAt(i);
    put(flow, OffloadState.OPENING);
    return flow;
  }

  /// Java executes the flow until further notice, for a reason; not for a flow in the kernel.
  void stay(int flow, OffloadState reason) {
    if (state(flow) == OffloadState.QUEUED && reason != OffloadState.QUEUED) {
      pending.cancel(flow);
    }
    put(flow, reason);
  }

  /// Number of the port that the flow's packets enter by.
  int ingress(int flow) {
    return ingress[flow] & 0xFFFF;
  }

  /// Times that a flow of this family was taken back: each time there is room for another.
  long takenBack(boolean ofIpv6) {
    return takenBack[ofIpv6 ? 1 : 0];
  }

  /// Whether the flow's tenant may have one more in the kernel.
  boolean isWithinShare(int flow) {
    return kernelPerTenant[tenant(flow)] < kernelTenantLimit;
  }

  private int tenant(int flow) {
    return FlowRecord.tenant(records(flow), recordAt(flow));
  }

  /// Has the next {@link #handOver} give the kernel a copy of the flow's record; nothing else may
  /// happen to the flow until then. It counts as its tenant's in the kernel from now on.
  ///
  /// @return false where there are {@value #TOGETHER} of this family: hand those over first
  boolean prepare(int flow) {
    int family = flow & 1;
    if (prepared[family] == TOGETHER) {
      return false;
    }
    if (state(flow) == OffloadState.QUEUED) {
      pending.cancel(flow);
    }
    inKernel++;
    kernelPerTenant[tenant(flow)]++;
    together[family][prepared[family]++] = flow;
    return true;
  }

  /// Flows of the family that the next {@link #handOver} gives to the kernel.
  int prepared(boolean ofIpv6) {
    return prepared[ofIpv6 ? 1 : 0];
  }

  /// Gives the kernel copies of the records of the prepared flows of a family.
  ///
  /// @return how many found room; the others stay in Java
  int handOver(boolean ofIpv6) {
    int family = ofIpv6 ? 1 : 0;
    int count = prepared[family];
    prepared[family] = 0;
    for (int i = 0; i < count; i++) {
      keysAt[i] = keyAt(together[family][i]);
      recordsAt[i] = recordAt(together[family][i]);
    }
    calls++;
    int done = offload.installAll(ofIpv6, table(family).entries(), keysAt, recordsAt, count);
    for (int i = 0; i < count; i++) {
      int flow = together[family][i];
      put(flow, i < done ? OffloadState.IN_KERNEL : OffloadState.NO_ROOM);
      if (i >= done) {
        inKernel--;
        kernelPerTenant[tenant(flow)]--;
      }
    }
    return done;
  }

  /// Takes over a flow that the kernel has, put there by another process: it stays there.
  ///
  /// @param itsKey as long as the family's are
  /// @param itsRecord with what the other process counted beside the kernel
  /// @param port that its packets enter by
  /// @return {@link #NONE} where it is here already or there is no room for it
  int adopt(boolean ofIpv6, MemorySegment itsKey, MemorySegment itsRecord, int port) {
    FlowTable table = ofIpv6 ? ipv6 : ipv4;
    hash = FlowKey.hash(itsKey, 0, (int) itsKey.byteSize(), seed);
    if (table.find(itsKey, hash) != FlowTable.NONE) {
      return NONE;
    }
    MemorySegment.copy(itsKey, 0, key, 0, itsKey.byteSize());
    int flow = insert(ofIpv6, FlowRecord.tenant(itsRecord, 0));
    if (flow != NONE) {
      MemorySegment.copy(itsRecord, 0, records(flow), recordAt(flow), FlowRecord.LENGTH);
      ingress[flow] = (short) port;
      put(flow, OffloadState.IN_KERNEL);
      inKernel++;
      kernelPerTenant[tenant(flow)]++;
    }
    return flow;
  }

  /// Takes a flow back if the kernel has it: what was counted there is added to the record here.
  void takeBack(int flow) {
    if (!isInKernel(flow)) {
      return;
    }
    calls++;
    if (offload.remove((flow & 1) != 0, records(flow), keyAt(flow), scratch)) {
      FlowRecord.addCounters(records(flow), recordAt(flow), scratch, 0);
    }
    inKernel--;
    kernelPerTenant[tenant(flow)]--;
    takenBack[flow & 1]++;
    put(flow, begins);
  }

  /// Takes back the flows that enter or leave by a port.
  void takeBackFrom(int port, NextHopTable nextHops) {
    for (int flow = 0; flow < states.length && inKernel > 0; flow++) {
      if (isInKernel(flow) && (ingress(flow) == port || exit(flow, nextHops) == port)) {
        takeBack(flow);
      }
    }
  }

  /// Number of the port that the flow's packets leave by.
  int exit(int flow, NextHopTable nextHops) {
    return nextHops.exit(FlowRecord.nextHop(records(flow), recordAt(flow)));
  }

  /// The record of a flow with all that was counted, here and in the kernel.
  ///
  /// @param to {@link FlowRecord#LENGTH} octets
  void read(int flow, MemorySegment to) {
    MemorySegment.copy(records(flow), recordAt(flow), to, 0, FlowRecord.LENGTH);
    if (isInKernel(flow) && readKernel(flow)) {
      FlowRecord.addCounters(to, 0, scratch, 0);
    }
  }

  /// When the kernel last saw a packet of a flow that it has; {@link Long#MIN_VALUE} where that
  /// cannot be told.
  long lastSeenInKernel(int flow) {
    return readKernel(flow) ? FlowRecord.lastSeen(scratch, 0) : Long.MIN_VALUE;
  }

  private boolean readKernel(int flow) {
    calls++;
    return offload.read((flow & 1) != 0, records(flow), keyAt(flow), scratch);
  }

  private FlowTable table(int flow) {
    return (flow & 1) == 0 ? ipv4 : ipv6;
  }
}
