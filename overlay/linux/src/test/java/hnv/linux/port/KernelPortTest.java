// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.linux.Lab;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.netlink.Link;
import hnv.linux.offload.Fate;
import hnv.linux.offload.KernelExecutor;
import hnv.linux.port.TunnelHost.PortsBy;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Ports whose flows the kernel forwards, while their devices go and come.
///
///     a             host1               host2             b
///     e0 ─── va ▶ VM, underlay ◀ u ───── u ▶ … ◀ va ─── e0
///     10.1.1.11     192.168.1.1         192.168.1.2       10.1.1.12
@Tag("netns")
final class KernelPortTest {
  private static final String PA1 = "192.168.1.1";
  private static final String PA2 = "192.168.1.2";

  private Lab lab;
  private TunnelHost one;
  private TunnelHost two;
  private KernelExecutor kernel;

  @BeforeEach
  void lay() throws Exception {
    lab = Lab.lay("a", "host1", "host2", "b", "else");
    for (String machine : List.of("a", "b")) {
      // So that it says nothing by itself.
      lab.run(machine, "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6");
    }
    lab.veth("host1", "va", "a", "e0");
    lab.veth("host2", "va", "b", "e0");
    lab.veth("host1", "u", "host2", "u");
    lab.ip("host1", "addr add " + PA1 + "/24 dev u");
    lab.ip("host2", "addr add " + PA2 + "/24 dev u");
    lab.ip("a", "addr add 10.1.1.11/24 dev e0");
    lab.ip("b", "addr add 10.1.1.12/24 dev e0");
    one = new TunnelHost(lab, "host1", PortsBy.KERNEL, Encapsulation.VXLAN, PA1, PA2);
    two = new TunnelHost(lab, "host2", PortsBy.PROGRAMS, Encapsulation.VXLAN, PA2, PA1);
    kernel = Objects.requireNonNull(one.offload);
  }

  @AfterEach
  void clear() {
    if (one != null) {
      one.close();
    }
    if (two != null) {
      two.close();
    }
    if (lab != null) {
      lab.close();
    }
  }

  private long forwarded(int port) throws Exception {
    return kernel.portCounters(port).of(Fate.FORWARDED);
  }

  private HostPort port(int number) {
    return one.sw.ports().stream().filter(p -> p.number() == number).findFirst().orElseThrow();
  }

  /// Has the port look at its device, as the node does when it changes.
  private void observe(String device, int number) throws Exception {
    lab.in(
        "host1",
        () -> {
          try (HostNetwork network = HostNetwork.open()) {
            port(number).observe(network.link(device).orElseThrow());
          }
          return null;
        });
  }

  private String ping(int count) throws Exception {
    return lab.run("a", "ping -q -c " + count + " -i 0.05 -W 1 10.1.1.12 || true");
  }

  private void assertKernelForwards() throws Exception {
    long fromVm = forwarded(TunnelHost.VM);
    long fromUnderlay = forwarded(TunnelHost.UNDERLAY);
    assertTrue(ping(5).contains(" 5 received"));
    assertTrue(forwarded(TunnelHost.VM) >= fromVm + 4, "out");
    assertTrue(forwarded(TunnelHost.UNDERLAY) >= fromUnderlay + 4, "in");
  }

  /// The host itself cannot send to the VM, though the kernel can for us.
  @Test
  void admitsOnlyMarkedFramesToTheVm() throws Exception {
    assertKernelForwards();
    lab.ip("host1", "route add 10.1.1.0/24 dev va");
    String mac = lab.run("a", "cat /sys/class/net/e0/address").strip();
    lab.ip("host1", "neigh replace 10.1.1.11 lladdr " + mac + " dev va");
    long before = lab.counter("a", "Icmp", "InEchos");
    lab.run("host1", "ping -q -c 3 -i 0.1 -W 1 10.1.1.11 || true");
    lab.run("host1", "ping -q -m 1 -c 3 -i 0.1 -W 1 10.1.1.11 || true");
    assertEquals(before, lab.counter("a", "Icmp", "InEchos"), "the host's frames reached the VM");
    // Whoever knows the mark would get through: it is what the guard asks.
    lab.run("host1", "ping -q -m " + kernel.mark() + " -c 3 -i 0.1 -W 1 10.1.1.11 || true");
    assertEquals(before + 3, lab.counter("a", "Icmp", "InEchos"));
    assertKernelForwards();
  }

  @Test
  void stopsAtADeviceThatIsDown() throws Exception {
    var traffic = beginPing();
    awaitForwarding();
    lab.ip("host1", "link set va down");
    observe("va", TunnelHost.VM);
    long up = kernel.portCounters(TunnelHost.UNDERLAY).of(Fate.UP_NEXT_HOP);
    long sent = kernel.counters(TunnelHost.VM).sentPackets();
    TimeUnit.MILLISECONDS.sleep(300);
    // Known flows without a way out: Java gets them, and says why not.
    assertTrue(kernel.portCounters(TunnelHost.UNDERLAY).of(Fate.UP_NEXT_HOP) >= up + 5);
    assertEquals(sent, kernel.counters(TunnelHost.VM).sentPackets());
    assertEquals(DropReason.PORT_DOWN, one.sw.lastFailure);
    lab.ip("host1", "link set va up");
    observe("va", TunnelHost.VM);
    awaitForwarding();
    traffic.get(20, TimeUnit.SECONDS);
  }

  /// The VM's end: its machine is off, or restarts.
  @Test
  void stopsAtADeviceWithoutCarrier() throws Exception {
    var traffic = beginPing();
    awaitForwarding();
    lab.ip("a", "link set e0 down");
    observe("va", TunnelHost.VM);
    TimeUnit.MILLISECONDS.sleep(300);
    assertEquals(DropReason.PORT_DOWN, one.sw.lastFailure);
    lab.ip("a", "link set e0 up");
    observe("va", TunnelHost.VM);
    awaitForwarding();
    traffic.get(20, TimeUnit.SECONDS);
  }

  @Test
  void leadsToNoOtherDeviceOfTheSameIndex() throws Exception {
    var traffic = beginPing();
    awaitForwarding();
    Link gone = link("va");
    lab.ip("host1", "link del va");
    port(TunnelHost.VM).observeRemoved(gone);
    lab.ip(
        "host1",
        "link add name other index "
            + gone.index()
            + " type veth peer name e0 netns "
            + lab.name("else"));
    lab.ip("else", "link set e0 up");
    lab.ip("host1", "link set other up");
    assertEquals(gone.index(), link("other").index());
    TimeUnit.MILLISECONDS.sleep(100); // what the kernel itself says to a new device
    long before = delivered();
    observe("other", TunnelHost.VM);
    TimeUnit.MILLISECONDS.sleep(500);
    assertTrue(port(TunnelHost.VM).isGone());
    assertEquals(before, delivered(), "frames of a VM at a device that is none of its");
    traffic.get(20, TimeUnit.SECONDS);
  }

  /// IPv4 packets that came to the device that is in nobody's policy.
  private long delivered() throws Exception {
    return lab.counter("else", "Ip", "InReceives") + lab.counter("host1", "Ip", "ForwDatagrams");
  }

  @Test
  void doesNotFollowItsDeviceToAnotherNamespace() throws Exception {
    var traffic = beginPing();
    awaitForwarding();
    Link moved = link("va");
    lab.ip("host1", "link set va netns " + lab.name("else"));
    port(TunnelHost.VM).observeRemoved(moved);
    lab.ip("else", "link set va up");
    TimeUnit.MILLISECONDS.sleep(100);
    long before = delivered();
    long sent = kernel.counters(TunnelHost.VM).sentPackets();
    long out = kernel.counters(TunnelHost.UNDERLAY).sentPackets();
    lab.run("a", "ping -q -c 5 -i 0.05 -W 1 10.1.1.12 || true");
    TimeUnit.MILLISECONDS.sleep(300);
    assertEquals(before, delivered());
    assertEquals(sent, kernel.counters(TunnelHost.VM).sentPackets());
    assertEquals(out, kernel.counters(TunnelHost.UNDERLAY).sentPackets(), "from elsewhere");
    traffic.get(20, TimeUnit.SECONDS);
  }

  private Link link(String device) throws Exception {
    return lab.in(
        "host1",
        () -> {
          try (HostNetwork network = HostNetwork.open()) {
            return network.link(device).orElseThrow();
          }
        });
  }

  /// From the other host's VM, for some seconds.
  private CompletableFuture<String> beginPing() {
    return lab.begin("b", () -> lab.run("b", "ping -q -i 0.02 -c 150 -w 4 10.1.1.11 || true"));
  }

  private void awaitForwarding() throws Exception {
    long before = forwarded(TunnelHost.UNDERLAY);
    for (int i = 0; i < 150 && forwarded(TunnelHost.UNDERLAY) < before + 10; i++) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
    assertTrue(forwarded(TunnelHost.UNDERLAY) >= before + 10, "the kernel forwards");
  }
}
