// SPDX-License-Identifier: Apache-2.0
package hnv.bench.line;

import hnv.app.cli.AdminClient;
import hnv.app.cli.Failure;
import hnv.app.cli.Refusal;
import hnv.app.json.Json;
import hnv.bench.traffic.BenchPolicy;
import hnv.lab.netns.LabException;
import hnv.lab.netns.RunningProcess;
import hnv.lab.topology.FlowsBy;
import hnv.lab.topology.Java;
import hnv.lab.traffic.Ping;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// This program: a node in a process of its own.
final class NodeForwarder implements Forwarder {
  private static final Duration START = Duration.ofSeconds(30);

  private final Line line;
  private final Path socket;
  private final RunningProcess process;

  /// Starts the node and waits until it forwards.
  ///
  /// @param folder for its files
  NodeForwarder(Line line, Path folder, FlowsBy flowsBy) {
    this.line = line;
    socket = folder.resolve("node.sock");
    Path policy = folder.resolve("policy.json");
    Path configuration = folder.resolve("node.json");
    write(policy, BenchPolicy.document());
    write(
        configuration,
        """
        {
          "server": "%s",
          "policy": "%s",
          "underlay": {"device": "%s"},
          "ports": {"%s": "%s"},
          "controlSocket": "%s",
          "offload": %s
        }
        """
            .formatted(
                BenchPolicy.SERVER,
                policy,
                Line.DEVICE,
                BenchPolicy.BLUE.portHere(),
                Line.VM,
                socket,
                flowsBy.offload()));
    List<String> command =
        new ArrayList<>(List.of("taskset", "-c", Integer.toString(Lines.FORWARDER_CPU)));
    command.addAll(Java.command("hnv.app", "hnv.app.Main", List.of()));
    command.addAll(List.of("node", "--config", configuration.toString()));
    process = line.host().start("node", command);
    process.awaitOutput("in force", START);
    Ping.awaitReply(line.machine(), BenchPolicy.CA_THERE, START);
  }

  @Override
  public String name() {
    return "hnv";
  }

  @Override
  public Line line() {
    return line;
  }

  /// Keeps it on the forwarder's CPU, or lets it run on all.
  void pin(boolean pinned) {
    String cpus =
        pinned
            ? Integer.toString(Lines.FORWARDER_CPU)
            : "0-" + (Runtime.getRuntime().availableProcessors() - 1);
    line.host()
        .processes()
        .run("taskset", "-a", "-p", "-c", cpus, Long.toString(process.pid()))
        .require();
  }

  /// All threads of the process, by the scheduler's count.
  @Override
  public long cpuNs() {
    long sum = 0;
    Path tasks = Path.of("/proc", Long.toString(process.pid()), "task");
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(tasks)) {
      for (Path thread : threads) {
        sum += cpuNs(thread.resolve("schedstat"));
      }
    } catch (IOException e) {
      throw new LabException("the node has ended: " + process.output(), e);
    }
    return sum;
  }

  private static long cpuNs(Path schedstat) throws IOException {
    try {
      return Long.parseLong(Files.readString(schedstat).split(" ", -1)[0]);
    } catch (NoSuchFileException e) {
      return 0; // The thread has just ended.
    }
  }

  /// What its counters tell, by reason.
  @Override
  public long drops() {
    long drops = 0;
    try {
      Json.Members answer = AdminClient.ask(socket, Json.object().put("show", "counters"));
      for (Json row : answer.elements("rows")) {
        if (row instanceof Json.Members counter && counter.text("counter").startsWith("drop ")) {
          drops += counter.number("value", 0);
        }
      }
    } catch (Failure | Refusal e) {
      throw new LabException("the node does not answer: " + e.getMessage(), e);
    }
    return drops;
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new LabException("cannot write " + file, e);
    }
  }
}
