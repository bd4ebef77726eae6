// SPDX-License-Identifier: Apache-2.0
package hnv.bench.result;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What a row gave. Immutable.
///
/// @param row the row's name
/// @param a name of the side that is compared with
/// @param b name of our side
/// @param comparisons one for each metric; empty where the row was not run
/// @param detailsA medians of the figures beside, of A
/// @param detailsB medians of the figures beside, of B
/// @param problems why the figures must not be used, or why there are none
/// @param notes what a reader should know
/// @param loadBefore the machine's load average over a minute when the row began
public record RowResult(
    String row,
    String a,
    String b,
    List<Comparison> comparisons,
    Map<String, Double> detailsA,
    Map<String, Double> detailsB,
    Set<String> problems,
    List<String> notes,
    double loadBefore) {
  public RowResult {
    comparisons = List.copyOf(comparisons);
    problems = java.util.Collections.unmodifiableSet(new LinkedHashSet<>(problems));
    notes = List.copyOf(notes);
  }

  /// A row that could not be run.
  public static RowResult notRun(String row, String why, double loadBefore) {
    return new RowResult(
        row, "", "", List.of(), Map.of(), Map.of(), Set.of(why), List.of(), loadBefore);
  }

  /// Whether a figure of the row means something.
  public boolean isVoid(Comparison comparison) {
    return !problems.isEmpty() || comparison.isVoid();
  }

  /// Whether every figure means something.
  public boolean holds() {
    return !comparisons.isEmpty() && comparisons.stream().noneMatch(this::isVoid);
  }
}
