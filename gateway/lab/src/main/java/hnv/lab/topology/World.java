// SPDX-License-Identifier: Apache-2.0
package hnv.lab.topology;

import hnv.lab.netns.LabException;
import hnv.lab.netns.Namespace;
import hnv.lab.netns.Processes;
import hnv.lab.netns.Together;
import hnv.lab.netns.Watchdog;
import hnv.lab.peer.GreBranch;
import hnv.lab.peer.Internet;
import hnv.lab.peer.TrunkSwitch;
import hnv.wire.Cidr;
import hnv.wire.Ipv4Address;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;

/// What is beyond the gateway, each box a network namespace, and nothing of it ours:
///
///     gw1 ── outside ══ switch ─┬─ untagged ── internet ─┬─ 198.51.100.21  contoso-branch
///                               │              198.18.0.80 ├─ 198.51.100.22  fabrikam-branch
///                               │                        └─ 198.51.100.23  woodgrove-branch
///                               └─ VLAN 100 ── corp  172.16.0.2, behind it 172.20.0.10
///
/// Two branches are 192.168.50.1, and Woodgrove's is 10.1.1.12, as is its machine. The server and
/// the tenants' prefixes are there in IPv6, too.
public final class World implements AutoCloseable {
  /// The gateway's device.
  public static final String DEVICE = "outside";

  /// The machine of two of the branches.
  public static final Ipv4Address BRANCH_LAN = Ipv4Address.parse("192.168.50.1");

  /// The machine of the third, whose network is that of its tenant's machines.
  public static final Ipv4Address SAME_LAN = Ipv4Address.parse("10.1.1.12");

  /// What its tenant knows that machine by.
  public static final Ipv4Address SAME_LAN_AS_SEEN = Ipv4Address.parse("172.30.1.12");

  /// What that machine knows its tenant by.
  public static final Cidr TENANT_AS_SEEN = Cidr.parse("172.31.0.0/16");

  /// A machine behind the corporate router.
  public static final Ipv4Address CORPORATE = Ipv4Address.parse("172.20.0.10");

  /// The gateway's end of the tunnels.
  public static final Ipv4Address GRE_VIP = Ipv4Address.parse("203.0.113.9");

  private static final Cidr TENANTS = Cidr.parse("10.1.0.0/16");
  private static final String CORPORATE_ROUTER = "172.16.0.2";
  private static final String GATEWAY_IN_VLAN = "172.16.0.1";
  private static final String INTERNET_ROUTER = "203.0.113.1";
  private static final String INTERNET_ROUTER6 = "2001:db8:113::1";
  private static final String GATEWAY6 = "2001:db8:113::2";
  private static final String TENANTS6 = "2001:db8:5000::/40";
  private static final String BRANCH_ROUTER = "198.51.100.1";
  private static final int VLAN = 100;
  private static final int MTU = 1_500;

  private final Topology topology;
  private final Namespace trunk;
  private final Namespace internetSpace;
  private final Namespace corporate;
  private final Map<String, GreBranch> branches = new LinkedHashMap<>();
  private final Internet internet;
  private final TrunkSwitch trunkSwitch;

  /// The branch of each tenant.
  private static final List<GreBranch.Plan> BRANCHES =
      List.of(
          branch("contoso", "198.51.100.21", BRANCH_LAN, 5_001, TENANTS),
          branch("fabrikam", "198.51.100.22", BRANCH_LAN, 6_001, TENANTS),
          branch("woodgrove", "198.51.100.23", SAME_LAN, 7_001, TENANT_AS_SEEN));

  private static GreBranch.Plan branch(
      String tenant, String outside, Ipv4Address lan, int key, Cidr reached) {
    return new GreBranch.Plan(
        tenant + "-branch", Ipv4Address.parse(outside), lan, GRE_VIP, key, reached);
  }

  private World(Topology topology, String gateway) {
    this.topology = topology;
    Path folder = Watchdog.folder(topology.processes().run());
    trunk = add("switch");
    internetSpace = add("internet");
    corporate = add("corp");
    link(topology.host(gateway), DEVICE, trunk, "gateway");
    // The switch is in user space and takes frames as they are: this link finishes no checksums.
    topology.host(gateway).run("ethtool", "-K", DEVICE, "tx", "off").require();
    link(trunk, "internet", internetSpace, "gateways");
    link(trunk, "corp", corporate, Topology.DEVICE);
    trunkSwitch =
        TrunkSwitch.lay(
            trunk,
            "gateway",
            Map.of("internet", OptionalInt.empty(), "corp", OptionalInt.of(VLAN)),
            folder);
    layCorporate();
    layInternet();
    internet = Internet.lay(internetSpace, folder);
    List<GreBranch> laid = Together.map(BRANCHES, plan -> layBranch(plan, folder));
    for (int i = 0; i < laid.size(); i++) {
      branches.put(BRANCHES.get(i).name(), laid.get(i));
    }
  }

  private GreBranch layBranch(GreBranch.Plan plan, Path folder) {
    Namespace site = add(plan.name());
    String device = "branch" + (1 + BRANCHES.indexOf(plan));
    link(internetSpace, device, site, Topology.DEVICE);
    internetSpace.set("net/ipv6/conf/" + device + "/disable_ipv6", 1);
    internetSpace.ip(
        "address add " + BRANCH_ROUTER + "/32 dev " + device,
        "link set " + device + " up",
        "route add " + plan.outside() + "/32 dev " + device);
    internetSpace.run("ethtool", "-K", device, "tx", "off").require();
    return GreBranch.lay(site, plan, 1 + BRANCHES.indexOf(plan), folder);
  }

  /// Lays the world around a gateway. The run's watchdog removes it.
  ///
  /// @param gateway the host that is the gateway
  /// @throws LabException when it cannot be laid
  public static World lay(Topology topology, String gateway) {
    return new World(topology, gateway);
  }

  private Namespace add(String name) {
    Namespace namespace = topology.namespace(name);
    topology.processes().run("ip", "netns", "add", namespace.name()).require();
    namespace.ip("link set lo up");
    return namespace;
  }

  private void link(Namespace at, String device, Namespace peerAt, String peer) {
    topology
        .processes()
        .run(
            List.of("ip", "-batch", "-"),
            "link add name %s mtu %d netns %s type veth peer name %s mtu %d netns %s%n"
                .formatted(device, MTU, at.name(), peer, MTU, peerAt.name()),
            Processes.LIMIT)
        .require();
  }

  private void layCorporate() {
    corporate.set("net/ipv6/conf/" + Topology.DEVICE + "/disable_ipv6", 1);
    corporate.ip(
        "address add " + CORPORATE_ROUTER + "/24 dev " + Topology.DEVICE,
        "link set " + Topology.DEVICE + " up",
        "address add " + CORPORATE + "/32 dev lo",
        "route add " + TENANTS + " via " + GATEWAY_IN_VLAN + " src " + CORPORATE);
    corporate.run("ethtool", "-K", Topology.DEVICE, "tx", "off").require();
  }

  private void layInternet() {
    internetSpace.ip(
        "link set gateways up",
        "address add " + INTERNET_ROUTER + "/24 dev gateways",
        "address add " + INTERNET_ROUTER6 + "/64 dev gateways nodad",
        "route add " + TENANTS6 + " via " + GATEWAY6);
    internetSpace.run("ethtool", "-K", "gateways", "tx", "off").require();
  }

  /// The router that everybody has, with the server.
  public Namespace internet() {
    return internet.namespace();
  }

  /// The corporate router, with the machine behind it.
  public Namespace corporate() {
    return corporate;
  }

  /// The key of the tunnel to the branch of a tenant.
  public static int key(String tenant) {
    return BRANCHES.stream()
        .filter(plan -> plan.name().equals(tenant + "-branch"))
        .findFirst()
        .orElseThrow(() -> new LabException(tenant + " has no branch"))
        .key();
  }

  /// The branch of a tenant.
  public GreBranch branch(String tenant) {
    return Objects.requireNonNull(branches.get(tenant + "-branch"), tenant);
  }

  /// What the gateway's device is linked to: each frame of it, with its VLAN tag, passes here.
  public Namespace trunk() {
    return trunk;
  }

  @Override
  public void close() {
    internet.close();
    branches.values().forEach(GreBranch::close);
    trunkSwitch.close();
  }
}
