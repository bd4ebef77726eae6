// SPDX-License-Identifier: Apache-2.0
package hnv.app.cli;

import java.util.List;

/// What the commands end with.
public final class ExitCode {
  /// Done.
  public static final int OK = 0;

  /// The machine said no: a file that cannot be written, a device that cannot be opened, a node
  /// that does not answer; for `doctor`, something required that is missing.
  public static final int FAILED = 1;

  /// What was given is wrong: an option, a policy, a capture. Nothing was done.
  public static final int REFUSED = 2;

  /// A bug of this program.
  public static final int BUG = 70;

  /// Shown at the end of every command's help.
  public static final List<String> HELP =
      List.of(
          "0:done",
          "1:the machine said no: a file, a device or a node that does not answer",
          "2:what was given is wrong: an option, a policy, a capture; nothing was done",
          "70:a bug of this program");

  private ExitCode() {}
}
