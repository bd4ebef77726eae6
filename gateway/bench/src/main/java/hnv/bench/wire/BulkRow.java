// SPDX-License-Identifier: Apache-2.0
package hnv.bench.wire;

import hnv.bench.line.Commands;
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

/// One TCP connection as fast as it goes.
///
/// @param name the row's
/// @param pinned client on the sender's CPU, server and node on the other; otherwise all run where
///     they like
/// @param mtuSize whether packets between the hosts are of MTU size
/// @param goal what B : A shall reach; NaN for none
record BulkRow(
    String name, Way way, Sides sides, boolean pinned, boolean mtuSize, double goal, Lines lines)
    implements Row {
  private static final Metric RATE = new Metric("", "Gbit/s", true);

  @Override
  public String summary() {
    return "one TCP stream %s a tunnel by iperf3, %s : %s"
        .formatted(
            way == Way.ENCAPSULATE ? "into" : "out of",
            mtuSize ? "packets of MTU size between the hosts, GRO on" : "super-frames",
            sides.peer());
  }

  @Override
  public Optional<String> lacking() {
    return sides
        .lacking(lines)
        .or(() -> Commands.lacking("iperf3"))
        .or(() -> mtuSize ? Commands.lacking("ethtool") : Optional.empty());
  }

  @Override
  public RowResult measure(Settings settings, Progress progress) {
    progress.say(name, "laying the lines");
    Forwarder a = sides.a(lines);
    Forwarder b = sides.b(lines);
    a.pin(pinned);
    b.pin(pinned);
    try (BulkStream streamA = new BulkStream(a, way, name, pinned, mtuSize);
        BulkStream streamB = new BulkStream(b, way, name, pinned, mtuSize)) {
      progress.say(name, "warming up, and comparing contents at both ends");
      WarmUp.of(streamA, a, settings);
      WarmUp.of(streamB, b, settings);
      return new Turns(name, List.of(RATE.withGoal(goal)), settings, progress)
          .problem(streamA.contents())
          .problem(streamB.contents())
          .note("64 MiB at random arrived whole on both lines before the runs")
          .note(
              pinned
                  ? "iperf3's client on CPU 0, its server and the node's threads on CPU 1; no"
                      + " receive packet steering on either side"
                  : "all processes run where they like; no receive packet steering")
          .measure(streamA, streamB);
    }
  }
}
