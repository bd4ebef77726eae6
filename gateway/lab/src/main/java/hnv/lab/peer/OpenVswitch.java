// SPDX-License-Identifier: Apache-2.0
package hnv.lab.peer;

import static hnv.lab.netns.Processes.words;

import hnv.lab.netns.Deadline;
import hnv.lab.netns.LabException;
import hnv.lab.netns.Namespace;
import hnv.lab.netns.Outcome;
import hnv.lab.netns.RunningProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// An instance of Open vSwitch with its userspace datapath, in a namespace of its own. Used by the
/// thread of the checks.
public final class OpenVswitch implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(20);
  private static final Path SCHEMA = Path.of("/usr/share/openvswitch/vswitch.ovsschema");

  private final Namespace namespace;
  private final Path folder;
  private final RunningProcess database;
  private final RunningProcess daemon;

  private OpenVswitch(
      Namespace namespace, Path folder, RunningProcess database, RunningProcess daemon) {
    this.namespace = namespace;
    this.folder = folder;
    this.database = database;
    this.daemon = daemon;
  }

  /// Starts an instance without bridges.
  ///
  /// @param label names its logs and its folder
  /// @param parent where its folder is made
  /// @throws LabException where it does not start
  public static OpenVswitch start(Namespace namespace, String label, Path parent) {
    Path folder = parent.resolve("ovs-" + label);
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new LabException("cannot make " + folder, e);
    }
    namespace
        .run("ovsdb-tool", "create", folder.resolve("conf.db").toString(), SCHEMA.toString())
        .require();
    RunningProcess database =
        namespace.start(
            "ovsdb-" + label,
            "ovsdb-server",
            folder.resolve("conf.db").toString(),
            "--remote=punix:" + folder.resolve("db.sock"),
            "--unixctl=" + folder.resolve("ovsdb.ctl"));
    Deadline.in(START)
        .await("the database of " + label, () -> Files.exists(folder.resolve("db.sock")));
    RunningProcess daemon =
        namespace.start(
            "ovs-" + label,
            "env",
            "OVS_RUNDIR=" + folder,
            "ovs-vswitchd",
            "unix:" + folder.resolve("db.sock"),
            "--unixctl=" + folder.resolve("vswitchd.ctl"));
    OpenVswitch started = new OpenVswitch(namespace, folder, database, daemon);
    started.configure("--no-wait init");
    return started;
  }

  /// `ovs-vsctl` with these words; waits until it is in force.
  public void configure(String line) {
    List<String> command =
        new ArrayList<>(
            List.of("ovs-vsctl", "--timeout=20", "--db=unix:" + folder.resolve("db.sock")));
    command.addAll(words(line));
    run(command);
  }

  /// Adds an OpenFlow flow to a bridge.
  public void addFlow(String bridge, String flow) {
    run(List.of("ovs-ofctl", "add-flow", bridge, flow));
  }

  private void run(List<String> line) {
    List<String> command = new ArrayList<>(List.of("env", "OVS_RUNDIR=" + folder));
    command.addAll(line);
    Outcome outcome = namespace.run(command);
    outcome.require();
  }

  @Override
  public void close() {
    daemon.close();
    database.close();
  }
}
