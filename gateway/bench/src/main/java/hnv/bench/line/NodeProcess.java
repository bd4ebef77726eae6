// SPDX-License-Identifier: Apache-2.0
package hnv.bench.line;

import hnv.app.cli.AdminClient;
import hnv.app.cli.Failure;
import hnv.app.cli.Refusal;
import hnv.app.json.Json;
import hnv.bench.traffic.BenchPolicy;
import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.lab.netns.LabException;
import hnv.lab.netns.Namespace;
import hnv.lab.netns.RunningProcess;
import hnv.lab.topology.Java;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// `hnv node` in a process of its own.
final class NodeProcess {
  private static final Duration START = Duration.ofSeconds(30);

  private final Namespace host;
  private final Path socket;
  private final Path policy;
  private final RunningProcess process;

  /// Starts a host's node and waits until its policy is in force.
  ///
  /// @param name of its files in `folder`, and of its log
  /// @param ports devices of network interfaces, by resourceId
  /// @param offload false: Java alone forwards
  NodeProcess(
      Namespace host,
      Path folder,
      String name,
      String server,
      Map<String, String> ports,
      Encapsulation encapsulation,
      boolean offload) {
    this(
        host,
        folder,
        name,
        BenchPolicy.document(encapsulation),
        """
          "server": "%s",
          "underlay": {"device": "%s"},
          "ports": {%s},
        """
            .formatted(
                server,
                Line.DEVICE,
                ports.entrySet().stream()
                    .map(port -> "\"%s\": \"%s\"".formatted(port.getKey(), port.getValue()))
                    .sorted()
                    .collect(Collectors.joining(", "))),
        offload);
  }

  /// Starts a node and waits until its policy is in force.
  ///
  /// @param name of its files in `folder`, and of its log
  /// @param document its policy
  /// @param members of its configuration, each followed by a comma, without policy and socket
  /// @param offload false: Java alone forwards
  NodeProcess(
      Namespace host, Path folder, String name, String document, String members, boolean offload) {
    this.host = host;
    socket = folder.resolve(name + ".sock");
    policy = folder.resolve(name + "-policy.json");
    Path configuration = folder.resolve(name + ".json");
    write(policy, document);
    write(
        configuration,
        "{%n%s  \"policy\": \"%s\",%n  \"controlSocket\": \"%s\"%n}%n"
            .formatted(members, policy, socket));
    List<String> command =
        new ArrayList<>(List.of("taskset", "-c", Integer.toString(Lines.FORWARDER_CPU)));
    command.addAll(Java.command("hnv.app", "hnv.app.Main", List.of()));
    command.addAll(List.of("node", "--config", configuration.toString()));
    if (!offload) {
      command.add("--no-offload");
    }
    process = host.start(name, command);
    process.awaitOutput("in force", START);
  }

  /// Gives it another policy; {@link #reloads} says when that is in force.
  void reload(String document) {
    write(policy, document);
    process.signal("HUP");
  }

  /// How many policies it has put in force after its first.
  int reloads() {
    return process.output().split("INFO  reloaded ", -1).length - 1;
  }

  /// Keeps it on the forwarder's CPU, or lets it run on all.
  void pin(boolean pinned) {
    String cpus =
        pinned
            ? Integer.toString(Lines.FORWARDER_CPU)
            : "0-" + (Runtime.getRuntime().availableProcessors() - 1);
    host.processes().run("taskset", "-a", "-p", "-c", cpus, Long.toString(process.pid())).require();
  }

  /// Processor time of all its threads, in nanoseconds.
  long cpuNs() {
    return CpuTime.ofProcess(process.pid());
  }

  /// What its counters tell, by reason. What found no room in the queue to it the devices have
  /// counted, and tell at once.
  long drops() {
    long drops = 0;
    for (Json row : show("counters")) {
      if (row instanceof Json.Members counter
          && counter.text("counter").startsWith("drop ")
          && !counter.text("counter").equals("drop " + DropReason.QUEUE_OVERFLOW)) {
        drops += counter.number("value", 0);
      }
    }
    return drops;
  }

  /// Flows that it knows and the kernel forwards.
  int flowsInKernel() {
    int flows = 0;
    for (Json row : show("flows")) {
      if (row instanceof Json.Members flow && flow.text("runs").equals("in the kernel")) {
        flows++;
      }
    }
    return flows;
  }

  /// All pages of a listing.
  private List<Json> show(String what) {
    List<Json> rows = new ArrayList<>();
    try {
      long from = 0;
      while (from >= 0) {
        Json.Members request = Json.object().put("show", what).put("from", from);
        Json.Members page = AdminClient.ask(socket, request);
        rows.addAll(page.elements("rows"));
        from = page.number("next", -1);
      }
    } catch (Failure | Refusal e) {
      throw new LabException("the node does not answer: " + e.getMessage(), e);
    }
    return rows;
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new LabException("cannot write " + file, e);
    }
  }
}
