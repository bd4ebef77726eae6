// SPDX-License-Identifier: Apache-2.0
package hnv.bench.exit;

import hnv.bench.line.ExitLine;
import hnv.bench.line.ExitLines;
import hnv.bench.line.Inside;
import hnv.bench.line.Lines;
import hnv.bench.line.NodeGateway;
import hnv.bench.result.Contestant;
import hnv.bench.result.Metric;
import hnv.bench.result.Progress;
import hnv.bench.result.Row;
import hnv.bench.result.RowResult;
import hnv.bench.result.Sample;
import hnv.bench.result.Settings;
import hnv.bench.result.Turns;
import hnv.bench.traffic.ExitPolicy;
import hnv.bench.wire.Sender;
import hnv.lab.netns.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// Translated packets of one tenant while the policy of another, who holds 100,000 sessions,
/// changes; beside the same while nothing does. None may be missing.
record PolicyChangeRow(String name, ExitLines lines) implements Row {
  private static final int MACHINES = 25;
  private static final int OF_A_MACHINE = 63 * 64;
  private static final int FLOWS = 256;
  private static final int SERVICE = 7_500;
  private static final Metric RATE = new Metric("", "packets/s", true);
  private static final Duration SETTLE = Duration.ofMillis(200);

  @Override
  public String summary() {
    return "NAT44 of one tenant while the policy of another with %,d sessions changes : while not"
        .formatted(MACHINES * OF_A_MACHINE);
  }

  @Override
  public Optional<String> lacking() {
    return Gateways.lacking();
  }

  @Override
  public RowResult measure(Settings settings, Progress progress) {
    progress.say(name, "laying the line");
    NodeGateway gateway = lines.nodeOfTwoTenants();
    gateway.pin(true);
    HeldSessions held = new HeldSessions(gateway, 0, MACHINES, OF_A_MACHINE);
    progress.say(name, "beginning %,d sessions".formatted(MACHINES * OF_A_MACHINE));
    Optional<String> problem = held.exchange().problems().stream().findFirst();
    ExitLine line = gateway.line();
    try (TranslatedSink sink =
            TranslatedSink.open(
                line.server(), TranslatedSink.Expected.atServer(ExitPolicy.SECOND_PUBLIC));
        Sender sender = Sender.open(line.client(), ExitLine.DEVICE, frames(line))) {
      Stream quiet = new Stream(gateway, sink, sender, false);
      Stream changing = new Stream(gateway, sink, sender, true);
      progress.say(name, "warming up");
      quiet.run(settings.warmUpSeconds());
      return new Turns(name, List.of(RATE), settings, progress)
          .problem(problem)
          .note("each run with a change has as many as are put in force while it lasts")
          .measure(quiet, changing);
    }
  }

  /// The second tenant's, in its VLAN.
  private static List<byte[]> frames(ExitLine line) {
    List<byte[]> tagged = new ArrayList<>();
    for (byte[] frame : ExitFrames.outbound(line, line.clientAddress(), SERVICE, FLOWS)) {
      byte[] longer = new byte[frame.length + 4];
      System.arraycopy(frame, 0, longer, 0, 12);
      longer[12] = (byte) 0x81;
      longer[15] = (byte) ExitPolicy.SECOND_VLAN;
      System.arraycopy(frame, 12, longer, 16, frame.length - 12);
      tagged.add(longer);
    }
    return tagged;
  }

  private static final class Stream implements Contestant {
    private final NodeGateway gateway;
    private final TranslatedSink sink;
    private final Sender sender;
    private final boolean changes;
    private int changed;

    Stream(NodeGateway gateway, TranslatedSink sink, Sender sender, boolean changes) {
      this.gateway = gateway;
      this.sink = sink;
      this.sender = sender;
      this.changes = changes;
    }

    @Override
    public String name() {
      return changes ? "changing" : "quiet";
    }

    @Override
    public Sample run(double seconds) {
      ExitLine line = gateway.line();
      TranslatedSink.Counts before = sink.counts();
      int reloads = gateway.reloads();
      CompletableFuture<Sender.Burst<Integer>> sending =
          Inside.begin(
              line.client(),
              Inside.ANY_CPU,
              () -> sender.send(Lines.SENDER_CPU, seconds, gateway::reloads));
      while (changes && !sending.isDone()) {
        int wanted = gateway.reloads() + 1;
        gateway.reload(ExitLines.twoTenants(++changed % 2));
        while (!sending.isDone() && gateway.reloads() < wanted) {
          Deadline.pause(Duration.ofMillis(5));
        }
      }
      Sender.Burst<Integer> burst = Inside.await(line.client(), sending);
      Deadline.pause(SETTLE);
      TranslatedSink.Counts arrived = sink.counts().since(before);
      List<String> problems = new ArrayList<>();
      if (arrived.intact() != burst.frames()) {
        problems.add(
            "%d packets sent, %d arrived as they should, %d otherwise"
                .formatted(burst.frames(), arrived.intact(), arrived.damaged()));
      }
      int inForce = burst.atEnd() - reloads;
      if (changes && inForce == 0) {
        problems.add("no change was put in force while packets were sent");
      }
      return new Sample(
          List.of(1e9 * arrived.intact() / burst.elapsedNs()),
          Map.of("changes put in force", (double) inForce),
          problems);
    }
  }
}
