// SPDX-License-Identifier: Apache-2.0
package hnv.lab.netns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PatienceTest {
  @Test
  void takesNumbersFromOneToHundred() {
    assertEquals(1, Patience.parse("1"));
    assertEquals(30, Patience.parse("30"));
    assertEquals(100, Patience.parse("100"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "-1", "101", "1.5", " 2", "ten"})
  void refusesOthersNamingTheVariable(String value) {
    var refusal = assertThrows(IllegalArgumentException.class, () -> Patience.parse(value));
    assertTrue(String.valueOf(refusal.getMessage()).contains("HNV_LAB_PATIENCE"));
  }
}
