// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.linux.Lab;
import hnv.linux.offload.Fate;
import hnv.linux.offload.KernelExecutor;
import hnv.linux.offload.PortCounters;
import hnv.linux.port.TunnelHost.PortsBy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// VMs on two hosts in different provider subnets, joined by a router: tunnel packets both ways as
/// super-frames, against our own kind and against the kernel's VXLAN device.
///
///     a           host1                    router                  host2          b
///     e0 ── va ▶ 1 ┄ 2 ◀ u ────────── r1          r2 ────────── u ▶ 2 ┄ 1 ◀ va ── e0
///     10.1.1.11      192.168.1.10   .1.1        .2.1   192.168.2.20        10.1.1.12
@Tag("netns")
final class TunnelPortTest {
  private static final String PA1 = "192.168.1.10";
  private static final String PA2 = "192.168.2.20";
  private static final long BULK = 64 << 20;

  private Lab lab;

  @BeforeEach
  void lay() throws Exception {
    lab = Lab.lay("a", "host1", "router", "host2", "b");
    lab.veth("host1", "va", "a", "e0");
    lab.veth("host2", "va", "b", "e0");
    lab.veth("host1", "u", "router", "r1");
    lab.veth("host2", "u", "router", "r2");
    lab.ip("a", "link set e0 mtu 1450 address 02:00:00:00:00:0a");
    lab.ip("b", "link set e0 mtu 1450 address 02:00:00:00:00:0b");
    lab.ip("a", "addr add 10.1.1.11/24 dev e0");
    lab.ip("b", "addr add 10.1.1.12/24 dev e0");
    // ARP is policy's business, not a port's.
    lab.ip("a", "neigh add 10.1.1.12 lladdr 02:00:00:00:00:0b dev e0");
    lab.ip("b", "neigh add 10.1.1.11 lladdr 02:00:00:00:00:0a dev e0");
    lab.ip("host1", "addr add " + PA1 + "/24 dev u");
    lab.ip("host2", "addr add " + PA2 + "/24 dev u");
    lab.ip("router", "addr add 192.168.1.1/24 dev r1");
    lab.ip("router", "addr add 192.168.2.1/24 dev r2");
    lab.run("router", "echo 1 > /proc/sys/net/ipv4/ip_forward");
    lab.ip("host1", "route add default via 192.168.1.1");
    lab.ip("host2", "route add default via 192.168.2.1");
  }

  @AfterEach
  void clear() throws Exception {
    if (lab != null) {
      lab.close();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Encapsulation.class,
      names = {"VXLAN", "NVGRE"})
  void joinsTwoHosts(Encapsulation encapsulation) throws Exception {
    try (TunnelHost one = new TunnelHost(lab, "host1", PortsBy.PROGRAMS, encapsulation, PA1, PA2);
        TunnelHost two = new TunnelHost(lab, "host2", PortsBy.PROGRAMS, encapsulation, PA2, PA1)) {
      assertTrue(lab.run("a", "ping -c 3 -i 0.1 -W 2 10.1.1.12").contains(" 3 received"));
      double there = Transfer.bulk(lab, "a", "b", "10.1.1.12", BULK);
      double back = Transfer.bulk(lab, "b", "a", "10.1.1.11", BULK);
      System.out.printf("%s: %.1f and %.1f Gbit/s%n", encapsulation, there, back);
      assertTrue(one.sw.superFrames.get() > 100, "super-frames from the VM: " + one.sw.superFrames);
      assertEquals(DropReason.NONE, one.sw.lastFailure);
      assertEquals(DropReason.NONE, two.sw.lastFailure);
      assertEquals("", two.lastTrouble);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Encapsulation.class,
      names = {"VXLAN", "NVGRE"})
  void joinsTwoHostsByPacketSockets(Encapsulation encapsulation) throws Exception {
    assumeTrue(Files.exists(Path.of("/usr/sbin/nft")), "needs nft");
    PortsBy kind = PortsBy.PACKET_SOCKETS;
    try (TunnelHost one = new TunnelHost(lab, "host1", kind, encapsulation, PA1, PA2);
        TunnelHost two = new TunnelHost(lab, "host2", kind, encapsulation, PA2, PA1)) {
      assertTrue(lab.run("a", "ping -c 3 -i 0.1 -W 2 10.1.1.12").contains(" 3 received"));
      long before = lab.counter("host2", "Udp", "NoPorts"); // host1 was up first
      Transfer.bulk(lab, "a", "b", "10.1.1.12", BULK / 8);
      Transfer.bulk(lab, "b", "a", "10.1.1.11", BULK / 8);
      assertEquals(DropReason.NONE, one.sw.lastFailure);
      assertEquals(DropReason.NONE, two.sw.lastFailure);
      assertEquals(before, lab.counter("host2", "Udp", "NoPorts"), "seen by the host's stack");
      assertEquals(0, lab.counter("b", "Tcp", "InCsumErrors"));
    }
  }

  @Test
  void readsTunnelSuperFramesWhole() throws Exception {
    try (TunnelHost one =
            new TunnelHost(lab, "host1", PortsBy.PROGRAMS, Encapsulation.VXLAN, PA1, PA2);
        TunnelHost two =
            new TunnelHost(lab, "host2", PortsBy.PROGRAMS, Encapsulation.VXLAN, PA2, PA1)) {
      assumeTrue(
          lab.in(
              "router",
              () -> {
                try (Tap tap = Tap.open("probe", one.sw.pool)) {
                  return tap.carriesTunnelSuperFrames();
                }
              }),
          "needs UDP tunnel GSO on a TAP, Linux 6.17");
      Transfer.bulk(lab, "a", "b", "10.1.1.12", BULK);
      assertTrue(two.sw.tunnelSuperFrames.get() > 100, "tunnel: " + two.sw.tunnelSuperFrames);
    }
  }

  /// A device without any offload: the kernel cuts what we send and completes every checksum, and
  /// the VM's kernel verifies them all.
  @Test
  void leavesChecksumsToADeviceWithoutOffload() throws Exception {
    lab.run("host1", "ethtool -K u tx off tso off gso off tx-udp_tnl-segmentation off");
    try (TunnelHost one =
            new TunnelHost(lab, "host1", PortsBy.PROGRAMS, Encapsulation.VXLAN, PA1, PA2);
        TunnelHost two =
            new TunnelHost(lab, "host2", PortsBy.PROGRAMS, Encapsulation.VXLAN, PA2, PA1)) {
      Transfer.bulk(lab, "a", "b", "10.1.1.12", BULK);
      assertEquals(0, lab.counter("b", "Tcp", "InCsumErrors"));
      assertEquals(DropReason.NONE, one.sw.lastFailure);
      assertEquals("", two.lastTrouble);
    }
  }

  /// The kernel's device sets outer UDP checksums, which arrive partial.
  @ParameterizedTest
  @EnumSource(OuterChecksum.class)
  void speaksWithTheKernelsVxlanDevice(OuterChecksum outer) throws Exception {
    layKernelVxlan(outer);
    try (TunnelHost one =
        new TunnelHost(lab, "host1", PortsBy.PROGRAMS, Encapsulation.VXLAN, PA1, PA2)) {
      assertTrue(lab.run("a", "ping -c 3 -i 0.1 -W 2 10.1.1.12").contains(" 3 received"));
      Transfer.bulk(lab, "a", "b", "10.1.1.12", BULK);
      Transfer.bulk(lab, "b", "a", "10.1.1.11", BULK);
      assertEquals(DropReason.NONE, one.sw.lastFailure);
      assertEquals(0, lab.counter("a", "Tcp", "InCsumErrors"));
      assertEquals(0, lab.counter("b", "Tcp", "InCsumErrors"));
    }
  }

  private void layKernelVxlan(OuterChecksum outer) throws Exception {
    lab.ip(
        "host2",
        "link add name vxl type vxlan id "
            + TunnelHost.VSID
            + (" local " + PA2 + " remote " + PA1 + " dstport 4789 ")
            + (outer == OuterChecksum.SET ? "udpcsum" : "noudpcsum"));
    lab.ip("host2", "link add name brg type bridge");
    for (String device : new String[] {"vxl", "va"}) {
      lab.ip("host2", "link set " + device + " master brg");
    }
    lab.ip("host2", "link set vxl up");
    lab.ip("host2", "link set brg up");
  }

  /// Established flows pass in the kernel, super-frames whole and checksums right in both
  /// directions; Java sees what begins and ends a connection.
  @ParameterizedTest
  @EnumSource(OuterChecksum.class)
  void carriesFlowsInTheKernel(OuterChecksum outer) throws Exception {
    layKernelVxlan(outer);
    try (TunnelHost one =
        new TunnelHost(lab, "host1", PortsBy.KERNEL, Encapsulation.VXLAN, PA1, PA2)) {
      carry(one);
    }
  }

  @Test
  void carriesNvgreFlowsInTheKernel() throws Exception {
    Encapsulation nvgre = Encapsulation.NVGRE;
    try (TunnelHost one = new TunnelHost(lab, "host1", PortsBy.KERNEL, nvgre, PA1, PA2);
        TunnelHost two = new TunnelHost(lab, "host2", PortsBy.KERNEL, nvgre, PA2, PA1)) {
      carry(one);
      assertEquals("", two.lastTrouble);
    }
  }

  private void carry(TunnelHost host) throws Exception {
    KernelExecutor offload = Objects.requireNonNull(host.offload);
    assertTrue(lab.run("a", "ping -c 5 -i 0.1 -W 2 10.1.1.12").contains(" 5 received"));
    assertTrue(offload.portCounters(TunnelHost.VM).of(Fate.FORWARDED) >= 4);
    double there = Transfer.bulk(lab, "a", "b", "10.1.1.12", BULK);
    double back = Transfer.bulk(lab, "b", "a", "10.1.1.11", BULK);
    PortCounters vm = offload.portCounters(TunnelHost.VM);
    PortCounters underlay = offload.portCounters(TunnelHost.UNDERLAY);
    System.out.printf(
        "in the kernel: %.1f and %.1f Gbit/s; of the VM %s, of the underlay %s%n",
        there, back, seen(vm), seen(underlay));
    assertTrue(vm.receivedOctets() > BULK, vm.toString());
    assertTrue(vm.sentOctets() > BULK, vm.toString());
    assertTrue(host.sw.superFrames.get() < 100, "super-frames in Java: " + host.sw.superFrames);
    assertEquals(0, vm.dropped() + underlay.dropped());
    assertEquals(0, lab.counter("a", "Tcp", "InCsumErrors"));
    assertEquals(0, lab.counter("b", "Tcp", "InCsumErrors"));
    assertEquals("", host.lastTrouble);
  }

  private static Map<Fate, Long> seen(PortCounters counters) {
    Map<Fate, Long> seen = new TreeMap<>(counters.fates());
    seen.values().removeIf(count -> count == 0);
    return seen;
  }

  enum OuterChecksum {
    SET,
    ZERO
  }
}
