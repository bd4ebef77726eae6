// SPDX-License-Identifier: Apache-2.0
package hnv.bench.line;

import hnv.bench.traffic.BenchPolicy;
import hnv.lab.netns.Namespace;
import hnv.lab.netns.Processes;
import hnv.lab.netns.Watchdog;
import hnv.wire.MacAddress;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Three network namespaces in a line. In the middle stands what is measured; the other host is
/// the kernel on every line, so that nothing else differs:
///
///     machine            host                              other host
///      eth0 ────────── vm    eth0 ─────────────────────── eth0   vxlan
///     10.1.1.11              192.168.1.10       192.168.1.20   10.1.1.12
///
/// All neighbours are known and IPv6 is off: nothing is on the wires but what a row sends. The
/// run's watchdog removes it all.
///
/// @param machine the tenant's machine on the host
/// @param host where the vSwitch is
/// @param other the other host, with the tenant's other machine's address on its VXLAN device
record Line(Namespace machine, Namespace host, Namespace other) {
  /// The machine's only device, and a host's device on the underlay.
  static final String DEVICE = "eth0";

  /// The host's end of the machine's link.
  static final String VM = "vm";

  /// VXLAN devices.
  static final String VXLAN = "vxlan0";

  static final MacAddress UNDERLAY_MAC_HERE = MacAddress.parse("02:00:c0:a8:01:0a");
  static final MacAddress UNDERLAY_MAC_THERE = MacAddress.parse("02:00:c0:a8:01:14");

  private static final int UNDERLAY_MTU = 1500;
  private static final int MACHINE_MTU = 1450;

  private static final Pattern TX_DROPPED =
      Pattern.compile("\"tx\":\\s*\\{[^}]*?\"dropped\":\\s*(\\d+)");
  private static final Pattern QUEUE_DROPS = Pattern.compile("\"drops\":\\s*(\\d+)");

  /// Makes a line.
  ///
  /// @param name tells it from others
  /// @throws hnv.lab.netns.LabException when the kernel refuses
  static Line lay(Processes processes, String name) {
    String prefix = Watchdog.prefix(processes.run()) + name;
    Line line =
        new Line(
            new Namespace(prefix + "-machine", processes),
            new Namespace(prefix + "-host", processes),
            new Namespace(prefix + "-other", processes));
    for (Namespace namespace : line.namespaces()) {
      processes.run("ip", "netns", "add", namespace.name()).require();
      namespace.set("net/ipv6/conf/all/disable_ipv6", 1);
      namespace.set("net/ipv6/conf/default/disable_ipv6", 1);
      namespace.ip("link set lo up");
    }
    line.connect();
    return line;
  }

  private List<Namespace> namespaces() {
    return List.of(machine, host, other);
  }

  private void connect() {
    host.ip(
        "link add %s mtu %d type veth peer name %s mtu %d address %s netns %s"
            .formatted(VM, MACHINE_MTU, DEVICE, MACHINE_MTU, BenchPolicy.MAC_HERE, machine.name()),
        "link add %s mtu %d address %s type veth peer name %s mtu %d address %s netns %s"
            .formatted(
                DEVICE,
                UNDERLAY_MTU,
                UNDERLAY_MAC_HERE,
                DEVICE,
                UNDERLAY_MTU,
                UNDERLAY_MAC_THERE,
                other.name()),
        "address add %s/24 dev %s".formatted(BenchPolicy.PA_HERE, DEVICE),
        "link set %s up".formatted(DEVICE),
        neighbor(BenchPolicy.PA_THERE, UNDERLAY_MAC_THERE, DEVICE));
    machine.ip(
        "address add %s/24 dev %s".formatted(BenchPolicy.CA_HERE, DEVICE),
        "link set %s up".formatted(DEVICE),
        neighbor(BenchPolicy.CA_THERE, BenchPolicy.MAC_THERE, DEVICE));
    other.ip(
        "address add %s/24 dev %s".formatted(BenchPolicy.PA_THERE, DEVICE),
        "link set %s up".formatted(DEVICE),
        neighbor(BenchPolicy.PA_HERE, UNDERLAY_MAC_HERE, DEVICE),
        vxlan(BenchPolicy.PA_THERE, BenchPolicy.PA_HERE),
        "link set %s mtu %d address %s up".formatted(VXLAN, MACHINE_MTU, BenchPolicy.MAC_THERE),
        "address add %s/24 dev %s".formatted(BenchPolicy.CA_THERE, VXLAN),
        neighbor(BenchPolicy.CA_HERE, BenchPolicy.MAC_HERE, VXLAN));
  }

  /// The `ip` command for a VXLAN device of the first tenant. Without outer UDP checksum, as RFC
  /// 7348 §5 has it and as this program does it.
  static String vxlan(Object local, Object remote) {
    return "link add %s type vxlan id %d local %s remote %s dstport 4789 noudpcsum nolearning"
        .formatted(VXLAN, BenchPolicy.BLUE.vsid(), local, remote);
  }

  private static String neighbor(Object address, MacAddress mac, String device) {
    return "neigh add %s lladdr %s nud permanent dev %s".formatted(address, mac, device);
  }

  /// Packets that devices and queues of a namespace have dropped on the way out. A veth counts
  /// there what its other end had no room for, too.
  static long dropped(Namespace namespace) {
    String links =
        namespace.processes().run("ip", "-n", namespace.name(), "-s", "-j", "link").require();
    String queues =
        namespace.processes().run("tc", "-n", namespace.name(), "-s", "-j", "qdisc").require();
    return sum(TX_DROPPED.matcher(links)) + sum(QUEUE_DROPS.matcher(queues));
  }

  private static long sum(Matcher numbers) {
    long sum = 0;
    while (numbers.find()) {
      sum += Long.parseLong(numbers.group(1));
    }
    return sum;
  }
}
