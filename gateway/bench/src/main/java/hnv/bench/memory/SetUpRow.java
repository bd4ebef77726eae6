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
import hnv.bench.traffic.TunnelFrame;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// How many flows can begin in a second on one core: the first packet of a machine here walks
/// all layers, becomes a connection and a unified flow; the first answer finds the connection
/// and becomes the flow of the other direction. Beside it the same two packets once the flow is
/// established.
final class SetUpRow implements Row {

  private final String name;
  private final Supplier<MemoryHost> host;
  private final FirstPackets packets = new FirstPackets();

  SetUpRow(String name, Supplier<MemoryHost> host) {
    this.name = name;
    this.host = host;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String summary() {
    return "new flows through all layers, both directions installed, in memory : the same packets"
        + " of established flows";
  }

  @Override
  public Optional<String> lacking() {
    return Optional.empty();
  }

  @Override
  public RowResult measure(Settings asked, Progress progress) {
    Settings settings = asked.inMemory();
    MemoryHost memory = host.get();
    packets.write();
    Pairs established = new Pairs("established", memory, false);
    Pairs fresh = new Pairs("hnv, new", memory, true);
    progress.say(name, "warming up");
    fresh.run(settings.warmUpSeconds());
    established.run(settings.warmUpSeconds() / 3);
    Metric metric = new Metric("", "flows/s", true);
    return new Turns(name, List.of(metric), settings, progress)
        .note("a flow is two packets, one each way; by processor time of one thread")
        .measure(established, fresh);
  }

  /// A packet out and a packet in of each flow.
  private final class Pairs implements Contestant {
    private final String side;
    private final MemoryHost memory;
    private final boolean fresh;
    private final ThreadCost cost = new ThreadCost();

    Pairs(String side, MemoryHost memory, boolean fresh) {
      this.side = side;
      this.memory = memory;
      this.fresh = fresh;
    }

    @Override
    public String name() {
      return side;
    }

    @Override
    public Sample run(double seconds) {
      long limit = (long) (seconds * 1e9);
      long spent = 0;
      long pairs = 0;
      long allocated = 0;
      if (!fresh) {
        memory.forgetAll();
        passOut();
        passIn();
      }
      while (spent < limit) {
        if (fresh) {
          memory.forgetAll();
        }
        cost.begin();
        passOut();
        passIn();
        spent += cost.elapsedNs();
        allocated += cost.allocatedOctets();
        pairs += FirstPackets.FLOWS;
      }
      return new Sample(
          List.of(1e9 * pairs / spent),
          Map.of("octets allocated/flow", (double) allocated / pairs),
          problems());
    }

    private void passOut() {
      for (int i = 0; i < FirstPackets.TENANTS.size(); i++) {
        memory.port(FirstPackets.TENANTS.get(i)).load(packets.outbound().get(i));
      }
      memory.underlay().load(null);
      memory.run(1);
    }

    private void passIn() {
      FirstPackets.TENANTS.forEach(tenant -> memory.port(tenant).load(null));
      memory.underlay().load(packets.inbound());
      memory.run(1);
    }

    /// Sets all flows up once more, not timed, and looks into what comes out.
    private List<String> problems() {
      List<String> problems = new ArrayList<>();
      if (fresh) {
        memory.forgetAll();
      }
      Arrivals out = Arrivals.watch(memory);
      passOut();
      problems.addAll(out.problems(packets.outbound(), 0));
      Arrivals in = Arrivals.watch(memory);
      passIn();
      problems.addAll(in.problems(List.of(packets.inbound()), TunnelFrame.HEADER_LENGTH));
      Arrivals.ignore(memory);
      problems.addAll(FirstPackets.problems(memory));
      return problems;
    }
  }
}
