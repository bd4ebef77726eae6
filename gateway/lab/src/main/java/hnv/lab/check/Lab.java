// SPDX-License-Identifier: Apache-2.0
package hnv.lab.check;

import hnv.lab.netns.Namespace;
import hnv.lab.netns.Processes;
import hnv.lab.netns.RunningProcess;
import hnv.lab.netns.Together;
import hnv.lab.netns.Watchdog;
import hnv.lab.topology.FlowsBy;
import hnv.lab.topology.Node;
import hnv.lab.topology.Scenario;
import hnv.lab.topology.Topology;
import hnv.lab.topology.VirtualMachine;
import hnv.lab.topology.World;
import hnv.lab.traffic.Pages;
import hnv.lab.traffic.Ping;
import hnv.wire.MacAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The lab as the checks see it: laid, its nodes running, its machines serving. Used by the thread
/// of the checks; [#close] stops what it started, the watchdog does the rest.
public final class Lab implements AutoCloseable {
  /// How long the first packet of a machine may take after the nodes are ready.
  private static final Duration FIRST_PACKET = Duration.ofSeconds(10);

  private final Topology topology;
  private final Scenario scenario;
  private final Tunnels tunnels;
  private final Map<String, Node> nodes = new LinkedHashMap<>();
  private final List<RunningProcess> servers = new ArrayList<>();
  private @Nullable World world;

  private Lab(Topology topology, Scenario scenario) {
    this.topology = topology;
    this.scenario = scenario;
    tunnels = new Tunnels(scenario.encapsulation());
  }

  /// Lays the lab and starts all that runs in it; returns when the first packets have passed.
  ///
  /// @throws hnv.lab.netns.LabException when that does not come about
  public static Lab lay(Processes processes, Scenario scenario, FlowsBy flowsBy) {
    Lab lab = new Lab(Topology.lay(processes, scenario), scenario);
    for (String gateway : scenario.gateways()) {
      lab.world = World.lay(lab.topology, gateway);
    }
    for (Scenario.Host host : scenario.hosts()) {
      Node node = new Node(lab.topology, scenario, host.name(), flowsBy);
      lab.nodes.put(host.name(), node);
      node.start();
    }
    for (String server : lab.servers()) {
      lab.servers.add(
          Pages.serve(
              lab.namespace(lab.machine(server)),
              server,
              lab.banner(lab.machine(server)),
              Watchdog.folder(processes.run())));
    }
    lab.nodes.values().forEach(Node::awaitInForce);
    lab.awaitTraffic();
    return lab;
  }

  /// The machines that serve a page: with a gateway, those that the outside asks, too.
  private List<String> servers() {
    return scenario.gateways().isEmpty()
        ? List.of("contoso-sql", "fabrikam-sql")
        : List.of("contoso-sql", "contoso-web", "fabrikam-sql", "fabrikam-web", "woodgrove-web");
  }

  /// What is beyond the gateway; there is one in a scenario with a gateway.
  World world() {
    return Objects.requireNonNull(world, "the scenario has no gateway");
  }

  /// The Internet's side of the link to the gateway: what is untagged.
  Point internet() {
    return new Point("internet", world().internet(), "gateways", "");
  }

  /// The link to the gateway, with VLAN tags.
  Point trunk() {
    return new Point("trunk", world().trunk(), "gateway", "");
  }

  /// The MAC of a device.
  MacAddress macOf(Namespace namespace, String device) {
    return MacAddress.parse(
        namespace.run("cat", "/sys/class/net/" + device + "/address").require().strip());
  }

  /// Waits until each machine has an answer of its router at each of its addresses (in IPv6 it must
  /// have made sure that its address is nobody else's) and the hosts reach one another.
  void awaitTraffic() {
    Together.each(
        scenario.machines(),
        machine -> {
          for (VirtualMachine.Address address : machine.addresses()) {
            Ping.awaitReply(namespace(machine), address.gateway(), FIRST_PACKET);
          }
        });
    for (String tenant : List.of("contoso", "fabrikam")) {
      VirtualMachine sql = machine(tenant + "-sql");
      for (VirtualMachine.Address address : sql.addresses()) {
        Ping.awaitReply(namespace(machine(tenant + "-web")), address.address(), FIRST_PACKET);
      }
    }
  }

  public Topology topology() {
    return topology;
  }

  public Scenario scenario() {
    return scenario;
  }

  Tunnels tunnels() {
    return tunnels;
  }

  public List<Node> nodes() {
    return List.copyOf(nodes.values());
  }

  /// The node of a host.
  public Node node(String host) {
    return Objects.requireNonNull(nodes.get(host), host);
  }

  /// Whether the kernel forwards established flows at all nodes: they want it and it can.
  boolean flowsByKernel() {
    return nodes.values().stream().allMatch(Node::flowsByKernel);
  }

  /// The machine with this name.
  public VirtualMachine machine(String name) {
    return scenario.machine(name);
  }

  /// The namespace of a machine.
  public Namespace namespace(VirtualMachine machine) {
    return topology.machine(machine);
  }

  /// What the page server of a machine says.
  String banner(VirtualMachine server) {
    String tenant =
        Character.toUpperCase(server.network().charAt(0)) + server.network().substring(1);
    return server.name() + ": hello from " + tenant + " SQL";
  }

  /// The underlay at a host: what the router sees on the link to it.
  Point underlay(String host) {
    return new Point("underlay-" + host, topology.router(), Topology.leg(host), "");
  }

  /// What passes a machine's device.
  Point passing(VirtualMachine machine) {
    return new Point(machine.name(), namespace(machine), Topology.DEVICE, "");
  }

  /// What comes in at a machine's device: what the machine has not sent itself.
  Point arriving(VirtualMachine machine) {
    return new Point(
        machine.name(), namespace(machine), Topology.DEVICE, "eth.src != " + machine.mac());
  }

  /// What passes the devices of these machines.
  List<Point> passing(List<VirtualMachine> machines) {
    return machines.stream().map(this::passing).toList();
  }

  /// What comes in at the devices of these machines.
  List<Point> arriving(List<VirtualMachine> machines) {
    return machines.stream().map(this::arriving).toList();
  }

  /// All machines but these.
  List<VirtualMachine> othersThan(VirtualMachine... machines) {
    List<VirtualMachine> others = new ArrayList<>(scenario.machines());
    others.removeAll(List.of(machines));
    return others;
  }

  @Override
  public void close() {
    if (world != null) {
      world.close();
    }
    servers.forEach(RunningProcess::close);
    nodes.values().forEach(Node::close);
  }
}
