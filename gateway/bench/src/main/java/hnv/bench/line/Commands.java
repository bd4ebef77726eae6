// SPDX-License-Identifier: Apache-2.0
package hnv.bench.line;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// What this machine must have for rows over network namespaces.
public final class Commands {
  private static final List<Path> PATH =
      List.of(Path.of("/usr/bin"), Path.of("/usr/sbin"), Path.of("/bin"), Path.of("/sbin"));

  private Commands() {}

  /// What this machine lacks for any line; empty where nothing.
  public static Optional<String> lackingForLines() {
    if (!"root".equals(System.getProperty("user.name"))) {
      return Optional.of("needs root to make network namespaces");
    }
    if (Runtime.getRuntime().availableProcessors() < 2) {
      return Optional.of("needs two CPUs, one to send and one to forward");
    }
    return lacking("ip", "tc", "bridge", "taskset", "ping");
  }

  /// The first of these commands that is not there; empty where all are.
  public static Optional<String> lacking(String... commands) {
    for (String command : commands) {
      if (PATH.stream().noneMatch(folder -> Files.isExecutable(folder.resolve(command)))) {
        return Optional.of("needs the command " + command);
      }
    }
    return Optional.empty();
  }
}
