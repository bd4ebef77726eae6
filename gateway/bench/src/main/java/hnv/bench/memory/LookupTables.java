// SPDX-License-Identifier: Apache-2.0
package hnv.bench.memory;

import hnv.routing.Fib;
import hnv.routing.Rib;
import hnv.routing.Route;
import hnv.routing.RouteSource;
import hnv.routing.RoutingCapacityException;
import hnv.wire.Cidr;
import hnv.wire.Ipv4Address;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Routing tables with routes at random, and addresses to look up at random: each is within a route
/// at random of a table at random, so that none is answered early. Every route leads to one of few
/// next hops, which are numbers.
final class LookupTables {
  private static final int NEXT_HOPS = 64;

  private final Random random = new Random(20_261_120);
  private final List<Map<Cidr, Integer>> routes = new ArrayList<>();
  private final List<Fib<Integer>> fibs = new ArrayList<>();

  /// One table of an Internet router: three of five routes are a /24, few are shorter than /16.
  static LookupTables internet(int count) {
    LookupTables made = new LookupTables();
    made.add(count, made::internetPrefix);
    return made;
  }

  /// Tables of tenants, each within 10.0.0.0/8.
  static LookupTables tenants(int tables, int count) {
    LookupTables made = new LookupTables();
    for (int i = 0; i < tables; i++) {
      made.add(count, made::tenantPrefix);
    }
    return made;
  }

  /// Makes a prefix.
  private interface Prefixes {
    Cidr next();
  }

  private Cidr internetPrefix() {
    int dice = random.nextInt(100);
    int length = dice < 60 ? 24 : dice < 95 ? 17 + random.nextInt(7) : 10 + random.nextInt(7);
    int address = (1 + random.nextInt(223)) << 24 | random.nextInt(1 << 24);
    return Cidr.containing(new Ipv4Address(address), length);
  }

  private Cidr tenantPrefix() {
    int address = 10 << 24 | random.nextInt(1 << 24);
    return Cidr.containing(new Ipv4Address(address), 16 + random.nextInt(17));
  }

  private void add(int count, Prefixes prefixes) {
    Map<Cidr, Integer> table = new HashMap<>(2 * count);
    while (table.size() < count) {
      table.put(prefixes.next(), random.nextInt(NEXT_HOPS));
    }
    Rib<Integer> rib = new Rib<>();
    try {
      for (Map.Entry<Cidr, Integer> route : table.entrySet()) {
        rib.put(new Route<>(route.getKey(), RouteSource.STATIC, 0, route.getValue()));
      }
    } catch (RoutingCapacityException e) {
      throw new IllegalStateException(e); // Cannot happen: as many as fit.
    }
    routes.add(table);
    fibs.add(rib.commit());
  }

  /// Tables.
  int count() {
    return fibs.size();
  }

  /// A table.
  Fib<Integer> fib(int table) {
    return fibs.get(table);
  }

  /// Memory of the tables as they are looked up in, in octets a route.
  double octetsOfRoute() {
    long octets = fibs.stream().mapToLong(Fib::octets).sum();
    return (double) octets / routes.stream().mapToLong(Map::size).sum();
  }

  /// Look-ups: the table in the upper half, the address in the lower.
  long[] questions(int count) {
    List<List<Cidr>> known = new ArrayList<>();
    routes.forEach(table -> known.add(new ArrayList<>(table.keySet())));
    long[] questions = new long[count];
    for (int i = 0; i < count; i++) {
      int table = random.nextInt(known.size());
      Cidr within = known.get(table).get(random.nextInt(known.get(table).size()));
      int host = within.isHost() ? 0 : random.nextInt() & (-1 >>> within.prefixLength());
      int address = ((Ipv4Address) within.network()).bits() | host;
      questions[i] = (long) table << Integer.SIZE | Integer.toUnsignedLong(address);
    }
    return questions;
  }

  /// The next hop by asking every length, longest first; −1 where there is none.
  int expected(long question) {
    Map<Cidr, Integer> table = routes.get((int) (question >>> Integer.SIZE));
    Ipv4Address address = new Ipv4Address((int) question);
    for (int length = Integer.SIZE; length >= 0; length--) {
      Integer nextHop = table.get(Cidr.containing(address, length));
      if (nextHop != null) {
        return nextHop;
      }
    }
    return -1;
  }

  /// The next hop by the table; −1 where there is none.
  int found(long question) {
    Fib<Integer> fib = fibs.get((int) (question >>> Integer.SIZE));
    int group = fib.lookup((int) question);
    return group == Fib.NO_ROUTE ? -1 : fib.nextHop(fib.choose(group, 0));
  }
}
