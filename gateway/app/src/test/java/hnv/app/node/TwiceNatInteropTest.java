// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.Counters;
import hnv.dataplane.DropReason;
import hnv.document.Parsed;
import hnv.document.PolicyDocuments;
import hnv.vswitch.FlowListing;
import hnv.vswitch.FlowView;
import java.io.IOException;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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

/// Contoso's machine and a Linux host behind Contoso's L3 connection have the very same address:
///
///     contoso eth0 ── contoso  host1  eth0 ── eth0  gw1  corporate ── eth0  site: Linux
///     10.1.1.11                192.168.0.0/16            172.16.0.1    172.16.0.2, 10.1.1.11
///
/// The machine knows the host as 172.30.1.11, the host knows the machine as 172.31.1.11.
@Tag("netns")
@Timeout(120)
class TwiceNatInteropTest {
  private static final String BOTH = "10.1.1.11";
  private static final String SITE = "172.30.1.11";
  private static final String MACHINE = "172.31.1.11";
  private static final int PORT = 7_080;
  private static final int CLOSED = 7_081;
  private static final int OCTETS = 4_000_000;
  private static final int CORPORATE = 1;

  private static final String TRANSLATIONS =
      """
      "addressTranslations": [{"localPrefix": "10.1.0.0/16",
        "translatedLocalPrefix": "172.31.0.0/16", "remotePrefix": "10.1.0.0/16",
        "translatedRemotePrefix": "172.30.0.0/16"}],
      "routes": [{"destinationPrefix": "172.30.0.0/16"},
      """;

  @TempDir Path folder = Path.of("");
  private final Namespaces namespaces = new Namespaces();
  private final Map<String, Node> nodes = new HashMap<>();

  private static String policy() {
    String text = new String(PolicyDocuments.gateway(), StandardCharsets.UTF_8);
    text = text.replaceAll("\\s+", " ");
    text =
        text.replace("\"inboundDefaultAction\": \"Deny\"", "\"inboundDefaultAction\": \"Permit\"");
    String connection = "\"resourceId\": \"contoso-corporate\", \"properties\": { \"connectionType";
    int at = text.indexOf("\"routes\": [", text.indexOf(connection));
    text = text.substring(0, at) + TRANSLATIONS + text.substring(at + "\"routes\": [".length());
    int network = text.indexOf("\"resourceId\": \"contoso-corporate\", \"properties\": { \"device");
    return text.substring(0, network)
        + text.substring(network)
            .replaceFirst("\"device\": \"outside\"", "\"device\": \"corporate\"")
            .replaceFirst("\"vlanId\": 100", "\"vlanId\": 0");
  }

  @BeforeEach
  void lay() throws Exception {
    Namespaces.needed();
    for (String name : List.of("host1", "gw1", "site", "contoso")) {
      namespaces.add(name);
    }
    cable("host1", "eth0", "gw1", "eth0", 1_600);
    cable("gw1", "corporate", "site", "eth0", 1_500);
    cable("host1", "contoso", "contoso", "eth0", 1_500);
    namespaces.ip("host1", "address add 192.168.1.10/16 dev eth0");
    namespaces.ip("gw1", "address add 192.168.3.30/16 dev eth0");
    namespaces.ip(
        "site",
        "address add 172.16.0.2/24 dev eth0",
        "address add " + BOTH + "/32 dev lo",
        "route add 172.31.0.0/16 via 172.16.0.1 src " + BOTH);
    namespaces.ip(
        "contoso",
        "link set eth0 down",
        "link set eth0 address 00:15:5d:01:01:11",
        "link set eth0 up",
        "address add " + BOTH + "/24 dev eth0",
        "route add default via 10.1.1.1");
    start("host1", Map.of("contoso-sql", "contoso"), Map.of());
    start("gw1", Map.of(), Map.of("corporate", new OutsideDevice("corporate")));
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
    byte[] text = policy().getBytes(StandardCharsets.UTF_8);
    Path file = folder.resolve(server + ".json");
    Files.write(file, text);
    Parsed parsed = PolicyDocuments.parse(text);
    var accepted = assertInstanceOf(Parsed.Accepted.class, parsed, parsed::toString);
    NodeConfiguration configuration =
        new NodeConfiguration(
            server,
            file,
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

  // ---- both may begin ----

  @Test
  void theMachineReachesItsNamesakeThroughTheKernel() throws Exception {
    assertEquals(MACHINE, seenBy("site", "contoso", SITE));
    assertEquals(MACHINE, seenBy("site", "contoso", SITE), "again");
    List<FlowView> flows = flows();
    assertTrue(
        flows.stream().anyMatch(f -> f.source().toString().equals(BOTH) && f.octets() > 1_000),
        flows::toString);
    assertTrue(
        flows.stream().anyMatch(f -> f.destination().toString().equals(MACHINE)), flows::toString);
    Counters.Snapshot all = dataplane((vswitch, nowNs) -> vswitch.counters(CORPORATE));
    Counters.Snapshot java = dataplane((vswitch, nowNs) -> vswitch.counters().snapshot(CORPORATE));
    assertTrue(
        java.sentOctets() < all.sentOctets() / 2,
        () -> "the kernel did most of it: " + java + " of " + all);
  }

  @Test
  void theHostReachesItsNamesake() throws Exception {
    assertEquals(SITE, seenBy("contoso", "site", MACHINE));
  }

  /// Has a client read from a server.
  ///
  /// @param at the address that the client knows the server by
  /// @return the address that the server knows the client by
  private String seenBy(String server, String client, String at) throws Exception {
    try (ServerSocket socket =
        namespaces.in(server, () -> new ServerSocket(PORT, 5, InetAddress.ofLiteral(BOTH)))) {
      var seen =
          namespaces.begin(
              server,
              () -> {
                try (Socket connection = socket.accept()) {
                  connection.getOutputStream().write(new byte[OCTETS]);
                  return connection.getInetAddress().getHostAddress();
                }
              });
      assertEquals(OCTETS, namespaces.in(client, () -> read(at)));
      return seen.get(20, TimeUnit.SECONDS);
    }
  }

  private static int read(String from) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(from, PORT), 20_000);
      return socket.getInputStream().readAllBytes().length;
    }
  }

  // ---- what Linux says by ICMP ----

  @Test
  void errorsReachTheSocketThatTheyAreAbout() throws Exception {
    assertThrows(PortUnreachableException.class, () -> ask("contoso", SITE));
    assertThrows(PortUnreachableException.class, () -> ask("site", MACHINE));
    assertThrows(
        ConnectException.class,
        () ->
            namespaces.in(
                "contoso",
                () -> {
                  new Socket(SITE, CLOSED).close();
                  return true;
                }));
  }

  private boolean ask(String machine, String of) throws Exception {
    return namespaces.in(
        machine,
        () -> {
          try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(InetAddress.ofLiteral(of), CLOSED);
            socket.setSoTimeout(1_000);
            for (int i = 0; i < 5; i++) {
              try {
                socket.send(new DatagramPacket(new byte[8], 8));
                socket.receive(new DatagramPacket(new byte[8], 8));
              } catch (java.net.SocketTimeoutException e) {
                // The first may have waited for a neighbour.
              }
            }
            return true;
          }
        });
  }

  @Test
  void pingsOfAnySizePassBothWays() throws Exception {
    for (int size : List.of(56, 1_400, 4_000)) {
      String ping = "ping -c 3 -i 0.2 -W 2 -s " + size + " ";
      String there = namespaces.run("contoso", ping + SITE + " || :");
      assertTrue(there.contains(" 3 received"), there);
      String back = namespaces.run("site", ping + MACHINE + " || :");
      assertTrue(back.contains(" 3 received"), back);
    }
  }

  @Test
  void whatIsNotTranslatedDoesNotPass() throws Exception {
    namespaces.ip("site", "route add 10.1.1.12/32 via 172.16.0.1 src " + BOTH);
    namespaces.run("site", "ping -c 2 -i 0.2 -W 1 10.1.1.12 || :");
    Counters.Snapshot counted = dataplane((vswitch, nowNs) -> vswitch.counters(CORPORATE));
    assertTrue(
        counted.drops().getOrDefault(DropReason.TRANSLATION_MISSING, 0L) >= 1, counted::toString);
  }

  private <T> T dataplane(Dataplane.Question<T> question) throws Exception {
    return Objects.requireNonNull(nodes.get("gw1")).dataplane().ask(question);
  }

  private List<FlowView> flows() throws Exception {
    return new ArrayList<>(
        dataplane((vswitch, nowNs) -> FlowListing.page(vswitch, 0, flow -> true, nowNs).flows()));
  }
}
