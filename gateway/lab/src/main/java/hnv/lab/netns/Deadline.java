// SPDX-License-Identifier: Apache-2.0
package hnv.lab.netns;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/// A point in time until which something is waited for, by looking again and again: nothing here
/// sleeps longer than it has to.
public final class Deadline {
  private static final Duration STEP = Duration.ofMillis(10);

  private final long end;
  private final Duration limit;

  private Deadline(Duration limit) {
    this.limit = limit;
    end = System.nanoTime() + limit.toNanos();
  }

  /// The point in time that is `limit` away, by [Patience].
  public static Deadline in(Duration limit) {
    return new Deadline(Patience.of(limit));
  }

  /// True once the point in time has passed.
  public boolean isOver() {
    return System.nanoTime() - end >= 0;
  }

  /// Waits until `condition` holds; false when it did not in time.
  public boolean holds(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      if (isOver()) {
        return false;
      }
      pause(STEP);
    }
    return true;
  }

  /// Waits until `condition` holds.
  ///
  /// @throws LabException when it did not in time; `what` says what was waited for
  public void await(String what, BooleanSupplier condition) {
    if (!holds(condition)) {
      throw new LabException("waited " + limit.toMillis() + " ms in vain for: " + what);
    }
  }

  /// Waits for the whole of `length`: for traffic that is to be seen for so long.
  public static void pause(Duration length) {
    try {
      Thread.sleep(length);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LabException("interrupted", e);
    }
  }
}
