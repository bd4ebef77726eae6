// SPDX-License-Identifier: Apache-2.0
package hnv.lab.netns;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// A network namespace by name, as `ip netns` shows it.
///
/// @param name the whole name
public record Namespace(String name, Processes processes) {
  /// Runs a command in here to its end.
  public Outcome run(String... command) {
    return run(Processes.LIMIT, List.of(command));
  }

  /// Runs a command in here to its end.
  public Outcome run(List<String> command) {
    return run(Processes.LIMIT, command);
  }

  /// Runs a command in here to its end, which must come within `limit`.
  public Outcome run(Duration limit, List<String> command) {
    return processes.run(inHere(command), null, limit);
  }

  /// Starts a command in here that runs until it is stopped.
  ///
  /// @param label names its log
  public RunningProcess start(String label, String... command) {
    return processes.start(label, inHere(List.of(command)));
  }

  /// Starts a command in here that runs until it is stopped.
  public RunningProcess start(String label, List<String> command) {
    return processes.start(label, inHere(command));
  }

  /// Starts a command that has only the network of this namespace: what it mounts is seen outside,
  /// and outlives it.
  ///
  /// @param label names its log
  public RunningProcess startWithMounts(String label, List<String> command) {
    List<String> line = new ArrayList<>(List.of("nsenter", "--net=/run/netns/" + name));
    line.addAll(command);
    return processes.start(label, line);
  }

  /// Starts a command in here whose standard input and output the caller holds.
  public RunningProcess startPiped(String label, List<String> command) {
    return processes.startPiped(label, inHere(command));
  }

  /// Gives lines to `ip -batch` in here.
  ///
  /// @throws LabException when one of them fails; those before it have been done
  public void ip(List<String> lines) {
    processes
        .run(
            List.of("ip", "-n", name, "-batch", "-"),
            String.join("\n", lines) + "\n",
            Processes.LIMIT)
        .require();
  }

  /// Gives lines to `ip -batch` in here.
  public void ip(String... lines) {
    ip(List.of(lines));
  }

  /// Sets a kernel parameter in here.
  ///
  /// @param parameter below `/proc/sys`
  public void set(String parameter, int value) {
    run("sh", "-c", "echo " + value + " >/proc/sys/" + parameter).require();
  }

  /// What a person types to be in here.
  public String enter() {
    return "ip netns exec " + name + " bash";
  }

  private List<String> inHere(List<String> command) {
    List<String> line = new ArrayList<>(List.of("ip", "netns", "exec", name));
    line.addAll(command);
    return line;
  }
}
