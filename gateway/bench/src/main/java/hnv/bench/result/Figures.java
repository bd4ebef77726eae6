// SPDX-License-Identifier: Apache-2.0
package hnv.bench.result;

import java.util.Locale;

/// Figures as people read them: three digits, or all before the point.
public final class Figures {
  private Figures() {}

  /// A figure.
  public static String of(double value) {
    double size = Math.abs(value);
    if (size >= 1_000_000) {
      return String.format(Locale.ROOT, "%.2fM", value / 1e6);
    }
    if (size >= 10_000) {
      return String.format(Locale.ROOT, "%.0fk", value / 1e3);
    }
    if (size >= 100 || size == 0) {
      return String.format(Locale.ROOT, "%.0f", value);
    }
    return String.format(Locale.ROOT, size >= 10 ? "%.1f" : "%.2f", value);
  }

  /// A share, in percent.
  public static String percent(double share) {
    return String.format(Locale.ROOT, share < 0.0995 ? "%.1f %%" : "%.0f %%", 100 * share);
  }
}
