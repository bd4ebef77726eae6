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
import hnv.linux.offload.KernelExecutor;
import hnv.linux.offload.OffloadLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/// How many flows can begin in a second on one core, both directions handed over to the kernel:
/// ports in memory, maps of the kernel. Beside it Java alone, which hands nothing over.
///
/// Packets come in bursts of {@value #BURST}, out and then in, so that ports are found empty
/// between: what is handed over waits for that.
final class KernelSetUpRow implements Row {
  private static final double GOAL = 100_000;

  private static final int BURST = 320;

  private final String name;
  private final Supplier<MemoryHost> alone;
  private final FirstPackets packets = new FirstPackets();

  /// @param alone a host without another executor
  KernelSetUpRow(String name, Supplier<MemoryHost> alone) {
    this.name = name;
    this.alone = alone;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String summary() {
    return "new flows through all layers, both directions handed over to the kernel's maps, ports in"
        + " memory : Java alone";
  }

  @Override
  public Optional<String> lacking() {
    return KernelMaps.lacking();
  }

  @Override
  public RowResult measure(Settings asked, Progress progress) {
    Settings settings = asked.inMemory();
    packets.write();
    try (KernelExecutor kernel = KernelMaps.create(OffloadLimits.DEFAULT_FLOWS)) {
      MemoryHost offloaded = new MemoryHost(OfflineHost.Size.NODE, kernel.arrays(), kernel);
      NewFlows a = new NewFlows("Java alone", alone.get(), () -> 0, 0);
      NewFlows b =
          new NewFlows("hnv", offloaded, () -> KernelMaps.count(kernel), 2 * FirstPackets.FLOWS);
      progress.say(name, "warming up");
      a.run(settings.warmUpSeconds());
      b.run(settings.warmUpSeconds());
      Metric metric = new Metric("", "flows/s", true).withGoalOfB(GOAL);
      return new Turns(name, List.of(metric), settings, progress)
          .note("a flow is two packets, one each way; by processor time of one thread")
          .measure(a, b);
    }
  }

  /// A packet out and a packet in of each flow, none of which is known.
  private final class NewFlows implements Contestant {
    private final String side;
    private final MemoryHost memory;
    private final IntSupplier handedOver;
    private final int expected;
    private final ThreadCost cost = new ThreadCost();

    /// @param handedOver flows that the other executor holds
    /// @param expected what that must be when all have begun
    NewFlows(String side, MemoryHost memory, IntSupplier handedOver, int expected) {
      this.side = side;
      this.memory = memory;
      this.handedOver = handedOver;
      this.expected = expected;
    }

    @Override
    public String name() {
      return side;
    }

    @Override
    public Sample run(double seconds) {
      long limit = (long) (seconds * 1e9);
      long spent = 0;
      long flows = 0;
      List<String> problems = new ArrayList<>();
      load();
      do {
        memory.forgetAll();
        long sentBefore = sent();
        cost.begin();
        beginAll();
        spent += cost.elapsedNs();
        flows += FirstPackets.FLOWS;
        problems.addAll(problems(sent() - sentBefore));
      } while (spent < limit);
      return new Sample(List.of(1e9 * flows / spent), Map.of(), problems);
    }

    private void load() {
      for (int i = 0; i < FirstPackets.TENANTS.size(); i++) {
        memory.port(FirstPackets.TENANTS.get(i)).load(packets.outbound().get(i));
      }
      memory.underlay().load(packets.inbound());
    }

    private void beginAll() {
      for (int begun = 0; begun < FirstPackets.FLOWS; begun += BURST) {
        for (int i = 0; i < FirstPackets.TENANTS.size(); i++) {
          memory.offer(memory.port(FirstPackets.TENANTS.get(i)), BURST / 2);
        }
        memory.work();
        memory.offer(memory.underlay(), BURST);
        memory.work();
      }
    }

    private long sent() {
      return memory.ports().stream().mapToLong(LoopPort::sent).sum();
    }

    private List<String> problems(long packets) {
      List<String> problems = new ArrayList<>();
      if (packets != 2L * FirstPackets.FLOWS) {
        problems.add(
            "%d packets went in and %d came out".formatted(2 * FirstPackets.FLOWS, packets));
      }
      problems.addAll(FirstPackets.problems(memory));
      if (handedOver.getAsInt() != expected) {
        problems.add(
            "the kernel holds %d flows and not %d".formatted(handedOver.getAsInt(), expected));
      }
      return problems;
    }
  }
}
