// SPDX-License-Identifier: Apache-2.0
package hnv.linux.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.linux.Lab;
import hnv.linux.LinuxException;
import hnv.wire.IpAddress;
import hnv.wire.MacAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The kernel's answers about a small host.
///
///     host                        router
///     u 192.168.1.10/24 ───────── r 192.168.1.1, 02:00:00:00:00:01
///       default via 192.168.1.1
@Tag("netns")
final class HostNetworkTest {
  private static final IpAddress ROUTER = IpAddress.parse("192.168.1.1");
  private static final MacAddress ROUTER_MAC = MacAddress.parse("02:00:00:00:00:01");

  private Lab lab;

  private interface Question<T> {
    T ask(HostNetwork network) throws Exception;
  }

  private <T> T ask(Question<T> question) throws Exception {
    return lab.in(
        "host",
        () -> {
          try (HostNetwork network = HostNetwork.open()) {
            return question.ask(network);
          }
        });
  }

  @BeforeEach
  void lay() throws Exception {
    lab = Lab.lay("host", "router");
    lab.veth("host", "u", "router", "r");
    lab.ip("router", "link set r address " + ROUTER_MAC);
    lab.ip("host", "addr add 192.168.1.10/24 dev u");
    lab.ip("host", "addr add fd00:1::10/64 dev u nodad");
    lab.ip("router", "addr add 192.168.1.1/24 dev r");
    lab.ip("host", "route add default via 192.168.1.1 mtu 1400");
  }

  @AfterEach
  void clear() {
    if (lab != null) {
      lab.close();
    }
  }

  @Test
  void describesALink() throws Exception {
    Link link = ask(network -> network.link("u").orElseThrow());
    assertEquals("u", link.name());
    assertEquals("veth", link.kind());
    assertEquals(1500, link.mtu());
    assertTrue(link.carriesTraffic());
    assertTrue(link.peerNamespace() >= 0, "its other end is in another namespace");
    assertEquals(
        lab.run("host", "cat /sys/class/net/u/address").strip(), String.valueOf(link.mac()));
    assertEquals(link, ask(network -> network.link(link.index()).orElseThrow()));
    assertEquals(List.of("lo", "u"), ask(HostNetwork::links).stream().map(Link::name).toList());
  }

  @Test
  void findsNoLinkWhereThereIsNone() throws Exception {
    assertTrue(ask(network -> network.link("nothing")).isEmpty());
    assertTrue(ask(network -> network.link(999)).isEmpty());
  }

  @Test
  void listsAddressesOfBothFamilies() throws Exception {
    int index = ask(network -> network.link("u").orElseThrow().index());
    List<InterfaceAddress> addresses = ask(HostNetwork::addresses);
    assertTrue(
        addresses.contains(new InterfaceAddress(index, IpAddress.parse("192.168.1.10"), 24)));
    assertTrue(addresses.contains(new InterfaceAddress(index, IpAddress.parse("fd00:1::10"), 64)));
  }

  @Test
  void looksUpARoute() throws Exception {
    Route route = ask(network -> network.routeTo(IpAddress.parse("192.168.2.20")).orElseThrow());
    assertEquals(ROUTER, route.gateway());
    assertEquals(IpAddress.parse("192.168.1.10"), route.source());
    assertEquals(Route.Kind.UNICAST, route.kind());
    assertEquals(1400, route.mtu());
    Route onLink = ask(network -> network.routeTo(ROUTER).orElseThrow());
    assertEquals(ROUTER, onLink.nextHop(ROUTER));
    Route own = ask(network -> network.routeTo(IpAddress.parse("192.168.1.10")).orElseThrow());
    assertEquals(Route.Kind.LOCAL, own.kind());
    assertTrue(ask(network -> network.routeTo(IpAddress.parse("fd00:2::1"))).isEmpty());
  }

  @Test
  void resolvesANeighbourAndKeepsIt() throws Exception {
    int index = ask(network -> network.link("u").orElseThrow().index());
    assertTrue(ask(network -> network.neighbor(index, ROUTER)).isEmpty());
    boolean kept = ask(network -> network.resolve(index, ROUTER));
    Neighbor neighbor = await(index);
    assertEquals(ROUTER_MAC, neighbor.mac());
    assertEquals(kept, lab.ip("host", "neigh show " + ROUTER).contains("managed"));
    // Asking again is no error.
    assertEquals(kept, ask(network -> network.resolve(index, ROUTER)));
  }

  @Test
  void leavesAPermanentNeighbourAlone() throws Exception {
    lab.ip("host", "neigh add 192.168.1.1 lladdr 02:00:00:00:00:99 dev u nud permanent");
    int index = ask(network -> network.link("u").orElseThrow().index());
    assertEquals(true, ask(network -> network.resolve(index, ROUTER)));
    Neighbor neighbor = ask(network -> network.neighbor(index, ROUTER).orElseThrow());
    assertTrue(neighbor.isPermanent());
    assertEquals(MacAddress.parse("02:00:00:00:00:99"), neighbor.mac());
  }

  private Neighbor await(int index) throws Exception {
    for (int i = 0; i < 100; i++) {
      var neighbor = ask(network -> network.neighbor(index, ROUTER));
      if (neighbor.isPresent() && neighbor.get().isUsable()) {
        return neighbor.get();
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
    throw new AssertionError("not resolved: " + lab.ip("host", "neigh show"));
  }

  @Test
  void changesALink() throws Exception {
    int index = ask(network -> network.link("u").orElseThrow().index());
    ask(
        network -> {
          network.setMtu(index, 1300);
          network.setNoArp(index, true);
          network.setAlias(index, "a test");
          network.setUp(index, false);
          return null;
        });
    Link link = ask(network -> network.link("u").orElseThrow());
    assertEquals(1300, link.mtu());
    assertFalse(link.isUp());
    assertTrue(lab.ip("host", "link show u").contains("alias a test"));
    assertTrue(lab.ip("host", "link show u").contains("NOARP"));
  }

  @Test
  void tellsWhyAChangeWasRefused() throws Exception {
    int index = ask(network -> network.link("u").orElseThrow().index());
    LinuxException refused =
        assertThrows(
            LinuxException.class,
            () ->
                ask(
                    network -> {
                      network.setMtu(index, 10_000_000);
                      return null;
                    }));
    assertTrue(refused.getMessage().contains("EINVAL"), refused.getMessage());
    assertTrue(refused.getMessage().contains("mtu"), refused.getMessage());
  }

  @Test
  void followsChanges() throws Exception {
    List<NetworkChange> changes = new CopyOnWriteArrayList<>();
    List<Throwable> failures = new CopyOnWriteArrayList<>();
    NetworkMonitor monitor =
        lab.in("host", () -> NetworkMonitor.start(changes::add, failures::add));
    try (monitor) {
      lab.ip("host", "link set u mtu 1400");
      awaitChange(changes, c -> c instanceof NetworkChange.LinkChanged(Link l) && l.mtu() == 1400);
      lab.ip("host", "addr add 192.168.7.7/32 dev u");
      awaitChange(changes, c -> c instanceof NetworkChange.AddressChanged);
      lab.ip("host", "addr del 192.168.7.7/32 dev u");
      awaitChange(changes, c -> c instanceof NetworkChange.AddressRemoved);
      lab.ip("host", "route add 172.16.0.0/16 via 192.168.1.1");
      awaitChange(
          changes,
          c ->
              c instanceof NetworkChange.RoutesChanged(Route r)
                  && IpAddress.parse("172.16.0.0").equals(r.destination()));
      lab.ip("host", "neigh add 192.168.1.9 lladdr 02:00:00:00:00:09 dev u");
      awaitChange(changes, c -> c instanceof NetworkChange.NeighborChanged);
      lab.ip("host", "neigh del 192.168.1.9 dev u");
      awaitChange(changes, c -> c instanceof NetworkChange.NeighborRemoved);
      lab.ip("router", "link del r");
      awaitChange(changes, c -> c instanceof NetworkChange.LinkRemoved);
    }
    assertEquals(List.of(), failures);
  }

  @Test
  void keepsFollowingWhenTheListenerThrows() throws Exception {
    List<Throwable> failures = new CopyOnWriteArrayList<>();
    NetworkMonitor monitor =
        lab.in(
            "host",
            () ->
                NetworkMonitor.start(
                    change -> {
                      throw new IllegalStateException("a bug");
                    },
                    failures::add));
    try (monitor) {
      lab.ip("host", "addr add 192.168.7.7/32 dev u");
      awaitChange(failures, f -> true);
      failures.clear();
      lab.ip("host", "addr add 192.168.7.8/32 dev u");
      awaitChange(failures, f -> f instanceof IllegalStateException);
    }
  }

  private static <T> void awaitChange(List<T> seen, Predicate<T> wanted) throws Exception {
    for (int i = 0; i < 100; i++) {
      if (seen.stream().anyMatch(wanted)) {
        return;
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
    throw new AssertionError("not seen among " + seen);
  }
}
