// SPDX-License-Identifier: Apache-2.0
package hnv.bench.wire;

import hnv.bench.line.Inside;
import hnv.bench.line.Line;
import hnv.bench.line.Lines;
import hnv.bench.line.NodeForwarder;
import hnv.bench.result.Contestant;
import hnv.bench.result.Metric;
import hnv.bench.result.Progress;
import hnv.bench.result.Row;
import hnv.bench.result.RowResult;
import hnv.bench.result.Sample;
import hnv.bench.result.Settings;
import hnv.bench.result.Turns;
import hnv.dataplane.Encapsulation;
import hnv.lab.netns.Deadline;
import hnv.linux.LinuxException;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.traffic.FrameSender;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// How many flows can begin in a second over real ports: a packet of each from the machine, an
/// answer to each from the other host, as fast as the node takes them. Java alone beside it: what
/// handing both directions over to the kernel costs.
///
/// @param name the row's
record FlowSetUpRow(String name, Lines lines) implements Row {
  /// Flows of a run: both directions of all of them find room in the tenant's share of the tables.
  private static final int FLOWS = 12_288;

  /// Packets that may be on their way at once: less than a queue holds.
  private static final int WINDOW = 256;

  private static final Duration LIMIT = Duration.ofSeconds(5);

  private static final List<Metric> METRICS =
      List.of(
          new Metric("", "flows/s", true), new Metric("per core", "flows/CPU s of the node", true));

  @Override
  public String summary() {
    return "new flows over real ports, a packet each way, both directions installed : Java alone";
  }

  @Override
  public Optional<String> lacking() {
    return Sides.JAVA.lacking(lines);
  }

  @Override
  public RowResult measure(Settings settings, Progress progress) {
    progress.say(name, "laying the lines");
    NodeForwarder alone = lines.javaAlone();
    NodeForwarder node = lines.node();
    alone.pin(true);
    node.pin(true);
    Contestant a = new Flows(alone);
    Contestant b = new Flows(node);
    progress.say(name, "warming up");
    for (int i = 0; i < 3; i++) {
      a.run(settings.seconds());
      b.run(settings.seconds());
    }
    return new Turns(name, METRICS, settings, progress)
        .note(
            "%d flows a run; the machine's link is laid anew before each, so that no flow is known"
                .formatted(FLOWS))
        .note("both senders on CPU 0, the node on CPU 1")
        .measure(a, b);
  }

  private record Flows(NodeForwarder node) implements Contestant {
    @Override
    public String name() {
      return node.name();
    }

    @Override
    public Sample run(double seconds) {
      node.restartMachine();
      node.line().steer(false);
      Line line = node.line();
      try (CountingSink there = CountingSink.open(line.other(), Line.DEVICE, Encapsulation.VXLAN);
          CountingSink here = CountingSink.open(line.machine(), Line.DEVICE, Encapsulation.NONE);
          FrameSender requests =
              Inside.call(line.machine(), () -> sender(SmallFrames.outbound(0, FLOWS)));
          FrameSender answers =
              Inside.call(
                  line.other(), () -> sender(SmallFrames.inbound(Encapsulation.VXLAN, 0, FLOWS)))) {
        Conversation conversation = new Conversation(requests, answers, there, here);
        long cpu = node.cpuNs();
        long begin = System.nanoTime();
        Inside.await(
            line.machine(), Inside.begin(line.machine(), Lines.SENDER_CPU, conversation::hold));
        long elapsed = System.nanoTime() - begin;
        long spent = Math.max(1, node.cpuNs() - cpu);
        long answered = Math.max(1, here.counts().intact());
        return new Sample(
            List.of(1e9 * answered / elapsed, 1e9 * answered / spent),
            Map.of(),
            problems(conversation));
      }
    }

    private List<String> problems(Conversation conversation) {
      List<String> problems = new ArrayList<>(conversation.problems());
      if (node.isOffloading()) {
        int handedOver = node.flowsInKernel();
        if (handedOver < 2 * FLOWS) {
          problems.add("%d of %d flows are the kernel's".formatted(handedOver, 2 * FLOWS));
        }
      }
      return problems;
    }

    private static FrameSender sender(List<byte[]> frames) throws LinuxException {
      try (HostNetwork network = HostNetwork.open()) {
        return new FrameSender(network.link(Line.DEVICE).orElseThrow().index(), frames);
      }
    }
  }

  /// Requests as long as few are on their way, an answer to each that has arrived.
  private record Conversation(
      FrameSender requests, FrameSender answers, CountingSink there, CountingSink here) {
    /// @return answers that arrived
    long hold() throws LinuxException {
      Deadline deadline = Deadline.in(LIMIT);
      long asked = 0;
      long answered = 0;
      long arrived = 0;
      while (arrived < FLOWS && !deadline.isOver()) {
        long came = there.counts().all();
        arrived = here.counts().all();
        boolean isRoom = asked - arrived < WINDOW;
        if (asked < FLOWS && isRoom) {
          asked += requests.send();
        }
        if (answered < FLOWS && came >= answered + FrameSender.BATCH) {
          answered += answers.send();
        }
      }
      return arrived;
    }

    List<String> problems() {
      List<String> problems = new ArrayList<>();
      check(problems, "packets", there.counts());
      check(problems, "answers", here.counts());
      return problems;
    }

    private static void check(List<String> problems, String what, CountingSink.Counts counts) {
      if (counts.intact() != FLOWS || counts.damaged() != 0) {
        problems.add(
            "%d %s of new flows: %d arrived, %d damaged"
                .formatted(FLOWS, what, counts.intact(), counts.damaged()));
      }
    }
  }
}
