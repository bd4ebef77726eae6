// SPDX-License-Identifier: Apache-2.0
package hnv.lab.topology;

import hnv.lab.netns.Namespace;
import hnv.lab.netns.Processes;
import hnv.lab.netns.Watchdog;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// The links of the lab. Every box is a network namespace:
///
///     contoso-sql          host1                                  host2          contoso-web
///      eth0 ─────── contoso-sql    eth0 ── to-host1  to-host2 ── eth0    contoso-web ─────── eth0
///     fabrikam-sql           192.168.1.10     router     192.168.2.20           fabrikam-web
///      eth0 ────── fabrikam-sql                                          fabrikam-web ────── eth0
///                                                                  …
///
/// The underlay has an MTU of 1500, a machine one of 1450. Machines have an address and a default
/// route, and nothing else: no neighbour is configured, so each ARP request must be answered. The
/// hosts' ends of the machines' links are left down, for the node to take.
///
/// One machine, [#BEHIND_TAP], has no veth: a process holds a TAP on its host, as a hypervisor
/// would.
public final class Topology {
  /// The host's device on the underlay, and the machine's only device.
  public static final String DEVICE = "eth0";

  /// The machine whose adapter a stand-in for a hypervisor holds. It is the one that moves.
  public static final String BEHIND_TAP = "contoso-web";

  public static final int UNDERLAY_MTU = 1500;
  public static final int MACHINE_MTU = 1450;

  private final Processes processes;
  private final Scenario scenario;
  private final Namespace router;
  private final Map<String, Namespace> hosts = new LinkedHashMap<>();
  private final Map<String, Namespace> machines = new LinkedHashMap<>();
  private final Map<String, Hypervisor> hypervisors = new LinkedHashMap<>();

  private Topology(Processes processes, Scenario scenario) {
    this.processes = processes;
    this.scenario = scenario;
    router = namespace("router");
    scenario.hosts().forEach(host -> hosts.put(host.name(), namespace(host.name())));
    scenario.machines().forEach(machine -> machines.put(machine.name(), namespace(machine.name())));
  }

  /// Makes all namespaces and links. The run's watchdog removes them.
  ///
  /// @throws hnv.lab.netns.LabException when the kernel refuses
  public static Topology lay(Processes processes, Scenario scenario) {
    Topology topology = new Topology(processes, scenario);
    topology.makeLinks();
    topology.configureRouter();
    scenario.hosts().forEach(topology::configureHost);
    topology.hypervisors.forEach(
        (name, each) -> each.plugInto(topology.host(scenario.machine(name).host())));
    scenario.machines().forEach(topology::configureMachine);
    return topology;
  }

  public Processes processes() {
    return processes;
  }

  public Namespace router() {
    return router;
  }

  /// The namespace of a host.
  public Namespace host(String name) {
    return Objects.requireNonNull(hosts.get(name), name);
  }

  /// The namespace of a virtual machine.
  public Namespace machine(VirtualMachine machine) {
    return Objects.requireNonNull(machines.get(machine.name()), machine.name());
  }

  /// The router's device towards a host.
  public static String leg(String host) {
    return "to-" + host;
  }

  /// The namespace of this run with such a name; it need not be there.
  public Namespace namespace(String name) {
    return new Namespace(Watchdog.prefix(processes.run()) + name, processes);
  }

  /// Gives a machine's link another host, as a live migration does: the machine keeps its adapter,
  /// its addresses and its connections. Behind a TAP it sees nothing; behind a veth a loss of
  /// carrier.
  public void move(VirtualMachine machine, String from, String to) {
    Hypervisor hypervisor = hypervisors.get(machine.name());
    if (hypervisor != null) {
      hypervisor.plugInto(host(to));
    } else {
      host(from).ip("link set " + machine.name() + " netns " + host(to).name());
    }
  }

  private void makeLinks() {
    List<String> lines = new ArrayList<>();
    lines.add("netns add " + router.name());
    hosts.values().forEach(host -> lines.add("netns add " + host.name()));
    machines.values().forEach(machine -> lines.add("netns add " + machine.name()));
    hosts.forEach(
        (name, host) -> lines.add(veth(host, DEVICE, router, leg(name), UNDERLAY_MTU, "")));
    for (VirtualMachine machine : scenario.machines()) {
      if (!isBehindTap(machine)) {
        lines.add(
            veth(
                host(machine.host()),
                machine.name(),
                machine(machine),
                DEVICE,
                MACHINE_MTU,
                " address " + machine.mac()));
      }
    }
    processes
        .run(List.of("ip", "-batch", "-"), String.join("\n", lines) + "\n", Processes.LIMIT)
        .require();
    for (VirtualMachine machine : scenario.machines()) {
      if (isBehindTap(machine)) {
        hypervisors.put(machine.name(), Hypervisor.start(machine, machine(machine)));
      }
    }
  }

  private static boolean isBehindTap(VirtualMachine machine) {
    return machine.name().equals(BEHIND_TAP);
  }

  private static String veth(
      Namespace at, String device, Namespace peerAt, String peer, int mtu, String peerAddress) {
    return "link add name %s mtu %d netns %s type veth peer name %s mtu %d%s netns %s"
        .formatted(device, mtu, at.name(), peer, mtu, peerAddress, peerAt.name());
  }

  private void configureRouter() {
    List<String> lines = new ArrayList<>(List.of("link set lo up"));
    for (Scenario.Host host : scenario.hosts()) {
      // The underlay is IPv4: without this the router greets each link in IPv6.
      router.set("net/ipv6/conf/" + leg(host.name()) + "/disable_ipv6", 1);
      lines.add("address add " + host.routerWithLength() + " dev " + leg(host.name()));
      lines.add("link set " + leg(host.name()) + " up");
    }
    router.ip(lines);
    router.set("net/ipv4/ip_forward", 1);
  }

  private void configureHost(Scenario.Host host) {
    host(host.name()).set("net/ipv6/conf/" + DEVICE + "/disable_ipv6", 1);
    host(host.name())
        .ip(
            "link set lo up",
            "address add " + host.withLength() + " dev " + DEVICE,
            "link set " + DEVICE + " up",
            "route add default via " + host.router());
  }

  private void configureMachine(VirtualMachine machine) {
    List<String> lines = new ArrayList<>(List.of("link set lo up"));
    if (isBehindTap(machine)) {
      lines.add("link set %s mtu %d address %s".formatted(DEVICE, MACHINE_MTU, machine.mac()));
    }
    lines.add("link set " + DEVICE + " up");
    for (VirtualMachine.Address address : machine.addresses()) {
      lines.add("address add " + address.withLength() + " dev " + DEVICE);
    }
    for (VirtualMachine.Address address : machine.addresses()) {
      lines.add("route add default via " + address.gateway() + " dev " + DEVICE);
    }
    machine(machine).ip(lines);
  }
}
