// SPDX-License-Identifier: Apache-2.0
package hnv.lab.gre;

import static hnv.lab.netns.Processes.words;

import hnv.lab.netns.LabException;
import hnv.lab.netns.Namespace;
import hnv.lab.netns.Processes;
import hnv.lab.netns.RunningProcess;
import hnv.lab.netns.Watchdog;
import hnv.lab.topology.FlowsBy;
import hnv.lab.topology.Node;
import hnv.lab.topology.Scenario;
import hnv.lab.topology.Topology;
import hnv.lab.topology.VirtualMachine;
import hnv.lab.topology.World;
import hnv.lab.traffic.Ping;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/// A host, a gateway, and a box whose kernel has the other ends of all tunnels:
///
///     contoso  ─┐                                                  ┌─ gre ─ contoso-branch
///               ├ host1 ── router ── gw1 outside ── gateway peers ─┤
///     fabrikam ─┘                                                  └─ gre ─ fabrikam-branch
///
/// The outer packets end in `peers`; each tunnel's device is in its branch's namespace, so that
/// both branches can have the same addresses. Used by the thread of the proofs.
final class GreLab implements AutoCloseable {
  private static final Duration FIRST_PACKET = Duration.ofSeconds(10);
  private static final int DATA_OCTETS = 1 << 18;

  /// The device towards the gateway.
  static final String TO_GATEWAY = "gateway";

  private final Topology topology;
  private final Scenario scenario;
  private final Namespace peers;
  private final Map<String, Namespace> branches = new LinkedHashMap<>();
  private final Map<String, Node> nodes = new LinkedHashMap<>();
  private final List<RunningProcess> servers = new ArrayList<>();

  private GreLab(Processes processes, List<TunnelCase> cases) {
    scenario = GrePolicy.scenario(cases);
    topology = Topology.lay(processes, scenario);
    peers = add("peers");
    layPeers(cases);
    TunnelCase.TENANTS.forEach(tenant -> branches.put(tenant, layBranch(tenant)));
  }

  /// Lays it and starts all that runs in it, without a tunnel's other end.
  static GreLab lay(Processes processes, List<TunnelCase> cases, FlowsBy flowsBy) {
    GreLab lab = new GreLab(processes, cases);
    for (Scenario.Host host : lab.scenario.hosts()) {
      Node node = new Node(lab.topology, lab.scenario, host.name(), flowsBy);
      lab.nodes.put(host.name(), node);
      node.start();
    }
    Path folder = Watchdog.folder(processes.run());
    Random random = new Random(1);
    for (String tenant : TunnelCase.TENANTS) {
      lab.serve(tenant, lab.machine(tenant), folder, random);
      lab.serve(tenant + "-branch", lab.branch(tenant), folder, random);
    }
    lab.nodes.values().forEach(Node::awaitInForce);
    for (String tenant : TunnelCase.TENANTS) {
      for (VirtualMachine.Address address : lab.scenario.machine(tenant).addresses()) {
        Ping.awaitReply(lab.machine(tenant), address.gateway(), FIRST_PACKET);
      }
    }
    return lab;
  }

  private Namespace add(String name) {
    Namespace namespace = topology.namespace(name);
    topology.processes().run("ip", "netns", "add", namespace.name()).require();
    namespace.ip("link set lo up");
    return namespace;
  }

  private void link(Namespace at, String device, Namespace peerAt, String peer) {
    at.ip(
        "link add name %s mtu %d type veth peer name %s mtu %d netns %s"
            .formatted(device, TunnelCase.LINK_MTU, peer, TunnelCase.LINK_MTU, peerAt.name()));
  }

  private void layPeers(List<TunnelCase> cases) {
    link(topology.host("gw1"), World.DEVICE, peers, TO_GATEWAY);
    peers.ip(
        "link set " + TO_GATEWAY + " up",
        "address add 203.0.113.1/24 dev " + TO_GATEWAY,
        "address add 2001:db8:113::1/64 dev " + TO_GATEWAY + " nodad");
    for (TunnelCase tunnel : cases) {
      for (String tenant : TunnelCase.TENANTS) {
        peers.ip(
            "address replace %s/%d dev lo"
                .formatted(tunnel.peer(tenant), tunnel.peer(tenant).width()));
      }
    }
    // A keepalive comes back out of the branch and bears an address of this box as its source.
    for (String parameter :
        List.of("ipv4/conf/all/accept_local", "ipv4/ip_forward", "ipv6/conf/all/forwarding")) {
      peers.set("net/" + parameter, 1);
    }
  }

  private Namespace layBranch(String tenant) {
    Namespace branch = add(tenant + "-branch");
    String up = "to-" + tenant;
    link(branch, "peers", peers, up);
    int number = 1 + TunnelCase.TENANTS.indexOf(tenant);
    peers.set("net/ipv4/conf/" + up + "/rp_filter", 0);
    peers.set("net/ipv4/conf/all/rp_filter", 0);
    peers.ip(
        "link set " + up + " up",
        "address add 10.255.%d.1/30 dev %s".formatted(number, up),
        "address add fd00:ffff:%d::1/64 dev %s nodad".formatted(number, up));
    branch.set("net/ipv4/conf/all/rp_filter", 0);
    branch.set("net/ipv4/conf/default/rp_filter", 0);
    branch.set("net/ipv4/ip_forward", 1);
    branch.set("net/ipv6/conf/all/forwarding", 1);
    branch.ip(
        "link set peers up",
        "address add 10.255.%d.2/30 dev peers".formatted(number),
        "address add fd00:ffff:%d::2/64 dev peers nodad".formatted(number),
        "route add %s via 10.255.%d.1".formatted(TunnelCase.GATEWAY4, number),
        "route add %s via fd00:ffff:%d::1".formatted(TunnelCase.GATEWAY6, number));
    return branch;
  }

  private void serve(String name, Namespace machine, Path folder, Random random) {
    Path pages = folder.resolve("data-" + name);
    byte[] data = new byte[DATA_OCTETS];
    random.nextBytes(data);
    try {
      Files.createDirectories(pages);
      Files.write(pages.resolve("data"), data);
    } catch (IOException e) {
      throw new LabException("cannot write the data of " + name, e);
    }
    servers.add(machine.start("httpd-" + name, words("busybox httpd -f -p 80 -h " + pages)));
  }

  /// What the server of a tenant's machine, or of its branch, has to say.
  Path data(String tenant, boolean atBranch) {
    String name = atBranch ? tenant + "-branch" : tenant;
    return Watchdog.folder(topology.processes().run()).resolve("data-" + name + "/data");
  }

  /// Makes the kernel's ends of a tunnel of both tenants.
  void connect(TunnelCase tunnel) {
    for (String tenant : TunnelCase.TENANTS) {
      Namespace branch = branch(tenant);
      peers.ip(device(tunnel, tenant));
      peers.ip("link set " + tunnelDevice(tenant) + " netns " + branch.name());
      branch.ip(
          "link set " + tunnelDevice(tenant) + " name gre1",
          "link set gre1 up",
          "address add %s/32 dev gre1".formatted(tunnel.branch(false)),
          "address add %s/128 dev gre1 nodad".formatted(tunnel.branch(true)),
          "route add 10.1.0.0/16 dev gre1 src " + tunnel.branch(false),
          "route add fd00:1::/48 dev gre1 src " + tunnel.branch(true));
    }
  }

  private static String tunnelDevice(String tenant) {
    return "t-" + tenant;
  }

  private static String device(TunnelCase tunnel, String tenant) {
    return "link add name %s type %s local %s remote %s ttl 64%s%s%s%s"
        .formatted(
            tunnelDevice(tenant),
            tunnel.ipv6() ? "ip6gre" : "gre",
            tunnel.peer(tenant),
            tunnel.gateway(),
            tunnel.keyed() ? " key " + tunnel.key(tenant) : "",
            tunnel.checksum() ? " csum" : "",
            tunnel.sequence() ? " seq" : "",
            tunnel.ipv6() && !tunnel.encapsulationLimit() ? " encaplimit none" : "");
  }

  /// Takes the kernel's ends away.
  void disconnect() {
    branches.values().forEach(branch -> branch.ip("link del gre1"));
  }

  /// Where a tenant's machine is.
  Namespace machine(String tenant) {
    return topology.machine(scenario.machine(tenant));
  }

  /// The machine as the policy has it.
  VirtualMachine described(String tenant) {
    return scenario.machine(tenant);
  }

  /// Where a tenant's branch is, with the end of its tunnel, `gre1`.
  Namespace branch(String tenant) {
    return Objects.requireNonNull(branches.get(tenant), tenant);
  }

  /// Where the outer packets pass, at [#TO_GATEWAY].
  Namespace peers() {
    return peers;
  }

  /// The gateway's node.
  Node gateway() {
    return Objects.requireNonNull(nodes.get("gw1"));
  }

  @Override
  public void close() {
    servers.forEach(RunningProcess::close);
    nodes.values().forEach(Node::close);
  }
}
