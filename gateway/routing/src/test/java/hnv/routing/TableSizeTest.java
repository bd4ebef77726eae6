// SPDX-License-Identifier: Apache-2.0
package hnv.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import hnv.wire.Cidr;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Memory of tables at both ends: one of a million routes, and ten thousand of a hundred; and what
/// a change of a large one and a look-up take.
class TableSizeTest {
  private static final int MILLION = 1_000_000;
  private static final int IPV6_ROUTES = 250_000;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /// Keeps what is measured from being collected.
  private final List<Object> kept = new ArrayList<>();

  /// Lengths as in the Internet's table: three of five prefixes are /24, few are shorter than /16.
  private static Set<Cidr> internetLike(int count) {
    Random random = new Random(1);
    Set<Cidr> prefixes = new HashSet<>(2 * count);
    while (prefixes.size() < count) {
      int dice = random.nextInt(100);
      int length = dice < 60 ? 24 : dice < 95 ? 17 + random.nextInt(7) : 10 + random.nextInt(7);
      // Unicast from 1.0.0.0 to 223.255.255.255.
      int address = (1 + random.nextInt(223)) << 24 | random.nextInt(1 << 24);
      prefixes.add(Cidr.containing(new Ipv4Address(address), length));
    }
    return prefixes;
  }

  private static Rib<Integer> table(Iterable<Cidr> prefixes, int nextHops)
      throws RoutingCapacityException {
    Rib<Integer> rib = new Rib<>();
    int i = 0;
    for (Cidr prefix : prefixes) {
      rib.put(new Route<>(prefix, RouteSource.STATIC, 0, i++ % nextHops));
    }
    rib.commit();
    return rib;
  }

  private static long heap() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static double grown(long before, int routes) {
    return (double) (heap() - before) / routes;
  }

  @Test
  void holdsAMillionIpv4RoutesInOneTable() throws RoutingCapacityException {
    Set<Cidr> prefixes = internetLike(MILLION);
    kept.add(prefixes);
    long before = heap();
    Rib<Integer> rib = table(prefixes, 64);
    kept.add(rib);
    double octets = grown(before, MILLION);
    double ofFib = (double) rib.commit().octets() / MILLION;
    System.out.printf("1,000,000 routes: %.1f octets each, FIB %.1f%n", octets, ofFib);
    assertTrue(ofFib <= 24, "FIB: " + ofFib);
    // The prefixes themselves are the test's; 40 octets each.
    assertTrue(octets + 40 <= 160, "all: " + octets);
    assertChangesLittle(rib, Cidr.parse("100.64.3.0/24"), Cidr.parse("0.0.0.0/0"));
    assertEquals(0, allocatedByLookups(rib.commit(), false));
  }

  @Test
  void holdsIpv6Routes() throws RoutingCapacityException {
    Random random = new Random(2);
    Set<Cidr> prefixes = new HashSet<>(2 * IPV6_ROUTES);
    while (prefixes.size() < IPV6_ROUTES) {
      // /48s and longer of 60,000 sites' /32s
      long high = 0x2a00_0000_0000_0000L | (long) random.nextInt(15_000) << 32;
      int length = random.nextInt(4) == 0 ? 32 + random.nextInt(33) : 48;
      prefixes.add(
          Cidr.containing(
              new Ipv6Address(high | Integer.toUnsignedLong(random.nextInt()), random.nextLong()),
              length));
    }
    kept.add(prefixes);
    long before = heap();
    Rib<Integer> rib = table(prefixes, 64);
    kept.add(rib);
    double octets = grown(before, IPV6_ROUTES);
    double ofFib = (double) rib.commit().octets() / IPV6_ROUTES;
    System.out.printf("250,000 IPv6 routes: %.1f octets each, FIB %.1f%n", octets, ofFib);
    assertTrue(ofFib <= 64, "FIB: " + ofFib);
    assertTrue(octets + 56 <= 208, "all: " + octets);
    assertChangesLittle(rib, Cidr.parse("2a00:1:2::/48"), Cidr.parse("::/0"));
    assertEquals(0, allocatedByLookups(rib.commit(), true));
  }

  @Test
  void holdsAHundredRoutesOfEachOfTenThousandTenants() throws RoutingCapacityException {
    Random random = new Random(3);
    long before = heap();
    for (int tenant = 0; tenant < 10_000; tenant++) {
      Set<Cidr> prefixes = new HashSet<>();
      while (prefixes.size() < 100) {
        int address = 10 << 24 | random.nextInt(1 << 24);
        prefixes.add(Cidr.containing(new Ipv4Address(address), 20 + random.nextInt(13)));
      }
      kept.add(table(prefixes, 8));
    }
    double octets = grown(before, MILLION);
    double ofFibs = 0;
    for (Object rib : kept) {
      ofFibs += ((Rib<?>) rib).commit().octets();
    }
    System.out.printf(
        "10,000 x 100 routes: %.1f octets each, FIB %.1f%n", octets, ofFibs / MILLION);
    assertTrue(ofFibs / MILLION <= 28, "FIB: " + ofFibs / MILLION);
    assertTrue(octets <= 256, "all: " + octets);
  }

  /// A route more or less costs what it changes, not what the table has: here 64 KB at most
  /// of tables of 10 MB and more.
  private static void assertChangesLittle(Rib<Integer> rib, Cidr... prefixes)
      throws RoutingCapacityException {
    for (Cidr prefix : prefixes) {
      rib.put(new Route<>(prefix, RouteSource.CONNECTED, 0, 1));
      rib.commit();
      rib.remove(prefix, RouteSource.CONNECTED, 1);
      long before = THREADS.getCurrentThreadAllocatedBytes();
      Fib<Integer> old = rib.commit();
      rib.put(new Route<>(prefix, RouteSource.CONNECTED, 0, 1));
      Fib<Integer> now = rib.commit();
      long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
      assertTrue(allocated < 64 << 10, prefix + " allocated " + allocated);
      assertNotEquals(old, now);
    }
  }

  private static long allocatedByLookups(Fib<Integer> fib, boolean ipv6) {
    Random random = new Random(4);
    int[] v4 = random.ints(10_000).toArray();
    long[] v6 = random.longs(20_000).map(bits -> bits >>> 8 | 0x2a00_0000_0000_0000L).toArray();
    long least = Long.MAX_VALUE;
    int found = 0;
    for (int round = 0; round < 5; round++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < v4.length; i++) {
        int group = ipv6 ? fib.lookup(v6[2 * i], v6[2 * i + 1]) : fib.lookup(v4[i]);
        found += group == Fib.NO_ROUTE ? 0 : fib.choose(group, i, 0);
      }
      least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
    }
    assertNotEquals(0, found);
    return least;
  }
}
