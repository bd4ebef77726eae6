// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.Port;
import hnv.wire.IpProtocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Whether flows are handed over to a kernel or not, the same octets leave by the same port, and
/// the same is counted: by ports, flows and meters; with changes of policy, time, ports that go and
/// come, limits, and tables that are full.
class OffloadEquivalenceTest {
  private static final int STEPS = 12_000;
  private static final int LOOK_EVERY = 97;

  private static final TestHost[][] PAIRS = {
    {TestNetwork.A1, TestNetwork.A2},
    {TestNetwork.A1, TestNetwork.A9},
    {TestNetwork.A9, TestNetwork.A2},
    {TestNetwork.B1, TestNetwork.B9}
  };

  private final Random random = new Random(11);

  /// @param tables flows and connections that Java holds
  /// @param capacity flows of each family that the kernel holds
  @ParameterizedTest
  @CsvSource({"1, 256, 256", "2, 256, 256", "3, 256, 6", "4, 24, 256", "5, 24, 6", "6, 60, 3"})
  void forwardsAndCountsTheSameWithAndWithout(long seed, int tables, int capacity) {
    VSwitchLimits limits = new VSwitchLimits(tables, tables, tables * 3 / 4, tables * 3 / 4);
    TestNetwork with = new TestNetwork(limits);
    TestNetwork without = new TestNetwork(limits);
    FakeKernel kernel = with.offload(capacity);
    RandomTraffic traffic = new RandomTraffic(seed);
    random.setSeed(seed);
    meter(with, without);
    for (int i = 0; i < STEPS; i++) {
      RandomTraffic.Step step =
          switch (random.nextInt(150)) {
            case 0 -> happening();
            case 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 -> conversation();
            default -> traffic.next();
          };
      step.happen(with);
      step.happen(without);
      if (random.nextInt(3) == 0) {
        with.drain();
      }
      assertSame(with, without, "step " + i);
      assertEquals(with.vswitch.flows().inKernel(), kernel.size(), "step " + i);
      if (i % LOOK_EVERY == 0) {
        assertEquals(flows(without), flows(with), "step " + i);
      }
    }
    assertTrue(kernel.forwarded > STEPS / 50, kernel.forwarded + " by the kernel");
    assertTrue(kernel.removals > 50, kernel.removals + " taken back");
    assertEquals(capacity < 10, kernel.refusals > 0, kernel.refusals + " refused");
    assertEquals(0, with.vswitch.flows().overtaken());
  }

  private static void meter(TestNetwork... nets) {
    for (TestNetwork net : nets) {
      net.meters.put(TestNetwork.A1.port(), 5);
      net.meters.put(TestNetwork.B1.port(), 6);
      net.arrays.meters().put(5, 0);
      net.arrays.meters().put(6, 1_000);
    }
  }

  /// Some packets to and fro, of few flows.
  private RandomTraffic.Step conversation() {
    TestHost[] pair = PAIRS[random.nextInt(PAIRS.length)];
    boolean ipv6 = random.nextBoolean();
    boolean tcp = random.nextBoolean();
    boolean opens = tcp && random.nextBoolean();
    int source = 1 + random.nextInt(2);
    int protocol = tcp ? IpProtocol.TCP : IpProtocol.UDP;
    Packet there = Packet.of(pair[0], pair[1], ipv6, protocol, source, 2);
    Packet back = Packet.of(pair[1], pair[0], ipv6, protocol, 2, source);
    int packets = 2 + random.nextInt(30);
    long ways = random.nextLong() & (random.nextInt(3) == 0 ? 0 : -1);
    return net -> {
      if (opens) {
        net.send(pair[0], there.flags(Packet.SYN));
        net.send(pair[1], back.flags(Packet.SYN | Packet.ACK));
      }
      for (int i = 0; i < packets; i++) {
        boolean reply = (ways >> i & 1) != 0;
        net.send(pair[reply ? 1 : 0], (reply ? back : there).length(10 * i));
        if ((ways >> (63 - i) & 1) != 0) {
          net.drain();
        }
        net.now += 1_000_000;
      }
    };
  }

  /// What random traffic does not bring about.
  private RandomTraffic.Step happening() {
    int number = List.of(1, 2, 3, TestNetwork.UNDERLAY).get(random.nextInt(4));
    return switch (random.nextInt(4)) {
      case 0 ->
          net -> {
            Port port = net.ports.get(number);
            net.vswitch.detach(port);
            net.vswitch.attach(port);
          };
      case 1 -> {
        // Twice: away, and at some time back again.
        yield net -> {
          Port port = net.ports.get(number);
          if (net.vswitch.port(number) == null) {
            net.vswitch.attach(port);
          } else {
            net.vswitch.detach(port);
          }
        };
      }
      case 2 -> {
        long limit = random.nextInt(3) * 700L;
        yield net -> net.arrays.meters().put(5 + (number & 1), limit);
      }
      default -> net -> net.pass(20_000_000);
    };
  }

  private static void assertSame(TestNetwork with, TestNetwork without, String when) {
    for (int port : with.ports.keySet()) {
      List<byte[]> expected = without.take(port);
      List<byte[]> actual = with.take(port);
      assertEquals(expected.size(), actual.size(), when + ", port " + port);
      for (int k = 0; k < expected.size(); k++) {
        assertArrayEquals(expected.get(k), actual.get(k), when + ", port " + port);
      }
      assertEquals(without.vswitch.counters(port), with.vswitch.counters(port), when);
    }
    for (int meter = 5; meter <= 6; meter++) {
      assertEquals(
          without.arrays.meters().packets(meter), with.arrays.meters().packets(meter), when);
      assertEquals(without.arrays.meters().octets(meter), with.arrays.meters().octets(meter), when);
      assertEquals(
          without.arrays.meters().refusedPackets(meter),
          with.arrays.meters().refusedPackets(meter),
          when);
    }
    assertEquals(without.connections(), with.connections(), when);
    assertEquals(without.flows(), with.flows(), when);
  }

  /// All that is told about flows, but for where they run.
  private static List<String> flows(TestNetwork net) {
    List<String> all = new ArrayList<>();
    long from = 0;
    while (from >= 0) {
      FlowListing.Page page = FlowListing.page(net.vswitch, from, flow -> true, net.now);
      page.flows().forEach(flow -> all.add(flow.toString().replaceAll("offload=\\w+", "")));
      from = page.next();
    }
    return all;
  }
}
