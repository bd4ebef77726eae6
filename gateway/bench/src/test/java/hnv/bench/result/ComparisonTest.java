// SPDX-License-Identifier: Apache-2.0
package hnv.bench.result;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/// What may be said after two things were measured in turns.
final class ComparisonTest {
  private static final Metric METRIC = new Metric("", "packets/s", true);

  private static Comparison of(List<Double> a, List<Double> b) {
    return new Comparison(METRIC, a, b);
  }

  @Test
  void dividesByTheNeighbours() {
    // The machine becomes four times as fast; B is twice as good as A at every moment.
    Comparison c = of(List.of(1.0, 4.0), List.of(4.0));
    assertEquals(2.0, c.ratio(), 1e-12);
  }

  @Test
  void givesTheMiddlePair() {
    Comparison c = of(List.of(1.0, 1.0, 1.0, 1.0), List.of(2.0, 9.0, 3.0));
    assertEquals(3.0, c.ratio(), 1e-12);
    assertEquals(2.0, c.lowestRatio(), 1e-12);
    assertEquals(9.0, c.highestRatio(), 1e-12);
    assertEquals(1.0, c.medianA(), 1e-12);
    assertEquals(3.0, c.medianB(), 1e-12);
  }

  @Test
  void takesTheMeanOfTwoInTheMiddle() {
    assertEquals(2.5, Comparison.median(List.of(4.0, 1.0, 3.0, 2.0)), 1e-12);
  }

  @Test
  void measuresHowAStepDiffersWhicheverWayItGoes() {
    Comparison c = of(List.of(100.0, 105.0, 100.0), List.of(7.0, 7.0));
    assertEquals(0.05, c.repeatA(), 1e-12);
    assertEquals(0.0, c.repeatB(), 1e-12);
    assertFalse(c.isVoid());
  }

  @Test
  void isVoidAboveTenPercentOfEitherSide() {
    assertFalse(of(List.of(100.0, 109.9), List.of(1.0)).isVoid());
    assertTrue(of(List.of(100.0, 110.1), List.of(1.0)).isVoid());
    assertTrue(of(List.of(1.0, 1.0, 1.0), List.of(100.0, 111.0)).isVoid());
  }

  @Test
  void oneBadRunOfManyDoesNotMakeItVoid() {
    assertFalse(
        of(
                List.of(100.0, 101.0, 50.0, 100.0, 101.0, 100.0, 101.0),
                List.of(1.0, 1.0, 1.0, 1.0, 1.0, 1.0))
            .isVoid());
  }

  @Test
  void wantsTurnsThatBeginAndEndWithA() {
    assertThrows(IllegalArgumentException.class, () -> of(List.of(1.0), List.of(1.0)));
    assertThrows(IllegalArgumentException.class, () -> of(List.of(1.0), List.of()));
  }

  @Test
  void reachesGoalsOfTheRatioAndOfB() {
    List<Double> a = List.of(10.0, 10.0);
    List<Double> b = List.of(15.0);
    Metric more = new Metric("", "packets/s", true);
    assertTrue(more.withGoal(1.5).isReachedBy(new Comparison(more, a, b)));
    assertFalse(more.withGoal(1.51).isReachedBy(new Comparison(more, a, b)));
    assertTrue(more.withGoalOfB(15).isReachedBy(new Comparison(more, a, b)));
    assertFalse(more.withGoalOfB(16).isReachedBy(new Comparison(more, a, b)));
    Metric less = new Metric("", "ns", false);
    assertTrue(less.withGoal(1.5).isReachedBy(new Comparison(less, a, b)));
    assertFalse(less.withGoal(1.49).isReachedBy(new Comparison(less, a, b)));
    assertEquals("", less.goalText());
    assertEquals(">= 1.50", more.withGoal(1.5).goalText());
    assertEquals("B <= 4.00", less.withGoalOfB(4).goalText());
  }

  @Test
  void aProblemMakesEveryFigureVoid() {
    Comparison c = of(List.of(1.0, 1.0), List.of(2.0));
    RowResult well =
        new RowResult(
            "r",
            "a",
            "b",
            List.of(c),
            java.util.Map.of(),
            java.util.Map.of(),
            java.util.Set.of(),
            List.of(),
            0);
    RowResult ill =
        new RowResult(
            "r",
            "a",
            "b",
            List.of(c),
            java.util.Map.of(),
            java.util.Map.of(),
            java.util.Set.of("3 packets are missing"),
            List.of(),
            0);
    assertTrue(well.holds());
    assertTrue(ill.isVoid(c));
    assertFalse(ill.holds());
    assertFalse(RowResult.notRun("r", "no root", 0).holds());
  }
}
