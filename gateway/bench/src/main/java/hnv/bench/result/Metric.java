// SPDX-License-Identifier: Apache-2.0
package hnv.bench.result;

/// Something that is measured of both sides of a row.
///
/// @param name short; a row's result is named by the row and this, unless it is empty
/// @param unit for people, for example `ns/packet`
/// @param moreIsBetter whether the larger figure is the better one
/// @param goal what shall be reached
public record Metric(String name, String unit, boolean moreIsBetter, Goal goal) {
  /// Without a goal.
  public Metric(String name, String unit, boolean moreIsBetter) {
    this(name, unit, moreIsBetter, Goal.NONE);
  }

  /// The same with a goal for B : A; NaN for none.
  public Metric withGoal(double ratio) {
    return new Metric(name, unit, moreIsBetter, new Goal(ratio, false));
  }

  /// The same with a goal for B itself.
  public Metric withGoalOfB(double figure) {
    return new Metric(name, unit, moreIsBetter, new Goal(figure, true));
  }

  /// What shall be reached: at least, or at most where less is better.
  ///
  /// @param value NaN for nothing
  /// @param ofB of B's figure; otherwise of B : A
  public record Goal(double value, boolean ofB) {
    static final Goal NONE = new Goal(Double.NaN, false);

    /// Whether there is one.
    public boolean isSet() {
      return !Double.isNaN(value);
    }
  }

  /// Whether what was measured reaches the goal.
  public boolean isReachedBy(Comparison comparison) {
    double reached = goal.ofB() ? comparison.medianB() : comparison.ratio();
    return moreIsBetter ? reached >= goal.value() : reached <= goal.value();
  }

  /// For people: `>= 1.50`, or `B >= 100k`, or nothing.
  public String goalText() {
    if (!goal.isSet()) {
      return "";
    }
    return (goal.ofB() ? "B " : "") + (moreIsBetter ? ">= " : "<= ") + Figures.of(goal.value());
  }
}
