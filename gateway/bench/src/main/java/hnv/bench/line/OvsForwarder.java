// SPDX-License-Identifier: Apache-2.0
package hnv.bench.line;

import hnv.bench.traffic.BenchPolicy;
import hnv.lab.netns.Deadline;
import hnv.lab.netns.LabException;
import hnv.lab.netns.Namespace;
import hnv.lab.netns.Outcome;
import hnv.lab.netns.RunningProcess;
import hnv.lab.traffic.Ping;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// Open vSwitch with its datapath in user space and AF_XDP at both devices: one thread that polls
/// them (PMD) on the forwarder's CPU, one flow each way.
///
/// AF_XDP sees neither a checksum that remains to be written nor a super-frame, so that both ends
/// of this line send whole packets of MTU size. The thread spins without packets too; between runs
/// the process is stopped.
final class OvsForwarder implements Forwarder {
  private static final String SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema";
  private static final Duration START = Duration.ofSeconds(20);
  private static final Pattern RX_DROPPED =
      Pattern.compile("\"rx\":\\s*\\{[^}]*?\"dropped\":\\s*(\\d+)");

  private final Line line;
  private final Path folder;
  private final RunningProcess daemon;

  /// What a machine lacks for it; empty where nothing.
  static Optional<String> lacking() {
    return Commands.lacking("ovsdb-tool", "ovsdb-server", "ovs-vsctl", "ovs-vswitchd", "ovs-ofctl")
        .map(text -> text + " (package openvswitch-switch)");
  }

  /// Starts it and waits until it forwards.
  ///
  /// @throws LabException where it was built without AF_XDP, or refuses
  OvsForwarder(Line line, Path folder) {
    this.line = line;
    this.folder = folder;
    line.host().ip("link set %s up".formatted(Line.VM));
    withoutOffloads(line.machine(), Line.DEVICE);
    withoutOffloads(line.other(), Line.VXLAN);
    withoutOffloads(line.other(), Line.DEVICE);
    tool("ovsdb-tool", "create", file("conf.db"), SCHEMA);
    RunningProcess database =
        line.host()
            .start(
                "ovsdb-server",
                "ovsdb-server",
                file("conf.db"),
                "--remote=punix:" + file("db.sock"),
                "--unixctl=" + file("ovsdb.ctl"));
    Path socket = folder.resolve("db.sock");
    if (!Deadline.in(START).holds(() -> Files.exists(socket))) {
      throw new LabException("ovsdb-server does not start: " + database.output());
    }
    configure("--no-wait", "init");
    String pollers = Integer.toHexString(1 << Lines.FORWARDER_CPU);
    configure("--no-wait", "set", "Open_vSwitch", ".", "other_config:pmd-cpu-mask=" + pollers);
    daemon = line.host().start("ovs-vswitchd", daemonCommand());
    addTunnelEndpoint();
    addSwitch();
    Ping.awaitReply(line.machine(), BenchPolicy.CA_THERE, START);
    rest();
  }

  private List<String> daemonCommand() {
    return List.of(
        "env",
        "OVS_RUNDIR=" + folder,
        "taskset",
        "-c",
        Integer.toString(Lines.FORWARDER_CPU),
        "ovs-vswitchd",
        "unix:" + file("db.sock"),
        "--unixctl=" + file("vswitchd.ctl"));
  }

  /// The bridge that bears the provider address.
  private void addTunnelEndpoint() {
    configure(
        words(
            "-- add-br phy -- set bridge phy datapath_type=netdev fail_mode=standalone"
                + " other_config:hwaddr=\"%s\" -- add-port phy %s -- set interface %s type=afxdp"
                    .formatted(Line.UNDERLAY_MAC_HERE, Line.DEVICE, Line.DEVICE)));
    line.host()
        .ip(
            "address del %s/24 dev %s".formatted(BenchPolicy.PA_HERE, Line.DEVICE),
            "address add %s/24 dev phy".formatted(BenchPolicy.PA_HERE),
            "link set phy up");
  }

  private void addSwitch() {
    configure(
        words(
            ("-- add-br int -- set bridge int datapath_type=netdev fail_mode=secure"
                    + " -- add-port int %s -- set interface %s type=afxdp ofport_request=1"
                    + " -- add-port int tun -- set interface tun type=vxlan ofport_request=2"
                    + " options:remote_ip=%s options:key=%d options:dst_port=4789")
                .formatted(Line.VM, Line.VM, BenchPolicy.PA_THERE, BenchPolicy.BLUE.vsid())));
    tool("ovs-ofctl", "add-flow", "int", "in_port=1,actions=output:2");
    tool("ovs-ofctl", "add-flow", "int", "in_port=2,actions=output:1");
    String[] neighbor = {
      "tnl/neigh/set", "phy", BenchPolicy.PA_THERE.toString(), Line.UNDERLAY_MAC_THERE.toString()
    };
    control(neighbor);
    String ports = control("dpif/show");
    if (ports.split("\\(afxdp:", -1).length != 3) {
      throw new LabException("Open vSwitch has no AF_XDP ports here: " + ports + daemon.output());
    }
  }

  private static void withoutOffloads(Namespace namespace, String device) {
    namespace.run("ethtool", "-K", device, "tx", "off").require();
  }

  private String file(String name) {
    return folder.resolve(name).toString();
  }

  private static String[] words(String line) {
    return line.split(" ", -1);
  }

  private void configure(String... arguments) {
    List<String> command =
        new ArrayList<>(List.of("ovs-vsctl", "--timeout=20", "--db=unix:" + file("db.sock")));
    command.addAll(List.of(arguments));
    tool(command.toArray(String[]::new));
  }

  private String control(String... arguments) {
    List<String> command = new ArrayList<>(List.of("ovs-appctl", "-t", file("vswitchd.ctl")));
    command.addAll(List.of(arguments));
    return tool(command.toArray(String[]::new));
  }

  private String tool(String... arguments) {
    List<String> command = new ArrayList<>(List.of("env", "OVS_RUNDIR=" + folder));
    command.addAll(List.of(arguments));
    Outcome outcome = line.host().run(command);
    return outcome.require();
  }

  @Override
  public String name() {
    return "OVS AF_XDP";
  }

  @Override
  public Line line() {
    return line;
  }

  @Override
  public long cpuNs() {
    return CpuTime.ofProcess(daemon.pid());
  }

  /// What its ring had no room for is counted at the device that it comes in by.
  @Override
  public long drops() {
    Namespace host = line.host();
    String links = host.processes().run("ip", "-n", host.name(), "-s", "-j", "link").require();
    return Line.sum(RX_DROPPED.matcher(links));
  }

  @Override
  public boolean countsItsDrops() {
    return false;
  }

  @Override
  public void wake() {
    daemon.signal("CONT");
  }

  @Override
  public void rest() {
    daemon.signal("STOP");
  }

  /// The program's version, for the reader.
  String version() {
    try {
      Process process = new ProcessBuilder("ovs-vswitchd", "--version").start();
      try (var out = process.inputReader()) {
        return Optional.ofNullable(out.readLine()).orElse("");
      }
    } catch (IOException e) {
      throw new LabException("cannot ask for its version", e);
    }
  }
}
