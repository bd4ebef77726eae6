// SPDX-License-Identifier: Apache-2.0
package hnv.lab;

/// The two-tenant demo.
public final class Demo {
  private Demo() {}

  /// Runs the command that `args` name.
  public static void main(String[] args) {
    System.err.println("hnv: not built yet");
    System.exit(64);
  }
}
