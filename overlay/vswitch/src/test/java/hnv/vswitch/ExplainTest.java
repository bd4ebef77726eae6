// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import static hnv.vswitch.TestNetwork.A1;
import static hnv.vswitch.TestNetwork.A2;
import static hnv.vswitch.TestNetwork.A9;
import static hnv.vswitch.TestNetwork.TENANT_A;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.FlowRecord;
import hnv.dataplane.Frame;
import hnv.dataplane.PacketTrace;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// What would happen is what happens, and saying so changes nothing.
class ExplainTest {
  private static final int PACKETS = 1_500;

  /// Keeps what it hears.
  private static final class Trace implements PacketTrace {
    final List<String> steps = new ArrayList<>();
    final List<String> verdicts = new ArrayList<>();

    @Override
    public void step(String layer, String group, String rule, String says) {
      steps.add(layer + "/" + group + "/" + rule + ": " + says);
    }

    @Override
    public void verdict(String verdict) {
      verdicts.add(verdict);
    }
  }

  private final TestNetwork net = new TestNetwork();
  private Trace trace = new Trace();
  private byte[] explained = {};

  private int explain(int port, byte[] octets) {
    trace = new Trace();
    Frame frame = net.frame(octets, port);
    int exit = net.vswitch.explain(frame, net.ports.get(port), trace, net.now);
    explained =
        frame.memory().asSlice(frame.start(), frame.length()).toArray(ValueLayout.JAVA_BYTE);
    frame.release();
    return exit;
  }

  /// All that a packet may change.
  private static String snapshot(TestNetwork net) {
    StringBuilder text = new StringBuilder();
    for (int id = 1; id <= net.vswitch.connections().capacity(); id++) {
      Connection c = net.vswitch.connections().get(id);
      if (c != null && c.isLive()) {
        text.append(id).append(' ').append(c.state()).append(' ').append(c.epoch());
        text.append(' ').append(c.lastSeenNs()).append(' ').append(c.startedNs());
        text.append(' ').append(c.initiatorPort()).append(' ').append(c.responderPort());
        for (boolean forward : new boolean[] {true, false}) {
          int flow = c.flow(forward);
          if (flow != Connection.NO_FLOW) {
            byte[] record =
                net.vswitch
                    .flows()
                    .records(flow)
                    .asSlice(net.vswitch.flows().recordAt(flow), FlowRecord.LENGTH)
                    .toArray(ValueLayout.JAVA_BYTE);
            text.append(' ').append(Arrays.hashCode(record));
          }
        }
        text.append('\n');
      }
    }
    net.ports.forEach(
        (number, port) ->
            text.append(net.counters.snapshot(number)).append(port.sent.size()).append('\n'));
    for (int meter = 1; meter < 16; meter++) {
      text.append(net.arrays.meters().octets(meter)).append(' ');
    }
    return text.append(net.flows())
        .append(' ')
        .append(net.vswitch.connections().refused())
        .append(' ')
        .append(net.vswitch.flows().refused())
        .append(' ')
        .append(net.pool.available())
        .toString();
  }

  @Test
  void saysWhatHappensAndChangesNothing() {
    net.meters.put(A1.port(), 3);
    net.arrays.meters().put(3, 0);
    net.apply();
    RandomTraffic traffic = new RandomTraffic(9);
    int forwarded = 0;
    int dropped = 0;
    for (int i = 0; i < PACKETS; i++) {
      RandomTraffic.Step step = traffic.next();
      if (!(step instanceof RandomTraffic.Arrival arrival)) {
        step.happen(net);
        continue;
      }
      String before = snapshot(net);
      int exit = explain(arrival.port(), arrival.bytes());
      assertEquals(before, snapshot(net), "packet " + i);
      assertEquals(1, trace.verdicts.size(), "packet " + i + ": " + trace.verdicts);
      String verdict = trace.verdicts.getFirst();
      var drops = net.counters.snapshot(arrival.port()).drops();
      step.happen(net);
      var after = net.counters.snapshot(arrival.port()).drops();
      String what = "packet " + i + ": " + verdict + " " + after;
      if (exit >= 0) {
        forwarded++;
        assertEquals(drops, after, what);
        if (verdict.endsWith("in fragments")) {
          assertTrue(net.sent(exit).size() > 1, what);
        } else {
          // Behind a first fragment come those that waited for it.
          assertArrayEquals(explained, net.sent(exit).getFirst(), what);
        }
      } else if (verdict.startsWith("drop ")) {
        dropped++;
        DropReason reason = DropReason.valueOf(verdict.substring(5, verdict.indexOf(':')));
        assertEquals(drops.getOrDefault(reason, 0L) + 1, after.getOrDefault(reason, 0L), what);
      } else {
        boolean copies = verdict.equals("replicate") || verdict.startsWith("to each port");
        assertTrue(copies || verdict.startsWith("taken: it waits"), what);
      }
      net.ports.keySet().forEach(net::take);
    }
    assertTrue(forwarded > PACKETS / 3 && dropped > PACKETS / 10, forwarded + ", " + dropped);
  }

  @Test
  void namesLayerGroupAndRule() {
    net.deny(net.inbound, A2.port(), new Condition.DestinationPort(80, 80));
    net.change(TENANT_A);
    assertTrue(explain(A1.port(), Packet.udp(A1, A2, 1, 80).bytes()) < 0);
    assertTrue(trace.steps.contains("ACL/in/deny: deny"), trace.steps.toString());
    assertTrue(trace.verdicts.getFirst().startsWith("drop ACL_DENIED: "));
    assertEquals(A2.port(), explain(A1.port(), Packet.udp(A1, A2, 1, 81).bytes()));
    String layers = trace.steps.stream().collect(Collectors.joining("\n"));
    assertTrue(layers.contains("ACL/out/default: allow, and its answers"), layers);
    assertTrue(layers.contains("GUARD"), layers);
    assertTrue(layers.contains("SWITCH"), layers);
  }

  @Test
  void namesTheConnection() {
    net.assertPasses(A1, Packet.udp(A1, A2, 1, 2), A2.port());
    explain(A2.port(), Packet.udp(A2, A1, 2, 1).bytes());
    String layers = trace.steps.stream().collect(Collectors.joining("\n"));
    assertTrue(layers.contains("reply of "), layers);
    assertTrue(layers.contains("allowed by its connection"), layers);
  }

  @Test
  void judgesUnderTheNewPolicyWithoutEndingAnything() {
    net.assertPasses(A1, Packet.udp(A1, A2, 1, 2), A2.port());
    net.deny(net.outbound, A1.port());
    net.change(TENANT_A);
    String before = snapshot(net);
    assertTrue(explain(A2.port(), Packet.udp(A2, A1, 2, 1).bytes()) < 0);
    assertTrue(trace.verdicts.getFirst().startsWith("drop ACL_DENIED: "));
    assertEquals(before, snapshot(net));
    assertEquals(1, net.connections());
  }

  @Test
  void remembersNoFragment() {
    Packet first = Packet.udp(A1, A2, 1, 2).length(64).fragment(0x2000);
    assertEquals(A2.port(), explain(A1.port(), first.bytes()));
    Packet later = Packet.udp(A1, A2, 1, 2).length(64).fragment(9);
    assertTrue(explain(A1.port(), later.bytes()) < 0);
    assertTrue(trace.verdicts.getFirst().startsWith("taken: it waits"), trace.verdicts.toString());
    assertEquals(0, net.vswitch.heldFragments());
    net.assertHeld(A1, later);
  }

  @Test
  void drawsOnNoMeter() {
    net.meters.put(A1.port(), 3);
    net.arrays.meters().put(3, 1_000);
    net.apply();
    for (int i = 0; i < 200; i++) {
      assertEquals(A2.port(), explain(A1.port(), Packet.udp(A1, A2, 1, 2).length(1_400).bytes()));
    }
    assertEquals(0, net.arrays.meters().packets(3));
    net.assertPasses(A1, Packet.udp(A1, A2, 1, 2), A2.port());
  }

  @Test
  void seesAPortThatIsGone() {
    net.vswitch.detach(net.ports.get(A2.port()));
    assertTrue(explain(A1.port(), Packet.udp(A1, A2, 1, 2).bytes()) < 0);
    assertTrue(trace.verdicts.getFirst().startsWith("drop PORT_DOWN: "), trace.verdicts.toString());
  }

  // ---- the trace of real packets ----

  @Test
  void tracesEachPacketToOneVerdict() {
    RandomTraffic traffic = new RandomTraffic(10);
    for (int i = 0; i < 3_000; i++) {
      RandomTraffic.Step step = traffic.next();
      trace = new Trace();
      net.vswitch.setTrace(trace);
      step.happen(net);
      if (step instanceof RandomTraffic.Arrival) {
        boolean copies = trace.verdicts.size() > 1;
        assertFalse(trace.verdicts.isEmpty(), "step " + i + " without verdict: " + trace.steps);
        assertFalse(
            copies && trace.verdicts.contains("forward") && !isReplicated(trace),
            "step " + i + ": " + trace.verdicts);
      }
    }
    net.vswitch.setTrace(null);
    trace = new Trace();
    net.assertPasses(A9, Packet.udp(A9, A1, 1, 3).length(40), A1.port());
    assertEquals(List.of(), trace.steps);
  }

  private static boolean isReplicated(Trace trace) {
    return trace.steps.stream().anyMatch(s -> s.contains("replicate") || s.contains("FRAGMENTS"))
        || trace.verdicts.stream().anyMatch(v -> v.startsWith("to each port"));
  }
}
