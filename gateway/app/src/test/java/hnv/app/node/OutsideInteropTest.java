// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import static hnv.linux.bpf.Register.R2;
import static hnv.linux.bpf.Register.R3;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hnv.dataplane.DropReason;
import hnv.edge.EdgeNetwork;
import hnv.edge.EdgeNetwork.Attachment;
import hnv.edge.EdgeNetwork.InterfaceAddress;
import hnv.edge.EdgeNetwork.OutsideNetwork;
import hnv.edge.EdgeNetwork.Route;
import hnv.edge.EdgeNetwork.Target;
import hnv.edge.EdgeNews;
import hnv.edge.neighbor.OutsideLink;
import hnv.linux.bpf.Assembler;
import hnv.linux.bpf.KernelFunction;
import hnv.linux.bpf.TcProgram;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.netlink.TrafficControl.Hook;
import hnv.nat.AddressRange;
import hnv.nat.NatPool;
import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.MacAddress;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A gateway and a Linux host on the same link, each by its own code.
///
///     gw                                   peer: Linux
///     gateway ▶ wan0 ──────────────────── e0
///     192.0.2.1/24, 2001:db8::1/64         192.0.2.254/24, 2001:db8::fe/64
///     pool 192.0.2.100…102
@Tag("netns")
final class OutsideInteropTest {
  private static final String STRANGE_MAC = "02:00:00:00:99:99";

  private final Namespaces namespaces = new Namespaces();
  private OutsideGateway gateway;
  @TempDir private Path folder;

  @BeforeEach
  void lay() {
    Namespaces.needed();
    namespaces.add("gw");
    namespaces.add("peer");
    namespaces.ip(
        "gw", "link add wan0 type veth peer name e0 netns " + namespaces.fullName("peer"));
    namespaces.ip(
        "peer",
        "addr add 192.0.2.254/24 dev e0",
        "addr add 2001:db8::fe/64 dev e0 nodad",
        "link set e0 up");
  }

  @AfterEach
  void clear() {
    if (gateway != null) {
      gateway.close();
      assertEquals(List.of(), gateway.bugs);
    }
    namespaces.close();
  }

  private void start(OptionalInt vlan) throws Exception {
    Attachment attachment =
        new Attachment(
            "internet",
            vlan,
            List.of(
                new InterfaceAddress(IpAddress.parse("192.0.2.1"), 24),
                new InterfaceAddress(IpAddress.parse("2001:db8::1"), 64)));
    NatPool pool =
        new NatPool(
            "pool",
            0,
            List.of(
                new AddressRange(
                    Ipv4Address.parse("192.0.2.100"), Ipv4Address.parse("192.0.2.102"))),
            NatPool.DEFAULT_FIRST_PORT,
            65_535,
            NatPool.Mapping.ENDPOINT_INDEPENDENT,
            NatPool.Filtering.ADDRESS_AND_PORT_DEPENDENT,
            NatPool.Parity.IGNORED,
            NatPool.DEFAULT_BLOCK_SIZE,
            NatPool.DEFAULT_BLOCKS_PER_SUBSCRIBER);
    List<Route> routes =
        List.of(
            new Route(
                Cidr.parse("0.0.0.0/0"), new Target.ByRouter(IpAddress.parse("192.0.2.254")), 1),
            new Route(Cidr.parse("::/0"), new Target.ByRouter(IpAddress.parse("2001:db8::fe")), 1));
    EdgeNetwork network =
        new EdgeNetwork(
            List.of(new OutsideNetwork("internet", attachment, routes)), List.of(pool), List.of());
    gateway = namespaces.in("gw", () -> new OutsideGateway(network));
  }

  private String peer(String command) throws Exception {
    return namespaces.run("peer", command + " || true");
  }

  private void assertPings(String what) throws Exception {
    String said = peer("ping -q -c 3 -i 0.1 -W 2 " + what);
    assertTrue(said.contains(" 3 received"), said);
  }

  private void awaitPeer(String command, String expected) throws Exception {
    String said = "";
    for (int i = 0; i < 100; i++) {
      said = peer(command);
      if (said.contains(expected)) {
        return;
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    throw new AssertionError(command + " says " + said + ", not " + expected);
  }

  @Test
  void answersPingsOfItsOwnAddresses() throws Exception {
    start(OptionalInt.empty());
    assertPings("192.0.2.1");
    assertPings("-s 1400 192.0.2.1");
    assertPings("-6 2001:db8::1");
    assertPings("-6 " + OutsideLink.linkLocal(gateway.mac) + "%e0");
  }

  @Test
  void isFoundAtItsPublicAddressesAndAtNoOthers() throws Exception {
    start(OptionalInt.empty());
    peer("ping -q -c 1 -W 1 192.0.2.100");
    awaitPeer("ip neigh show 192.0.2.100", "lladdr " + gateway.mac);
    peer("ping -q -c 1 -W 4 192.0.2.103");
    assertFalse(peer("ip neigh show 192.0.2.103").contains("lladdr"));
    peer("ping -6 -q -c 1 -W 4 2001:db8::2");
    assertFalse(peer("ip neigh show 2001:db8::2").contains("lladdr"));
    assertTrue(gateway.counters().drops().containsKey(DropReason.ARP_TARGET_UNKNOWN));
  }

  @Test
  void saysWhereItsAddressesAreWhenItStarts() throws Exception {
    for (String address : List.of("192.0.2.100", "192.0.2.1", "2001:db8::1")) {
      peer("ip neigh replace " + address + " lladdr " + STRANGE_MAC + " dev e0 nud stale");
    }
    // Linux believes in an entry for a second at least (locktime).
    TimeUnit.MILLISECONDS.sleep(1_200);
    start(OptionalInt.empty());
    for (String address : List.of("192.0.2.100", "192.0.2.1", "2001:db8::1")) {
      awaitPeer("ip neigh show " + address, "lladdr " + gateway.mac);
    }
  }

  @Test
  void keepsTheHostFromTakingItsAddress() throws Exception {
    start(OptionalInt.empty());
    peer("ip -6 addr add 2001:db8::1/64 dev e0");
    awaitPeer("ip -6 addr show dev e0", "dadfailed");
  }

  @Test
  void findsItsRoutersAndFollowsThemToAnotherMac() throws Exception {
    String before = peer("cat /sys/class/net/e0/address").strip();
    start(OptionalInt.empty());
    awaitMac("192.0.2.254", before);
    awaitMac("2001:db8::fe", before);
    peer("echo 1 > /proc/sys/net/ipv4/conf/e0/arp_notify");
    peer("ip link set e0 address " + STRANGE_MAC);
    awaitMac("192.0.2.254", STRANGE_MAC);
  }

  private void awaitMac(String address, String mac) throws Exception {
    long bits = MacAddress.parse(mac).bits();
    for (int i = 0; i < 100; i++) {
      boolean known =
          gateway.learnt().stream()
              .anyMatch(
                  each ->
                      each instanceof EdgeNews.NeighborNews neighbor
                          && neighbor.address().equals(IpAddress.parse(address))
                          && neighbor.mac() == bits);
      if (known) {
        return;
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    throw new AssertionError(gateway.news + " has not " + address + " at " + mac);
  }

  @Test
  void speaksWithAHostInAVlan() throws Exception {
    int protocol = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? 0x0081 : 0x8100;
    Assembler push =
        new Assembler().move(R2, protocol).move(R3, 100).call(KernelFunction.VLAN_PUSH).exit(0);
    Assembler pop = new Assembler().call(KernelFunction.VLAN_POP).exit(0);
    namespaces.in(
        "peer",
        () -> {
          try (HostNetwork network = HostNetwork.open();
              TcProgram out = TcProgram.load("test_push", push);
              TcProgram in = TcProgram.load("test_pop", pop)) {
            int index = network.link("e0").orElseThrow().index();
            network.trafficControl().addHooks(index);
            network.trafficControl().replaceFilter(index, Hook.EGRESS, 1, out, "test_push");
            network.trafficControl().replaceFilter(index, Hook.INGRESS, 1, in, "test_pop");
          }
          return true;
        });
    start(OptionalInt.of(100));
    assertPings("192.0.2.1");
    assertPings("-6 2001:db8::1");
  }

  @Test
  void sendsFramesThatTsharkUnderstands() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/tshark")), "needs tshark");
    Path file = folder.resolve("outside.pcap");
    var capture =
        namespaces.begin(
            "peer",
            () ->
                peer(
                    "timeout 6 tcpdump -U -i e0 -w "
                        + file
                        + " 'ether src not '$(cat /sys/class/net/e0/address)"));
    TimeUnit.MILLISECONDS.sleep(1_000);
    start(OptionalInt.empty());
    assertPings("192.0.2.1");
    assertPings("-6 2001:db8::1");
    peer("ping -q -c 1 -W 1 192.0.2.101");
    capture.get(20, TimeUnit.SECONDS);
    assertEquals("", tshark(file, "_ws.malformed || _ws.expert.severity >= 8388608"));
    assertTrue(tshark(file, "arp.isgratuitous == 1").lines().count() >= 4, "own and public");
    assertTrue(tshark(file, "arp.opcode == 2").lines().count() >= 1);
    assertTrue(
        tshark(file, "icmpv6.type == 135 && icmpv6.checksum.status == 1").lines().count() >= 1);
    String unsolicited =
        "icmpv6.type == 136 && icmpv6.nd.na.flag.s == 0 && icmpv6.nd.na.flag.o == 1";
    assertTrue(tshark(file, unsolicited).lines().count() >= 1);
    assertEquals("", tshark(file, "icmpv6 && icmpv6.checksum.status == 0"));
    assertEquals("", tshark(file, "ip.checksum.status == 0"));
  }

  private static String tshark(Path file, String filter) throws Exception {
    Process process =
        new ProcessBuilder(
                "tshark", "-r", file.toString(), "-o", "ip.check_checksum:TRUE", "-Y", filter)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), filter);
    return text;
  }
}
