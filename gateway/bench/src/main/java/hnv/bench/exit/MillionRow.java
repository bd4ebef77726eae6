// SPDX-License-Identifier: Apache-2.0
package hnv.bench.exit;

import hnv.bench.line.ExitGateway;
import hnv.bench.line.ExitLine;
import hnv.bench.line.ExitLine.Access;
import hnv.bench.line.ExitLines;
import hnv.bench.result.Progress;
import hnv.bench.result.Row;
import hnv.bench.result.RowResult;
import hnv.bench.result.Settings;
import hnv.bench.result.Turns;
import hnv.bench.wire.PingPong;
import hnv.bench.wire.WarmUp;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Latency through a translation that holds a million sessions, beside one that holds few. Before
/// the runs a packet of each of the million goes out and is answered, twice.
record MillionRow(String name, ExitLines lines) implements Row {
  private static final int OF_A_MACHINE = 63 * 64;
  private static final int MACHINES = 249;
  private static final int FIRST_MACHINE = 1_000;

  /// Sessions between two words on how far it is.
  private static final long STEP = 100_000;

  private static final double GOAL = 1.1;

  @Override
  public String summary() {
    return "a 68-octet UDP packet and its answer amid %,d NAT44 sessions : amid few"
        .formatted(MACHINES * OF_A_MACHINE);
  }

  @Override
  public Optional<String> lacking() {
    return Gateways.lacking();
  }

  @Override
  public RowResult measure(Settings settings, Progress progress) {
    progress.say(name, "laying the lines");
    ExitGateway few = lines.node(Access.L3);
    ExitGateway many = lines.nodeOfAMillion();
    few.pin(true);
    many.pin(true);
    HeldSessions million = new HeldSessions(many, FIRST_MACHINE, MACHINES, OF_A_MACHINE);
    progress.say(name, "beginning %,d sessions".formatted(MACHINES * OF_A_MACHINE));
    List<String> problems = new ArrayList<>(exchange(million, progress).problems());
    if (problems.isEmpty()) {
      progress.say(name, "sending of each again");
      problems.addAll(exchange(million, progress).problems());
    }
    try (PingPong a = open("few", few);
        PingPong b = open("a million", many)) {
      progress.say(name, "warming up");
      WarmUp.of(a, few::cpuNs, settings);
      WarmUp.of(b, many::cpuNs, settings);
      return new Turns(
              name, List.of(PingPong.MEDIAN.withGoal(GOAL), PingPong.TAIL), settings, progress)
          .problem(problems.stream().findFirst())
          .note(
              "%,d sessions, each with a packet and an answer twice before the runs"
                  .formatted(MACHINES * OF_A_MACHINE))
          .measure(a, b);
    }
  }

  private HeldSessions.Exchange exchange(HeldSessions million, Progress progress) {
    long[] told = {STEP};
    return million.exchange(
        (answered, elapsedNs) -> {
          if (answered >= told[0]) {
            told[0] += STEP;
            progress.say(
                name,
                "%,d sessions, %,.0f/s while packets flow"
                    .formatted(answered, 1e9 * answered / elapsedNs));
          }
        });
  }

  private static PingPong open(String side, ExitGateway gateway) {
    ExitLine line = gateway.line();
    return new PingPong(
        side,
        new PingPong.End(line.client(), line.clientAddress()),
        new PingPong.End(line.server(), ExitLine.SERVER));
  }
}
