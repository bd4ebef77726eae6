// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResourceIdTest {
  @Test
  void comparesWithoutCaseAndKeepsTheSpelling() {
    ResourceId upper = ResourceId.of("Host1");
    assertEquals(ResourceId.of("hOST1"), upper);
    assertEquals(ResourceId.of("hOST1").hashCode(), upper.hashCode());
    assertEquals("Host1", upper.toString());
    assertEquals(0, upper.compareTo(ResourceId.of("host1")));
    assertNotEquals(ResourceId.of("host2"), upper);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a", "VM10 Adapter1", "c1fe8acf-cf68-45f0-bc70-f9a1cd8d3953", "{x}", "..."})
  void takesNames(String name) {
    assertTrue(ResourceId.isValid(name));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", ".", "..", "a/b", "..\\x", " a", "a ", "a\tb", "a\0", "ä", "a:b", "a*", "a%2f", "a#"
      })
  void refusesWhatIsNoSegmentOrFileName(String name) {
    assertFalse(ResourceId.isValid(name));
    assertThrows(IllegalArgumentException.class, () -> ResourceId.of(name));
  }

  @Test
  void holdsTheLengthLimit() {
    assertTrue(ResourceId.isValid("x".repeat(ResourceId.MAX_LENGTH)));
    assertFalse(ResourceId.isValid("x".repeat(ResourceId.MAX_LENGTH + 1)));
  }
}
