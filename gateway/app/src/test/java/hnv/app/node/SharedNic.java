// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.app.json.Json;
import hnv.dataplane.DropReason;
import hnv.document.Parsed;
import hnv.document.PolicyDocuments;
import hnv.overlay.TableRanges;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A gateway with one network card, which is the host's, the underlay's and the outside's at once:
///
///     contoso  eth0 ── contoso   host1 eth0 ──┐ ┌── eth0 gw1   192.168.3.30/16, 203.0.113.2/24
///     fabrikam eth0 ── fabrikam               br0 ── eth0 isp1  203.0.113.1/24, 198.51.100.1
///                                               └── eth0 isp2  203.0.113.3/24, 198.51.100.1
///
/// The tenants are those of the gateway's lab, behind 203.0.113.65 and .98; the host's default
/// route leads to isp1.
final class SharedNic implements AutoCloseable {
  static final String WEB = "198.51.100.1";
  static final String HOST = "203.0.113.2";
  private static final int PORT = 7_080;
  private static final int PATIENCE_S = 20;

  final Namespaces namespaces = new Namespaces();
  private final Path folder;
  private final Map<String, Node> nodes = new HashMap<>();

  SharedNic(Path folder, boolean offload) throws Exception {
    Namespaces.needed();
    this.folder = folder;
    try {
      for (String name : List.of("wire", "host1", "gw1", "isp1", "isp2", "contoso", "fabrikam")) {
        namespaces.add(name);
      }
      namespaces.ip("wire", "link add br0 mtu 1600 type bridge", "link set br0 up");
      for (String name : List.of("host1", "gw1", "isp1", "isp2")) {
        plug(name);
      }
      namespaces.ip("host1", "address add 192.168.1.10/16 dev eth0");
      addressGateway();
      namespaces.run("gw1", "echo 1 > /proc/sys/net/ipv4/ip_forward");
      for (int i = 1; i <= 2; i++) {
        namespaces.ip(
            "isp" + i,
            "address add 203.0.113." + (2 * i - 1) + "/24 dev eth0",
            "address add " + WEB + "/32 dev lo",
            "link set eth0 mtu 1500");
      }
      machine("contoso");
      machine("fabrikam");
      start("host1", Map.of("contoso-sql", "contoso", "fabrikam-sql", "fabrikam"), Map.of(), true);
      start("gw1", Map.of(), Map.of("outside", new OutsideDevice("eth0", true)), offload);
    } catch (Exception | Error e) {
      close();
      throw e;
    }
  }

  /// A card for one of the machines, in the switch.
  void plug(String name) {
    namespaces.ip(
        "wire",
        "link add %s mtu 1600 type veth peer name eth0 mtu 1600 netns %s"
            .formatted(name, namespaces.fullName(name)),
        "link set " + name + " master br0 up");
    namespaces.ip(name, "link set eth0 up");
  }

  /// What the host of the gateway is configured with.
  void addressGateway() {
    namespaces.ip(
        "gw1",
        "address add 192.168.3.30/16 dev eth0",
        "address add " + HOST + "/24 dev eth0",
        "route add default via 203.0.113.1");
  }

  private void machine(String name) {
    namespaces.ip(
        "host1",
        "link add %s type veth peer name eth0 netns %s".formatted(name, namespaces.fullName(name)),
        "link set " + name + " up");
    namespaces.ip(
        name,
        "link set eth0 address 00:15:5d:01:01:11",
        "link set eth0 up",
        "address add 10.1.1.11/24 dev eth0",
        "route add default via 10.1.1.1");
  }

  private void start(
      String server, Map<String, String> ports, Map<String, OutsideDevice> outside, boolean offload)
      throws Exception {
    Path policy = folder.resolve(server + ".json");
    Files.write(policy, PolicyDocuments.gateway());
    NodeConfiguration configuration =
        new NodeConfiguration(
            server,
            policy,
            "eth0",
            ports,
            outside,
            folder.resolve(server + ".sock"),
            4_789,
            offload,
            NodeLimits.DEFAULT);
    Parsed.Accepted accepted = (Parsed.Accepted) PolicyDocuments.parse(PolicyDocuments.gateway());
    nodes.put(server, namespaces.in(server, () -> Node.start(configuration, accepted, node -> {})));
  }

  /// Gives the gateway the policy with each text replaced by the next.
  void changePolicy(String... texts) throws Exception {
    String policy = new String(PolicyDocuments.gateway(), StandardCharsets.UTF_8);
    for (int i = 0; i < texts.length; i += 2) {
      assertTrue(policy.contains(texts[i]), texts[i]);
      policy = policy.replace(texts[i], texts[i + 1]);
    }
    Files.writeString(folder.resolve("gw1.json"), policy);
    gateway().reload();
    TimeUnit.MILLISECONDS.sleep(1_000);
  }

  Node gateway() {
    return Objects.requireNonNull(nodes.get("gw1"));
  }

  /// Ends the gateway's node in order.
  void stopGateway() {
    Objects.requireNonNull(nodes.remove("gw1")).close();
  }

  List<Json.Members> show(String what) {
    Json answer = new AdminRequests(gateway()).apply(Json.object().put("show", what));
    List<Json.Members> rows = new ArrayList<>();
    for (Json row : ((Json.Members) answer).elements("rows")) {
      rows.add((Json.Members) row);
    }
    return rows;
  }

  /// What a server says of one who connects: his address.
  String seenFrom(String machine, String at) throws Exception {
    return seenFrom(machine, at, WEB);
  }

  String seenFrom(String machine, String at, String address) throws Exception {
    try (ServerSocket server =
        namespaces.in(at, () -> new ServerSocket(PORT, 5, InetAddress.ofLiteral(address)))) {
      var accepted =
          namespaces.begin(
              at,
              () -> {
                try (Socket connection = server.accept()) {
                  connection.getOutputStream().write(new byte[200_000]);
                  return connection.getInetAddress().getHostAddress();
                }
              });
      assertEquals(200_000, namespaces.in(machine, () -> read(address)));
      return accepted.get(PATIENCE_S, TimeUnit.SECONDS);
    }
  }

  private static int read(String from) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(from, PORT), PATIENCE_S * 1_000);
      socket.setSoTimeout(PATIENCE_S * 1_000);
      return socket.getInputStream().readAllBytes().length;
    }
  }

  /// A conversation with the host itself, octet by octet, as one with ssh is.
  final class Session implements AutoCloseable {
    private final ServerSocket server;
    private final CompletableFuture<Void> echo;
    private final Socket client;

    Session(String from) throws Exception {
      server = namespaces.in("gw1", () -> new ServerSocket(22, 1, InetAddress.ofLiteral(HOST)));
      echo =
          namespaces.begin(
              "gw1",
              () -> {
                try (Socket connection = server.accept()) {
                  for (int c = connection.getInputStream().read();
                      c >= 0;
                      c = connection.getInputStream().read()) {
                    connection.getOutputStream().write(c);
                  }
                }
                return null;
              });
      client = namespaces.in(from, () -> new Socket(HOST, 22));
      client.setSoTimeout(PATIENCE_S * 1_000);
    }

    /// One key and its echo.
    void assertAnswers() throws IOException {
      client.getOutputStream().write('x');
      assertEquals('x', client.getInputStream().read());
    }

    @Override
    public void close() throws IOException {
      client.close();
      echo.orTimeout(PATIENCE_S, TimeUnit.SECONDS).join();
      server.close();
    }
  }

  /// Datagrams of one flow of a tenant's, and who got them.
  final class Talk implements AutoCloseable {
    private final DatagramSocket from;
    private final Map<String, DatagramSocket> servers = new HashMap<>();
    private int number;

    /// @param at who has the server's address, and listens
    Talk(String machine, List<String> at) throws Exception {
      InetSocketAddress web = new InetSocketAddress(WEB, PORT);
      for (String each : at) {
        servers.put(each, namespaces.in(each, () -> new DatagramSocket(web)));
      }
      from = namespaces.in(machine, DatagramSocket::new);
    }

    void send() throws IOException {
      number++;
      byte[] octets = ByteBuffer.allocate(100).putInt(number).array();
      from.send(new DatagramPacket(octets, octets.length, new InetSocketAddress(WEB, PORT)));
    }

    /// Sends until one of them gets it, and answers, so that the flow is established; and then, all
    /// that is sent is his.
    void sendAndAwait(String who) throws Exception {
      DatagramSocket server = Objects.requireNonNull(servers.get(who));
      await(() -> echoes(server));
      for (int i = 0; i < 10; i++) {
        assertTrue(echoes(server), "packet " + i + " of an established flow");
      }
    }

    private boolean echoes(DatagramSocket server) throws IOException {
      send();
      DatagramPacket packet = receive(server);
      if (packet == null) {
        return false;
      }
      server.send(packet);
      return receive(from) != null;
    }

    /// What was sent last; null where that does not come. What is older is skipped.
    private @Nullable DatagramPacket receive(DatagramSocket socket) throws IOException {
      DatagramPacket packet = new DatagramPacket(new byte[200], 200);
      socket.setSoTimeout(500);
      try {
        do {
          socket.receive(packet);
        } while (ByteBuffer.wrap(packet.getData()).getInt() != number);
        return packet;
      } catch (SocketTimeoutException e) {
        return null;
      }
    }

    @Override
    public void close() {
      from.close();
      servers.values().forEach(DatagramSocket::close);
    }
  }

  /// Something that will be so.
  interface Fact {
    boolean holds() throws Exception;
  }

  void await(Fact fact) throws Exception {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
    while (!fact.holds()) {
      assertTrue(System.nanoTime() < until, "within " + PATIENCE_S + " s");
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  /// MAC of a neighbour, as the gateway shows it.
  String macOf(String address) {
    return show("neighbors").stream()
        .filter(row -> row.text("address").equals(address))
        .map(row -> row.text("mac"))
        .findFirst()
        .orElse("");
  }

  boolean hasDropped(DropReason reason) throws Exception {
    return gateway()
        .dataplane()
        .ask(
            (vswitch, nowNs) -> {
              for (int port = 0; port < 64; port++) {
                if (vswitch.counters(port).drops().containsKey(reason)) {
                  return true;
                }
              }
              for (int port = TableRanges.FIRST_GATEWAY_PORT;
                  port < TableRanges.FIRST_GATEWAY_PORT + 64;
                  port++) {
                if (vswitch.counters(port).drops().containsKey(reason)) {
                  return true;
                }
              }
              return false;
            });
  }

  boolean pings(String from, String address) {
    return namespaces
        .run(from, "ping -q -c 1 -W 1 " + address + " || true")
        .contains(" 1 received");
  }

  void assertPings(String from, String address) throws Exception {
    String said = namespaces.run(from, "ping -q -c 3 -i 0.1 -W 2 " + address + " || true");
    assertTrue(said.contains(" 3 received"), said);
  }

  void assertSilent(String from, String address) throws Exception {
    String said = namespaces.run(from, "ping -q -c 2 -i 0.2 -W 1 " + address + " || true");
    assertTrue(said.contains(" 0 received"), said);
  }

  @Override
  public void close() {
    nodes.values().forEach(Node::close);
    namespaces.close();
  }
}
