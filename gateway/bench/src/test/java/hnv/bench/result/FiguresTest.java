// SPDX-License-Identifier: Apache-2.0
package hnv.bench.result;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Figures as people read them.
final class FiguresTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "0.5, 0.50",
    "9.87, 9.87",
    "12.34, 12.3",
    "123.4, 123",
    "9999, 9999",
    "12345, 12k",
    "1234567, 1.23M"
  })
  void haveThreeDigitsOrAllBeforeThePoint(double value, String text) {
    assertEquals(text, Figures.of(value));
  }

  @ParameterizedTest
  @CsvSource({"0.001, 0.1 %", "0.099, 9.9 %", "0.1, 10 %", "1.59, 159 %"})
  void sharesAreInPercent(double share, String text) {
    assertEquals(text, Figures.percent(share));
  }
}
