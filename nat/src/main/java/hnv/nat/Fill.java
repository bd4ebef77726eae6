// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

/// Levels of use that are told of (80 % and 95 %), so that each is told once on the way up.
final class Fill {
  static final int HIGH = 95;
  static final int WARNING = 80;

  private Fill() {}

  /// The level of `used` of `limit`: 0, 80 or 95. A level is left only below 80 %, so that a use
  /// that sways around one is told once.
  static int level(long used, long limit, int before) {
    if (used * 100 >= limit * HIGH) {
      return HIGH;
    }
    if (used * 100 >= limit * WARNING) {
      return Math.max(before, WARNING);
    }
    return 0;
  }
}
