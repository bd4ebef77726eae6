// SPDX-License-Identifier: Apache-2.0
package hnv.bench.wire;

import hnv.bench.line.Commands;
import hnv.bench.line.Lines;
import hnv.bench.line.NodeForwarder;
import hnv.bench.result.Contestant;
import hnv.bench.result.Progress;
import hnv.bench.result.Row;
import hnv.bench.result.RowResult;
import hnv.bench.result.Sample;
import hnv.bench.result.Settings;
import hnv.bench.result.Turns;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What the first packet of a flow waits for: Java, all layers, and the answer's way as well. Both
/// sides are this program; they differ in which packet of the flow is timed.
///
/// @param name the row's
record FirstPacketRow(String name, Lines lines) implements Row {
  private static final int FIRST_PORT = 12_000;

  /// Flows of a run; what many runs leave behind finds room in the tenant's share of the table.
  private static final int FLOWS = 400;

  private static final int PACKETS = 5;

  @Override
  public String summary() {
    return "the first UDP packet of a flow and its answer : the second";
  }

  @Override
  public Optional<String> lacking() {
    return Commands.lackingForLines();
  }

  @Override
  public RowResult measure(Settings settings, Progress progress) {
    progress.say(name, "laying the line");
    NodeForwarder node = lines.node();
    node.pin(true);
    try (PingPong pingPong = PingPong.of(node)) {
      NewFlows flows = new NewFlows(node, pingPong);
      Contestant second = new NthPacket("second packet", 1, flows);
      Contestant first = new NthPacket("first packet", 0, flows);
      progress.say(name, "warming up");
      for (int i = 0; i < 3; i++) {
        second.run(settings.seconds());
      }
      return new Turns(name, List.of(PingPong.MEDIAN, PingPong.TAIL), settings, progress)
          .note("both ends on CPU 0, the node on CPU 1, asleep when the first packet comes")
          .measure(second, first);
    }
  }

  /// Flows that nobody has seen yet.
  private static final class NewFlows {
    private final NodeForwarder node;
    private final PingPong pingPong;
    private int nextPort = FIRST_PORT;

    NewFlows(NodeForwarder node, PingPong pingPong) {
      this.node = node;
      this.pingPong = pingPong;
    }

    List<PingPong.RoundTrips> begin() {
      if (nextPort + FLOWS > 1 << 16) {
        node.restartMachine();
        nextPort = FIRST_PORT;
      }
      List<PingPong.RoundTrips> times = pingPong.newFlows(nextPort, FLOWS, PACKETS);
      nextPort += FLOWS;
      return times;
    }
  }

  /// Packets of this place in their flows.
  private record NthPacket(String name, int place, NewFlows flows) implements Contestant {
    @Override
    public Sample run(double seconds) {
      List<PingPong.RoundTrips> times = flows.begin();
      List<String> problems = new ArrayList<>();
      Map<String, Double> details = new LinkedHashMap<>();
      for (int i = 0; i < PACKETS; i++) {
        problems.addAll(times.get(i).problems());
        details.put("us, packet %d of a flow, p50".formatted(i + 1), times.get(i).percentile(0.5));
      }
      PingPong.RoundTrips of = times.get(place);
      return new Sample(List.of(of.percentile(0.5), of.percentile(0.99)), details, problems);
    }
  }
}
