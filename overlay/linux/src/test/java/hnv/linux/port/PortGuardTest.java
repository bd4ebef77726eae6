// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.FramePool;
import hnv.linux.Errno;
import hnv.linux.Lab;
import hnv.linux.LinuxException;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.netlink.Link;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What stays when the process is killed under traffic.
///
///     vm              host                      other
///     e0 ─── va ▶ process, then guard   u ─── e0
///     10.1.1.11       192.168.1.10              192.168.1.1
///                     forwards between its devices
@Tag("netns")
final class PortGuardTest {
  private static final String HOST = "192.168.1.10";
  private static final String OTHER = "192.168.1.1";

  private Lab lab;
  private Process process;

  @BeforeEach
  void lay() throws Exception {
    lab = Lab.lay("vm", "host", "other");
    lab.veth("host", "va", "vm", "e0");
    lab.veth("host", "u", "other", "e0");
    lab.ip("host", "addr add " + HOST + "/24 dev u");
    lab.ip("other", "addr add " + OTHER + "/24 dev e0");
    lab.run("host", "echo 1 > /proc/sys/net/ipv4/ip_forward");
    lab.ip("vm", "addr add 10.1.1.11/24 dev e0");
    // The VM sends to the host's own MAC, as if the host were its router.
    String mac = lab.run("host", "cat /sys/class/net/va/address").strip();
    lab.ip("vm", "neigh add 10.1.1.1 lladdr " + mac + " dev e0");
    lab.ip("vm", "route add default via 10.1.1.1");
    lab.ip("host", "route add 10.1.1.0/24 dev va");
    process =
        lab.start(
            "host",
            List.of(
                System.getProperty("java.home") + "/bin/java",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                HoldPorts.class.getName(),
                HOST));
    BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
    String line = output.readLine();
    assertEquals("ready", line, () -> line + "\n" + rest(output));
  }

  private static String rest(BufferedReader output) {
    try {
      return output.readAllAsString();
    } catch (IOException e) {
      return e.toString();
    }
  }

  @AfterEach
  void clear() {
    if (process != null) {
      process.destroyForcibly();
    }
    if (lab != null) {
      lab.close();
    }
  }

  private void kill() {
    process.destroyForcibly(); // SIGKILL
    process.onExit().orTimeout(10, TimeUnit.SECONDS).join();
  }

  private String flood(String target) throws Exception {
    return lab.run("vm", "ping -q -i 0.002 -w 2 " + target + " || true");
  }

  @Test
  void keepsTheVmFromTheHostWhenKilledUnderTraffic() throws Exception {
    long received = lab.counter("host", "Ip", "InReceives");
    long forwarded = lab.counter("host", "Ip", "ForwDatagrams");
    var traffic = lab.begin("vm", () -> flood(HOST) + flood(OTHER));
    TimeUnit.MILLISECONDS.sleep(500);
    kill();
    assertTrue(traffic.get(20, TimeUnit.SECONDS).contains(" 0 received"));
    assertEquals(received, lab.counter("host", "Ip", "InReceives"), "reached the host's stack");
    assertEquals(forwarded, lab.counter("host", "Ip", "ForwDatagrams"), "forwarded by the host");
  }

  @Test
  void keepsTheHostFromTheVmWhenKilled() throws Exception {
    kill();
    String before = lab.run("vm", "cat /sys/class/net/e0/statistics/rx_packets");
    lab.run("host", "ping -q -c 3 -i 0.1 -W 1 10.1.1.11 || true");
    lab.run("host", "ping -6 -q -c 3 -i 0.1 -W 1 ff02::1%va || true");
    assertEquals(before, lab.run("vm", "cat /sys/class/net/e0/statistics/rx_packets"));
    assertEquals("", lab.ip("host", "-6 addr show dev va"), "IPv6 on the VM's port");
  }

  @Test
  void leavesTheUnderlaysHostAlone() throws Exception {
    assertTrue(lab.run("other", "ping -q -c 3 -i 0.1 -W 1 " + HOST).contains(" 3 received"));
    kill();
    lab.ip("other", "neigh flush all");
    assertTrue(lab.run("other", "ping -q -c 3 -i 0.1 -W 1 " + HOST).contains(" 3 received"));
  }

  /// Without the guard the host would answer a tunnel packet with "port unreachable".
  @Test
  void keepsTunnelPacketsFromTheHostsStackWhenKilled() throws Exception {
    kill();
    long before = lab.counter("host", "Udp", "NoPorts");
    sendDatagrams(4789, 100);
    sendDatagrams(4789, 4000); // in fragments
    assertEquals(before, lab.counter("host", "Udp", "NoPorts"));
    assertEquals(0, lab.counter("host", "Ip", "ReasmReqds"), "fragments of tunnel packets");
    sendDatagrams(4790, 100);
    sendDatagrams(4790, 4000);
    assertEquals(before + 2, lab.counter("host", "Udp", "NoPorts"));
    assertTrue(lab.counter("host", "Ip", "ReasmOKs") > 0, "the host's own fragments");
  }

  private void sendDatagrams(int port, int length) throws Exception {
    lab.in(
        "other",
        () -> {
          try (var socket = new java.net.DatagramSocket()) {
            var to = new java.net.InetSocketAddress(java.net.InetAddress.getByName(HOST), port);
            socket.send(new java.net.DatagramPacket(new byte[length], length, to));
          }
          TimeUnit.MILLISECONDS.sleep(100);
          return null;
        });
  }

  @Test
  void isLiftedByRelease() throws Exception {
    kill();
    List<String> removed =
        lab.in(
            "host",
            () -> {
              try (HostNetwork network = HostNetwork.open()) {
                Link vm = network.link("va").orElseThrow();
                assertTrue(PortGuard.isGuarded(network, vm));
                List<String> first = PortGuard.release(network, vm);
                assertEquals(List.of(), PortGuard.release(network, vm));
                assertFalse(PortGuard.isGuarded(network, vm));
                PortGuard.release(network, network.link("u").orElseThrow());
                return first;
              }
            });
    assertEquals(List.of("hnv_guard at ingress", "hnv_guard at egress"), removed);
    assertTrue(flood(HOST).contains(" 0% packet loss"));
  }

  @Test
  void isTakenOverByTheNextProcess() throws Exception {
    kill();
    process =
        lab.start(
            "host",
            List.of(
                System.getProperty("java.home") + "/bin/java",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                HoldPorts.class.getName(),
                HOST));
    assertEquals("ready", process.inputReader(StandardCharsets.UTF_8).readLine());
    assertReflects();
  }

  /// Another process that wants the same device leaves with an error and no other trace.
  @Test
  void isNotTakenFromOneThatLives() throws Exception {
    LinuxException refused =
        lab.in(
            "host",
            () -> {
              try (HostNetwork network = HostNetwork.open()) {
                return assertThrows(
                    LinuxException.class,
                    () ->
                        DevicePort.openVirtualMachine(
                            network, new FramePool(8), "again", 1, "va", null));
              }
            });
    assertEquals(Errno.EBUSY, refused.errno());
    assertReflects();
  }

  @Test
  void isNotLiftedUnderOneThatLives() throws Exception {
    LinuxException refused =
        lab.in(
            "host",
            () -> {
              try (HostNetwork network = HostNetwork.open()) {
                Link vm = network.link("va").orElseThrow();
                return assertThrows(LinuxException.class, () -> PortGuard.release(network, vm));
              }
            });
    assertEquals(Errno.EBUSY, refused.errno());
    kill();
    long before = lab.counter("host", "Ip", "InReceives");
    flood(HOST);
    assertEquals(before, lab.counter("host", "Ip", "InReceives"));
  }

  private void assertReflects() throws Exception {
    String before = lab.run("vm", "cat /sys/class/net/e0/statistics/rx_packets").strip();
    flood(OTHER);
    String after = lab.run("vm", "cat /sys/class/net/e0/statistics/rx_packets").strip();
    assertTrue(
        Long.parseLong(after) > Long.parseLong(before) + 100, "reflected: " + before + " " + after);
  }
}
