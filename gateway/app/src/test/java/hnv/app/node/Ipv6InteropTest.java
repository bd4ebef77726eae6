// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hnv.edge.EdgeNetwork;
import hnv.edge.EdgeNetwork.Attachment;
import hnv.edge.EdgeNetwork.InterfaceAddress;
import hnv.edge.EdgeNetwork.Ipv6Translation;
import hnv.edge.EdgeNetwork.L3Connection;
import hnv.edge.EdgeNetwork.OutsideNetwork;
import hnv.edge.EdgeNetwork.PrefixPair;
import hnv.edge.EdgeNetwork.Route;
import hnv.edge.EdgeNetwork.Target;
import hnv.edge.EdgeNetwork.TenantGateway;
import hnv.nat.AddressRange;
import hnv.nat.NatPool;
import hnv.nat.TenantNat;
import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Linux hosts on both sides of NAT64 and NPTv6, a router behind the gateway, and a narrow link
/// behind that:
///
///     tenant  t0 ──── lan0  gw  wan0 ──── e0  router  e1 ──── f0  far
///     fd00:20::2            2001:db8::1/48    192.0.2.254     198.51.100.9
///     ≙ 2001:db8:0:c::…     pool 192.0.2.100  2001:db8::fe    2001:db8:9::9, MTU 1400
@Tag("netns")
@Timeout(120)
final class Ipv6InteropTest {
  private static final String FAR4 = "64:ff9b::198.51.100.9";
  private static final String FAR6 = "2001:db8:9::9";
  private static final int PORT = 7_000;

  private final Namespaces namespaces = new Namespaces();
  private final byte[] bulk = new byte[300_000];
  private ExitGateway gateway;
  @TempDir private Path folder;

  @BeforeEach
  void lay() throws Exception {
    Namespaces.needed();
    new Random(1).nextBytes(bulk);
    for (String name : List.of("gw", "tenant", "router", "far")) {
      namespaces.add(name);
    }
    namespaces.ip("gw", "link add lan0 type veth peer name t0 netns " + full("tenant"));
    namespaces.ip("gw", "link add wan0 type veth peer name e0 netns " + full("router"));
    namespaces.ip("router", "link add e1 mtu 1400 type veth peer name f0 netns " + full("far"));
    namespaces.ip(
        "tenant",
        "addr add fd00:20::2/64 dev t0 nodad",
        "link set t0 up",
        "route add default via fd00:20::1");
    namespaces.ip(
        "router",
        "addr add 192.0.2.254/24 dev e0",
        "addr add 2001:db8::fe/48 dev e0 nodad",
        "addr add 198.51.100.1/24 dev e1",
        "addr add 2001:db8:9::1/64 dev e1 nodad",
        "link set e0 up",
        "link set e1 up");
    namespaces.ip(
        "far",
        "link set f0 mtu 1400",
        "addr add 198.51.100.9/24 dev f0",
        "addr add 2001:db8:9::9/64 dev f0 nodad",
        "link set f0 up",
        "route add default via 198.51.100.1",
        "route add default via 2001:db8:9::1");
    namespaces.run("router", "sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1");
    gateway = namespaces.in("gw", Ipv6InteropTest::gateway);
  }

  @AfterEach
  void clear() {
    if (gateway != null) {
      gateway.close();
      assertEquals(List.of(), gateway.bugs);
    }
    namespaces.close();
  }

  private String full(String name) {
    return namespaces.fullName(name);
  }

  private static ExitGateway gateway() throws Exception {
    Attachment wan = attachment("wan0", "192.0.2.1", 24, "2001:db8::1", 48);
    Attachment lan = attachment("lan0", "10.20.0.1", 24, "fd00:20::1", 64);
    NatPool pool =
        new NatPool(
            "pool",
            0,
            List.of(AddressRange.of(Ipv4Address.parse("192.0.2.100"))),
            NatPool.DEFAULT_FIRST_PORT,
            65_535,
            NatPool.Mapping.ENDPOINT_INDEPENDENT,
            NatPool.Filtering.ADDRESS_AND_PORT_DEPENDENT,
            NatPool.Parity.IGNORED,
            NatPool.DEFAULT_BLOCK_SIZE,
            NatPool.DEFAULT_BLOCKS_PER_SUBSCRIBER);
    TenantNat nat =
        new TenantNat(
            0,
            List.of(
                new TenantNat.OutboundRule(
                    "nat64", 0, TenantNat.ALL_PROTOCOLS, Cidr.parse("fd00:20::/64"), "pool")),
            List.of(),
            List.of(),
            100,
            100);
    Ipv6Translation ipv6 =
        new Ipv6Translation(
            Optional.of(Cidr.parse("64:ff9b::/96")),
            List.of(
                new PrefixPair(
                    "internet", Cidr.parse("fd00:20::/64"), Cidr.parse("2001:db8:0:c::/64"))));
    TenantGateway tenant =
        new TenantGateway(
            ExitGateway.TENANT,
            "tenant",
            ExitGateway.ADAPTER,
            List.of(new L3Connection("lan", lan, List.of(), 0, 0, List.of())),
            List.of(new Route(Cidr.parse("::/0"), new Target.ByNat("internet"), 1)),
            nat,
            0,
            ipv6);
    List<Route> routes =
        List.of(
            new Route(
                Cidr.parse("0.0.0.0/0"), new Target.ByRouter(IpAddress.parse("192.0.2.254")), 1),
            new Route(Cidr.parse("::/0"), new Target.ByRouter(IpAddress.parse("2001:db8::fe")), 1));
    EdgeNetwork network =
        new EdgeNetwork(
            List.of(new OutsideNetwork("internet", wan, routes)), List.of(pool), List.of(tenant));
    return new ExitGateway(network, List.of(wan, lan));
  }

  private static Attachment attachment(
      String device, String v4, int length4, String v6, int length6) {
    return new Attachment(
        device,
        OptionalInt.empty(),
        List.of(
            new InterfaceAddress(IpAddress.parse(v4), length4),
            new InterfaceAddress(IpAddress.parse(v6), length6)));
  }

  private String tenant(String command) {
    return namespaces.run("tenant", command + " || true");
  }

  private void assertPings(String from, String what) {
    String said = namespaces.run(from, "ping -q -c 3 -i 0.2 -W 2 " + what + " || true");
    assertTrue(said.contains(" 3 received"), () -> said + gateway.drops());
  }

  /// What the outside knows the tenant's host by: it serves one connection and tells.
  private String external() throws Exception {
    CompletableFuture<String> seen =
        namespaces.begin(
            "far",
            () -> {
              try (ServerSocket server = server(PORT + 1);
                  Socket client = server.accept()) {
                return client.getInetAddress().getHostAddress();
              }
            });
    assertPings("tenant", "-6 " + FAR6);
    namespaces.in(
        "tenant",
        () -> {
          try (Socket socket = connected(FAR6, PORT + 1)) {
            return socket.getPort();
          }
        });
    return seen.get(20, TimeUnit.SECONDS);
  }

  private static ServerSocket server(int port) throws Exception {
    ServerSocket server = new ServerSocket();
    server.setReuseAddress(true);
    server.bind(new InetSocketAddress(InetAddress.getByName("::"), port));
    server.setSoTimeout(20_000);
    return server;
  }

  /// Tries for a while: the server may still be about to begin.
  private static Socket connected(String to, int port) throws Exception {
    for (int i = 0; ; i++) {
      Socket socket = new Socket();
      try {
        socket.connect(new InetSocketAddress(InetAddress.getByName(to), port), 5_000);
        socket.setSoTimeout(20_000);
        return socket;
      } catch (java.net.ConnectException e) {
        socket.close();
        if (i > 50) {
          throw e;
        }
        TimeUnit.MILLISECONDS.sleep(100);
      }
    }
  }

  /// A server gets much, and says it back.
  private void exchange(String serving, String asking, String address) throws Exception {
    CompletableFuture<byte[]> got =
        namespaces.begin(
            serving,
            () -> {
              try (ServerSocket server = server(PORT);
                  Socket client = server.accept()) {
                InputStream in = client.getInputStream();
                byte[] all = in.readNBytes(bulk.length);
                client.getOutputStream().write(all);
                client.getOutputStream().flush();
                in.read();
                return all;
              }
            });
    byte[] back =
        namespaces.in(
            asking,
            () -> {
              try (Socket socket = connected(address, PORT)) {
                socket.getOutputStream().write(bulk);
                socket.getOutputStream().flush();
                return socket.getInputStream().readNBytes(bulk.length);
              }
            });
    assertArrayEquals(bulk, back, gateway::drops);
    assertArrayEquals(bulk, got.get(20, TimeUnit.SECONDS));
  }

  // ---- NAT64 ----

  @Test
  void carriesPingsAndTcpToIpv4() throws Exception {
    pingAndTcpToIpv4();
  }

  private void pingAndTcpToIpv4() throws Exception {
    assertPings("tenant", "-6 " + FAR4);
    exchange("far", "tenant", FAR4);
    assertEquals(2, gateway.sessions());
  }

  @Test
  void carriesDatagramsInFragmentsBothWays() throws Exception {
    fragmentsBothWays();
  }

  private void fragmentsBothWays() throws Exception {
    InetSocketAddress at = new InetSocketAddress(InetAddress.getByName("198.51.100.9"), PORT);
    DatagramSocket server = namespaces.in("far", () -> new DatagramSocket(at));
    CompletableFuture<Integer> served =
        namespaces.begin(
            "far",
            () -> {
              try (DatagramSocket socket = server) {
                socket.setSoTimeout(20_000);
                DatagramPacket packet = new DatagramPacket(new byte[9_000], 9_000);
                for (int i = 0; i < 2; i++) {
                  packet.setLength(9_000);
                  socket.receive(packet);
                  socket.send(packet);
                }
                return packet.getLength();
              }
            });
    byte[] sent = Arrays.copyOf(bulk, 4_000);
    byte[] back =
        namespaces.in(
            "tenant",
            () -> {
              try (DatagramSocket socket = new DatagramSocket()) {
                socket.setSoTimeout(10_000);
                InetAddress far = InetAddress.getByName(FAR4);
                DatagramPacket packet = new DatagramPacket(new byte[9_000], 9_000);
                // The first, whole, learns the neighbours.
                socket.send(new DatagramPacket(sent, 100, far, PORT));
                socket.receive(packet);
                socket.send(new DatagramPacket(sent, sent.length, far, PORT));
                packet.setLength(9_000);
                socket.receive(packet);
                return Arrays.copyOf(packet.getData(), packet.getLength());
              }
            });
    assertArrayEquals(sent, back, gateway::drops);
    assertEquals(4_000, served.get(20, TimeUnit.SECONDS));
  }

  @Test
  void showsTheWayHopByHop() {
    hopByHop();
  }

  private void hopByHop() {
    assertPings("tenant", "-6 " + FAR4);
    String first = tenant("ping -6 -n -c 1 -W 2 -t 1 " + FAR4);
    assertTrue(first.contains("fd00:20::1") && first.contains("Hop limit"), first);
    String second = tenant("ping -6 -n -c 1 -W 2 -t 2 " + FAR4);
    assertTrue(second.contains("64:ff9b::c000:2fe") && second.contains("Hop limit"), second);
    assertTrue(tenant("ping -6 -n -c 1 -W 2 -t 3 " + FAR4).contains(" 1 received"));
    String closed = tenant("ping -6 -n -c 1 -W 8 64:ff9b::198.51.100.77");
    assertTrue(closed.contains("ddress unreachable") || closed.contains("No route"), closed);
  }

  @Test
  void tellsWhatANarrowLinkBehindTheRouterCarries() {
    assertPings("tenant", "-6 " + FAR4);
    tenant("ping -6 -n -c 2 -W 1 -M do -s 1400 " + FAR4);
    String route = tenant("ip -6 route get " + FAR4);
    assertTrue(route.contains("mtu 1420"), () -> route + gateway.drops());
    assertPings("tenant", "-6 -M do -s 1372 " + FAR4);
  }

  // ---- NPTv6 ----

  @Test
  void carriesPingsAndTcpBothWaysByAnotherPrefix() throws Exception {
    String external = external();
    assertTrue(external.startsWith("2001:db8:0:c:"), external);
    exchange("far", "tenant", FAR6);
    assertPings("far", "-6 " + external);
    exchange("tenant", "far", external);
    assertEquals(0, gateway.sessions());
  }

  @Test
  void tellsWhatItsPathsCarryBothWays() throws Exception {
    String external = external();
    tenant("ping -6 -n -c 2 -W 1 -M do -s 1450 " + FAR6);
    String route = tenant("ip -6 route get " + FAR6);
    assertTrue(route.contains("mtu 1400"), () -> route + gateway.drops());
    String hop = tenant("ping -6 -n -c 1 -W 2 -t 2 " + FAR6);
    assertTrue(hop.contains("2001:db8::fe") && hop.contains("Hop limit"), hop);
    String back = namespaces.run("far", "ping -6 -n -c 1 -W 2 -t 2 " + external + " || true");
    assertTrue(back.contains("2001:db8::1") && back.contains("Hop limit"), back);
    assertPings("far", "-6 -s 3000 " + external);
  }

  // ---- octets ----

  @Test
  void sendsPacketsThatTsharkUnderstands() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/tshark")), "needs tshark");
    assumeTrue(Files.isExecutable(Path.of("/usr/sbin/ethtool")), "needs ethtool");
    namespaces.run("tenant", "ethtool -K t0 tx off");
    namespaces.run("router", "ethtool -K e0 tx off");
    Path out = folder.resolve("out.pcap");
    Path in = folder.resolve("in.pcap");
    var outside = namespaces.begin("router", () -> capture("router", "e0", out));
    var inside = namespaces.begin("tenant", () -> capture("tenant", "t0", in));
    TimeUnit.MILLISECONDS.sleep(1_000);
    pingAndTcpToIpv4();
    fragmentsBothWays();
    hopByHop();
    outside.get(40, TimeUnit.SECONDS);
    inside.get(40, TimeUnit.SECONDS);
    for (Path file : List.of(out, in)) {
      assertEquals("", tshark(file, "_ws.malformed"));
      assertEquals(
          "",
          tshark(
              file,
              "ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0"
                  + " || icmp.checksum.status == 0 || icmpv6.checksum.status == 0"));
    }
    assertTrue(tshark(out, "ip.src == 192.0.2.100 && tcp").lines().count() > 100);
    assertTrue(tshark(out, "ip.src == 192.0.2.100 && ip.frag_offset > 0").lines().count() > 0);
    assertTrue(tshark(in, "icmpv6.type == 3 && ipv6.src == 64:ff9b::c000:2fe").lines().count() > 0);
  }

  private String capture(String name, String device, Path file) {
    return namespaces.run(
        name,
        "timeout 30 tcpdump -U -i "
            + device
            + " -w "
            + file
            + " 'ether src not '$(cat /sys/class/net/"
            + device
            + "/address) || true");
  }

  private static String tshark(Path file, String filter) throws Exception {
    Process process =
        new ProcessBuilder(
                "tshark",
                "-r",
                file.toString(),
                "-o",
                "ip.check_checksum:TRUE",
                "-o",
                "tcp.check_checksum:TRUE",
                "-o",
                "udp.check_checksum:TRUE",
                "-Y",
                filter)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), filter);
    return text;
  }
}
