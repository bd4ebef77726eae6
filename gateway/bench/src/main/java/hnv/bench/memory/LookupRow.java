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
import hnv.routing.Fib;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// Look-ups of addresses at random in large routing tables. Beside them as many reads, each of
/// another place at random in 128 MiB, which no cache holds: what the memory can do at most where
/// no read waits for another.
final class LookupRow implements Row {
  private static final int QUESTIONS = 1 << 20;
  private static final int CHECKED = 100_000;
  private static final int PLACES = 1 << 25;
  private static final Metric RATE = new Metric("", "look-ups/s", true);

  private final String name;
  private final String what;
  private final double goal;
  private final Supplier<LookupTables> tables;

  /// @param what is looked up in, for people
  /// @param goal what B : A shall reach; NaN for none
  LookupRow(String name, String what, double goal, Supplier<LookupTables> tables) {
    this.name = name;
    this.what = what;
    this.goal = goal;
    this.tables = tables;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String summary() {
    return "longest prefix match in " + what + " : independent reads of 128 MiB";
  }

  @Override
  public Optional<String> lacking() {
    return Optional.empty();
  }

  @Override
  public RowResult measure(Settings asked, Progress progress) {
    Settings settings = asked.inMemory();
    progress.say(name, "filling the tables");
    LookupTables filled = tables.get();
    long[] questions = filled.questions(QUESTIONS);
    Contestant reads = new Reads();
    Contestant lookups = new Lookups(filled, questions);
    progress.say(name, "warming up");
    reads.run(settings.warmUpSeconds() / 3);
    lookups.run(settings.warmUpSeconds());
    return new Turns(name, List.of(RATE.withGoal(goal)), settings, progress)
        .problem(wrong(filled, questions))
        .note(
            "%,d look-ups gave what asking every prefix length gives; by processor time of one thread"
                .formatted(CHECKED))
        .measure(reads, lookups);
  }

  private static Optional<String> wrong(LookupTables tables, long[] questions) {
    int wrong = 0;
    for (int i = 0; i < CHECKED; i++) {
      wrong += tables.found(questions[i]) == tables.expected(questions[i]) ? 0 : 1;
    }
    return wrong == 0 ? Optional.empty() : Optional.of(wrong + " look-ups gave another route");
  }

  /// Something that is done for each of {@value #QUESTIONS} questions, again and again.
  private abstract static class Rounds implements Contestant {
    private final ThreadCost cost = new ThreadCost();
    private long result;

    /// All questions once.
    abstract long round();

    @Override
    public Sample run(double seconds) {
      long limit = (long) (seconds * 1e9);
      long done = 0;
      cost.begin();
      long spent = 0;
      while (spent < limit) {
        result += round();
        done += QUESTIONS;
        spent = cost.elapsedNs();
      }
      double allocated = (double) cost.allocatedOctets() / done;
      List<String> problems = new ArrayList<>();
      if (result == 0) {
        problems.add("nothing was found");
      }
      return new Sample(List.of(1e9 * done / spent), details(allocated), problems);
    }

    Map<String, Double> details(double allocated) {
      return Map.of("octets allocated/look-up", allocated);
    }
  }

  /// The limit.
  private static final class Reads extends Rounds {
    private final int[] places = new int[PLACES];
    private int at = 1;

    Reads() {
      Arrays.fill(places, 1);
    }

    @Override
    public String name() {
      return "reads";
    }

    @Override
    long round() {
      long sum = 0;
      for (int i = 0; i < QUESTIONS; i++) {
        // Marsaglia's xorshift, so that no place comes again soon.
        at ^= at << 13;
        at ^= at >>> 17;
        at ^= at << 5;
        sum += places[at >>> 7];
      }
      return sum;
    }
  }

  /// Ours.
  private static final class Lookups extends Rounds {
    private final LookupTables tables;
    private final long[] questions;
    private final List<Fib<Integer>> fibs = new ArrayList<>();

    Lookups(LookupTables tables, long[] questions) {
      this.tables = tables;
      this.questions = questions;
      for (int i = 0; i < tables.count(); i++) {
        fibs.add(tables.fib(i));
      }
    }

    @Override
    public String name() {
      return "hnv";
    }

    @Override
    long round() {
      long sum = 0;
      for (long question : questions) {
        sum += fibs.get((int) (question >>> Integer.SIZE)).lookup((int) question);
      }
      return sum;
    }

    @Override
    Map<String, Double> details(double allocated) {
      return Map.of(
          "octets allocated/look-up", allocated, "octets of a route", tables.octetsOfRoute());
    }
  }
}
