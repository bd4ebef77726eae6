// SPDX-License-Identifier: Apache-2.0
package hnv.bench.result;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// One metric of a row: what A and B gave when they were run in turns, A B A B … A. B's figure is
/// divided by those of the runs of A before and after it, so that a machine that becomes faster or
/// slower meanwhile does not count. Immutable.
///
/// @param a what A gave, one more than B
/// @param b what B gave
public record Comparison(Metric metric, List<Double> a, List<Double> b) {
  /// Where two runs of the same thing differ by more than this, a row says nothing.
  public static final double LARGEST_REPEAT = 0.10;

  public Comparison {
    a = List.copyOf(a);
    b = List.copyOf(b);
    if (b.isEmpty() || a.size() != b.size() + 1) {
      throw new IllegalArgumentException(
          "A B A … A, not " + a.size() + " A and " + b.size() + " B");
    }
  }

  public double medianA() {
    return median(a);
  }

  public double medianB() {
    return median(b);
  }

  /// B : A of each pair, in the order of the runs.
  public List<Double> ratios() {
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < b.size(); i++) {
      ratios.add(b.get(i) / Math.sqrt(a.get(i) * a.get(i + 1)));
    }
    return ratios;
  }

  /// The result: median of the pairs' ratios.
  public double ratio() {
    return median(ratios());
  }

  public double lowestRatio() {
    return ratios().stream().mapToDouble(Double::doubleValue).min().orElseThrow();
  }

  public double highestRatio() {
    return ratios().stream().mapToDouble(Double::doubleValue).max().orElseThrow();
  }

  /// A against A: by how much a run of A differs from the next run of A, as a share; the median
  /// over the pairs, as that is what the result is.
  public double repeatA() {
    return repeat(a);
  }

  /// B against B; 0 where there is one run of B only.
  public double repeatB() {
    return b.size() < 2 ? 0 : repeat(b);
  }

  /// The same thing, measured twice, differs too much for a ratio to mean anything.
  public boolean isVoid() {
    return Math.max(repeatA(), repeatB()) > LARGEST_REPEAT;
  }

  private static double repeat(List<Double> runs) {
    List<Double> differences = new ArrayList<>();
    for (int i = 1; i < runs.size(); i++) {
      double low = Math.min(runs.get(i), runs.get(i - 1));
      double high = Math.max(runs.get(i), runs.get(i - 1));
      differences.add(high / low - 1);
    }
    return median(differences);
  }

  /// The middle one, or the mean of the two in the middle.
  public static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  @Override
  public String toString() {
    return metric.name() + Arrays.asList(a, b);
  }
}
