// SPDX-License-Identifier: Apache-2.0
package hnv.lab.netns;

/// The laboratory could not do what it had to: a command failed, or something did not happen in
/// time. Says nothing about what is under test.
public final class LabException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /// With a sentence for the person who reads the log.
  public LabException(String message) {
    super(message);
  }

  /// With the cause.
  public LabException(String message, Throwable cause) {
    super(message, cause);
  }
}
