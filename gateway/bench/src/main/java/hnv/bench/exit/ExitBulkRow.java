// SPDX-License-Identifier: Apache-2.0
package hnv.bench.exit;

import hnv.bench.line.Commands;
import hnv.bench.line.ExitGateway;
import hnv.bench.line.ExitLine;
import hnv.bench.line.ExitLine.Access;
import hnv.bench.line.ExitLines;
import hnv.bench.line.Inside;
import hnv.bench.line.Lines;
import hnv.bench.result.Contestant;
import hnv.bench.result.Metric;
import hnv.bench.result.Progress;
import hnv.bench.result.Row;
import hnv.bench.result.RowResult;
import hnv.bench.result.Sample;
import hnv.bench.result.Settings;
import hnv.bench.result.Turns;
import hnv.bench.wire.ContentTransfer;
import hnv.bench.wire.WarmUp;
import hnv.lab.netns.Namespace;
import hnv.lab.netns.RunningProcess;
import hnv.lab.traffic.BulkTransfer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One TCP connection from the client through a translation to the server, as fast as it goes.
///
/// @param name the row's
/// @param goal what B : A shall reach
record ExitBulkRow(String name, Access access, double goal, ExitLines lines) implements Row {
  private static final Metric RATE = new Metric("", "Gbit/s", true);
  private static final Duration START = Duration.ofSeconds(10);

  @Override
  public String summary() {
    return "one TCP stream %s, NAT44, by iperf3 : kernel and nftables masquerade"
        .formatted(Gateways.text(access));
  }

  @Override
  public Optional<String> lacking() {
    return Gateways.lacking().or(() -> Commands.lacking("iperf3"));
  }

  @Override
  public RowResult measure(Settings settings, Progress progress) {
    progress.say(name, "laying the lines");
    ExitGateway a = lines.kernel(access);
    ExitGateway b = lines.node(access);
    a.pin(true);
    b.pin(true);
    try (Stream streamA = Stream.open(a, name);
        Stream streamB = Stream.open(b, name)) {
      progress.say(name, "warming up, and comparing contents at both ends");
      WarmUp.of(streamA, a::cpuNs, settings);
      WarmUp.of(streamB, b::cpuNs, settings);
      return new Turns(name, List.of(RATE.withGoal(goal)), settings, progress)
          .problem(streamA.contents())
          .problem(streamB.contents())
          .note("64 MiB at random arrived whole on both lines before the runs")
          .note("iperf3's client on CPU 0, its server and the node's threads on CPU 1")
          .measure(streamA, streamB);
    }
  }

  private record Stream(ExitGateway gateway, RunningProcess server)
      implements Contestant, AutoCloseable {
    static Stream open(ExitGateway gateway, String row) {
      Namespace to = gateway.line().server();
      String log = gateway.name() + "-" + row;
      // A process begins on the CPUs of the thread that starts it.
      RunningProcess server =
          Inside.await(
              to, Inside.begin(to, Lines.FORWARDER_CPU, () -> BulkTransfer.serve(to, log)));
      server.awaitOutput("Server listening", START);
      return new Stream(gateway, server);
    }

    @Override
    public String name() {
      return gateway.name();
    }

    /// What is wrong with octets that went this way.
    Optional<String> contents() {
      ExitLine line = gateway.line();
      return ContentTransfer.check(line.client(), line.server(), ExitLine.SERVER)
          .map(text -> gateway.name() + ": " + text);
    }

    @Override
    public Sample run(double seconds) {
      Duration length = Duration.ofSeconds(Math.max(1, Math.round(seconds)));
      Namespace from = gateway.line().client();
      BulkTransfer transfer =
          Inside.await(
              from,
              Inside.begin(
                  from,
                  Lines.SENDER_CPU,
                  () -> BulkTransfer.measure(from, ExitLine.SERVER, Duration.ZERO, length)));
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
