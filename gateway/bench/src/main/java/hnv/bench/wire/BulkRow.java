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
import hnv.lab.netns.Namespace;
import hnv.lab.netns.RunningProcess;
import hnv.lab.traffic.BulkTransfer;
import hnv.wire.Ipv4Address;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// One TCP connection as fast as it goes, in super-frames.
final class BulkRow implements Row {
  private static final Metric RATE = new Metric("", "Gbit/s", true);
  private static final Duration START = Duration.ofSeconds(10);

  private final String name;
  private final Way way;
  private final Supplier<Lines> lines;

  BulkRow(String name, Way way, Supplier<Lines> lines) {
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
    return "one TCP stream %s VXLAN by iperf3, super-frames, on the wire : the kernel's bridge and VXLAN device"
        .formatted(way == Way.ENCAPSULATE ? "into" : "out of");
  }

  @Override
  public Optional<String> lacking() {
    return LineRows.lacking().or(() -> LineRows.lackingCommand("iperf3"));
  }

  @Override
  public RowResult measure(Settings settings, Progress progress) {
    progress.say(name, "laying the lines");
    Lines both = lines.get();
    // All processes are free to run where they like, the node as well.
    both.node().pin(false);
    try (Stream kernel = new Stream(both.kernel());
        Stream node = new Stream(both.node())) {
      progress.say(name, "warming up, and comparing contents at both ends");
      WarmUp.of(node, both.node(), settings);
      Turns turns = new Turns(name, List.of(RATE), settings, progress);
      turns.problem(kernel.contents()).problem(node.contents());
      progress.say(name, "trying both ways of the kernel");
      return turns
          .note(both.kernel().choose(kernel, RATE, settings.seconds()))
          .note("64 MiB at random arrived whole on both lines before the runs")
          .measure(kernel, node);
    }
  }

  /// A stream from one end of a line to the other.
  private final class Stream implements Contestant, AutoCloseable {
    private final Forwarder forwarder;
    private final Namespace from;
    private final Namespace to;
    private final Ipv4Address address;
    private final RunningProcess server;

    Stream(Forwarder forwarder) {
      this.forwarder = forwarder;
      Line line = forwarder.line();
      from = way == Way.ENCAPSULATE ? line.machine() : line.other();
      to = way == Way.ENCAPSULATE ? line.other() : line.machine();
      address = way == Way.ENCAPSULATE ? BenchPolicy.CA_THERE : BenchPolicy.CA_HERE;
      server = BulkTransfer.serve(to, forwarder.name() + "-" + name);
      server.awaitOutput("Server listening", START);
    }

    @Override
    public String name() {
      return forwarder.name();
    }

    /// What is wrong with octets that went this way.
    Optional<String> contents() {
      return ContentTransfer.check(from, to, address).map(text -> forwarder.name() + ": " + text);
    }

    @Override
    public Sample run(double seconds) {
      Duration length = Duration.ofSeconds(Math.max(1, Math.round(seconds)));
      BulkTransfer transfer = BulkTransfer.measure(from, address, Duration.ZERO, length);
      return new Sample(
          List.of(transfer.bitsPerSecond() / 1e9),
          Map.of("TCP segments sent again", (double) transfer.retransmits()),
          List.of());
    }

    @Override
    public void close() {
      server.close();
    }
  }
}
