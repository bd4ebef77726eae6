// SPDX-License-Identifier: Apache-2.0
package hnv.lab.netns;

/// How a command ended.
///
/// @param command what was run, as one would type it
/// @param status exit status
/// @param output standard output
/// @param errors standard error
public record Outcome(String command, int status, String output, String errors) {
  /// True for exit status 0.
  public boolean succeeded() {
    return status == 0;
  }

  /// The output of a command that had to succeed.
  ///
  /// @throws LabException when it did not
  public String require() {
    if (!succeeded()) {
      String said = (errors.strip() + " " + output.strip()).strip();
      throw new LabException(command + ": status " + status + ": " + said);
    }
    return output;
  }
}
