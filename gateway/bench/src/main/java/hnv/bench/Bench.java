// SPDX-License-Identifier: Apache-2.0
package hnv.bench;

/// The benchmarks.
public final class Bench {
  private Bench() {}

  /// Runs the command that `args` name.
  public static void main(String[] args) {
    System.err.println("hnv: not built yet");
    System.exit(64);
  }
}
