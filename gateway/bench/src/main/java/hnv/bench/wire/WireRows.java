// SPDX-License-Identifier: Apache-2.0
package hnv.bench.wire;

import hnv.bench.line.ExitLines;
import hnv.bench.line.Lines;
import hnv.bench.line.Way;
import hnv.bench.result.Metric;
import hnv.bench.result.Row;
import java.util.List;

/// The rows over namespaces. They share their lines, each laid when a row first asks; closing
/// removes them.
public final class WireRows implements AutoCloseable {
  private static final double NONE = Double.NaN;
  private static final double WITHIN_5_PERCENT = 0.95;

  private final Lines lines;
  private final ExitLines exits;

  /// @param offload false: B leaves no flow to the kernel, every packet passes Java
  public WireRows(boolean offload) {
    lines = new Lines(offload);
    exits = new ExitLines(lines);
  }

  /// In the order in which to run them.
  public List<Row> all() {
    return List.of(
        small("small-encap", Way.ENCAPSULATE, Sides.KERNEL, 1.5),
        small("small-decap", Way.DECAPSULATE, Sides.KERNEL, 2.0),
        steered("small-encap-rps", Way.ENCAPSULATE),
        steered("small-decap-rps", Way.DECAPSULATE),
        small("java-encap", Way.ENCAPSULATE, Sides.JAVA, NONE),
        small("java-decap", Way.DECAPSULATE, Sides.JAVA, NONE),
        againstOvs("ovs-encap", Way.ENCAPSULATE),
        againstOvs("ovs-decap", Way.DECAPSULATE),
        small("nvgre-encap", Way.ENCAPSULATE, Sides.NVGRE, WITHIN_5_PERCENT),
        small("nvgre-decap", Way.DECAPSULATE, Sides.NVGRE, WITHIN_5_PERCENT),
        bulk("bulk-encap", Way.ENCAPSULATE, Sides.KERNEL, true, 1.0),
        bulk("bulk-decap", Way.DECAPSULATE, Sides.KERNEL, true, 1.0),
        new BulkRow("bulk-mtu", Way.DECAPSULATE, Sides.KERNEL, true, true, 1.0, lines),
        bulk("nvgre-bulk", Way.ENCAPSULATE, Sides.NVGRE, true, WITHIN_5_PERCENT),
        bulk("java-bulk", Way.ENCAPSULATE, Sides.JAVA, false, NONE),
        bulk("ovs-bulk", Way.ENCAPSULATE, Sides.OVS, false, 6.0),
        new LatencyRow("latency", Sides.KERNEL, 0.9, lines),
        new LatencyRow("java-latency", Sides.JAVA, NONE, lines),
        new LatencyRow("ovs-latency", Sides.OVS, NONE, lines),
        new FlowSetUpRow("setup-ports", lines),
        new FirstPacketRow("first-packet", lines),
        new FloodRow("flood", lines));
  }

  /// Lines with gateways, which go with these.
  public ExitLines exits() {
    return exits;
  }

  private Row small(String name, Way way, Sides sides, double goal) {
    List<Metric> metrics =
        List.of(
            SmallStream.RATE.withGoal(goal),
            SmallStream.PER_CORE,
            sides == Sides.KERNEL ? SmallStream.COST.withGoal(0.5) : SmallStream.COST);
    return new SmallPacketsRow(name, way, sides, Placement.SENDERS_CPU, metrics, lines);
  }

  private Row steered(String name, Way way) {
    List<Metric> metrics = List.of(SmallStream.RATE, SmallStream.COST);
    return new SmallPacketsRow(name, way, Sides.KERNEL, Placement.FORWARDERS_CPU, metrics, lines);
  }

  private Row againstOvs(String name, Way way) {
    List<Metric> metrics =
        List.of(SmallStream.RATE, SmallStream.PER_CORE.withGoal(1.4), SmallStream.COST);
    return new SmallPacketsRow(name, way, Sides.OVS, Placement.SENDERS_CPU, metrics, lines);
  }

  private Row bulk(String name, Way way, Sides sides, boolean pinned, double goal) {
    return new BulkRow(name, way, sides, pinned, false, goal, lines);
  }

  @Override
  public void close() {
    lines.close();
  }
}
