// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.app.node.SharedDevices.Told;
import hnv.edge.EdgeNews.NeighborWanted;
import hnv.edge.HostSide;
import hnv.edge.OutsideWay;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.netlink.InterfaceAddress;
import hnv.linux.netlink.NetworkChange;
import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What the kernel of a namespace says of its routes and neighbours.
///
///     gw                                   peer
///     wan0 192.0.2.2/24 ────────────────── e0 192.0.2.1/24
///     lan0 10.0.0.1/24
@Tag("netns")
final class SharedDevicesTest {
  private static final IpAddress PEER = IpAddress.parse("192.0.2.1");
  private static final NeighborWanted WANTED = new NeighborWanted(3, 1, PEER);

  private final Namespaces namespaces = new Namespaces();

  @BeforeEach
  void lay() {
    Namespaces.needed();
    namespaces.add("gw");
    namespaces.add("peer");
    namespaces.ip(
        "gw",
        "link add wan0 type veth peer name e0 netns " + namespaces.fullName("peer"),
        "link add lan0 type veth peer name lan1",
        "link set wan0 up",
        "link set lan0 up",
        "link set lan1 up",
        "address add 10.0.0.1/24 dev lan0",
        "address add 192.0.2.2/24 dev wan0");
    namespaces.ip(
        "peer",
        "link set e0 address 02:00:00:00:00:01",
        "link set e0 up",
        "address add 192.0.2.1/24 dev e0");
  }

  @AfterEach
  void clear() {
    namespaces.close();
  }

  private interface Body {
    void run(SharedDevices shared, HostNetwork network, int wan) throws Exception;
  }

  private void inGateway(Body body) throws Exception {
    namespaces.in(
        "gw",
        () -> {
          try (HostNetwork network = HostNetwork.open()) {
            body.run(
                new SharedDevices(network), network, network.link("wan0").orElseThrow().index());
          }
          return true;
        });
  }

  private static OutsideWay way(HostSide side, String prefix) {
    return side.routes().stream()
        .filter(route -> route.destination().equals(Cidr.parse(prefix)))
        .findFirst()
        .orElseThrow(() -> new AssertionError(prefix + " in " + side.routes()))
        .way();
  }

  @Test
  void saysWhereTheHostsRoutesLead() throws Exception {
    namespaces.ip(
        "gw",
        "route add default via 192.0.2.1",
        "route add blackhole 198.51.100.0/24",
        "route add prohibit 198.18.0.0/15",
        "route add unreachable 203.0.113.0/24");
    inGateway(
        (shared, network, wan) -> {
          HostSide side = shared.side(wan, 0);
          assertEquals(new OutsideWay.ByRouter(PEER), way(side, "0.0.0.0/0"));
          assertEquals(new OutsideWay.OnLink(), way(side, "192.0.2.0/24"));
          assertEquals(new OutsideWay.Elsewhere("lan0"), way(side, "10.0.0.0/24"));
          assertTrue(way(side, "192.0.2.2/32") instanceof OutsideWay.Nowhere);
          assertTrue(way(side, "192.0.2.255/32") instanceof OutsideWay.Nowhere, "broadcast");
          assertTrue(way(side, "198.51.100.0/24") instanceof OutsideWay.Nowhere);
          assertTrue(way(side, "198.18.0.0/15") instanceof OutsideWay.Nowhere);
          assertTrue(way(side, "203.0.113.0/24") instanceof OutsideWay.Nowhere);
          assertTrue(side.addresses().contains(IpAddress.parse("10.0.0.1")));
        });
  }

  @Test
  void asksAnewWhenSomethingChangedAndNotBefore() throws Exception {
    inGateway(
        (shared, network, wan) -> {
          HostSide before = shared.side(wan, 0);
          namespaces.ip("gw", "route add default via 192.0.2.1");
          assertEquals(before, shared.side(wan, 1));
          InterfaceAddress any = network.addresses().getFirst();
          shared.note(new NetworkChange.AddressChanged(any));
          HostSide after = shared.side(wan, 2);
          assertEquals(new OutsideWay.ByRouter(PEER), way(after, "0.0.0.0/0"));
          namespaces.ip("gw", "route del default");
          assertEquals(after, shared.side(wan, 3));
          assertEquals(before, shared.side(wan, TimeUnit.SECONDS.toNanos(16)));
        });
  }

  @Test
  void followsSoManyPrefixesTheShortestFirst() throws Exception {
    List<String> routes = new ArrayList<>();
    for (int i = 0; i < SharedDevices.MAX_PREFIXES; i++) {
      routes.add("route add 20.%d.%d.0/24 via 192.0.2.1".formatted(i >> 8, i & 0xFF));
    }
    routes.add("route add default via 192.0.2.1");
    namespaces.ip("gw", routes.toArray(String[]::new));
    inGateway(
        (shared, network, wan) -> {
          assertEquals(
              SharedDevices.MAX_PREFIXES,
              network.routedPrefixes(SharedDevices.MAX_PREFIXES).size());
          HostSide side = shared.side(wan, 0);
          assertTrue(side.routes().size() <= SharedDevices.MAX_PREFIXES);
          assertEquals(new OutsideWay.ByRouter(PEER), way(side, "0.0.0.0/0"));
        });
  }

  private static List<Told> await(SharedDevices shared) throws Exception {
    for (int i = 0; i < 200; i++) {
      TimeUnit.MILLISECONDS.sleep(50);
      shared.note(new NetworkChange.ChangesLost());
      List<Told> told = shared.look(System.nanoTime());
      if (!told.isEmpty()) {
        return told;
      }
    }
    return List.of();
  }

  /// Asks until the host knows.
  private static void resolve(SharedDevices shared, int wan) throws Exception {
    for (int i = 0; i < 100; i++) {
      Optional<Told> told = shared.ask(WANTED, wan, System.nanoTime());
      if (told.isPresent()) {
        assertEquals(new Told(3, PEER, 0x0200_0000_0001L), told.get());
        return;
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    throw new AssertionError("not resolved");
  }

  @Test
  void tellsWhatTheHostKnowsOfNeighbors() throws Exception {
    inGateway(
        (shared, network, wan) -> {
          resolve(shared, wan);
          namespaces.ip("gw", "neighbor replace 192.0.2.1 lladdr 02:00:00:00:00:09 dev wan0");
          assertEquals(List.of(new Told(3, PEER, 0x0200_0000_0009L)), await(shared));
          assertEquals(List.of(), shared.look(System.nanoTime()), "told once");
        });
  }

  @Test
  void tellsOfOneWhoDoesNotAnswerAnyMore() throws Exception {
    namespaces.run("gw", "echo 1 > /proc/sys/net/ipv4/neigh/wan0/delay_first_probe_time");
    inGateway(
        (shared, network, wan) -> {
          resolve(shared, wan);
          namespaces.ip("peer", "address del 192.0.2.1/24 dev e0");
          namespaces.ip(
              "gw", "neighbor change 192.0.2.1 lladdr 02:00:00:00:00:01 dev wan0 nud stale");
          shared.ask(WANTED, wan, System.nanoTime());
          assertEquals(List.of(new Told(3, PEER, SharedDevices.NO_MAC)), await(shared));
        });
  }

  @Test
  void forgetsWhoIsNotAskedForAnyMore() throws Exception {
    inGateway(
        (shared, network, wan) -> {
          shared.ask(WANTED, wan, 0);
          shared.note(new NetworkChange.ChangesLost());
          shared.look(SharedDevices.FORGET_NS + 1);
          namespaces.ip("gw", "neighbor replace 192.0.2.1 lladdr 02:00:00:00:00:09 dev wan0");
          shared.note(new NetworkChange.ChangesLost());
          assertEquals(List.of(), shared.look(SharedDevices.FORGET_NS + 2));
        });
  }
}
