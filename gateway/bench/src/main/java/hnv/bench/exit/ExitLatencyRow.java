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
import java.util.List;
import java.util.Optional;

/// How long a small packet through a translation and its answer take, one at a time.
///
/// @param name the row's
/// @param goal what B : A of the median shall reach
record ExitLatencyRow(String name, Access access, double goal, ExitLines lines) implements Row {
  @Override
  public String summary() {
    return "a 68-octet UDP packet %s, NAT44, and its answer : kernel and nftables masquerade"
        .formatted(Gateways.text(access));
  }

  @Override
  public Optional<String> lacking() {
    return Gateways.lacking();
  }

  @Override
  public RowResult measure(Settings settings, Progress progress) {
    progress.say(name, "laying the lines");
    ExitGateway a = lines.kernel(access);
    ExitGateway b = lines.node(access);
    a.pin(true);
    b.pin(true);
    try (PingPong pingPongA = open(a);
        PingPong pingPongB = open(b)) {
      progress.say(name, "warming up");
      WarmUp.of(pingPongA, a::cpuNs, settings);
      WarmUp.of(pingPongB, b::cpuNs, settings);
      return new Turns(
              name, List.of(PingPong.MEDIAN.withGoal(goal), PingPong.TAIL), settings, progress)
          .note("both ends on CPU 0, no receive packet steering")
          .measure(pingPongA, pingPongB);
    }
  }

  private static PingPong open(ExitGateway gateway) {
    ExitLine line = gateway.line();
    return new PingPong(
        gateway.name(),
        new PingPong.End(line.client(), line.clientAddress()),
        new PingPong.End(line.server(), ExitLine.SERVER));
  }
}
