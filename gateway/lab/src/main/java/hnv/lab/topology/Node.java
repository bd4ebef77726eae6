// SPDX-License-Identifier: Apache-2.0
package hnv.lab.topology;

import hnv.lab.netns.Deadline;
import hnv.lab.netns.LabException;
import hnv.lab.netns.Namespace;
import hnv.lab.netns.RunningProcess;
import hnv.lab.netns.Watchdog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The node of one host: this program, run as its vSwitch in a process of its own, told all by a
/// file. Used by the thread of the checks.
public final class Node implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(20);
  private static final Duration END = Duration.ofSeconds(10);
  private static final Duration RELOAD = Duration.ofSeconds(10);

  /// Of flows and connections: more than the lab ever has, and soon taken at the start.
  private static final int ROOM = 16_384;

  /// What the node says each time that a policy is in force.
  private static final String IN_FORCE = "in force";

  /// What it says where the kernel has room for flows.
  private static final String FLOWS_BY_KERNEL = "flows per family";

  private final Namespace namespace;
  private final String host;
  private final Path folder;
  private final Scenario scenario;
  private final FlowsBy flowsBy;
  private @Nullable RunningProcess process;
  private int starts;
  private long inForceBefore;

  /// Writes the node's files; [#start] starts it.
  public Node(Topology topology, Scenario scenario, String host, FlowsBy flowsBy) {
    this.namespace = topology.host(host);
    this.host = host;
    this.scenario = scenario;
    this.flowsBy = flowsBy;
    folder = Watchdog.folder(topology.processes().run());
    writePolicy(scenario);
    write(folder.resolve(host + ".json"), configuration());
  }

  /// The socket that `./hnv show --socket` takes.
  public Path controlSocket() {
    return folder.resolve(host + ".sock");
  }

  public String host() {
    return host;
  }

  /// Starts the process; [#awaitInForce] says when its policy is in force.
  public void start() {
    starts++;
    process =
        namespace.startWithMounts(
            "node-" + host + (starts == 1 ? "" : "-" + starts), command(List.of()));
  }

  private List<String> command(List<String> options) {
    List<String> command = Java.command("hnv.app", "hnv.app.Main", List.of());
    command.addAll(List.of("node", "--config", folder.resolve(host + ".json").toString()));
    command.addAll(options);
    return command;
  }

  /// Has the process leave to the next one what forwards, and waits for its end.
  ///
  /// @param graceSeconds so long the kernel goes on
  /// @return what was left, in words
  public String handOver(int graceSeconds) {
    String said =
        namespace
            .run(command(List.of("--hand-over", "--grace", String.valueOf(graceSeconds))))
            .require();
    running().awaitEnd(END);
    return said;
  }

  /// Where the process leaves its state.
  public Path stateFile() {
    return folder.resolve(host + ".state");
  }

  /// Writes another policy, for the next start.
  public void prepare(Scenario other) {
    writePolicy(other);
  }

  /// Waits until the policy is in force.
  public void awaitInForce() {
    running().awaitOutput(IN_FORCE, START);
  }

  /// Has the node read another policy; returns at once. [#awaitReload] says when it is in force.
  public void reload(Scenario other) {
    inForceBefore = timesInForce();
    writePolicy(other);
    running().signal("HUP");
  }

  /// Waits until the policy of the last [#reload] is in force.
  public void awaitReload() {
    Deadline.in(RELOAD)
        .await("a new policy in force on " + host, () -> timesInForce() > inForceBefore);
  }

  private long timesInForce() {
    return running().output().lines().filter(line -> line.contains(IN_FORCE)).count();
  }

  /// Whether the kernel forwards its established flows, by what it said at its start.
  public boolean flowsByKernel() {
    return running().output().contains(FLOWS_BY_KERNEL);
  }

  /// Sends SIGKILL.
  public void kill() {
    running().kill();
  }

  /// The process; there is one after [#start].
  public RunningProcess running() {
    return Objects.requireNonNull(process, () -> "the node of " + host + " was never started");
  }

  /// Sends SIGTERM.
  @Override
  public void close() {
    if (process != null) {
      process.close();
    }
  }

  private String configuration() {
    // A port for each machine of the lab: one that comes by migration has its device when it comes.
    String ports =
        scenario.machines().stream()
            .map(machine -> "    \"%s\": \"%s\"".formatted(machine.name(), machine.name()))
            .collect(Collectors.joining(",\n"));
    return """
        {
          "server": "%s",
          "policy": "%s",
          "underlay": {"device": "%s"},
          "ports": {
        %s
          },%s
          "controlSocket": "%s",
          "offload": %s,
          "limits": {"flows": %d, "connections": %d, "natSessions": %d}
        }
        """
        .formatted(
            host,
            policyFile(),
            Topology.DEVICE,
            ports,
            outside(),
            controlSocket(),
            flowsBy.offload(),
            ROOM,
            ROOM,
            ROOM);
  }

  private String outside() {
    return scenario.gateways().contains(host)
        ? "\n  \"outside\": {\"%s\": {\"device\": \"%s\"}},".formatted(World.DEVICE, World.DEVICE)
        : "";
  }

  private Path policyFile() {
    return folder.resolve(host + "-policy.json");
  }

  /// Replaces the file as a whole: a node never reads half a policy.
  private void writePolicy(Scenario policy) {
    Path next = folder.resolve(host + "-policy.json.next");
    write(next, policy.document());
    try {
      Files.move(next, policyFile(), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new LabException("cannot replace " + policyFile(), e);
    }
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new LabException("cannot write " + file, e);
    }
  }
}
