// SPDX-License-Identifier: Apache-2.0
package hnv.bench.memory;

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
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;

/// What a packet of an established flow costs: from the port's receive through parsing, the
/// unified flow table and the pass over the headers to the port's transmit. Beside it the least
/// that touching the same packets costs.
final class EstablishedRow implements Row {
  /// Which headers change.
  enum Way {
    /// From a machine into VXLAN.
    ENCAPSULATE,
    /// From VXLAN to a machine.
    DECAPSULATE
  }

  private static final long SEED = 20_260_101;

  private final String name;
  private final Way way;
  private final int flows;
  private final Supplier<MemoryHost> host;

  /// @param flows even; half of them of each tenant
  EstablishedRow(String name, Way way, int flows, Supplier<MemoryHost> host) {
    this.name = name;
    this.way = way;
    this.flows = flows;
    this.host = host;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String summary() {
    return "%s packets of %s established flows, 64 octets, in memory : copying and hashing them"
        .formatted(
            way == Way.ENCAPSULATE ? "VXLAN push," : "VXLAN pop,",
            flows >= 1_000 ? flows / 1_000 + "k" : Integer.toString(flows));
  }

  @Override
  public Optional<String> lacking() {
    return Optional.empty();
  }

  @Override
  public RowResult measure(Settings asked, Progress progress) {
    Settings settings = asked.inMemory();
    MemoryHost memory = host.get();
    progress.say(name, "installing %d flows".formatted(flows));
    List<Templates> frames = load(memory);
    memory.run(1);
    // In another order than they were installed in, so that records do not lie in the packets' way.
    frames.forEach(EstablishedRow::shuffle);
    TouchLoop touch = new TouchLoop(frames);
    Established established = new Established(memory, frames);
    progress.say(name, "warming up");
    established.run(settings.warmUpSeconds());
    touch.run(settings.warmUpSeconds() / 3);
    Metric metric = new Metric("", "ns/packet", false);
    return new Turns(name, List.of(metric), settings, progress).measure(touch, established);
  }

  private List<Templates> load(MemoryHost memory) {
    List<Templates> all = new ArrayList<>();
    if (way == Way.ENCAPSULATE) {
      for (Tenant tenant : List.of(BenchPolicy.BLUE, BenchPolicy.GREEN)) {
        Templates templates = new Templates(flows / 2, MarkedFrame.LENGTH);
        for (int i = 0; i < templates.count(); i++) {
          new Flow(tenant, i).writeOutbound(templates.memory(), templates.at(i));
        }
        memory.port(tenant).load(templates);
        all.add(templates);
      }
    } else {
      Templates templates = new Templates(flows, TunnelFrame.LENGTH);
      for (int i = 0; i < flows; i++) {
        new Flow(i % 2 == 0 ? BenchPolicy.BLUE : BenchPolicy.GREEN, i / 2)
            .writeInbound(
                templates.memory(),
                templates.at(i),
                MemoryHost.UNDERLAY_MAC_HERE,
                MemoryHost.UNDERLAY_MAC_THERE);
      }
      memory.underlay().load(templates);
      all.add(templates);
    }
    return all;
  }

  private static void shuffle(Templates templates) {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < templates.count(); i++) {
      order.add(i);
    }
    Collections.shuffle(order, new Random(SEED));
    byte[][] octets = new byte[templates.count()][];
    for (int i = 0; i < octets.length; i++) {
      octets[i] =
          templates
              .memory()
              .asSlice(templates.at(order.get(i)), templates.length())
              .toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
    }
    for (int i = 0; i < octets.length; i++) {
      templates
          .memory()
          .asSlice(templates.at(i), templates.length())
          .copyFrom(java.lang.foreign.MemorySegment.ofArray(octets[i]));
    }
  }

  /// Our side.
  private final class Established implements Contestant {
    private final MemoryHost memory;
    private final List<Templates> frames;
    private final ThreadCost cost = new ThreadCost();

    Established(MemoryHost memory, List<Templates> frames) {
      this.memory = memory;
      this.frames = frames;
    }

    @Override
    public String name() {
      return "hnv";
    }

    @Override
    public Sample run(double seconds) {
      long limit = (long) (seconds * 1e9);
      int rounds = MemoryRows.ROUNDS / flows + 1;
      long sentBefore = sent();
      long refusedBefore = memory.vswitch().flows().refused();
      long packets = 0;
      cost.begin();
      long spent = 0;
      while (spent < limit) {
        memory.run(rounds);
        packets += (long) rounds * flows;
        spent = cost.elapsedNs();
      }
      double allocated = (double) cost.allocatedOctets() / packets;
      List<String> problems = new ArrayList<>();
      if (sent() - sentBefore != packets) {
        problems.add("%d packets went in and %d came out".formatted(packets, sent() - sentBefore));
      }
      if (memory.vswitch().flows().refused() != refusedBefore
          || memory.vswitch().flows().size() != flows) {
        problems.add(
            "%d of %d flows were in the unified flow table, %d were refused"
                .formatted(
                    memory.vswitch().flows().size(),
                    flows,
                    memory.vswitch().flows().refused() - refusedBefore));
      }
      problems.addAll(verify());
      return new Sample(
          List.of((double) spent / packets),
          Map.of(
              "octets allocated/packet",
              allocated,
              "unified flows",
              (double) memory.vswitch().flows().size()),
          problems);
    }

    private long sent() {
      return memory.ports().stream().mapToLong(LoopPort::sent).sum();
    }

    /// One more round, not timed, whose packets are looked into.
    private List<String> verify() {
      Arrivals arrivals = Arrivals.watch(memory);
      memory.run(1);
      Arrivals.ignore(memory);
      return arrivals.problems(frames, way == Way.ENCAPSULATE ? 0 : TunnelFrame.HEADER_LENGTH);
    }
  }
}
