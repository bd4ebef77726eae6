// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import java.time.Duration;
import java.time.Instant;
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
        "the ports were closed until now; in force %,d ms after this process began"
            .formatted(Duration.between(begun, now).toMillis());
    return text
        + lastSign
            .map(
                sign ->
                    ", %.1f s after the last sign of a node that did not end in order"
                        .formatted(Duration.between(sign, now).toMillis() / 1e3))
            .orElse("");
  }
}
