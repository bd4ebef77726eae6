// SPDX-License-Identifier: Apache-2.0
package hnv.app.handover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.app.handover.LeftState.Origin;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Where a state lies, and when it is too late or in the wrong place for it.
final class HandOverPlaceTest {
  private static final LeftState STATE = StateFileTest.state(1);
  private static final Origin HERE = STATE.origin();
  private static final long SECOND = 1_000_000_000L;

  @Test
  void liesBesideTheControlSocket() {
    HandOverPlace place = HandOverPlace.of(Path.of("/run/hnv/node.sock"));
    assertEquals(Path.of("/run/hnv/node.state"), place.state());
    assertEquals(Path.of("/run/hnv/node.bpf"), place.folder());
    assertEquals(Path.of("/run/a.state"), HandOverPlace.of(Path.of("/run/a")).state());
  }

  @Test
  void takesWhatIsOfHereAndNow() throws Exception {
    HandOverPlace.check(STATE, HERE, STATE.leftAtNs());
    HandOverPlace.check(STATE, HERE, STATE.leftAtNs() + STATE.graceNs());
  }

  private static void refuses(Origin here, long nowNs, String why) {
    StateRefusedException refused =
        assertThrows(StateRefusedException.class, () -> HandOverPlace.check(STATE, here, nowNs));
    assertTrue(String.valueOf(refused.getMessage()).contains(why), refused.getMessage());
  }

  @Test
  void refusesAnotherBootNamespaceOrLayout() {
    long now = STATE.leftAtNs() + 1;
    refuses(new Origin("other", HERE.namespace(), HERE.format()), now, "another boot");
    refuses(new Origin(HERE.boot(), "net:[2]", HERE.format()), now, "network namespace");
    refuses(new Origin(HERE.boot(), HERE.namespace(), "other"), now, "another layout");
  }

  @Test
  void refusesWhatIsTooOldOrOfTheFuture() {
    refuses(
        HERE,
        STATE.leftAtNs() + STATE.graceNs() + 3 * SECOND,
        "63 s old, and the kernel went on for 60 s");
    refuses(HERE, STATE.leftAtNs() - 2 * SECOND, "-2 s old");
  }

  @Test
  void isTakenOnce(@TempDir Path folder) throws Exception {
    HandOverPlace place = HandOverPlace.of(folder.resolve("node.sock"));
    StateFile.write(place.state(), STATE);
    place.claim();
    assertFalse(Files.exists(place.state()));
    assertThrows(StateRefusedException.class, place::claim);
    place.clear();
  }

  @Test
  void knowsThisProgram() throws Exception {
    assertEquals(64, HandOverPlace.code().length());
    assertEquals(HandOverPlace.code(), HandOverPlace.code());
    assertEquals(HandOverPlace.here(), HandOverPlace.here());
    assertTrue(HandOverPlace.here().namespace().startsWith("net:["));
  }
}
