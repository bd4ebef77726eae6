// SPDX-License-Identifier: Apache-2.0
package hnv.bench.result;

import java.util.Optional;

/// A line of the benchmark: two sides, measured in turns.
public interface Row {
  /// What `--row` takes.
  String name();

  /// What is measured against what, in a sentence.
  String summary();

  /// What this machine lacks for it; empty where nothing.
  Optional<String> lacking();

  /// Measures.
  RowResult measure(Settings settings, Progress progress);
}
