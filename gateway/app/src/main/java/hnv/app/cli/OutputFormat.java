// SPDX-License-Identifier: Apache-2.0
package hnv.app.cli;

/// How a command prints.
public enum OutputFormat {
  /// For people.
  TABLE,
  /// For programs.
  JSON
}
