// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.Counters;
import hnv.dataplane.DropReason;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whether a packet is carried by its flow's record or walked through the layers, the same octets
/// leave by the same port, and the same is counted.
class FlowTableEquivalenceTest {
  private static final int STEPS = 6_000;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void emitsTheSameWithAndWithoutFlows(long seed) {
    TestNetwork with = new TestNetwork();
    TestNetwork without = new TestNetwork();
    without.vswitch.useFlowTable(false);
    RandomTraffic traffic = new RandomTraffic(seed);
    for (int i = 0; i < STEPS; i++) {
      RandomTraffic.Step step = traffic.next();
      step.happen(with);
      step.happen(without);
      for (int port : with.ports.keySet()) {
        List<byte[]> expected = without.take(port);
        List<byte[]> actual = with.take(port);
        assertEquals(expected.size(), actual.size(), "step " + i + ", port " + port);
        for (int k = 0; k < expected.size(); k++) {
          assertArrayEquals(expected.get(k), actual.get(k), "step " + i + ", port " + port);
        }
        assertEquals(without.counters.snapshot(port), with.counters.snapshot(port), "step " + i);
      }
      assertEquals(without.connections(), with.connections(), () -> difference(without, with));
      assertEquals(without.flows(), with.flows(), "step " + i);
    }
    assertVaried(with);
  }

  private static String difference(TestNetwork without, TestNetwork with) {
    Set<String> one = connections(without);
    Set<String> other = connections(with);
    Set<String> common = new TreeSet<>(one);
    common.retainAll(other);
    one.removeAll(common);
    other.removeAll(common);
    return "without flows " + one + ", with flows " + other + " at " + with.now;
  }

  private static Set<String> connections(TestNetwork net) {
    Set<String> all = new TreeSet<>();
    for (int id = 1; id <= net.vswitch.connections().capacity(); id++) {
      Connection c = net.vswitch.connections().get(id);
      if (c != null && c.isLive()) {
        all.add(
            "%d %d: %x %d > %x %d, ports %d %d, %s, seen %d"
                .formatted(
                    c.tenant(),
                    c.protocol(),
                    c.sourceLow(),
                    c.sourcePort(),
                    c.destinationLow(),
                    c.destinationPort(),
                    c.initiatorPort(),
                    c.responderPort(),
                    c.state(),
                    c.lastSeenNs()));
      }
    }
    return all;
  }

  /// The traffic was worth it: much passed, and much was refused for many reasons.
  private static void assertVaried(TestNetwork net) {
    long sent = 0;
    Map<DropReason, Long> drops = new EnumMap<>(DropReason.class);
    for (int port : net.ports.keySet()) {
      Counters.Snapshot snapshot = net.counters.snapshot(port);
      sent += snapshot.sentPackets();
      snapshot.drops().forEach((reason, count) -> drops.merge(reason, count, Long::sum));
    }
    assertTrue(sent > STEPS / 3, sent + " sent");
    assertTrue(drops.size() > 15, "dropped for " + drops);
  }
}
