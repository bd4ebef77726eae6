// SPDX-License-Identifier: Apache-2.0
package hnv.lab.topology;

import hnv.lab.netns.Namespace;
import hnv.wire.Ipv4Address;
import java.util.List;

/// Two more hosts at the lab's router, whose vSwitch is the kernel: a bridge and its VXLAN device.
/// What the lab's own hosts are measured beside.
///
///     kernel-vm1 ── eth0 ── bridge ── vxlan   kernel1 ── router ── kernel2   vxlan ── bridge ── …
public final class KernelHosts {
  private static final int VNI = 5001;
  private static final Ipv4Address FIRST_PA = Ipv4Address.parse("192.168.11.10");
  private static final Ipv4Address SECOND_PA = Ipv4Address.parse("192.168.12.20");
  private static final Ipv4Address FIRST_CA = Ipv4Address.parse("10.9.0.11");
  private static final Ipv4Address SECOND_CA = Ipv4Address.parse("10.9.0.12");

  private final Topology topology;

  private KernelHosts(Topology topology) {
    this.topology = topology;
  }

  /// Adds the hosts and their machines to a topology.
  public static KernelHosts add(Topology topology) {
    KernelHosts hosts = new KernelHosts(topology);
    hosts.add(new Scenario.Host("kernel1", FIRST_PA), SECOND_PA, "kernel-vm1", FIRST_CA);
    hosts.add(new Scenario.Host("kernel2", SECOND_PA), FIRST_PA, "kernel-vm2", SECOND_CA);
    return hosts;
  }

  /// The machine on the first host.
  public Namespace first() {
    return topology.namespace("kernel-vm1");
  }

  /// The machine on the second host.
  public Namespace second() {
    return topology.namespace("kernel-vm2");
  }

  /// Address of the machine on the first host.
  public Ipv4Address firstAddress() {
    return FIRST_CA;
  }

  private void add(Scenario.Host host, Ipv4Address peer, String machine, Ipv4Address address) {
    Namespace namespace = topology.namespace(host.name());
    Namespace guest = topology.namespace(machine);
    Namespace router = topology.router();
    String leg = Topology.leg(host.name());
    topology.processes().run("ip", "netns", "add", namespace.name()).require();
    topology.processes().run("ip", "netns", "add", guest.name()).require();
    namespace.ip(
        List.of(
            "link set lo up",
            "link add eth0 mtu %d type veth peer name %s mtu %d netns %s"
                .formatted(Topology.UNDERLAY_MTU, leg, Topology.UNDERLAY_MTU, router.name()),
            "address add " + host.withLength() + " dev eth0",
            "link set eth0 up",
            "link add vm mtu %d type veth peer name eth0 mtu %d netns %s"
                .formatted(Topology.MACHINE_MTU, Topology.MACHINE_MTU, guest.name()),
            "link add vxlan type vxlan id %d local %s remote %s dstport 4789 noudpcsum"
                .formatted(VNI, host.address(), peer),
            "link add bridge type bridge",
            "link set vxlan master bridge",
            "link set vm master bridge",
            "link set vxlan up",
            "link set vm up",
            "link set bridge up"));
    router.ip("address add " + host.routerWithLength() + " dev " + leg, "link set " + leg + " up");
    namespace.ip("route add default via " + host.router());
    guest.ip("link set lo up", "address add " + address + "/24 dev eth0", "link set eth0 up");
  }
}
