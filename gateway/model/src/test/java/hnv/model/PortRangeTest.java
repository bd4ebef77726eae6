// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PortRangeTest {
  @Test
  void includesBothEnds() {
    PortRange range = new PortRange(80, 90);
    assertTrue(range.contains(80));
    assertTrue(range.contains(90));
    assertFalse(range.contains(79));
    assertFalse(range.contains(91));
  }

  @Test
  void isWrittenAsInADocument() {
    assertEquals("*", PortRange.ANY.toString());
    assertEquals("80", new PortRange(80, 80).toString());
    assertEquals("80-90", new PortRange(80, 90).toString());
  }

  @Test
  void cannotBeWrong() {
    assertThrows(IllegalArgumentException.class, () -> new PortRange(-1, 1));
    assertThrows(IllegalArgumentException.class, () -> new PortRange(0, 65_536));
    assertThrows(IllegalArgumentException.class, () -> new PortRange(2, 1));
  }
}
