// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.api.Test;

class CountersTest {
  @Test
  void addsTwoSnapshots() {
    Counters.Snapshot one =
        new Counters.Snapshot(
            1, 2, 3, 4, Map.of(DropReason.METER_EXCEEDED, 5L, DropReason.NO_ROUTE, 6L));
    Counters.Snapshot other =
        new Counters.Snapshot(
            10, 20, 30, 40, Map.of(DropReason.METER_EXCEEDED, 50L, DropReason.PORT_DOWN, 60L));
    Counters.Snapshot sum =
        new Counters.Snapshot(
            11,
            22,
            33,
            44,
            Map.of(
                DropReason.METER_EXCEEDED,
                55L,
                DropReason.NO_ROUTE,
                6L,
                DropReason.PORT_DOWN,
                60L));
    assertEquals(sum, one.plus(other));
    assertEquals(one, one.plus(new Counters.Snapshot(0, 0, 0, 0, Map.of())));
  }

  @Test
  void clearsOnePort() {
    Counters counters = new Counters();
    counters.received(1, 2, 3);
    counters.dropped(1, DropReason.NO_ROUTE, 1);
    counters.received(2, 4, 5);
    counters.clear(1);
    assertEquals(new Counters.Snapshot(0, 0, 0, 0, Map.of()), counters.snapshot(1));
    assertEquals(4, counters.snapshot(2).receivedPackets());
  }

  @Test
  void countsAtTheLastPortAndNowhereElse() {
    Counters counters = new Counters();
    int last = Counters.MAX_PORTS - 1;
    counters.sent(last, 2, 3);
    assertEquals(new Counters.Snapshot(0, 0, 2, 3, Map.of()), counters.snapshot(last));
    assertEquals(new Counters.Snapshot(0, 0, 0, 0, Map.of()), counters.snapshot(last - 1));
    assertEquals(0, counters.drops(0, DropReason.NO_ROUTE));
  }
}
