// SPDX-License-Identifier: Apache-2.0
package hnv.lab.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ChecksTest {
  @Test
  void namesEachCheckOnce() {
    List<String> names = Checks.all().stream().map(Check::name).toList();
    assertEquals(names.size(), new HashSet<>(names).size());
  }

  @Test
  void selectsByNameAndByItsFirstWord() {
    assertEquals(Checks.all().size(), Checks.only(List.of()).size());
    assertEquals(
        List.of("routing", "routing-local", "routing-domains"),
        Checks.only(List.of("routing")).stream().map(Check::name).toList());
    assertEquals(7, Checks.only(List.of("forged")).size());
  }

  @Test
  void refusesNameThatNoCheckBears() {
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> Checks.only(List.of("bulk", "rout")));
    assertTrue(String.valueOf(refusal.getMessage()).contains("'rout'"), refusal.getMessage());
  }

  @Test
  void evidenceWithoutFindingsDoesNotHold() {
    assertFalse(new Evidence().holds());
  }

  @Test
  void evidenceFailsWithOneFinding() {
    Evidence evidence = new Evidence();
    evidence.equal("replies", 3, 3);
    assertTrue(evidence.holds());
    evidence.equal("leaks", 0, 1);
    assertFalse(evidence.holds());
    assertEquals("leaks", evidence.failures().getFirst().what());
  }
}
