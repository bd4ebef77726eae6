// SPDX-License-Identifier: Apache-2.0
package hnv.lab.netns;

import java.time.Duration;
import java.util.regex.Pattern;

/// How many times longer than usual is waited before something that does not come is given up: for
/// machines that are slow as a whole, emulated ones above all. What is counted is the same; only
/// rates and times mean nothing then.
public final class Patience {
  /// The variable of the environment: a whole number from 1 to 100. Usual is 1.
  public static final String VARIABLE = "HNV_LAB_PATIENCE";

  private static final Pattern VALUE = Pattern.compile("[1-9][0-9]?|100");

  private Patience() {}

  /// The factor.
  ///
  /// @throws IllegalArgumentException when the variable is not such a number
  public static int factor() {
    return parse(System.getenv().getOrDefault(VARIABLE, "1"));
  }

  static int parse(String value) {
    if (!VALUE.matcher(value).matches()) {
      throw new IllegalArgumentException(
          VARIABLE + ": a whole number from 1 to 100, not '" + value + "'");
    }
    return Integer.parseInt(value);
  }

  /// True where rates and times mean nothing.
  public static boolean isUnusual() {
    return factor() > 1;
  }

  /// As long as it takes here, where it takes `usual` elsewhere.
  public static Duration of(Duration usual) {
    return usual.multipliedBy(factor());
  }

  /// The same in seconds, as ping and others take it: `0.2`.
  public static String seconds(Duration usual) {
    return Double.toString(of(usual).toMillis() / 1000.0);
  }
}
