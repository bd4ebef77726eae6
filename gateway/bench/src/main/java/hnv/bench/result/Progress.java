// SPDX-License-Identifier: Apache-2.0
package hnv.bench.result;

import java.io.PrintStream;

/// Tells what is going on, a line at a time.
public final class Progress {
  private final PrintStream out;
  private final long begin = System.nanoTime();

  public Progress(PrintStream out) {
    this.out = out;
  }

  /// Says something about a row.
  public void say(String row, String text) {
    out.printf("%5.0f s  %-18s %s%n", (System.nanoTime() - begin) / 1e9, row, text);
    out.flush();
  }
}
