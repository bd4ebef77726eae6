// SPDX-License-Identifier: Apache-2.0
package hnv.bench.exit;

import hnv.bench.line.CpuTime;
import hnv.bench.line.ExitGateway;
import hnv.bench.line.ExitLine;
import hnv.bench.line.Line;
import hnv.bench.line.Lines;
import hnv.bench.result.Contestant;
import hnv.bench.result.Metric;
import hnv.bench.result.Sample;
import hnv.bench.wire.Sender;
import hnv.lab.netns.Deadline;
import hnv.lab.netns.Namespace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Small packets of established flows through a gateway, as fast as they go.
final class ExitStream implements Contestant, AutoCloseable {
  /// Which way.
  enum Way {
    /// From the client: the source is translated, or the packet goes into a tunnel.
    OUT,
    /// From the server: the destination is translated back, or the packet comes out of a tunnel.
    IN
  }

  /// What arrives while it lasts.
  static final Metric RATE = new Metric("", "packets/s", true);

  /// What arrives in a second of processor time, sending and counting included.
  static final Metric PER_CORE = new Metric("per core", "packets/CPU s", true);

  private static final int FLOWS = 256;
  private static final int SERVICE = 7_100;
  private static final Duration QUIET = Duration.ofMillis(20);

  /// What is neither here nor counted as dropped after this is missing.
  private static final Duration DRAIN_LIMIT = Duration.ofSeconds(3);

  private final ExitGateway gateway;
  private final Namespace from;
  private final Sender sender;
  private final TranslatedSink sink;

  /// What was seen when the last packet was sent.
  private record End(TranslatedSink.Counts counts, long cpuNs) {}

  private ExitStream(
      ExitGateway gateway, Way way, TranslatedSink.Expected expected, List<byte[]> frames) {
    this.gateway = gateway;
    ExitLine line = gateway.line();
    boolean out = way == Way.OUT;
    from = out ? line.client() : line.server();
    sink = TranslatedSink.open(out ? line.server() : line.client(), expected);
    sender = Sender.open(from, ExitLine.DEVICE, frames);
  }

  /// Begins the flows, through a translation.
  static ExitStream translated(ExitGateway gateway, Way way) {
    ExitLine line = gateway.line();
    int[] ports = Mappings.learn(line, SERVICE, FLOWS);
    return way == Way.OUT
        ? new ExitStream(
            gateway,
            way,
            TranslatedSink.Expected.atServer(ExitLine.PUBLIC),
            ExitFrames.outbound(line, line.clientAddress(), SERVICE, FLOWS))
        : new ExitStream(
            gateway,
            way,
            TranslatedSink.Expected.atClient(line),
            ExitFrames.inbound(SERVICE, ports));
  }

  /// By a tunnel of the tenant to the server. Nobody answers: the first packets begin the flows.
  ///
  /// @param gre whether the gateway's tunnel is GRE; else VXLAN
  static ExitStream tunnelled(ExitGateway gateway, Way way, boolean gre) {
    ExitLine line = gateway.line();
    return way == Way.OUT
        ? new ExitStream(
            gateway,
            way,
            TranslatedSink.Expected.atBranch(line, gre),
            ExitFrames.toBranch(line, SERVICE, FLOWS))
        : new ExitStream(
            gateway,
            way,
            TranslatedSink.Expected.fromBranch(line),
            ExitFrames.fromBranch(line, gre, SERVICE, FLOWS));
  }

  @Override
  public String name() {
    return gateway.name();
  }

  @Override
  public Sample run(double seconds) {
    TranslatedSink.Counts before = sink.counts();
    long droppedBefore = dropped();
    long cpuBefore = cpuNs();
    Sender.Burst<End> burst =
        sender.send(Lines.SENDER_CPU, seconds, () -> new End(sink.counts(), cpuNs()));
    TranslatedSink.Counts arrived;
    long dropped;
    Deadline deadline = Deadline.in(DRAIN_LIMIT);
    do {
      Deadline.pause(QUIET);
      arrived = sink.counts().since(before);
      dropped = dropped() - droppedBefore;
    } while (arrived.all() + dropped < burst.frames() && !deadline.isOver());
    double inTime = Math.max(1, burst.atEnd().counts().since(before).intact());
    double totalNs = (burst.cpuNs() + burst.atEnd().cpuNs() - cpuBefore) / inTime;
    return new Sample(
        List.of(1e9 * inTime / burst.elapsedNs(), 1e9 / totalNs),
        Map.of(
            "packets sent/s",
            1e9 * burst.frames() / burst.elapsedNs(),
            "did not arrive, of those sent",
            1 - (double) arrived.all() / burst.frames()),
        problems(burst.frames(), arrived, dropped));
  }

  private static List<String> problems(long sent, TranslatedSink.Counts arrived, long dropped) {
    List<String> problems = new ArrayList<>();
    if (arrived.damaged() > 0) {
      problems.add(arrived.damaged() + " packets arrived that were not as they should be");
    }
    long missing = sent - arrived.all() - dropped;
    // Below zero where something else was dropped as well, such as a neighbour's question.
    if (missing > 0) {
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
    return gateway.cpuNs() + CpuTime.ofSoftInterruptThreads();
  }

  private long dropped() {
    return Line.dropped(from) + Line.dropped(gateway.line().gateway()) + gateway.drops();
  }

  @Override
  public void close() {
    sender.close();
    sink.close();
  }
}
