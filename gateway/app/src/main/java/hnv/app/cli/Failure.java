// SPDX-License-Identifier: Apache-2.0
package hnv.app.cli;

/// The machine or another process said no to something that was asked rightly. Ends a command with
/// {@link ExitCode#FAILED}.
public final class Failure extends Exception {
  private static final long serialVersionUID = 1L;

  /// @param message one line for people: what was tried, and what stood in the way
  public Failure(String message) {
    super(message);
  }

  /// @param message one line for people
  /// @param cause for a debugger; it is not shown
  public Failure(String message, Throwable cause) {
    super(message, cause);
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
