// SPDX-License-Identifier: Apache-2.0
package hnv.app.doctor;

import hnv.app.json.Json;
import java.util.Locale;

/// One line of the doctor's.
///
/// @param about what was looked at, in a few words
/// @param says what was found; for what is missing what that costs
record Finding(Grade grade, String about, String says) {
  /// How bad it is.
  enum Grade {
    /// As it should be.
    OK,
    /// Worth knowing.
    NOTE,
    /// Works, at a cost.
    COSTS,
    /// Cannot work.
    MISSING
  }

  Json toJson() {
    return Json.object()
        .put("grade", grade.name().toLowerCase(Locale.ROOT))
        .put("about", about)
        .put("says", says);
  }
}
