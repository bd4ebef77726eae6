// SPDX-License-Identifier: Apache-2.0
package hnv.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.wire.Cidr;
import hnv.wire.Ipv4Address;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Which flow takes which of several next hops.
class FibChoiceTest {
  private static final Cidr ALL = Cidr.parse("0.0.0.0/0");
  private static final int FLOWS = 20_000;

  private final Rib<String> rib = new Rib<>();

  private Map<Integer, String> choices(Fib<String> fib) {
    int group = fib.lookup(new Ipv4Address(1));
    Map<Integer, String> choices = new HashMap<>();
    for (int flow = 0; flow < FLOWS; flow++) {
      choices.put(flow, fib.nextHop(fib.choose(group, flow)));
    }
    return choices;
  }

  private Fib<String> withHops(int count) throws RoutingCapacityException {
    for (int i = 0; i < count; i++) {
      rib.put(new Route<>(ALL, RouteSource.STATIC, 0, "hop" + i));
    }
    return rib.commit();
  }

  @Test
  void sharesFlowsEvenlyEvenWhereHashesAreInSequence() throws RoutingCapacityException {
    Map<String, Integer> counts = new HashMap<>();
    choices(withHops(8)).values().forEach(hop -> counts.merge(hop, 1, Integer::sum));
    assertEquals(8, counts.size());
    // 2,500 each; five standard deviations of a binomial are 234.
    counts.forEach(
        (hop, count) -> assertTrue(Math.abs(count - FLOWS / 8) < 234, hop + " has " + count));
  }

  @Test
  void movesOnlyTheFlowsOfANextHopThatGoesAndBringsThemBack() throws RoutingCapacityException {
    Map<Integer, String> before = choices(withHops(5));
    rib.setReachable("hop2", false);
    Map<Integer, String> without = choices(rib.commit());
    before.forEach(
        (flow, hop) -> {
          if (hop.equals("hop2")) {
            assertTrue(!without.get(flow).equals("hop2"));
          } else {
            assertEquals(hop, without.get(flow));
          }
        });
    rib.setReachable("hop2", true);
    assertEquals(before, choices(rib.commit()));
  }

  @Test
  void movesFlowsOnlyToANextHopThatComes() throws RoutingCapacityException {
    Map<Integer, String> before = choices(withHops(4));
    Map<Integer, String> after = choices(withHops(5));
    long moved =
        before.entrySet().stream()
            .filter(entry -> !entry.getValue().equals(after.get(entry.getKey())))
            .peek(entry -> assertEquals("hop4", after.get(entry.getKey())))
            .count();
    assertTrue(Math.abs(moved - FLOWS / 5) < 285, "a fifth of the flows, but " + moved);
  }

  @Test
  void staysOnALiveNextHopAndLeavesADeadOne() throws RoutingCapacityException {
    Fib<String> fib = withHops(2);
    int group = fib.lookup(1);
    int flow = 77;
    int first = fib.choose(group, flow, Fib.NO_CHOICE);
    int other = fib.member(group, fib.member(group, 0) == first ? 1 : 0);
    assertEquals(other, fib.choose(group, flow, other), "where it is, whatever its hash says");
    rib.setReachable(fib.nextHop(other), false);
    Fib<String> without = rib.commit();
    assertEquals(first, without.choose(without.lookup(1), flow, other));
  }
}
