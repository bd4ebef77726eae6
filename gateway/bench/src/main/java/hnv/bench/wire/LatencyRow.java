// SPDX-License-Identifier: Apache-2.0
package hnv.bench.wire;

import hnv.bench.line.Forwarder;
import hnv.bench.line.Lines;
import hnv.bench.result.Progress;
import hnv.bench.result.Row;
import hnv.bench.result.RowResult;
import hnv.bench.result.Settings;
import hnv.bench.result.Turns;
import java.util.List;
import java.util.Optional;

/// How long a small packet and its answer take: one at a time, there and back.
///
/// @param name the row's
/// @param goal what B : A of the median shall reach; NaN for none
record LatencyRow(String name, Sides sides, double goal, Lines lines) implements Row {
  @Override
  public String summary() {
    return "a 68-octet UDP packet through the tunnel and its answer : " + sides.peer();
  }

  @Override
  public Optional<String> lacking() {
    return sides.lacking(lines);
  }

  @Override
  public RowResult measure(Settings settings, Progress progress) {
    progress.say(name, "laying the lines");
    Forwarder a = sides.a(lines);
    Forwarder b = sides.b(lines);
    a.pin(true);
    b.pin(true);
    try (PingPong pingPongA = PingPong.of(a);
        PingPong pingPongB = PingPong.of(b)) {
      progress.say(name, "warming up");
      WarmUp.of(pingPongA, a, settings);
      WarmUp.of(pingPongB, b, settings);
      return new Turns(
              name, List.of(PingPong.MEDIAN.withGoal(goal), PingPong.TAIL), settings, progress)
          .note("both ends on CPU 0, no receive packet steering on either side")
          .measure(pingPongA, pingPongB);
    }
  }
}
