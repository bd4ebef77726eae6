// SPDX-License-Identifier: Apache-2.0
package hnv.bench.line;

import hnv.bench.result.Contestant;
import hnv.bench.result.Metric;
import hnv.bench.result.Progress;
import hnv.bench.result.Row;
import hnv.bench.result.RowResult;
import hnv.bench.result.Sample;
import hnv.bench.result.Settings;
import hnv.bench.result.Turns;
import hnv.bench.traffic.BenchPolicy;
import hnv.bench.traffic.Flow;
import hnv.bench.traffic.MarkedFrame;
import hnv.bench.traffic.TunnelFrame;
import hnv.lab.netns.Deadline;
import hnv.lab.netns.Namespace;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// Small packets as fast as they go: how many arrive in a second, and what each costs.
final class SmallPacketsRow implements Row {
  private static final int FLOWS = 256;
  private static final Metric RATE = new Metric("", "packets/s", true);
  private static final Metric COST = new Metric("cpu", "ns CPU/packet", false);

  private static final Duration QUIET = Duration.ofMillis(20);

  /// What is neither here nor counted as dropped after this is missing.
  private static final Duration DRAIN_LIMIT = Duration.ofSeconds(3);

  private final String name;
  private final Way way;
  private final Supplier<Lines> lines;

  SmallPacketsRow(String name, Way way, Supplier<Lines> lines) {
    this.name = name;
    this.way = way;
    this.lines = lines;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String summary() {
    return "64-octet UDP packets of %d flows %s VXLAN, packets/s and CPU, on the wire : the kernel's"
            .formatted(FLOWS, way == Way.ENCAPSULATE ? "into" : "out of")
        + " bridge and VXLAN device";
  }

  @Override
  public Optional<String> lacking() {
    return LineRows.lacking();
  }

  @Override
  public RowResult measure(Settings settings, Progress progress) {
    progress.say(name, "laying the lines");
    Lines both = lines.get();
    both.node().pin(true);
    try (Stream kernel = new Stream(both.kernel());
        Stream node = new Stream(both.node())) {
      progress.say(name, "warming up");
      WarmUp.of(node, both.node(), settings);
      progress.say(name, "trying both ways of the kernel");
      String note = both.kernel().choose(kernel, RATE, settings.seconds());
      return new Turns(name, List.of(RATE, COST), settings, progress)
          .note(note)
          .note(
              "CPU is the sender's for each packet sent and the forwarder's for each that arrived")
          .measure(kernel, node);
    }
  }

  /// Packets from one end of a line to the other.
  private final class Stream implements Contestant, AutoCloseable {
    private final Forwarder forwarder;
    private final Namespace from;
    private final Sender sender;
    private final CountingSink sink;

    Stream(Forwarder forwarder) {
      this.forwarder = forwarder;
      Line line = forwarder.line();
      from = way == Way.ENCAPSULATE ? line.machine() : line.other();
      Namespace to = way == Way.ENCAPSULATE ? line.other() : line.machine();
      int innerAt = way == Way.ENCAPSULATE ? TunnelFrame.HEADER_LENGTH : 0;
      sink = CountingSink.open(to, Line.DEVICE, innerAt);
      sender = Sender.open(from, Line.DEVICE, frames());
    }

    private List<byte[]> frames() {
      List<byte[]> frames = new ArrayList<>();
      int length = way == Way.ENCAPSULATE ? MarkedFrame.LENGTH : TunnelFrame.LENGTH;
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment frame = arena.allocate(length, 8);
        for (int i = 0; i < FLOWS; i++) {
          Flow flow = new Flow(BenchPolicy.BLUE, i);
          if (way == Way.ENCAPSULATE) {
            flow.writeOutbound(frame, 0);
          } else {
            flow.writeInbound(
                frame, 0, Line.UNDERLAY_MAC_HERE.bits(), Line.UNDERLAY_MAC_THERE.bits());
          }
          frames.add(frame.toArray(ValueLayout.JAVA_BYTE));
        }
      }
      return frames;
    }

    @Override
    public String name() {
      return forwarder.name();
    }

    @Override
    public Sample run(double seconds) {
      CountingSink.Counts before = sink.counts();
      long droppedBefore = dropped();
      long cpuBefore = forwarder.cpuNs();
      Sender.Burst<CountingSink.Counts> burst = sender.send(seconds, sink::counts);
      CountingSink.Counts arrived;
      long dropped;
      Deadline deadline = Deadline.in(DRAIN_LIMIT);
      do {
        // On a busy machine the forwarder may pause for longer than it takes to seem done.
        arrived = awaitQuiet().since(before);
        dropped = dropped() - droppedBefore;
      } while (arrived.all() + dropped < burst.frames() && !deadline.isOver());
      long cpu = forwarder.cpuNs() - cpuBefore;

      List<String> problems = new ArrayList<>();
      if (arrived.damaged() > 0) {
        problems.add(arrived.damaged() + " packets arrived with other contents");
      }
      long missing = burst.frames() - arrived.all() - dropped;
      if (missing != 0) {
        problems.add(
            "%d sent, %d arrived, %d dropped by counters: %d are unaccounted for"
                .formatted(burst.frames(), arrived.all(), dropped, missing));
      }
      if (arrived.intact() == 0) {
        problems.add("nothing arrived");
      }
      double senderNs = (double) burst.cpuNs() / burst.frames();
      double forwarderNs = (double) cpu / Math.max(1, arrived.intact());
      double inTime = Math.max(1, burst.atEnd().since(before).intact());
      return new Sample(
          List.of(1e9 * inTime / burst.elapsedNs(), senderNs + forwarderNs),
          Map.of(
              "ns CPU of the sender/packet sent",
              senderNs,
              "ns CPU of the forwarder/packet arrived",
              forwarderNs,
              "packets sent/s",
              1e9 * burst.frames() / burst.elapsedNs(),
              "dropped for want of room, of those sent",
              (double) dropped / burst.frames()),
          problems);
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
}
