// SPDX-License-Identifier: Apache-2.0
package hnv.bench.wire;

import hnv.bench.line.CpuTime;
import hnv.bench.line.Forwarder;
import hnv.bench.line.Line;
import hnv.bench.line.Lines;
import hnv.bench.line.Way;
import hnv.bench.result.Contestant;
import hnv.bench.result.Metric;
import hnv.bench.result.Sample;
import hnv.dataplane.Encapsulation;
import hnv.lab.netns.Deadline;
import hnv.lab.netns.Namespace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Small packets from one end of a line to the other, as fast as they go.
final class SmallStream implements Contestant, AutoCloseable {
  /// What arrives while it lasts.
  static final Metric RATE = new Metric("", "packets/s", true);

  /// Processor time of all that happens to a packet, less that of sending and counting it.
  static final Metric COST = new Metric("cpu", "ns CPU/packet", false);

  /// What arrives in a second of processor time, sending and counting included.
  static final Metric PER_CORE = new Metric("per core", "packets/CPU s", true);

  private static final Duration QUIET = Duration.ofMillis(20);

  /// What is neither here nor counted as dropped after this is missing.
  private static final Duration DRAIN_LIMIT = Duration.ofSeconds(3);

  /// Part of a run's time that the generator is measured alone for.
  private static final double ALONE_SHARE = 0.25;

  private final Forwarder forwarder;
  private final Placement placement;
  private final GeneratorAlone generator;
  private final List<Metric> metrics;
  private final Namespace from;
  private final Sender sender;
  private final CountingSink sink;
  private boolean amidOtherTraffic;

  /// What was seen when the last packet was sent.
  private record End(CountingSink.Counts counts, long cpuNs) {}

  /// @param direct a line with nothing in the middle
  /// @param metrics of {@link #RATE}, {@link #COST} and {@link #PER_CORE}, whatever their goals
  SmallStream(
      Forwarder forwarder, Way way, Placement placement, Line direct, List<Metric> metrics) {
    this.forwarder = forwarder;
    this.placement = placement;
    generator = new GeneratorAlone(direct, way, forwarder.encapsulation());
    this.metrics = List.copyOf(metrics);
    Line line = forwarder.line();
    boolean outbound = way == Way.ENCAPSULATE;
    Encapsulation encapsulation = forwarder.encapsulation();
    // Packets are sent and counted between the hosts, whatever stands behind the other.
    from = outbound ? line.machine() : line.other();
    sink =
        CountingSink.open(
            outbound ? line.other() : line.machine(),
            Line.DEVICE,
            outbound ? encapsulation : Encapsulation.NONE);
    sender = Sender.open(from, Line.DEVICE, SmallFrames.of(way, encapsulation));
  }

  /// Others use the same devices meanwhile, so that what devices and the forwarder dropped cannot
  /// be told to be of this stream.
  SmallStream amidOtherTraffic() {
    amidOtherTraffic = true;
    return this;
  }

  private boolean isAccountable() {
    return forwarder.countsItsDrops() && !amidOtherTraffic;
  }

  @Override
  public String name() {
    return forwarder.name();
  }

  @Override
  public Sample run(double seconds) {
    boolean isCostAsked = metrics.stream().anyMatch(metric -> metric.name().equals(COST.name()));
    double aloneNs = isCostAsked ? generator.nsPerPacket(ALONE_SHARE * seconds) : 0;
    forwarder.wake();
    forwarder.line().steer(placement == Placement.FORWARDERS_CPU);
    try {
      return runAwake(seconds, aloneNs);
    } finally {
      forwarder.rest();
    }
  }

  private Sample runAwake(double seconds, double aloneNs) {
    CountingSink.Counts before = sink.counts();
    long droppedBefore = dropped();
    long cpuBefore = cpuNs();
    Sender.Burst<End> burst =
        sender.send(Lines.SENDER_CPU, seconds, () -> new End(sink.counts(), cpuNs()));
    CountingSink.Counts arrived;
    long dropped;
    Deadline deadline = Deadline.in(isAccountable() ? DRAIN_LIMIT : Duration.ZERO);
    do {
      // On a busy machine the forwarder may pause for longer than it takes to seem done.
      arrived = awaitQuiet().since(before);
      dropped = dropped() - droppedBefore;
    } while (arrived.all() + dropped < burst.frames() && !deadline.isOver());

    double inTime = Math.max(1, burst.atEnd().counts().since(before).intact());
    double senderNs = (double) burst.cpuNs() / burst.frames();
    double otherNs = (burst.atEnd().cpuNs() - cpuBefore) / inTime;
    double totalNs = burst.cpuNs() / inTime + otherNs;
    Figures figures =
        new Figures(
            1e9 * inTime / burst.elapsedNs(),
            Math.max(1, totalNs - aloneNs * burst.frames() / inTime),
            1e9 / totalNs);
    Map<String, Double> details = new HashMap<>();
    details.put("ns CPU of the sender/packet sent", senderNs);
    details.put("ns CPU beside the sender/packet arrived", otherNs);
    if (aloneNs > 0) {
      details.put("ns CPU of generator and sink alone/packet", aloneNs);
    }
    details.put("packets sent/s", 1e9 * burst.frames() / burst.elapsedNs());
    details.put("did not arrive, of those sent", 1 - (double) arrived.all() / burst.frames());
    return new Sample(
        metrics.stream().map(figures::of).toList(),
        details,
        problems(burst.frames(), arrived, dropped));
  }

  private record Figures(double rate, double cost, double perCore) {
    double of(Metric metric) {
      return switch (metric.name()) {
        case "" -> rate;
        case "cpu" -> cost;
        default -> perCore;
      };
    }
  }

  private List<String> problems(long sent, CountingSink.Counts arrived, long dropped) {
    List<String> problems = new ArrayList<>();
    if (arrived.damaged() > 0) {
      problems.add(arrived.damaged() + " packets arrived with other contents");
    }
    long missing = sent - arrived.all() - dropped;
    if (missing != 0 && isAccountable()) {
      problems.add(
          "%d sent, %d arrived, %d dropped by counters: %d are unaccounted for"
              .formatted(sent, arrived.all(), dropped, missing));
    }
    if (arrived.intact() == 0) {
      problems.add("nothing arrived");
    }
    return problems;
  }

  /// Beside the sending thread's.
  private long cpuNs() {
    return forwarder.cpuNs()
        + (placement == Placement.FORWARDERS_CPU
            ? CpuTime.ofSoftInterrupts(Lines.FORWARDER_CPU)
            : CpuTime.ofSoftInterruptThreads());
  }

  private long dropped() {
    return Line.dropped(from) + Line.dropped(forwarder.line().host()) + forwarder.drops();
  }

  /// Waits until nothing arrives any more.
  private CountingSink.Counts awaitQuiet() {
    CountingSink.Counts last;
    CountingSink.Counts now = sink.counts();
    do {
      last = now;
      Deadline.pause(QUIET);
      now = sink.counts();
    } while (!now.equals(last));
    return now;
  }

  @Override
  public void close() {
    sender.close();
    sink.close();
  }
}
