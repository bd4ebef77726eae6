// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import hnv.dataplane.Encapsulation;
import hnv.dataplane.FlowKey;
import hnv.linux.LinuxException;
import hnv.linux.bpf.BpfMap;
import hnv.linux.bpf.MapBatch;
import hnv.linux.bpf.MapSource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What may go up to Java: frames of a VM or of an outside network by its port's limit, frames out
/// of tunnels by their tenant's. So who floods Java with first packets takes from himself, and the
/// SYN, ARP or fragment of another port or tenant finds room. A tunnel packet of no known virtual
/// subnet does not go up at all. What the kernel drops here has {@link Fate#DROP_MISS_LIMIT} or
/// {@link Fate#DROP_UNKNOWN_VSID}.
///
/// Tunnel packets whose outer header is none of the plain ones (fragments, options) go by the limit
/// of the underlay's port.
///
/// A limit is 32 octets, `struct limit` of `bpf/maps.h`:
///
///      0  u64 cost of a frame, 2⁻⁶ ns; 0: no limit     16  u64 when it is empty, 2⁻⁶ ns
///      8  u64 time that a full bucket lasts, 2⁻⁶ ns    24  u64 zero
///
/// Any one thread.
public final class MissLimits implements AutoCloseable {
  /// Frames a second of a port or a tenant unless said otherwise. Java decides on some 500,000 a
  /// second: one that floods leaves most of it to the others.
  public static final int DEFAULT_FRAMES_PER_SECOND = 100_000;

  /// Frames at once of a port or a tenant unless said otherwise: what is above 41 ms of the rate
  /// has to wait in a queue, whose length this is the measure of.
  public static final int DEFAULT_BURST = 4_096;

  /// Frames a second of a port of an outside network unless said otherwise: all tenants that it
  /// serves share it.
  public static final int DEFAULT_OUTSIDE_FRAMES_PER_SECOND = 4 * DEFAULT_FRAMES_PER_SECOND;

  static final int LIMIT_LENGTH = 32;
  static final int OWNER_LENGTH = 8;

  private static final int COST = 0;
  private static final int BURST = 8;
  private static final int EMPTY_AT = 16;
  private static final int TIME_FRACTION = 6;
  private static final double NS_PER_SECOND = 1e9;

  /// Virtual subnets and GRE tunnels have a port here, so there are as many at most; subnets of
  /// both tunnels, and while one policy takes the place of another, of both.
  private static final int CONTEXTS_PER_PORT = 6;

  private static final int MIN_BATCH = 1_024;

  private static final Set<Encapsulation> OF_SUBNETS =
      EnumSet.of(Encapsulation.VXLAN, Encapsulation.NVGRE);
  private static final Set<Encapsulation> OF_OTHER_SITES = EnumSet.of(Encapsulation.GRE);

  private final int ports;
  private final int tenants;
  private final BpfMap contexts;
  private final BpfMap portMap;
  private final BpfMap tenantMap;
  private final MemorySegment portLimits;
  private final MemorySegment tenantLimits;

  /// By the context of a flow's key.
  private final Map<Integer, Integer> tenantOf = new HashMap<>();

  private MissLimits(
      int ports, int tenants, BpfMap contexts, BpfMap portMap, BpfMap tenantMap, Arena arena)
      throws LinuxException {
    this.ports = ports;
    this.tenants = tenants;
    this.contexts = contexts;
    this.portMap = portMap;
    this.tenantMap = tenantMap;
    portLimits = portMap.mapped(ports, arena);
    tenantLimits = tenantMap.mapped(tenants, arena);
  }

  /// Limits of so many ports and tenants, all of them the default ones.
  ///
  /// @param arena memory of the limits, used by this until it ends
  static MissLimits create(MapSource source, int ports, int tenants, Arena arena)
      throws LinuxException {
    BpfMap contexts = source.hash("hnv_contexts", 4, OWNER_LENGTH, CONTEXTS_PER_PORT * ports);
    BpfMap portMap = null;
    BpfMap tenantMap = null;
    try {
      portMap = source.mappableArray("hnv_port_limits", LIMIT_LENGTH, ports);
      tenantMap = source.mappableArray("hnv_tnt_limits", LIMIT_LENGTH, tenants);
      MissLimits limits = new MissLimits(ports, tenants, contexts, portMap, tenantMap, arena);
      for (int port = 0; port < ports; port++) {
        limits.limitPort(port, DEFAULT_FRAMES_PER_SECOND, DEFAULT_BURST);
      }
      for (int tenant = 0; tenant < tenants; tenant++) {
        limits.limitTenant(tenant, DEFAULT_FRAMES_PER_SECOND, DEFAULT_BURST);
      }
      limits.readContexts();
      return limits;
    } catch (LinuxException e) {
      contexts.close();
      if (portMap != null) {
        portMap.close();
      }
      if (tenantMap != null) {
        tenantMap.close();
      }
      throw e;
    }
  }

  /// Takes note of the subnets and tunnels of an earlier process.
  private void readContexts() throws LinuxException {
    int most = CONTEXTS_PER_PORT * ports;
    try (MapBatch batch = new MapBatch(4, OWNER_LENGTH, Math.max(most, MIN_BATCH))) {
      while (batch.next(contexts)) {
        for (int i = 0; i < batch.count(); i++) {
          int context = batch.keys().get(JAVA_INT, 4L * i);
          int tenant = batch.values().get(JAVA_INT, (long) OWNER_LENGTH * i);
          tenantOf.put(context, tenant);
        }
      }
    }
  }

  MissLimits addTo(Map<String, BpfMap> maps) {
    maps.put("hnv_contexts", contexts);
    maps.put("hnv_port_limits", portMap);
    maps.put("hnv_tenant_limits", tenantMap);
    return this;
  }

  /// Sets the limit of a port: of a VM's, all that it sends up; of the underlay's, what is of no
  /// tenant that could be told.
  ///
  /// @param framesPerSecond 0: no limit
  /// @param burst frames at once, 1 or more
  public void limitPort(int number, int framesPerSecond, int burst) {
    write(portLimits, "port", number, ports, framesPerSecond, burst);
  }

  /// Sets the limit of a tenant's frames out of tunnels.
  ///
  /// @param tenant its slot, as flow records have it
  /// @param framesPerSecond 0: no limit
  /// @param burst frames at once, 1 or more
  public void limitTenant(int tenant, int framesPerSecond, int burst) {
    write(tenantLimits, "tenant", tenant, tenants, framesPerSecond, burst);
  }

  private static void write(
      MemorySegment limits, String what, int index, int bound, int framesPerSecond, int burst) {
    if (index < 0 || index >= bound) {
      throw new IndexOutOfBoundsException(what + " " + index + " of " + bound);
    }
    if (framesPerSecond < 0 || burst < 1) {
      throw new IllegalArgumentException(
          "limit of " + what + " " + index + ": " + framesPerSecond + " frames/s, burst " + burst);
    }
    double cost = framesPerSecond == 0 ? 0 : NS_PER_SECOND / framesPerSecond * (1 << TIME_FRACTION);
    long at = (long) index * LIMIT_LENGTH;
    limits.set(JAVA_LONG, at + COST, Math.round(cost));
    limits.set(JAVA_LONG, at + BURST, Math.round(cost * burst));
    // Empty since the machine was started: full.
    limits.set(JAVA_LONG, at + EMPTY_AT, 0);
  }

  /// Says which virtual subnets have a port here, and whose they are: tunnel packets of others are
  /// dropped by the kernel from now on. What has not changed is left alone.
  ///
  /// @param wanted slot of the tenant by VSID
  /// @throws LinuxException E2BIG where there are more than two for each port there may be; what is
  ///     new and fits is in force, nothing has been taken away
  public void setSubnets(Map<Integer, Integer> wanted) throws LinuxException {
    Map<Integer, Integer> contexts = new HashMap<>();
    for (Encapsulation tunnel : OF_SUBNETS) {
      wanted.forEach((vsid, tenant) -> contexts.put(FlowKey.tunnelContext(tunnel, vsid), tenant));
    }
    set(OF_SUBNETS, contexts);
  }

  /// Says whose the GRE tunnels are: a tenant's packets from another site go by his limit. Those of
  /// a tunnel that is not said here go by the limit of the outside network's port.
  ///
  /// @param wanted slot of the tenant by the number of the connection's port
  /// @throws LinuxException as by {@link #setSubnets}
  public void setTunnels(Map<Integer, Integer> wanted) throws LinuxException {
    Map<Integer, Integer> contexts = new HashMap<>();
    wanted.forEach((port, tenant) -> contexts.put(FlowKey.greContext(port), tenant));
    set(OF_OTHER_SITES, contexts);
  }

  private void set(Set<Encapsulation> kinds, Map<Integer, Integer> wanted) throws LinuxException {
    for (Map.Entry<Integer, Integer> context : wanted.entrySet()) {
      if (!context.getValue().equals(tenantOf.get(context.getKey()))) {
        put(context.getKey(), context.getValue());
      }
    }
    for (int context : List.copyOf(tenantOf.keySet())) {
      if (kinds.contains(FlowKey.encapsulation(context)) && !wanted.containsKey(context)) {
        remove(context);
      }
    }
  }

  private void put(int context, int tenant) throws LinuxException {
    if (tenant < 0 || tenant >= tenants) {
      throw new IndexOutOfBoundsException("tenant " + tenant + " of " + tenants);
    }
    try (Arena call = Arena.ofConfined()) {
      MemorySegment owner = call.allocate(OWNER_LENGTH, 4);
      owner.set(JAVA_INT, 0, tenant);
      contexts.put(call.allocateFrom(JAVA_INT, context), owner);
    }
    tenantOf.put(context, tenant);
  }

  private void remove(int context) throws LinuxException {
    try (Arena call = Arena.ofConfined()) {
      contexts.remove(call.allocateFrom(JAVA_INT, context));
    }
    tenantOf.remove(context);
  }

  @Override
  public void close() {
    contexts.close();
    portMap.close();
    tenantMap.close();
  }
}
