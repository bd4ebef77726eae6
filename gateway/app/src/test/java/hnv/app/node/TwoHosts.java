// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import hnv.app.cli.Failure;
import hnv.dataplane.Counters;
import hnv.document.Parsed;
import hnv.document.PolicyDocuments;
import hnv.linux.LinuxException;
import hnv.linux.port.TapCable;
import hnv.vswitch.FlowListing;
import hnv.vswitch.FlowView;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// Two nodes in this process, each with the kernel's executor, and two tenants with the same
/// addresses and MACs, one machine of each on each host:
///
///     red1  eth0 ── red      host1    eth0 ── eth0    host2      red ── eth0  red2
///     blue1 eth0 ── blue  192.168.1.10     192.168.1.20         blue ── eth0  blue2
///
/// `red1` and `blue1` are 10.1.1.11, `red2` and `blue2` 10.1.1.12. Every neighbour within a tenant
/// is found by the node's ARP.
final class TwoHosts implements AutoCloseable {
  static final List<String> TENANTS = List.of("red", "blue");
  static final String FIRST = "10.1.1.11";
  static final String SECOND = "10.1.1.12";
  static final int UNDERLAY = 0;

  private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(20);
  private static final int VXLAN_PORT = 4789;

  final Namespaces namespaces = new Namespaces();
  private final Path folder;
  private final Map<String, Node> nodes = new HashMap<>();
  private final List<TapCable> cables = new ArrayList<>();
  private final PolicyText policy;
  private final Set<String> behindTap;

  /// Lays the links and starts both nodes.
  ///
  /// @param behindTap machines whose adapter is a TAP, held by a stand-in for a hypervisor
  TwoHosts(Path folder, PolicyText policy, String... behindTap) throws Exception {
    Namespaces.needed();
    this.folder = folder;
    this.policy = policy;
    this.behindTap = Set.of(behindTap);
    try {
      for (String host : List.of("host1", "host2")) {
        namespaces.add(host);
        namespaces.run(host, "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6");
      }
      namespaces.ip(
          "host1",
          "link add eth0 mtu 1600 type veth peer name eth0 mtu 1600 netns "
              + namespaces.fullName("host2"));
      layHost("host1", "192.168.1.10");
      layHost("host2", "192.168.1.20");
      for (int side = 1; side <= 2; side++) {
        for (String tenant : TENANTS) {
          layMachine(tenant, side);
        }
      }
      for (String host : List.of("host1", "host2")) {
        Files.writeString(file(host), policy.toString());
        nodes.put(host, namespaces.in(host, () -> start(host)));
      }
    } catch (Exception | Error e) {
      close();
      throw e;
    }
  }

  private void layHost(String host, String address) {
    namespaces.ip(
        host,
        "address add " + address + "/24 dev eth0",
        "link set eth0 address 02:00:" + macOf(address),
        "link set eth0 up");
    for (String other : List.of("192.168.1.10", "192.168.1.20", "192.168.1.30")) {
      // The third host has left its address and nothing else.
      String at = other.endsWith("30") ? "192.168.1.20" : other;
      if (!other.equals(address)) {
        namespaces.ip(host, "neighbor add " + other + " lladdr 02:00:" + macOf(at) + " dev eth0");
      }
    }
  }

  private static String macOf(String address) {
    return "00:00:00:" + address.substring(address.length() - 2);
  }

  private void layMachine(String tenant, int side) throws Exception {
    String host = "host" + side;
    String machine = tenant + side;
    namespaces.add(machine);
    namespaces.run(machine, "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6");
    if (behindTap.contains(machine)) {
      TapCable cable = namespaces.in(machine, () -> TapCable.open("eth0"));
      cables.add(cable);
      namespaces.in(host, () -> plug(cable, tenant));
      Thread.ofPlatform().daemon().name("cable-" + machine).start(cable::carry);
    } else {
      namespaces.ip(
          host,
          "link add %s type veth peer name eth0 netns %s"
              .formatted(tenant, namespaces.fullName(machine)));
    }
    // One ARP request is enough for any test.
    namespaces.run(machine, "echo 3600000 > /proc/sys/net/ipv4/neigh/eth0/base_reachable_time_ms");
    namespaces.ip(host, "link set " + tenant + " mtu 1450");
    namespaces.ip(
        machine,
        "link set eth0 mtu 1450 address 00:15:5d:01:01:1" + side,
        "link set eth0 up",
        "address add 10.1.1.1" + side + "/24 dev eth0");
  }

  private static boolean plug(TapCable cable, String device) throws LinuxException {
    cable.plug(device);
    return true;
  }

  private Node start(String host) throws Exception {
    Map<String, String> ports = new LinkedHashMap<>();
    String side = host.substring(host.length() - 1);
    TENANTS.forEach(tenant -> ports.put(tenant + side, tenant));
    NodeConfiguration configuration =
        new NodeConfiguration(
            host,
            file(host),
            "eth0",
            ports,
            Map.of(),
            folder.resolve(host + ".sock"),
            VXLAN_PORT,
            true,
            NodeLimits.DEFAULT);
    return Node.start(configuration, parse(policy), node -> {});
  }

  private static Parsed.Accepted parse(PolicyText policy) {
    return switch (PolicyDocuments.parse(policy.toString().getBytes(StandardCharsets.UTF_8))) {
      case Parsed.Accepted accepted -> accepted;
      case Parsed.Refused refused -> throw new IllegalStateException(refused.problems().toString());
    };
  }

  private Path file(String host) {
    return folder.resolve(host + ".json");
  }

  Node node(String host) {
    return Objects.requireNonNull(nodes.get(host));
  }

  /// Puts another policy in force at a host; it is when this returns.
  ///
  /// @return when it was said to be, {@link System#nanoTime}
  long change(String host, PolicyText next) throws Exception {
    reload(host, next);
    node(host).view(); // By the same thread, after it.
    return System.nanoTime();
  }

  /// Has a host read another policy; returns at once.
  void reload(String host, PolicyText next) throws Exception {
    parse(next);
    Path whole = folder.resolve(host + ".next");
    Files.writeString(whole, next.toString());
    Files.move(whole, file(host), StandardCopyOption.ATOMIC_MOVE);
    node(host).reload();
  }

  // ---- looking ----

  /// Number of a tenant's port, the same on both hosts.
  static int port(String tenant) {
    return 1 + TENANTS.indexOf(tenant);
  }

  /// Counters of a port, of Java and the kernel together.
  Counters.Snapshot counters(String host, int port) throws Failure {
    return node(host).dataplane().ask((vswitch, nowNs) -> vswitch.counters(port));
  }

  /// Packets that Java alone has counted as received by a port.
  long receivedByJava(String host, int port) throws Failure {
    return node(host)
        .dataplane()
        .ask((vswitch, nowNs) -> vswitch.counters().snapshot(port).receivedPackets());
  }

  /// Packets that Java alone has counted as sent by a port.
  long sentByJava(String host, int port) throws Failure {
    return node(host)
        .dataplane()
        .ask((vswitch, nowNs) -> vswitch.counters().snapshot(port).sentPackets());
  }

  /// The flows between the machines of a tenant that a host has.
  List<FlowView> flows(String host, String tenant) throws Failure {
    return node(host)
        .dataplane()
        .ask(
            (vswitch, nowNs) -> {
              int slot =
                  vswitch.state().ports().stream()
                      .filter(port -> port.name().startsWith(tenant))
                      .findFirst()
                      .orElseThrow()
                      .tenant();
              return FlowListing.page(vswitch, 0, flow -> flow.tenant() == slot, nowNs).flows();
            });
  }

  /// Packets of the tenant "red" that the meter of its machine here has counted.
  long metered(String host, boolean outbound) throws Failure {
    return node(host)
        .dataplane()
        .ask((vswitch, nowNs) -> vswitch.arrays().meters().packets(outbound ? 1 : 2));
  }

  /// Packets that Java forwarded though the kernel had their flow.
  long overtaken(String host) throws Failure {
    return node(host).dataplane().ask((vswitch, nowNs) -> vswitch.flows().overtaken());
  }

  /// Something that a node is asked.
  @FunctionalInterface
  interface Condition {
    boolean holds() throws Exception;
  }

  /// Waits until something holds.
  static void await(String what, Condition holds) throws Exception {
    long end = System.nanoTime() + PATIENCE_NS;
    while (!holds.holds()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("not within 20 s: " + what);
      }
      TimeUnit.MILLISECONDS.sleep(2);
    }
  }

  /// What the kernel counts at the adapter of a machine, in octets; super-frames as one.
  record Adapter(long octetsTo, long octetsOf) {}

  Adapter adapter(String machine) throws Exception {
    String counted =
        namespaces
            .in(machine, () -> Files.readString(Path.of("/proc/thread-self/net/dev")))
            .lines()
            .filter(line -> line.strip().startsWith("eth0:"))
            .findFirst()
            .orElseThrow();
    String[] words = counted.strip().split("\\s+", -1);
    return new Adapter(Long.parseLong(words[1]), Long.parseLong(words[9]));
  }

  /// A counter of a machine's own stack, of `/proc/net/snmp`.
  long snmp(String machine, String group, String name) throws Exception {
    List<List<String>> lines =
        namespaces
            .in(machine, () -> Files.readString(Path.of("/proc/thread-self/net/snmp")))
            .lines()
            .filter(line -> line.startsWith(group + ":"))
            .map(line -> List.of(line.split(" ", -1)))
            .toList();
    return Long.parseLong(lines.get(1).get(lines.getFirst().indexOf(name)));
  }

  /// Both nodes answer still.
  void requireWell() throws Exception {
    for (Node node : nodes.values()) {
      assertNotNull(node.view());
    }
  }

  @Override
  public void close() {
    nodes.values().forEach(Node::close);
    cables.forEach(TapCable::close);
    namespaces.close();
  }
}
