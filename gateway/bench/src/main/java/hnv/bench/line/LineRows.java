// SPDX-License-Identifier: Apache-2.0
package hnv.bench.line;

import hnv.bench.result.Row;
import hnv.lab.topology.FlowsBy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The rows over namespaces. They share two lines, laid when the first row asks; closing removes
/// them.
public final class LineRows implements AutoCloseable {
  private static final List<Path> PATH =
      List.of(Path.of("/usr/bin"), Path.of("/usr/sbin"), Path.of("/bin"), Path.of("/sbin"));

  private final FlowsBy flowsBy;
  private @Nullable Lines lines;

  /// @param flowsBy how the node forwards
  public LineRows(FlowsBy flowsBy) {
    this.flowsBy = flowsBy;
  }

  /// In the order in which to run them.
  public List<Row> all() {
    return List.of(
        new SmallPacketsRow("small-encap", Way.ENCAPSULATE, this::lines),
        new SmallPacketsRow("small-decap", Way.DECAPSULATE, this::lines),
        new BulkRow("bulk-encap", Way.ENCAPSULATE, this::lines),
        new BulkRow("bulk-decap", Way.DECAPSULATE, this::lines),
        new LatencyRow("latency", this::lines));
  }

  /// What this machine lacks for any of them.
  static Optional<String> lacking() {
    if (!"root".equals(System.getProperty("user.name"))) {
      return Optional.of("needs root to make network namespaces");
    }
    if (Runtime.getRuntime().availableProcessors() < 2) {
      return Optional.of("needs two CPUs, one to send and one to forward");
    }
    return lackingCommand("ip", "tc", "bridge", "taskset", "ping");
  }

  /// The first of these commands that is not there.
  static Optional<String> lackingCommand(String... commands) {
    for (String command : commands) {
      if (PATH.stream().noneMatch(folder -> Files.isExecutable(folder.resolve(command)))) {
        return Optional.of("needs the command " + command);
      }
    }
    return Optional.empty();
  }

  private Lines lines() {
    Lines laid = lines == null ? Lines.lay(flowsBy) : lines;
    lines = laid;
    return laid;
  }

  @Override
  public void close() {
    if (lines != null) {
      lines.close();
      lines = null;
    }
  }
}
