// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class StartAccountTest {
  private static final Instant BEGUN = Instant.ofEpochMilli(100_000);

  @Test
  void saysHowLongThePortsWereClosed() {
    Instant now = BEGUN.plusMillis(1_240);
    assertEquals(
        "the ports were closed until now; in force 1,240 ms after this process began",
        StartAccount.of(BEGUN, now, Optional.empty()));
    assertEquals(
        "the ports were closed until now; in force 1,240 ms after this process began,"
            + " 3.2 s after the last sign of a node that did not end in order",
        StartAccount.of(BEGUN, now, Optional.of(now.minusMillis(3_200))));
  }
}
