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

/// Network namespaces in a line. In the middle stands what is measured; the other host is the
/// kernel, so that nothing else differs from line to line:
///
///     machine            host                              other host
///      eth0 ────────── vm    eth0 ─────────────────────── eth0   vxlan0
///     10.1.1.11              192.168.1.10       192.168.1.20   10.1.1.12
///
/// Where the kernel has no such tunnel, the other host is like the host, and the far machine is a
/// namespace of its own. All neighbours are known and IPv6 is off: nothing is on the wires but what
/// a row sends. The run's watchdog removes it all.
///
/// @param machine the tenant's machine on the host
/// @param host where the vSwitch is
/// @param other the other host
/// @param far where the tenant's other machine is: the other host itself, or a namespace behind it
public record Line(Namespace machine, Namespace host, Namespace other, Namespace far) {
  /// What the other host is.
  public enum OtherHost {
    /// The kernel, with the tenant's other machine's address on its VXLAN device.
    KERNEL_VXLAN,
    /// Like the host, with a machine behind it.
    WITH_MACHINE
  }

  /// A machine's only device, and a host's device on the underlay.
  public static final String DEVICE = "eth0";

  /// The host's end of the machine's link.
  public static final String VM = "vm";

  /// VXLAN devices.
  public static final String VXLAN = "vxlan0";

  public static final MacAddress UNDERLAY_MAC_HERE = MacAddress.parse("02:00:c0:a8:01:0a");
  public static final MacAddress UNDERLAY_MAC_THERE = MacAddress.parse("02:00:c0:a8:01:14");

  private static final int UNDERLAY_MTU = 1500;
  private static final int MACHINE_MTU = 1450;

  private static final Pattern TX_DROPPED =
      Pattern.compile("\"tx\":\\s*\\{[^}]*?\"dropped\":\\s*(\\d+)");
  private static final Pattern QUEUE_DROPS = Pattern.compile("\"drops\":\\s*(\\d+)");

  /// Makes a line.
  ///
  /// @param name tells it from others
  /// @throws hnv.lab.netns.LabException when the kernel refuses
  static Line lay(Processes processes, String name, OtherHost otherHost) {
    String prefix = Watchdog.prefix(processes.run()) + name;
    Namespace other = make(processes, prefix + "-other");
    Line line =
        new Line(
            make(processes, prefix + "-machine"),
            make(processes, prefix + "-host"),
            other,
            otherHost == OtherHost.KERNEL_VXLAN ? other : make(processes, prefix + "-far"));
    line.connectHosts();
    line.connectMachine();
    if (otherHost == OtherHost.KERNEL_VXLAN) {
      line.addKernelTunnel();
    } else {
      connectMachine(
          line.other,
          VM,
          line.far,
          "%s/24".formatted(BenchPolicy.CA_THERE),
          BenchPolicy.MAC_THERE,
          neighbor(BenchPolicy.CA_HERE, BenchPolicy.MAC_HERE, DEVICE));
    }
    return line;
  }

  /// A namespace without anything in it but its own loopback.
  static Namespace make(Processes processes, String name) {
    Namespace namespace = new Namespace(name, processes);
    processes.run("ip", "netns", "add", name).require();
    namespace.set("net/ipv6/conf/all/disable_ipv6", 1);
    namespace.set("net/ipv6/conf/default/disable_ipv6", 1);
    namespace.ip("link set lo up");
    return namespace;
  }

  private void connectHosts() {
    host.ip(
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
    other.ip(
        "address add %s/24 dev %s".formatted(BenchPolicy.PA_THERE, DEVICE),
        "link set %s up".formatted(DEVICE),
        neighbor(BenchPolicy.PA_HERE, UNDERLAY_MAC_HERE, DEVICE));
  }

  /// Links the machine to the host; again where the link was removed.
  void connectMachine() {
    connectMachine(
        host,
        VM,
        machine,
        "%s/24".formatted(BenchPolicy.CA_HERE),
        BenchPolicy.MAC_HERE,
        neighbor(BenchPolicy.CA_THERE, BenchPolicy.MAC_THERE, DEVICE));
  }

  /// Links a machine to a host.
  static void connectMachine(
      Namespace host,
      String port,
      Namespace machine,
      String address,
      MacAddress mac,
      String neighbor) {
    host.ip(
        "link add %s mtu %d type veth peer name %s mtu %d address %s netns %s"
            .formatted(port, MACHINE_MTU, DEVICE, MACHINE_MTU, mac, machine.name()));
    machine.ip(
        "address add %s dev %s".formatted(address, DEVICE),
        "link set %s up".formatted(DEVICE),
        neighbor);
  }

  private void addKernelTunnel() {
    other.ip(
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

  static String neighbor(Object address, MacAddress mac, String device) {
    return "neigh add %s lladdr %s nud permanent dev %s".formatted(address, mac, device);
  }

  /// Where packets that go one way are sent.
  public Namespace from(Way way) {
    return way == Way.ENCAPSULATE ? machine : far;
  }

  /// Where packets that go one way arrive.
  public Namespace to(Way way) {
    return way == Way.ENCAPSULATE ? far : machine;
  }

  /// Hands what comes in by the host's devices to the forwarder's CPU (receive packet steering), or
  /// leaves it on the CPU of whoever sends.
  public void steer(boolean toForwardersCpu) {
    String mask = toForwardersCpu ? Integer.toHexString(1 << Lines.FORWARDER_CPU) : "0";
    for (String device : List.of(VM, DEVICE)) {
      host.run(
              "sh",
              "-c",
              "for f in /sys/class/net/%s/queues/rx-*/rps_cpus; do echo %s >$f; done"
                  .formatted(device, mask))
          .require();
    }
  }

  /// Packets that devices and queues of a namespace have dropped on the way out. A veth counts
  /// there what its other end had no room for, too.
  public static long dropped(Namespace namespace) {
    String links =
        namespace.processes().run("ip", "-n", namespace.name(), "-s", "-j", "link").require();
    String queues =
        namespace.processes().run("tc", "-n", namespace.name(), "-s", "-j", "qdisc").require();
    return sum(TX_DROPPED.matcher(links)) + sum(QUEUE_DROPS.matcher(queues));
  }

  static long sum(Matcher numbers) {
    long sum = 0;
    while (numbers.find()) {
      sum += Long.parseLong(numbers.group(1));
    }
    return sum;
  }
}
