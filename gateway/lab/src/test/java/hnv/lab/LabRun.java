// SPDX-License-Identifier: Apache-2.0
package hnv.lab;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hnv.lab.netns.Namespace;
import hnv.lab.netns.Processes;
import hnv.lab.netns.Watchdog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// A run of the laboratory for a test: needs root and some tools, or the test is skipped. Closing
/// removes it.
public final class LabRun implements AutoCloseable {
  private final Watchdog watchdog;
  private final Processes processes;

  private LabRun(Watchdog watchdog, Processes processes) {
    this.watchdog = watchdog;
    this.processes = processes;
  }

  /// Begins a run.
  ///
  /// @param tools commands that the test needs beside `ip`
  public static LabRun begin(String... tools) throws IOException {
    needs(tools);
    String run = Watchdog.newRun();
    Watchdog watchdog = Watchdog.watch(run);
    Path logs = Files.createDirectories(Watchdog.folder(run).resolve("logs"));
    return new LabRun(watchdog, new Processes(run, logs));
  }

  /// Skips the test where it cannot run.
  public static void needs(String... tools) throws IOException {
    Object user = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    assumeTrue(Integer.valueOf(0).equals(user), "network namespaces need root");
    assumeTrue(isInstalled("ip"), "needs ip (package iproute2)");
    for (String tool : tools) {
      assumeTrue(isInstalled(tool), "needs " + tool);
    }
  }

  private static boolean isInstalled(String tool) {
    String path = System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/sbin";
    return Arrays.stream(path.split(":", -1))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, tool)));
  }

  public Processes processes() {
    return processes;
  }

  /// A new namespace of this run.
  public Namespace namespace(String name) {
    Namespace namespace = new Namespace(Watchdog.prefix(processes.run()) + name, processes);
    processes.run("ip", "netns", "add", namespace.name()).require();
    return namespace;
  }

  /// Connects `eth0` of two namespaces by a veth; both ends are up.
  public static void connect(Namespace one, Namespace other) {
    one.ip("link add eth0 type veth peer name eth0 netns " + other.name(), "link set eth0 up");
    other.ip("link set eth0 up");
  }

  @Override
  public void close() {
    watchdog.close();
  }
}
