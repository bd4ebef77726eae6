// SPDX-License-Identifier: Apache-2.0
package hnv.routing;

import static hnv.routing.RouteSource.CONNECTED;
import static hnv.routing.RouteSource.EXTERNAL_BGP;
import static hnv.routing.RouteSource.STATIC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// Which routes are best, and what changes when next hops come and go.
class RibTest {
  private static final Cidr LAN = Cidr.parse("10.0.0.0/8");
  private static final Cidr ALL = Cidr.parse("0.0.0.0/0");
  private static final IpAddress HOST = IpAddress.parse("10.1.2.3");

  private final Rib<String> rib = new Rib<>();

  private void put(Cidr prefix, RouteSource source, int metric, String... nextHops)
      throws RoutingCapacityException {
    for (String nextHop : nextHops) {
      rib.put(new Route<>(prefix, source, metric, nextHop));
    }
  }

  private static Set<String> hops(Fib<String> fib, IpAddress address) {
    Set<String> hops = new TreeSet<>();
    int group = fib.lookup(address);
    for (int i = 0; group != Fib.NO_ROUTE && i < fib.count(group); i++) {
      hops.add(fib.nextHop(fib.member(group, i)));
    }
    return hops;
  }

  private List<String> shown() {
    return rib.routes().stream()
        .map(state -> state.route().nextHop() + " " + state.standing())
        .toList();
  }

  @Test
  void prefersTheLowestDistanceWhateverTheMetric() throws RoutingCapacityException {
    put(LAN, EXTERNAL_BGP, 0, "bgp");
    put(LAN, STATIC, 100, "static");
    assertEquals(Set.of("static"), hops(rib.commit(), HOST));
    put(LAN, CONNECTED, 1000, "connected");
    assertEquals(Set.of("connected"), hops(rib.commit(), HOST));
    assertEquals(
        List.of("connected BEST", "static HIGHER_DISTANCE", "bgp HIGHER_DISTANCE"), shown());
  }

  @Test
  void sharesFlowsBetweenRoutesOfTheLowestMetric() throws RoutingCapacityException {
    put(LAN, STATIC, 10, "a", "b");
    put(LAN, STATIC, 20, "c");
    assertEquals(Set.of("a", "b"), hops(rib.commit(), HOST));
    assertEquals(List.of("a BEST", "b BEST", "c HIGHER_METRIC"), shown());
  }

  @Test
  void replacesTheRouteOfTheSameKey() throws RoutingCapacityException {
    put(LAN, STATIC, 10, "a");
    put(LAN, STATIC, 20, "b");
    put(LAN, STATIC, 30, "a");
    assertEquals(Set.of("b"), hops(rib.commit(), HOST));
    assertEquals(2, rib.size());
  }

  @Test
  void fallsToTheNextBestAndBackWithReachability() throws RoutingCapacityException {
    put(LAN, STATIC, 10, "a", "b");
    put(LAN, EXTERNAL_BGP, 0, "c");
    put(ALL, STATIC, 0, "default");
    rib.setReachable("a", false);
    assertEquals(Set.of("b"), hops(rib.commit(), HOST));
    rib.setReachable("b", false);
    assertEquals(Set.of("c"), hops(rib.commit(), HOST));
    rib.setReachable("c", false);
    assertEquals(Set.of("default"), hops(rib.commit(), HOST), "the shorter prefix");
    assertEquals(
        List.of("default BEST", "a UNREACHABLE", "b UNREACHABLE", "c UNREACHABLE"), shown());
    rib.setReachable("default", false);
    assertEquals(Fib.NO_ROUTE, rib.commit().lookup(HOST));
    rib.setReachable("b", true);
    assertEquals(Set.of("b"), hops(rib.commit(), HOST));
    assertEquals(
        List.of("default UNREACHABLE", "a UNREACHABLE", "b BEST", "c UNREACHABLE"), shown());
  }

  @Test
  void remembersWhatWasSaidOfANextHopBeforeItsRoutes() throws RoutingCapacityException {
    rib.setReachable("a", false);
    put(LAN, STATIC, 0, "a");
    assertEquals(Set.of(), hops(rib.commit(), HOST));
    assertFalse(rib.isReachable("a"));
    rib.remove(LAN, STATIC, "a");
    put(LAN, STATIC, 0, "a");
    assertEquals(Set.of(), hops(rib.commit(), HOST));
    rib.setReachable("a", true);
    assertEquals(Set.of("a"), hops(rib.commit(), HOST));
  }

  @Test
  void treatsABlackholeAsAnyNextHop() throws RoutingCapacityException {
    put(ALL, STATIC, 0, "default");
    put(LAN, STATIC, 5, "tunnel");
    put(LAN, STATIC, 200, "blackhole");
    rib.setReachable("tunnel", false);
    assertEquals(Set.of("blackhole"), hops(rib.commit(), HOST), "nothing leaks to the default");
  }

  @Test
  void removesRoutes() throws RoutingCapacityException {
    put(LAN, STATIC, 0, "a", "b");
    assertTrue(rib.remove(LAN, STATIC, "a"));
    assertFalse(rib.remove(LAN, STATIC, "a"));
    assertFalse(rib.remove(LAN, CONNECTED, "b"));
    assertFalse(rib.remove(ALL, STATIC, "b"));
    assertEquals(Set.of("b"), hops(rib.commit(), HOST));
    assertTrue(rib.remove(LAN, STATIC, "b"));
    assertEquals(Fib.NO_ROUTE, rib.commit().lookup(HOST));
    assertEquals(0, rib.size());
  }

  @Test
  void removesAndAddsAgainWithinOneCommit() throws RoutingCapacityException {
    put(LAN, STATIC, 0, "a");
    put(ALL, STATIC, 0, "b");
    rib.commit();
    rib.remove(LAN, STATIC, "a");
    rib.remove(ALL, STATIC, "b");
    put(LAN, STATIC, 0, "b");
    put(ALL, STATIC, 0, "a");
    Fib<String> fib = rib.commit();
    assertEquals(Set.of("b"), hops(fib, HOST));
    assertEquals(Set.of("a"), hops(fib, IpAddress.parse("11.0.0.1")));
  }

  @Test
  void replacesAllRoutesOfOneSource() throws RoutingCapacityException {
    put(LAN, CONNECTED, 0, "port");
    put(ALL, STATIC, 0, "a", "b");
    Cidr other = Cidr.parse("192.0.2.0/24");
    rib.replaceAll(
        STATIC, List.of(new Route<>(ALL, STATIC, 7, "b"), new Route<>(other, STATIC, 0, "c")));
    assertEquals(List.of("b BEST", "port BEST", "c BEST"), shown());
    assertEquals(7, rib.routes().getFirst().route().metric());
    assertThrows(
        IllegalArgumentException.class,
        () -> rib.replaceAll(STATIC, List.of(new Route<>(ALL, CONNECTED, 0, "x"))));
  }

  @Test
  void givesTheSameTableWhereNothingChanged() throws RoutingCapacityException {
    put(LAN, STATIC, 0, "a");
    Fib<String> fib = rib.commit();
    put(LAN, STATIC, 0, "a");
    rib.setReachable("a", true);
    assertSame(fib, rib.commit());
    put(LAN, EXTERNAL_BGP, 0, "b");
    assertNotSame(fib, rib.commit());
  }

  @Test
  void changesGroupsAndNotPrefixesWhenANextHopGoes() throws RoutingCapacityException {
    for (int i = 0; i < 5_000; i++) {
      put(new Cidr(new Ipv4Address(i << 12), 20), STATIC, 0, "a", "b");
    }
    Fib<String> before = rib.commit();
    rib.setReachable("a", false);
    Fib<String> after = rib.commit();
    assertTrue(after.sharesPrefixesWith(before));
    assertEquals(Set.of("b"), hops(after, new Ipv4Address(77 << 12)));
    rib.setReachable("b", false);
    assertEquals(Set.of(), hops(rib.commit(), new Ipv4Address(77 << 12)));
  }

  @Test
  void showsWhatIsBeyondTheLimitOfEqualRoutes() throws RoutingCapacityException {
    for (int i = 0; i < Rib.MAX_EQUAL + 1; i++) {
      put(LAN, STATIC, 0, "hop" + i);
    }
    assertEquals(Rib.MAX_EQUAL, hops(rib.commit(), HOST).size());
    assertEquals("hop16 BEYOND_LIMIT", shown().getLast());
    rib.setReachable("hop3", false);
    assertTrue(hops(rib.commit(), HOST).contains("hop16"), "takes the place of the one that died");
  }

  @Test
  void keepsANextHopsNumberWhileARouteNamesIt() throws RoutingCapacityException {
    put(LAN, STATIC, 0, "a");
    put(ALL, STATIC, 0, "b");
    Fib<String> fib = rib.commit();
    int number = fib.member(fib.lookup(HOST), 0);
    rib.remove(ALL, STATIC, "b");
    put(ALL, STATIC, 0, "c");
    put(LAN, EXTERNAL_BGP, 0, "d");
    Fib<String> after = rib.commit();
    assertEquals(number, after.member(after.lookup(HOST), 0));
    assertNotEquals(Fib.NO_CHOICE, number);
  }

  @Test
  void refusesOneRouteTooMany() throws RoutingCapacityException {
    Rib<String> small = new Rib<>(2);
    small.put(new Route<>(LAN, STATIC, 0, "a"));
    small.put(new Route<>(LAN, STATIC, 0, "b"));
    RoutingCapacityException refusal =
        assertThrows(
            RoutingCapacityException.class, () -> small.put(new Route<>(ALL, STATIC, 0, "c")));
    assertEquals("a routing table holds 2 routes at most", refusal.getMessage());
    small.put(new Route<>(LAN, STATIC, 9, "a")); // in the place of another
    assertEquals(2, small.routes().size());
    assertThrows(IllegalArgumentException.class, () -> new Rib<String>(0));
  }

  @Test
  void refusesTooManyRoutesOfOnePrefix() throws RoutingCapacityException {
    for (int i = 0; i < Rib.MAX_ROUTES_OF_PREFIX; i++) {
      put(LAN, STATIC, i, "hop" + i);
    }
    assertThrows(RoutingCapacityException.class, () -> put(LAN, STATIC, 0, "one more"));
    assertEquals(Rib.MAX_ROUTES_OF_PREFIX, rib.size());
    assertEquals(Set.of("hop0"), hops(rib.commit(), HOST));
  }

  @Test
  void refusesTooManyNextHopsAndGroups() throws RoutingCapacityException {
    List<Cidr> prefixes = new ArrayList<>();
    for (int i = 0; i < Rib.MAX_NEXT_HOPS; i++) {
      prefixes.add(new Cidr(new Ipv4Address(i << 8), 24));
      put(prefixes.getLast(), STATIC, 0, "hop" + i);
    }
    Fib<String> fib = rib.commit();
    assertEquals(Set.of("hop65534"), hops(fib, prefixes.getLast().network()));
    RoutingCapacityException hops =
        assertThrows(RoutingCapacityException.class, () -> put(LAN, STATIC, 0, "one more"));
    assertEquals("a routing table holds 65535 next hops at most", hops.getMessage());
    RoutingCapacityException groups =
        assertThrows(RoutingCapacityException.class, () -> put(LAN, STATIC, 1, "hop7"));
    assertEquals(
        "a routing table holds 65535 different sets of routes at most", groups.getMessage());
    assertSame(fib, rib.commit(), "as it was");
  }

  @Test
  void refusesANegativeMetric() {
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> new Route<>(LAN, STATIC, -1, "a"));
    assertTrue(refusal.getMessage().contains("10.0.0.0/8"), refusal.getMessage());
  }
}
