// SPDX-License-Identifier: Apache-2.0
package hnv.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import hnv.wire.Ipv6Address;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Longest prefix match against asking every prefix. Each prefix is its own next hop, so that what
/// was found can be told.
class FibLookupTest {
  private final Rib<Cidr> rib = new Rib<>();
  private final TreeSet<Cidr> prefixes = new TreeSet<>();

  private void add(String... texts) throws RoutingCapacityException {
    for (String text : texts) {
      add(Cidr.parse(text));
    }
  }

  private void add(Cidr prefix) throws RoutingCapacityException {
    rib.put(new Route<>(prefix, RouteSource.STATIC, 0, prefix));
    prefixes.add(prefix);
  }

  private void remove(Cidr prefix) throws RoutingCapacityException {
    rib.remove(prefix, RouteSource.STATIC, prefix);
    prefixes.remove(prefix);
  }

  private static String found(Fib<Cidr> fib, IpAddress address) {
    int group = fib.lookup(address);
    return group == Fib.NO_ROUTE ? "none" : fib.nextHop(fib.choose(group, 0)).toString();
  }

  private void assertAgreesAt(Fib<Cidr> fib, IpAddress address) {
    assertEquals(
        LongestMatch.of(address, prefixes).map(Cidr::toString).orElse("none"),
        found(fib, address),
        () -> "%s among %d prefixes".formatted(address, prefixes.size()));
  }

  @Test
  void findsNothingInAnEmptyTable() {
    assertEquals("none", found(rib.commit(), IpAddress.parse("10.0.0.1")));
    assertEquals("none", found(rib.commit(), IpAddress.parse("2001:db8::1")));
  }

  @Test
  void findsTheLongestOfNestedIpv4Prefixes() throws RoutingCapacityException {
    add("0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.1.0/24", "10.1.1.128/25", "10.1.1.129/32");
    Fib<Cidr> fib = rib.commit();
    assertEquals("0.0.0.0/0", found(fib, IpAddress.parse("9.255.255.255")));
    assertEquals("10.0.0.0/8", found(fib, IpAddress.parse("10.0.255.255")));
    assertEquals("10.1.0.0/16", found(fib, IpAddress.parse("10.1.2.0")));
    assertEquals("10.1.1.0/24", found(fib, IpAddress.parse("10.1.1.127")));
    assertEquals("10.1.1.128/25", found(fib, IpAddress.parse("10.1.1.128")));
    assertEquals("10.1.1.129/32", found(fib, IpAddress.parse("10.1.1.129")));
    assertEquals("10.1.1.128/25", found(fib, IpAddress.parse("10.1.1.130")));
    assertEquals("none", found(fib, IpAddress.parse("::10.1.1.1")), "not of this family");
  }

  @Test
  void findsTheLongestOfNestedIpv6Prefixes() throws RoutingCapacityException {
    add("::/0", "2001:db8::/32", "2001:db8:1::/48", "2001:db8:1:2::/64", "2001:db8:1:2::3/128");
    Fib<Cidr> fib = rib.commit();
    assertEquals("::/0", found(fib, IpAddress.parse("2001:db7:ffff::1")));
    assertEquals("2001:db8::/32", found(fib, IpAddress.parse("2001:db8:2::1")));
    assertEquals("2001:db8:1::/48", found(fib, IpAddress.parse("2001:db8:1:3::")));
    assertEquals("2001:db8:1:2::/64", found(fib, IpAddress.parse("2001:db8:1:2::2")));
    assertEquals("2001:db8:1:2::3/128", found(fib, IpAddress.parse("2001:db8:1:2::3")));
  }

  @Test
  void looksUpBothEndsOfTheAddressSpace() throws RoutingCapacityException {
    add("0.0.0.0/32", "255.255.255.255/32", "::/128", "128.0.0.0/1", "8000::/1");
    add("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128");
    Fib<Cidr> fib = rib.commit();
    for (Cidr prefix : prefixes) {
      RandomPrefixes.edges(prefix).forEach(address -> assertAgreesAt(fib, address));
    }
  }

  /// Tables that stay small, tables that grow beyond an array and shrink again, each looked up
  /// after every storm of changes at the edges of what it has and at random.
  @ParameterizedTest
  @CsvSource({
    "1, false, 30, 40", "2, false, 150, 60", "3, false, 1500, 12", "4, false, 4000, 8",
    "5, true, 30, 40", "6, true, 150, 60", "7, true, 1500, 12", "8, true, 4000, 8"
  })
  void agreesWithAskingEveryPrefixAmidStorms(long seed, boolean ipv6, int most, int storms)
      throws RoutingCapacityException {
    RandomPrefixes random = new RandomPrefixes(seed, ipv6);
    Random dice = new Random(seed);
    for (int storm = 0; storm < storms; storm++) {
      int target = dice.nextInt(4) == 0 ? dice.nextInt(most / 3 + 1) : dice.nextInt(most + 1);
      while (prefixes.size() < target) {
        add(random.next());
      }
      List<Cidr> known = new ArrayList<>(prefixes);
      java.util.Collections.shuffle(known, dice);
      known.subList(0, Math.max(0, known.size() - target)).forEach(this::removeUnchecked);
      Fib<Cidr> fib = rib.commit();
      for (int i = 0; i < 150; i++) {
        assertAgreesAt(fib, random.address());
        if (!prefixes.isEmpty()) {
          Cidr prefix = known.get(dice.nextInt(known.size()));
          RandomPrefixes.edges(prefix).forEach(address -> assertAgreesAt(fib, address));
        }
      }
    }
    new ArrayList<>(prefixes).forEach(this::removeUnchecked);
    Fib<Cidr> empty = rib.commit();
    assertEquals(new Rib<Cidr>().commit().octets(), empty.octets(), "nothing is left behind");
  }

  private void removeUnchecked(Cidr prefix) {
    try {
      remove(prefix);
    } catch (RoutingCapacityException e) {
      throw new AssertionError(e);
    }
  }

  /// So many neighbours under one prefix that nodes of 16 bits are halved, and what lies below.
  @Test
  void halvesLargeIpv6Nodes() throws RoutingCapacityException {
    for (int i = 0; i < 3_000; i++) {
      long high = 0x2001_0000_0000_0000L | (i * 21L) << 32;
      add(Cidr.containing(new Ipv6Address(high, 0), i % 5 == 0 ? 44 : i % 3 == 0 ? 27 : 32));
    }
    add("2001:10::5/128", "2000::/6", "2001:4000::/19");
    Fib<Cidr> fib = rib.commit();
    for (Cidr prefix : new TreeSet<>(prefixes)) {
      RandomPrefixes.edges(prefix).forEach(address -> assertAgreesAt(fib, address));
    }
  }

  @Test
  void leavesAnEarlierTableAsItWas() throws RoutingCapacityException {
    add("10.0.0.0/8", "2001:db8::/32");
    Fib<Cidr> before = rib.commit();
    add("10.1.0.0/16", "2001:db8:1::/48");
    remove(Cidr.parse("10.0.0.0/8"));
    Fib<Cidr> after = rib.commit();
    assertEquals("10.0.0.0/8", found(before, IpAddress.parse("10.1.0.1")));
    assertEquals("10.1.0.0/16", found(after, IpAddress.parse("10.1.0.1")));
    assertEquals("none", found(after, IpAddress.parse("10.2.0.1")));
    assertEquals("2001:db8::/32", found(before, IpAddress.parse("2001:db8:1::1")));
  }
}
