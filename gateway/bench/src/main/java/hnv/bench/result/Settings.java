// SPDX-License-Identifier: Apache-2.0
package hnv.bench.result;

/// How much is measured.
///
/// @param pairs times that each side is run; A once more
/// @param seconds length of one run
public record Settings(int pairs, double seconds) {
  /// Pairs unless said otherwise; fewer say little.
  public static final int DEFAULT_PAIRS = 7;

  /// Length of a run unless said otherwise.
  public static final double DEFAULT_SECONDS = 1;

  /// What a figure may be quoted from.
  public static final Settings DEFAULT = new Settings(DEFAULT_PAIRS, DEFAULT_SECONDS);

  /// For a look.
  public static final Settings QUICK = new Settings(3, 0.2);

  private static final double WARM_UP_SECONDS = 3;

  public Settings {
    if (pairs < 1 || pairs > 1_000) {
      throw new IllegalArgumentException("--pairs: 1 to 1000, not " + pairs);
    }
    if (!(seconds >= 0.05 && seconds <= 600)) {
      throw new IllegalArgumentException("--seconds: 0.05 to 600, not " + seconds);
    }
  }

  /// The same for rows that count processor time, which needs less of it to say as much.
  public Settings inMemory() {
    return new Settings(pairs, Math.max(0.05, seconds / 4));
  }

  /// How long a side is run before anything counts: until the compiler has nothing left to do.
  public double warmUpSeconds() {
    return Math.min(WARM_UP_SECONDS, 3 * seconds);
  }
}
