// SPDX-License-Identifier: Apache-2.0
package hnv.bench.wire;

import hnv.bench.line.Forwarder;
import hnv.bench.line.Lines;
import hnv.bench.line.Way;
import hnv.bench.result.Metric;
import hnv.bench.result.Progress;
import hnv.bench.result.Row;
import hnv.bench.result.RowResult;
import hnv.bench.result.Settings;
import hnv.bench.result.Turns;
import java.util.List;
import java.util.Optional;

/// Small packets as fast as they go: how many arrive in a second, and what each costs.
///
/// @param name the row's
/// @param metrics what is compared, with goals
record SmallPacketsRow(
    String name, Way way, Sides sides, Placement placement, List<Metric> metrics, Lines lines)
    implements Row {

  @Override
  public String summary() {
    return "64-octet UDP packets of %d flows %s a tunnel%s : %s"
        .formatted(
            SmallFrames.FLOWS,
            way == Way.ENCAPSULATE ? "into" : "out of",
            placement == Placement.FORWARDERS_CPU ? ", with RPS to a second CPU" : "",
            sides.peer());
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
    try (SmallStream streamA = new SmallStream(a, way, placement, lines.direct(), metrics);
        SmallStream streamB = new SmallStream(b, way, placement, lines.direct(), metrics)) {
      progress.say(name, "warming up");
      WarmUp.of(streamA, a, settings);
      WarmUp.of(streamB, b, settings);
      Turns turns = new Turns(name, metrics, settings, progress).note(placement.text());
      if (metrics.stream().anyMatch(metric -> metric.name().equals(SmallStream.COST.name()))) {
        turns.note("cpu: of all that happens to a packet, less sending and counting it alone");
      }
      return turns.measure(streamA, streamB);
    }
  }
}
