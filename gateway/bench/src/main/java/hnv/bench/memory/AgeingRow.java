// SPDX-License-Identifier: Apache-2.0
package hnv.bench.memory;

import hnv.app.host.OfflineHost;
import hnv.bench.result.Contestant;
import hnv.bench.result.Metric;
import hnv.bench.result.Progress;
import hnv.bench.result.Row;
import hnv.bench.result.RowResult;
import hnv.bench.result.Sample;
import hnv.bench.result.Settings;
import hnv.bench.result.Turns;
import hnv.bench.traffic.BenchPolicy;
import hnv.bench.traffic.BenchPolicy.Tenant;
import hnv.bench.traffic.Flow;
import hnv.bench.traffic.MarkedFrame;
import hnv.bench.traffic.TunnelFrame;
import hnv.dataplane.Counters;
import hnv.dataplane.FlowOffload;
import hnv.dataplane.FlowRecord;
import hnv.dataplane.FramePool;
import hnv.linux.offload.KernelExecutor;
import hnv.vswitch.VSwitchLimits;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What it costs to know of a million flows which of them still live: 500,000 connections whose
/// packets the kernel forwards, so that Java sees none of them and asks. Time is made up, so that
/// minutes pass in a second; what is measured is processor time for each second of that.
///
/// The kernel's maps are real and so is each look into them; only the time that it gives is
/// replaced by *now*, as if every flow had just been used. Beside it the same where the answer
/// comes without a look: what remains is Java's own going through its connections.
final class AgeingRow implements Row {
  private static final double GOAL_PERCENT = 4;
  private static final List<Tenant> TENANTS = List.of(BenchPolicy.BLUE, BenchPolicy.GREEN);
  private static final int BURST = 2_048;

  /// As long as a UDP connection with a reply lives: each has been asked for once.
  private static final double PERIOD_SECONDS = 300;

  private final String name;
  private final int perTenant;
  private final int flows;

  /// @param perTenant connections of each of two tenants; each is two flows
  AgeingRow(String name, int perTenant) {
    this.name = name;
    this.perTenant = perTenant;
    flows = 2 * TENANTS.size() * perTenant;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String summary() {
    return "ageing of a million flows that the kernel forwards, in % of a core : without asking it";
  }

  @Override
  public Optional<String> lacking() {
    return KernelMaps.lacking();
  }

  @Override
  public RowResult measure(Settings settings, Progress progress) {
    try (KernelExecutor kernel = KernelMaps.create(flows + flows / 4)) {
      InUse inUse = new InUse(kernel);
      MemoryHost memory = new MemoryHost(size(), kernel.arrays(), inUse);
      inUse.clock = memory;
      progress.say(name, "beginning %,d flows".formatted(flows));
      begin(memory);
      Metric metric = new Metric("", "% of a core", false).withGoalOfB(GOAL_PERCENT);
      Ageing without = new Ageing("not asking", memory, inUse, kernel, flows, false);
      Ageing asking = new Ageing("hnv", memory, inUse, kernel, flows, true);
      without.run(0);
      asking.run(0);
      return new Turns(name, List.of(metric), settings, progress)
          .note(
              "%.0f s of made-up time a run; connections are asked for when they would time out"
                  .formatted(PERIOD_SECONDS))
          .measure(without, asking);
    }
  }

  private OfflineHost.Size size() {
    int connections = flows / 2;
    return new OfflineHost.Size(
        FramePool.DEFAULT_FRAMES,
        new VSwitchLimits(flows + flows / 8, connections + connections / 8, flows, connections));
  }

  private void begin(MemoryHost memory) {
    Templates inbound = new Templates(BURST, TunnelFrame.LENGTH);
    Templates outbound = new Templates(BURST, MarkedFrame.LENGTH);
    for (Tenant tenant : TENANTS) {
      for (int first = 0; first < perTenant; first += BURST) {
        int count = Math.min(BURST, perTenant - first);
        for (int i = 0; i < count; i++) {
          Flow flow = new Flow(tenant, first + i);
          flow.writeOutbound(outbound.memory(), outbound.at(i));
          flow.writeInbound(
              inbound.memory(),
              inbound.at(i),
              MemoryHost.UNDERLAY_MAC_HERE,
              MemoryHost.UNDERLAY_MAC_THERE);
        }
        memory.port(tenant).load(outbound);
        memory.underlay().load(inbound);
        memory.offer(memory.port(tenant), count);
        memory.work();
        memory.offer(memory.underlay(), count);
        memory.work();
      }
    }
  }

  /// The kernel's maps, as if every flow had been used just now.
  private static final class InUse implements FlowOffload {
    private final KernelExecutor kernel;
    private @Nullable MemoryHost clock;
    private boolean asks = true;
    private long looks;

    InUse(KernelExecutor kernel) {
      this.kernel = kernel;
    }

    @Override
    public int capacity() {
      return kernel.capacity();
    }

    @Override
    public boolean install(
        boolean ofIpv6, MemorySegment keys, long keyAt, MemorySegment records, long recordAt) {
      return kernel.install(ofIpv6, keys, keyAt, records, recordAt);
    }

    @Override
    public boolean read(boolean ofIpv6, MemorySegment keys, long keyAt, MemorySegment to) {
      looks++;
      boolean known = !asks || kernel.read(ofIpv6, keys, keyAt, to);
      FlowRecord.clearCounters(to, 0, clock == null ? 0 : clock.nowNs());
      return known;
    }

    @Override
    public boolean remove(boolean ofIpv6, MemorySegment keys, long keyAt, MemorySegment to) {
      return kernel.remove(ofIpv6, keys, keyAt, to);
    }

    @Override
    public Counters.Snapshot counters(int port) {
      return kernel.counters(port);
    }

    @Override
    public void clearCounters(int port) {
      kernel.clearCounters(port);
    }
  }

  /// Some minutes in which nothing comes up.
  private record Ageing(
      String name, MemoryHost memory, InUse inUse, KernelExecutor kernel, int flows, boolean asks)
      implements Contestant {
    @Override
    public Sample run(double seconds) {
      ThreadCost cost = new ThreadCost();
      inUse.asks = asks;
      inUse.looks = 0;
      cost.begin();
      memory.rest(PERIOD_SECONDS);
      double percent = 100 * cost.elapsedNs() / 1e9 / PERIOD_SECONDS;
      int held = KernelMaps.count(kernel);
      List<String> problems =
          held == flows
              ? List.of()
              : List.of("the kernel holds %,d flows and not %,d".formatted(held, flows));
      return new Sample(
          List.of(Math.max(1e-6, percent)),
          Map.of("looks into the kernel/s", inUse.looks / PERIOD_SECONDS),
          problems);
    }
  }
}
