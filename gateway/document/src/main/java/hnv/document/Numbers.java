// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Numbers that may be absent, as the model has them.
final class Numbers {
  private Numbers() {}

  /// @param number within the range of an int
  static OptionalInt optional(@Nullable Long number) {
    return number == null ? OptionalInt.empty() : OptionalInt.of(number.intValue());
  }

  static OptionalLong optionalLong(@Nullable Long number) {
    return number == null ? OptionalLong.empty() : OptionalLong.of(number);
  }
}
