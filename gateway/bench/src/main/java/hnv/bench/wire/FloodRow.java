// SPDX-License-Identifier: Apache-2.0
package hnv.bench.wire;

import hnv.bench.line.Commands;
import hnv.bench.line.Lines;
import hnv.bench.line.NodeForwarder;
import hnv.bench.line.Way;
import hnv.bench.result.Contestant;
import hnv.bench.result.Metric;
import hnv.bench.result.Progress;
import hnv.bench.result.Row;
import hnv.bench.result.RowResult;
import hnv.bench.result.Sample;
import hnv.bench.result.Settings;
import hnv.bench.result.Turns;
import hnv.lab.netns.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What one machine's flood of new flows does to another's established flows. Both sides are this
/// program, with and without the flood.
///
/// @param name the row's
record FloodRow(String name, Lines lines) implements Row {
  private static final double LEAST_RATE = 0.9;
  private static final double MOST_LATENCY = 1.1;
  private static final List<Metric> METRICS =
      List.of(
          SmallStream.RATE.withGoal(LEAST_RATE),
          PingPong.MEDIAN.withGoal(MOST_LATENCY),
          PingPong.TAIL);

  /// From the flood's begin to the first measurement.
  private static final Duration RISE = Duration.ofMillis(100);

  @Override
  public String summary() {
    return "established flows while another tenant's machine floods new ones : without the flood";
  }

  @Override
  public Optional<String> lacking() {
    return Commands.lackingForLines();
  }

  @Override
  public RowResult measure(Settings settings, Progress progress) {
    progress.say(name, "laying the line");
    NodeForwarder node = lines.nodeOfTwoTenants();
    node.pin(true);
    try (SmallStream stream =
            new SmallStream(
                    node,
                    Way.ENCAPSULATE,
                    Placement.SENDERS_CPU,
                    lines.direct(),
                    List.of(SmallStream.RATE))
                .amidOtherTraffic();
        PingPong pingPong = PingPong.of(node)) {
      Contestant calm = new Established("calm", node, stream, pingPong, false);
      Contestant flooded = new Established("flooded", node, stream, pingPong, true);
      progress.say(name, "warming up");
      flooded.run(settings.warmUpSeconds() / 3);
      calm.run(settings.warmUpSeconds() / 3);
      return new Turns(name, METRICS, settings, progress)
          .note(
              "established flows and both their ends on CPU 0; the flood's generator and the node"
                  + " on CPU 1")
          .measure(calm, flooded);
    }
  }

  private record Established(
      String name, NodeForwarder node, SmallStream stream, PingPong pingPong, boolean isFlooded)
      implements Contestant {
    @Override
    public Sample run(double seconds) {
      if (!isFlooded) {
        return measure(seconds);
      }
      long begin = System.nanoTime();
      try (Flood flood = new Flood(node.second(), Lines.FORWARDER_CPU)) {
        Deadline.pause(RISE);
        Sample sample = measure(seconds);
        double rate = 1e9 * flood.end() / (System.nanoTime() - begin);
        Map<String, Double> details = new HashMap<>(sample.details());
        details.put("packets of the flood/s", rate);
        return new Sample(sample.values(), details, sample.problems());
      }
    }

    private Sample measure(double seconds) {
      Sample rate = stream.run(seconds);
      Sample latency = pingPong.run(seconds);
      List<Double> values = new ArrayList<>(rate.values());
      values.addAll(latency.values());
      Map<String, Double> details = new HashMap<>(rate.details());
      details.putAll(latency.details());
      List<String> problems = new ArrayList<>(rate.problems());
      problems.addAll(latency.problems());
      return new Sample(values, details, problems);
    }
  }
}
