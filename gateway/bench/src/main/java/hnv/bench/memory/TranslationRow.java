// SPDX-License-Identifier: Apache-2.0
package hnv.bench.memory;

import hnv.bench.result.Contestant;
import hnv.bench.result.Metric;
import hnv.bench.result.Progress;
import hnv.bench.result.Row;
import hnv.bench.result.RowResult;
import hnv.bench.result.Sample;
import hnv.bench.result.Settings;
import hnv.bench.result.Turns;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/// Translation by itself, without packets: finding sessions when there are a million, and beginning
/// them. By processor time of one thread.
final class TranslationRow implements Row {
  /// What is measured.
  enum Kind {
    /// A packet's session among few and among a million, at random.
    HELD("the NAT session of a packet among 1,000,000, in memory : among 1,000"),
    /// New sessions beside established ones.
    NEW("new NAT sessions, in memory : finding as many that are there");

    private final String summary;

    Kind(String summary) {
      this.summary = summary;
    }
  }

  private static final int FEW = 1_000;
  private static final int ROUND = 100_000;

  private final String name;
  private final Kind kind;

  TranslationRow(String name, Kind kind) {
    this.name = name;
    this.kind = kind;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String summary() {
    return kind.summary;
  }

  @Override
  public Optional<String> lacking() {
    return Optional.empty();
  }

  @Override
  public RowResult measure(Settings asked, Progress progress) {
    Settings settings = asked.inMemory();
    Contestant a;
    Contestant b;
    Metric metric;
    if (kind == Kind.HELD) {
      progress.say(name, "beginning 1,000,000 sessions");
      a = new Finding("1,000", FEW);
      b = new Finding("hnv", MillionSessions.MOST);
      metric = new Metric("", "ns/packet", false);
    } else {
      a = new Finding("established", ROUND);
      b = new Beginning();
      metric = new Metric("", "sessions/s", true);
    }
    progress.say(name, "warming up");
    a.run(settings.warmUpSeconds() / 3);
    b.run(settings.warmUpSeconds());
    return new Turns(name, List.of(metric), settings, progress).measure(a, b);
  }

  /// Looks sessions up at random.
  private final class Finding implements Contestant {
    private final String side;
    private final MillionSessions held = new MillionSessions();
    private final int[] order;
    private final int sessions;
    private final ThreadCost cost = new ThreadCost();

    Finding(String side, int sessions) {
      this.side = side;
      this.sessions = sessions;
      for (int flow = 0; flow < sessions; flow++) {
        held.outbound(flow);
      }
      order = new Random(5).ints(ROUND, 0, sessions).toArray();
    }

    @Override
    public String name() {
      return side;
    }

    @Override
    public Sample run(double seconds) {
      long limit = (long) (seconds * 1e9);
      long done = 0;
      long missing = 0;
      cost.begin();
      long spent = 0;
      while (spent < limit) {
        for (int flow : order) {
          missing += held.outbound(flow) > 0 ? 0 : 1;
        }
        done += order.length;
        spent = cost.elapsedNs();
      }
      double allocated = (double) cost.allocatedOctets() / done;
      List<String> problems = new ArrayList<>();
      if (missing > 0 || held.sessions() != sessions) {
        problems.add(
            "%d packets had no session; %d of %d are there"
                .formatted(missing, held.sessions(), sessions));
      }
      problems.addAll(unanswered());
      double figure = kind == Kind.HELD ? (double) spent / done : 1e9 * done / spent;
      return new Sample(
          List.of(figure),
          Map.of(
              "octets allocated/packet",
              allocated,
              "octets of a session, room included",
              (double) held.octets() / (1 << 20)),
          problems);
    }

    private List<String> unanswered() {
      int unanswered = 0;
      for (int flow : order) {
        unanswered += held.isAnswered(held.outbound(flow)) ? 0 : 1;
      }
      return unanswered == 0 ? List.of() : List.of(unanswered + " answers found no session");
    }
  }

  /// Begins sessions; ends them again while nobody looks at the clock.
  private static final class Beginning implements Contestant {
    private final MillionSessions held = new MillionSessions();
    private final ThreadCost cost = new ThreadCost();

    @Override
    public String name() {
      return "hnv, new";
    }

    @Override
    public Sample run(double seconds) {
      long limit = (long) (seconds * 1e9);
      long done = 0;
      long spent = 0;
      List<String> problems = new ArrayList<>();
      while (spent < limit) {
        cost.begin();
        for (int flow = 0; flow < ROUND; flow++) {
          held.outbound(flow);
        }
        spent += cost.elapsedNs();
        done += ROUND;
        if (held.sessions() != ROUND && problems.isEmpty()) {
          problems.add("%d of %d sessions began".formatted(held.sessions(), ROUND));
        }
        for (int flow = 0; flow < ROUND; flow++) {
          held.end(flow);
        }
        held.rest();
      }
      return new Sample(List.of(1e9 * done / spent), Map.of(), problems);
    }
  }
}
