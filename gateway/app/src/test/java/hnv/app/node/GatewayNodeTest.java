// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.app.json.Json;
import hnv.app.json.JsonWriter;
import hnv.document.Parsed;
import hnv.document.PolicyDocuments;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A host and a gateway in this process, with the policy of the gateway's lab:
///
///     contoso  eth0 ── contoso   host1   eth0 ── eth0   gw1   outside ── eth0  internet
///     fabrikam eth0 ── fabrikam         192.168.0.0/16                 203.0.113.0/24
///
/// `contoso` and `fabrikam` are 10.1.1.11 with the same MAC; Contoso is on VXLAN, Fabrikam on NVGRE
/// but for hosts that know VXLAN only.
@Tag("netns")
@Timeout(120)
class GatewayNodeTest {
  private static final String SERVER = "203.0.113.1";
  private static final List<String> STATISTICS =
      List.of(
          "outboundBytes",
          "inboundBytes",
          "rxTotalPacketsDropped",
          "txTotalPacketsDropped",
          "rxRateKbps",
          "txRateKbps",
          "rxRateLimitedPacketsDropped",
          "txRateLimitedPacketsDropped",
          "lastUpdated",
          "connectionUpTime",
          "connectionErrorReason",
          "unreachabilityReason");
  private static final int PORT = 7_080;

  @TempDir Path folder = Path.of("");
  private final Namespaces namespaces = new Namespaces();
  private final Map<String, Node> nodes = new HashMap<>();

  @BeforeEach
  void lay() throws Exception {
    Namespaces.needed();
    for (String name : List.of("host1", "gw1", "internet", "contoso", "fabrikam")) {
      namespaces.add(name);
    }
    cable("host1", "eth0", "gw1", "eth0", 1_600);
    cable("gw1", "outside", "internet", "eth0", 1_500);
    cable("host1", "contoso", "contoso", "eth0", 1_500);
    cable("host1", "fabrikam", "fabrikam", "eth0", 1_500);
    namespaces.ip("host1", "address add 192.168.1.10/16 dev eth0");
    namespaces.ip("gw1", "address add 192.168.3.30/16 dev eth0");
    namespaces.ip("internet", "address add " + SERVER + "/24 dev eth0");
    for (String machine : List.of("contoso", "fabrikam")) {
      namespaces.ip(
          machine,
          "link set eth0 down",
          "link set eth0 address 00:15:5d:01:01:11",
          "link set eth0 up",
          "address add 10.1.1.11/24 dev eth0",
          "route add default via 10.1.1.1");
    }
    start("host1", Map.of("contoso-sql", "contoso", "fabrikam-sql", "fabrikam"), Map.of());
    start("gw1", Map.of(), Map.of("outside", new OutsideDevice("outside")));
  }

  private void cable(String at, String device, String to, String peer, int mtu) {
    namespaces.ip(
        at,
        "link add %s mtu %d type veth peer name %s mtu %d netns %s"
            .formatted(device, mtu, peer, mtu, namespaces.fullName(to)),
        "link set " + device + " up");
    namespaces.ip(to, "link set " + peer + " up");
  }

  private void start(String server, Map<String, String> ports, Map<String, OutsideDevice> outside)
      throws Exception {
    Path policy = folder.resolve(server + ".json");
    Files.write(policy, PolicyDocuments.gateway());
    Parsed.Accepted accepted = (Parsed.Accepted) PolicyDocuments.parse(PolicyDocuments.gateway());
    NodeConfiguration configuration =
        new NodeConfiguration(
            server,
            policy,
            "eth0",
            ports,
            outside,
            folder.resolve(server + ".sock"),
            4_789,
            true,
            NodeLimits.DEFAULT);
    nodes.put(server, namespaces.in(server, () -> Node.start(configuration, accepted, node -> {})));
  }

  @AfterEach
  void clear() {
    nodes.values().forEach(Node::close);
    namespaces.close();
  }

  /// What a server of the internet says of one who connects: his address.
  private String seenFrom(String machine) throws Exception {
    try (ServerSocket server =
        namespaces.in("internet", () -> new ServerSocket(PORT, 5, InetAddress.ofLiteral(SERVER)))) {
      var accepted =
          namespaces.begin(
              "internet",
              () -> {
                try (Socket connection = server.accept()) {
                  connection.getOutputStream().write(new byte[200_000]);
                  return connection.getInetAddress().getHostAddress();
                }
              });
      int got = namespaces.in(machine, () -> read(SERVER));
      assertEquals(200_000, got);
      return accepted.get(20, TimeUnit.SECONDS);
    }
  }

  private static int read(String from) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(from, PORT), 20_000);
      return socket.getInputStream().readAllBytes().length;
    }
  }

  private List<Json.Members> show(String what) {
    Json answer =
        new AdminRequests(Objects.requireNonNull(nodes.get("gw1")))
            .apply(Json.object().put("show", what));
    List<Json.Members> rows = new ArrayList<>();
    for (Json row : ((Json.Members) answer).elements("rows")) {
      rows.add((Json.Members) row);
    }
    assertTrue(!rows.isEmpty(), () -> what + ": " + JsonWriter.indented(answer));
    return rows;
  }

  @Test
  void bothTenantsReachTheInternetUnderTheirOwnAddresses() throws Exception {
    assertEquals("203.0.113.65", seenFrom("contoso"));
    assertEquals("203.0.113.98", seenFrom("fabrikam"));
    List<Json.Members> sessions = show("nat");
    assertEquals(2, sessions.size(), sessions::toString);
    assertTrue(show("neighbors").stream().anyMatch(row -> row.text("address").equals(SERVER)));
    assertTrue(show("pools").stream().anyMatch(row -> row.number("used", 0) == 1));
    assertTrue(show("routes").stream().anyMatch(row -> row.text("prefix").equals("0.0.0.0/0")));
    Map<String, String> states = new HashMap<>();
    show("connections").forEach(row -> states.put(row.text("connection"), row.text("state")));
    assertEquals(4, states.size());
    for (Json.Members row : show("connections")) {
      Json.Members statistics = (Json.Members) row.members().get("statistics");
      assertEquals(STATISTICS, List.copyOf(statistics.members().keySet()));
      Instant.parse(statistics.text("lastUpdated"));
    }
    show("flows");
    show("counters");
    show("mappings");
    show("layers");
    show("rules");
  }
}
