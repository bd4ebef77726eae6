// SPDX-License-Identifier: Apache-2.0
package hnv.bench.result;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// Runs two sides in turns: A B A B … A.
public final class Turns {
  private final String row;
  private final List<Metric> metrics;
  private final Settings settings;
  private final Progress progress;
  private final List<String> notes = new ArrayList<>();
  private final Set<String> problems = new LinkedHashSet<>();
  private final double loadBefore = Machine.loadAverage();

  /// @param row the row's name
  /// @param metrics what both sides give, in the order of {@link Sample#values}
  public Turns(String row, List<Metric> metrics, Settings settings, Progress progress) {
    this.row = row;
    this.metrics = List.copyOf(metrics);
    this.settings = settings;
    this.progress = progress;
  }

  /// Something that a reader of the result should know.
  public Turns note(String note) {
    notes.add(note);
    return this;
  }

  /// Something that was found before the runs and makes the figures void.
  public Turns problem(Optional<String> found) {
    found.ifPresent(problems::add);
    return this;
  }

  /// Measures.
  public RowResult measure(Contestant a, Contestant b) {
    List<Sample> ofA = new ArrayList<>();
    List<Sample> ofB = new ArrayList<>();
    for (int i = 0; i < settings.pairs(); i++) {
      progress.say(
          row, "pair %d of %d: %s".formatted(i + 1, settings.pairs(), state(a, b, ofA, ofB)));
      ofA.add(a.run(settings.seconds()));
      ofB.add(b.run(settings.seconds()));
    }
    ofA.add(a.run(settings.seconds()));
    progress.say(row, "done: " + state(a, b, ofA, ofB));
    ofA.forEach(sample -> sample.problems().forEach(text -> problems.add(a.name() + ": " + text)));
    ofB.forEach(sample -> sample.problems().forEach(text -> problems.add(b.name() + ": " + text)));
    List<Comparison> comparisons = new ArrayList<>();
    for (int i = 0; i < metrics.size(); i++) {
      comparisons.add(new Comparison(metrics.get(i), values(ofA, i), values(ofB, i)));
    }
    return new RowResult(
        row,
        a.name(),
        b.name(),
        comparisons,
        medians(ofA),
        medians(ofB),
        problems,
        notes,
        loadBefore);
  }

  private String state(Contestant a, Contestant b, List<Sample> ofA, List<Sample> ofB) {
    if (ofB.isEmpty()) {
      return "";
    }
    return "%s %s, %s %s %s"
        .formatted(
            a.name(),
            Figures.of(ofA.getLast().values().getFirst()),
            b.name(),
            Figures.of(ofB.getLast().values().getFirst()),
            metrics.getFirst().unit());
  }

  private static List<Double> values(List<Sample> samples, int metric) {
    return samples.stream().map(sample -> sample.values().get(metric)).toList();
  }

  private static Map<String, Double> medians(List<Sample> samples) {
    Map<String, List<Double>> byName = new TreeMap<>();
    samples.forEach(
        sample ->
            sample
                .details()
                .forEach(
                    (name, value) ->
                        byName.computeIfAbsent(name, n -> new ArrayList<>()).add(value)));
    Map<String, Double> medians = new TreeMap<>();
    byName.forEach((name, values) -> medians.put(name, Comparison.median(values)));
    return medians;
  }
}
