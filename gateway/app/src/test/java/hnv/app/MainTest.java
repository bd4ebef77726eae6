// SPDX-License-Identifier: Apache-2.0
package hnv.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MainTest {
  @ParameterizedTest
  @ValueSource(strings = {"node", "doctor", "show", "replay", "trace"})
  void helpsWithEveryCommand(String command) {
    CommandRun run = CommandRun.of(command, "--help");
    assertEquals(0, run.exit());
    assertTrue(run.out().contains("Usage: hnv " + command), run.out());
    assertTrue(run.out().contains("Exit codes:"), run.out());
    assertTrue(run.out().contains("Example"), run.out());
  }

  @Test
  void namesTheWrongOptionAndWhereToReadOn() {
    CommandRun run = CommandRun.of("replay", "--polcy", "p.json");
    assertEquals(2, run.exit());
    assertTrue(run.err().startsWith("hnv replay: "), run.err());
    assertTrue(run.err().contains("'hnv replay --help' says more."), run.err());
    assertEquals("", run.out());
  }

  @Test
  void refusesAnUnknownCommand() {
    CommandRun run = CommandRun.of("replya");
    assertEquals(2, run.exit());
    assertTrue(run.err().contains("replya"), run.err());
  }

  @Test
  void tellsItsVersion() {
    CommandRun run = CommandRun.of("--version");
    assertEquals(0, run.exit());
    assertTrue(run.out().startsWith("hnv "), run.out());
  }
}
