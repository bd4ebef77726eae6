// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EcnTest {
  private static int codepoint(String name) {
    return switch (name) {
      case "Not-ECT" -> Ecn.NOT_ECT;
      case "ECT(0)" -> Ecn.ECT_0;
      case "ECT(1)" -> Ecn.ECT_1;
      case "CE" -> Ecn.CE;
      case "drop" -> Ecn.DROP;
      default -> throw new AssertionError(name);
    };
  }

  /// RFC 6040 §4.2, Figure 4, all sixteen cells; "!" marks the combinations worth an alarm.
  @ParameterizedTest
  @CsvSource({
    "Not-ECT, Not-ECT, Not-ECT, ",
    "Not-ECT, ECT(0),  Not-ECT, !",
    "Not-ECT, ECT(1),  Not-ECT, !",
    "Not-ECT, CE,      drop,    !",
    "ECT(0),  Not-ECT, ECT(0),  ",
    "ECT(0),  ECT(0),  ECT(0),  ",
    "ECT(0),  ECT(1),  ECT(1),  ",
    "ECT(0),  CE,      CE,      ",
    "ECT(1),  Not-ECT, ECT(1),  ",
    "ECT(1),  ECT(0),  ECT(1),  ",
    "ECT(1),  ECT(1),  ECT(1),  ",
    "ECT(1),  CE,      CE,      ",
    "CE,      Not-ECT, CE,      ",
    "CE,      ECT(0),  CE,      ",
    "CE,      ECT(1),  CE,      !",
    "CE,      CE,      CE,      "
  })
  void decapsulatesByFigure4(String inner, String outer, String result, String alarm) {
    assertEquals(codepoint(result), Ecn.decapsulate(codepoint(inner), codepoint(outer)));
    assertEquals("!".equals(alarm), Ecn.isAlarming(codepoint(inner), codepoint(outer)));
  }

  @Test
  void encapsulatesInNormalMode() {
    for (int inner = 0; inner < 4; inner++) {
      assertEquals(inner, Ecn.encapsulate(inner));
    }
  }

  @Test
  void tunnelWithoutCongestionChangesNothing() {
    for (int inner = 0; inner < 4; inner++) {
      int outer = Ecn.encapsulate(inner);
      assertEquals(inner, Ecn.decapsulate(inner, outer));
    }
  }
}
