// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hnv.dataplane.FlowArrays;
import hnv.dataplane.FlowKey;
import hnv.dataplane.FlowRecord;
import hnv.dataplane.FlowRecordExecutor;
import hnv.dataplane.Frame;
import hnv.dataplane.FramePool;
import hnv.dataplane.MeterTable;
import hnv.dataplane.NextHopTable;
import hnv.dataplane.PeerTable;
import hnv.dataplane.PortKind;
import hnv.dataplane.TenantTable;
import hnv.dataplane.TunnelEndpoints;
import hnv.linux.LinuxException;
import hnv.linux.bpf.TcProgram;
import hnv.linux.bpf.UnderlayFilter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/// Java's executor and the kernel's, with the same tables and one port each. Frames run through the
/// kernel's programs by BPF_PROG_TEST_RUN: which exit they took is told by the mark that it gives.
final class TwoExecutors implements AutoCloseable {
  static final int PORT = 5;

  /// Greatest number of an exit that leads anywhere; the next one leads nowhere.
  static final int LAST_EXIT = 10;

  static final int ENTRIES = 64;
  static final int TENANTS = 4;
  static final int COUNTING_METER = 1;
  static final int DRAINED_METER = 2;

  private static final int LOOPBACK = 1;
  private static final int MARK = 0x900;
  private static final int CONTEXT_LENGTH = 192;
  private static final int SKB_MARK = 8;
  private static final int SKB_GSO_SIZE = 176;

  /// How a frame ended.
  ///
  /// @param exit number of the port that it left by; -1 where it did not
  /// @param octets as it left, or went up, in hexadecimal digits
  /// @param packets counted in the record
  /// @param octetCount counted in the record
  record Outcome(Fate fate, int exit, String octets, long packets, long octetCount) {}

  final FlowArrays arrays =
      new FlowArrays(
          new NextHopTable(ENTRIES),
          new PeerTable(ENTRIES),
          new TenantTable(TENANTS),
          new MeterTable(4),
          new TunnelEndpoints(TunnelEndpoints.DEFAULT_CAPACITY));
  final KernelExecutor offload;
  private final Arena arena = Arena.ofShared();
  final UnderlayFilter filter;
  final JavaFlow java = new JavaFlow(arrays, PORT);
  private final FramePool pool = new FramePool(2);
  private final MemorySegment result = arena.allocate(4_096, 8);
  private final MemorySegment input = arena.allocate(4_096, 8);
  private final MemorySegment context = arena.allocate(CONTEXT_LENGTH, 8);
  private final MemorySegment readBack = arena.allocate(FlowRecord.LENGTH, 8);
  private Map<Fate, Long> fates;

  TwoExecutors() throws LinuxException {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root to load programs");
    filter = UnderlayFilter.create(List.of(RandomFrame.VXLAN_PORT));
    offload =
        KernelExecutor.create(
            new OffloadLimits(1_024, ENTRIES, ENTRIES, TENANTS, 4, 16), filter, Publish.REFUSED);
    offload.alive(Long.MAX_VALUE);
    offload.misses().limitPort(PORT, 0, 1);
    offload.misses().limitTenant(0, 0, 1);
    offload.putPort(LOOPBACK, PORT, LOOPBACK);
    for (int exit = 0; exit <= LAST_EXIT; exit++) {
      offload.putExit(exit, LOOPBACK, MARK + exit, ExitDevice.ORDINARY);
    }
    drain(arrays.meters());
    drain(offload.arrays().meters());
    fates = offload.portCounters(PORT).fates();
  }

  /// Empty for longer than any test.
  private static void drain(MeterTable meters) {
    meters.put(DRAINED_METER, 1_000);
    assertTrue(meters.admit(DRAINED_METER, 1, 1 << 22, System.nanoTime()));
  }

  /// Copies the tables to the kernel.
  void copyTables() throws LinuxException {
    Publish.all(offload, arrays);
    for (int tenant = 0; tenant < TENANTS; tenant++) {
      while (offload.arrays().tenants().epoch(tenant) != arrays.tenants().epoch(tenant)) {
        offload.arrays().tenants().advanceEpoch(tenant);
      }
    }
  }

  // ---- flows ----

  private Frame frame(byte[] octets, int gsoType, int gsoSize) {
    Frame frame = pool.acquire();
    if (frame == null) {
      throw new IllegalStateException("pool of the test is empty");
    }
    frame.reset(FramePool.HEADROOM, octets.length);
    MemorySegment.copy(
        octets, 0, frame.memory(), ValueLayout.JAVA_BYTE, FramePool.HEADROOM, octets.length);
    if (gsoSize != 0) {
      frame.setGso(gsoType, gsoSize);
    }
    return frame;
  }

  /// Makes the record of {@link #java} that of this frame's flow, in both.
  ///
  /// @return false where the frame is of no flow
  boolean install(byte[] octets, PortKind from) throws LinuxException {
    Frame frame = frame(octets, 0, 0);
    try {
      if (!java.become(frame, from)) {
        return false;
      }
      if (from == PortKind.UNDERLAY) {
        offload.misses().setSubnets(Map.of(java.vsid(), 0));
      }
      return offload.install(java.isIpv6, java.key, 0, java.record, 0);
    } finally {
      frame.release();
    }
  }

  /// Writes the flow's record as it is, whatever its seal says.
  void putUnsealed(MemorySegment as) throws LinuxException {
    int length = java.isIpv6 ? FlowKey.IPV6_LENGTH : FlowKey.IPV4_LENGTH;
    offload.flows(java.isIpv6).map().put(java.key.asSlice(0, length), as);
  }

  void remove() throws LinuxException {
    assertTrue(offload.remove(java.isIpv6, java.key, 0, readBack));
  }

  // ---- runs ----

  /// Runs a frame through the kernel's program, in the flow that was installed.
  Outcome runInKernel(byte[] octets, PortKind from, int gsoSize) throws LinuxException {
    context.fill((byte) 0);
    context.set(ValueLayout.JAVA_INT, SKB_GSO_SIZE, gsoSize);
    MemorySegment.copy(octets, 0, input, ValueLayout.JAVA_BYTE, 0, octets.length);
    TcProgram program =
        switch (from) {
          case VIRTUAL_MACHINE -> offload.virtualMachineProgram();
          case UNDERLAY -> offload.underlayProgram();
          case OUTSIDE -> offload.outsideProgram();
        };
    long ran = program.run(input.asSlice(0, octets.length), context, result);
    int mark = context.get(ValueLayout.JAVA_INT, SKB_MARK);
    Fate fate = changedFate((int) (ran >> 32));
    assertTrue(offload.read(java.isIpv6, java.key, 0, readBack));
    return new Outcome(
        fate,
        mark == 0 ? -1 : mark - MARK,
        hex(result.asSlice(0, ran & 0xFFFF_FFFFL)),
        FlowRecord.packets(readBack, 0),
        FlowRecord.octets(readBack, 0));
  }

  /// The one fate whose counter has changed; for the host's packets, which have none, "no flow".
  private Fate changedFate(int verdict) throws LinuxException {
    Map<Fate, Long> now = offload.portCounters(PORT).fates();
    Fate changed = null;
    for (Fate fate : Fate.values()) {
      if (!now.get(fate).equals(fates.get(fate))) {
        assertEquals(null, changed, "two fates of one frame");
        changed = fate;
      }
    }
    fates = now;
    if (changed == null) {
      assertEquals(-1, verdict, "TCX_NEXT for what is not ours");
      return Fate.UP_NO_FLOW;
    }
    assertEquals(changed.isDrop() ? 2 : 7, verdict, "verdict of " + changed);
    return changed;
  }

  /// What Java does with the frame, {@link Fate#UP_NO_FLOW} standing for all that it does not do by
  /// the flow's record alone.
  Outcome runInJava(byte[] octets, PortKind from, int gsoType, int gsoSize) {
    Frame frame = frame(octets, gsoType, gsoSize);
    try {
      int exit = java.execute(frame, from);
      return new Outcome(
          switch (exit) {
            case FlowRecordExecutor.MISFIT, FlowRecordExecutor.TOO_LONG_TO_PUSH -> Fate.UP_NO_FLOW;
            case FlowRecordExecutor.ECN_DROP -> Fate.DROP_ECN;
            case FlowRecordExecutor.METERED -> Fate.DROP_METER;
            default -> Fate.FORWARDED;
          },
          Math.max(exit, -1),
          hex(frame.memory().asSlice(frame.start(), frame.length())),
          FlowRecord.packets(java.record, 0),
          FlowRecord.octets(java.record, 0));
    } finally {
      frame.release();
    }
  }

  private static String hex(MemorySegment octets) {
    return HexFormat.of().formatHex(octets.toArray(ValueLayout.JAVA_BYTE));
  }

  @Override
  public void close() {
    offload.close();
    filter.close();
    arena.close();
  }
}
