// SPDX-License-Identifier: Apache-2.0
package hnv.app;

/// The command line of a node.
public final class Main {
  private Main() {}

  /// Runs the command that `args` name.
  public static void main(String[] args) {
    System.err.println("hnv: not built yet");
    System.exit(64);
  }
}
