// SPDX-License-Identifier: Apache-2.0
package hnv.bench.result;

import java.util.List;
import java.util.Map;

/// What one run of one side gave.
///
/// @param values one for each metric of the row, in their order; above zero
/// @param details figures that stand beside it, by name with unit; not compared
/// @param problems why this run says nothing: packets that are missing without a reason, contents
///     that differ
public record Sample(List<Double> values, Map<String, Double> details, List<String> problems) {
  public Sample {
    values = List.copyOf(values);
    details = Map.copyOf(details);
    problems = List.copyOf(problems);
  }
}
