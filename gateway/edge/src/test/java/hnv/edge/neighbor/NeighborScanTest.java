// SPDX-License-Identifier: Apache-2.0
package hnv.edge.neighbor;

import static hnv.edge.neighbor.TableLab.MAC_1;
import static hnv.edge.neighbor.TableLab.NETWORK;
import static hnv.edge.neighbor.TableLab.ROUTER6;
import static hnv.edge.neighbor.TableLab.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.wire.Ipv6Address;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Who asks for each address of a /64 gets no more than its share, and takes nothing from others.
class NeighborScanTest {
  private static final NeighborLimits LIMITS = NeighborLimits.DEFAULT;
  private static final long PREFIX = Ipv6Address.parse("2001:db8::").high();

  private static Ipv6Address host(long low) {
    return new Ipv6Address(PREFIX, low);
  }

  @Test
  void holdsNoMoreOfThoseThatDoNotAnswer() {
    TableLab lab = new TableLab();
    Neighbor router = lab.resolved(ROUTER6, MAC_1);
    for (int i = 0; i < 200_000; i++) {
      Neighbor asked = lab.resolve(host(0x1_0000 + i));
      var frame = lab.pool.acquire();
      if (frame != null && !lab.table.hold(asked, frame)) {
        frame.release();
      }
      if (i % 1_000 == 0) {
        lab.pass(20_000_000L);
        for (byte[] question : lab.take()) {
          if (Frames.target(question).equals(ROUTER6)) {
            lab.table.claims().advertised(lab.network(), ROUTER6, MAC_1, true, true, lab.now);
          }
        }
      }
    }
    assertTrue(router.isResolved());
    assertEquals(router, lab.table.find(NETWORK, ROUTER6));
    assertTrue(lab.table.neighbors(NETWORK).size() <= LIMITS.unanswered() + 1);
    assertTrue(lab.table.held() <= LIMITS.held());
    lab.pass(60 * SECOND);
    lab.resumed.forEach(frame -> frame.release());
    assertEquals(64, lab.pool.available(), "each frame has come back");
    assertEquals(0, lab.table.held());
  }

  @Test
  void asksTheKnownOnTimeDuringAScan() {
    TableLab lab = new TableLab();
    lab.resolved(ROUTER6, MAC_1);
    int probes = 0;
    for (int i = 0; i < 600; i++) {
      for (int j = 0; j < 100; j++) {
        lab.resolve(host(0x1_0000 + i * 100L + j));
      }
      lab.pass(100_000_000L);
      for (byte[] question : lab.take()) {
        if (Frames.target(question).equals(ROUTER6)) {
          probes++;
          lab.table.claims().advertised(lab.network(), ROUTER6, MAC_1, true, true, lab.now);
        }
      }
    }
    assertTrue(probes >= 1 && probes <= 4, probes + " probes in a minute");
    assertEquals(List.of(), lab.said.stream().filter(s -> s.startsWith("lost")).toList());
  }

  @Test
  void answersStillToWhoComesDuringAScan() {
    TableLab lab = new TableLab();
    for (int i = 0; i < 10_000; i++) {
      lab.resolve(host(0x1_0000 + i));
    }
    lab.resolve(ROUTER6);
    for (int i = 0; i < LIMITS.unanswered() - 1; i++) {
      lab.resolve(host(0x2_0000 + i));
    }
    lab.table.claims().advertised(lab.network(), ROUTER6, MAC_1, true, true, lab.now);
    assertTrue(Objects.requireNonNull(lab.table.find(NETWORK, ROUTER6)).isResolved());
  }

  @Test
  void givesUpWhoWasUsedLongestAgoWhenAllHaveAnswered() {
    TableLab lab = new TableLab(new NeighborLimits(20, 10, 4, 8, 500, 100));
    lab.keep(ROUTER6);
    lab.table.claims().advertised(lab.network(), ROUTER6, MAC_1, true, true, lab.now);
    for (int i = 0; i < 9; i++) {
      lab.resolve(host(0x100 + i));
      lab.table.claims().advertised(lab.network(), host(0x100 + i), MAC_1, true, true, lab.now++);
    }
    // The first is used again, so the second goes.
    lab.resolve(host(0x100));
    lab.now++;
    lab.said.clear();
    lab.resolve(host(0x200));
    lab.table.claims().advertised(lab.network(), host(0x200), MAC_1, true, true, lab.now);
    assertNull(lab.table.find(NETWORK, host(0x101)));
    assertNotNull(lab.table.find(NETWORK, host(0x100)));
    assertNotNull(lab.table.find(NETWORK, ROUTER6));
    assertEquals(
        List.of("lost 2001:db8::101 {5}", "resolved 2001:db8::200 02:00:00:00:00:01"), lab.said);
  }

  @Test
  void keepsNoMoreThanMayBe() {
    TableLab lab = new TableLab(new NeighborLimits(6, 3, 4, 8, 500, 100));
    assertTrue(lab.table.keep(NETWORK, Set.of(host(2), host(3), host(4)), lab.now));
    assertFalse(lab.table.keep(NETWORK, Set.of(host(2), host(3), host(4), host(5)), lab.now));
    assertEquals(3, lab.table.neighbors(NETWORK).size());
    assertTrue(lab.table.keep(NETWORK, Set.of(), lab.now));
    assertEquals(0, lab.table.neighbors(NETWORK).size());
  }
}
