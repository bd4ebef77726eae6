// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/// How long a cold start took, and how long the ports were closed before, in words.
final class StartAccount {
  private StartAccount() {}

  /// @param lastSign when a node that was killed was last seen alive, to about a second
  static String of(Optional<Instant> lastSign) {
    Instant begun = ProcessHandle.current().info().startInstant().orElseGet(Instant::now);
    return of(begun, Instant.now(), lastSign);
  }

  static String of(Instant begun, Instant now, Optional<Instant> lastSign) {
    String text =
        String.format(
            Locale.ROOT,
            "the ports were closed until now; in force %,d ms after this process began",
            Duration.between(begun, now).toMillis());
    return text
        + lastSign
            .map(
                sign ->
                    String.format(
                        Locale.ROOT,
                        ", %.1f s after the last sign of a node that did not end in order",
                        Duration.between(sign, now).toMillis() / 1e3))
            .orElse("");
  }
}
