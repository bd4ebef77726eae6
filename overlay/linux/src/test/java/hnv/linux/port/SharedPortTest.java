// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.FrameBatch;
import hnv.dataplane.FramePool;
import hnv.dataplane.PortKind;
import hnv.linux.Lab;
import hnv.linux.bpf.SharedFilter;
import hnv.linux.bpf.UnderlayFilter;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.offload.KernelExecutor;
import hnv.linux.offload.OffloadLimits;
import hnv.wire.IpAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Which frames of a shared device are ours and which the host's, and what stays when the process
/// is gone.
///
///     other                      host, which forwards
///     e0 ─────────────────────── wan0 ▶ port: 192.0.2.64/26, 2001:db8::40/122,
///     192.0.2.1, 2001:db8::1     │      GRE with key 7 from 192.0.2.1 to 192.0.2.2
///                                └ 192.0.2.2, 2001:db8::2 of the host, and the underlay's port
@Tag("netns")
final class SharedPortTest {
  private static final String HOST_MAC = "020000000010";
  private static final String PEER_MAC = "020000000001";
  private static final String OURS = "c0000240";
  private static final String HOST = "c0000202";
  private static final String OURS6 = "20010db8000000000000000000000041";
  private static final String HOST6 = "20010db8000000000000000000000002";
  private static final String PEER6 = "20010db8000000000000000000000001";

  private final List<AutoCloseable> opened = new ArrayList<>();
  private final FrameBatch batch = new FrameBatch(new FramePool(64));
  private Lab lab;
  private SharedFilter filter;
  private HostNetwork network;
  private DevicePort port;
  private int wan;

  /// How the port works.
  enum By {
    TCX,
    CLSACT,
    EXECUTOR
  }

  private <T extends AutoCloseable> T keep(T made) {
    opened.addFirst(made);
    return made;
  }

  private void lay() throws Exception {
    lab = Lab.lay("host", "other");
    lab.veth("host", "wan0", "other", "e0");
    lab.ip("host", "link set wan0 address 02:00:00:00:00:10");
    lab.ip("other", "link set e0 address 02:00:00:00:00:01");
    lab.ip("host", "addr add 192.0.2.2/24 dev wan0");
    lab.ip("host", "addr add 2001:db8::2/64 dev wan0 nodad");
    lab.ip("other", "addr add 192.0.2.1/24 dev e0");
    lab.ip("other", "addr add 2001:db8::1/64 dev e0 nodad");
    lab.run("host", "echo 1 > /proc/sys/net/ipv4/ip_forward");
  }

  private void open(By by) throws Exception {
    lay();
    lab.in(
        "host",
        () -> {
          network = keep(HostNetwork.open());
          wan = network.link("wan0").orElseThrow().index();
          UnderlayFilter underlay = keep(UnderlayFilter.create(List.of(4789)));
          underlay.setAddresses(Set.of(IpAddress.parse("192.0.2.2")));
          KernelExecutor executor =
              by == By.EXECUTOR
                  ? keep(
                      KernelExecutor.create(
                          new OffloadLimits(1_024, 8, 8, 8, 8, 8),
                          underlay,
                          e -> {
                            throw new AssertionError(e);
                          }))
                  : null;
          filter = keep(SharedFilter.create());
          filter.select(wan, HoldSharedPort.selection());
          keep(DevicePort.openUnderlay(network, batch.pool(), "u", 0, "wan0", underlay, executor));
          port = keep(openPort(by, executor));
          return null;
        });
  }

  private DevicePort openPort(By by, @Nullable KernelExecutor executor) throws Exception {
    return by == By.CLSACT
        ? DevicePort.openShared(
            network,
            batch.pool(),
            "internet",
            1,
            "wan0",
            filter,
            null,
            IngressProgram::attachByClsact)
        : DevicePort.openShared(network, batch.pool(), "internet", 1, "wan0", filter, executor);
  }

  @AfterEach
  void clear() throws Exception {
    for (AutoCloseable each : opened) {
      each.close();
    }
    if (lab != null) {
      lab.close();
    }
  }

  /// Sends a frame and counts what the port gets.
  private int received(String frame) throws Exception {
    PacketSender.send(lab, "other", "e0", frame);
    int count = 0;
    for (int i = 0; i < 8; i++) {
      TimeUnit.MILLISECONDS.sleep(5);
      batch.clear();
      int got = port.receive(batch);
      count += got;
      for (int k = 0; k < batch.size(); k++) {
        batch.get(k).release();
      }
    }
    return count;
  }

  private static String ipv4(int protocol, String to, String payload) {
    return frame(
        HOST_MAC,
        "0800",
        "4500%04x1234400040%02x0000".formatted(20 + payload.length() / 2, protocol)
            + "c0000201"
            + to
            + payload);
  }

  private static String ipv6(int next, String to, String payload) {
    return frame(
        HOST_MAC,
        "86dd",
        "60000000%04x%02xff".formatted(payload.length() / 2, next) + PEER6 + to + payload);
  }

  private static String frame(String to, String type, String payload) {
    return to + PEER_MAC + type + payload;
  }

  private static String arp(String target) {
    return frame(
        "ffffffffffff",
        "0806",
        "0001080006040001" + PEER_MAC + "c0000201" + "000000000000" + target + "00".repeat(18));
  }

  private static String neighborDiscovery(int type, String target) {
    String solicited = "ff0200000000000000000001ff" + target.substring(26);
    return frame(
        "3333ff" + target.substring(26),
        "86dd",
        "6000000000183aff" + PEER6 + solicited + "%02x00000000000000".formatted(type) + target);
  }

  @ParameterizedTest
  @EnumSource
  void takesWhatIsForOurAddressesAndNothingElse(By by) throws Exception {
    open(by);
    String udp = "c35000350014000000000000000000000000000000";
    assertEquals(PortKind.OUTSIDE, port.kind());
    assertEquals(1, received(ipv4(17, OURS, udp)));
    assertEquals(1, received(ipv4(17, "c000027f", udp)), "the last one");
    assertEquals(0, received(ipv4(17, "c000023f", udp)), "before the first");
    assertEquals(0, received(ipv4(17, "c0000280", udp)), "after the last");
    assertEquals(0, received(ipv4(17, HOST, udp)));
    assertEquals(1, received(ipv6(17, OURS6, udp)));
    assertEquals(0, received(ipv6(17, HOST6, udp)));
    assertEquals(0, received(ipv4(17, OURS, udp).replaceFirst("0800", "810000640800")), "a VLAN");
    String stranger = ipv4(17, OURS, udp).replaceFirst(HOST_MAC, "0200000000ff");
    lab.ip("host", "link set wan0 promisc on");
    assertEquals(0, received(stranger), "another machine's");
  }

  @ParameterizedTest
  @EnumSource
  void answersForOurAddressesAreOurs(By by) throws Exception {
    open(by);
    assertEquals(1, received(arp(OURS)));
    assertEquals(0, received(arp(HOST)));
    assertEquals(1, received(neighborDiscovery(135, OURS6)));
    assertEquals(0, received(neighborDiscovery(135, HOST6)));
    assertEquals(1, received(neighborDiscovery(136, OURS6)));
    assertEquals(0, received(neighborDiscovery(134, OURS6)));
    assertEquals(0, received(frame("ffffffffffff", "0806", "0001")));
  }

  @ParameterizedTest
  @EnumSource
  void takesGreOfKnownPeersFromTheHostsAddress(By by) throws Exception {
    open(by);
    String inner = "45000014" + "00".repeat(16);
    assertEquals(1, received(ipv4(47, HOST, "2000080000000007" + inner)));
    assertEquals(1, received(ipv4(47, HOST, "a0000800deadbeef00000007" + inner)), "a checksum");
    assertEquals(0, received(ipv4(47, HOST, "2000080000000008" + inner)), "another key");
    assertEquals(0, received(ipv4(47, HOST, "00000800" + inner)), "no key");
    assertEquals(0, received(ipv4(47, HOST, "2000655800000007" + inner)), "NVGRE");
    String other = ipv4(47, HOST, "2000080000000007" + inner).replace("c0000201", "c0000203");
    assertEquals(0, received(other), "another peer");
  }

  @ParameterizedTest
  @EnumSource
  void leavesTheHostItsNetwork(By by) throws Exception {
    open(by);
    assertPings("192.0.2.2");
    assertPings("2001:db8::2");
    assertTrue(lab.ip("host", "-d link show wan0").contains("allmulti 1"), "hears all groups");
    filter.select(wan, SharedFilter.Selection.NONE);
    lab.ip("host", "addr add 192.0.2.64/24 dev wan0");
    assertPings("192.0.2.64");
  }

  private void assertPings(String address) throws Exception {
    String said = lab.run("other", "ping -q -c 3 -i 0.1 -W 1 " + address + " || true");
    assertTrue(said.contains(" 3 received"), said);
  }

  /// What an earlier configuration took whole is not kept from the host any more.
  @Test
  void givesBackWhatWasTakenWhole() throws Exception {
    lay();
    lab.in(
        "host",
        () -> {
          network = keep(HostNetwork.open());
          DevicePort.openOutside(network, batch.pool(), "internet", 1, "wan0", null).close();
          filter = keep(SharedFilter.create());
          port = keep(openPort(By.TCX, null));
          return null;
        });
    assertPings("192.0.2.2");
    assertFalse(lab.ip("host", "link show wan0").contains("NOARP"));
  }

  @Test
  void staysClosedForOursAloneWhenItIsKilled() throws Exception {
    lay();
    Process process =
        lab.start(
            "host",
            List.of(
                System.getProperty("java.home") + "/bin/java",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                HoldSharedPort.class.getName()));
    try {
      String line = process.inputReader(StandardCharsets.UTF_8).readLine();
      assertEquals("ready", line);
      assertPings("192.0.2.2");
    } finally {
      process.destroyForcibly();
      process.onExit().orTimeout(10, TimeUnit.SECONDS).join();
    }
    assertPings("192.0.2.2");
    assertPings("2001:db8::2");
    assertFalse(lab.ip("host", "-d link show wan0").contains("allmulti 1"));
    // Forwarded by the host, they would come back as redirects or go to nobody.
    long received = lab.counter("host", "Ip", "InReceives");
    lab.ip("other", "neigh replace 192.0.2.65 lladdr 02:00:00:00:00:10 dev e0 nud permanent");
    String said = lab.run("other", "ping -q -c 3 -i 0.1 -W 1 192.0.2.65 || true");
    assertTrue(said.contains(" 0 received"), said);
    assertEquals(received, lab.counter("host", "Ip", "InReceives"));
    List<String> removed =
        lab.in(
            "host",
            () -> {
              try (HostNetwork asked = HostNetwork.open()) {
                return PortGuard.release(asked, asked.link("wan0").orElseThrow());
              }
            });
    assertEquals(List.of("hnv_guard at ingress"), removed);
    lab.ip("host", "addr add 192.0.2.65/24 dev wan0");
    assertPings("192.0.2.65");
  }
}
