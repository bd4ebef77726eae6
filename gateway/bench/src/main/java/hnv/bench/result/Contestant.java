// SPDX-License-Identifier: Apache-2.0
package hnv.bench.result;

/// One side of a row: can be run again and again, and each time for about as long as is asked.
public interface Contestant {
  /// For people, short.
  String name();

  /// Runs once.
  ///
  /// @param seconds how long to measure, about
  Sample run(double seconds);
}
