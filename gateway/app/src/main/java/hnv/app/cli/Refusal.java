// SPDX-License-Identifier: Apache-2.0
package hnv.app.cli;

import java.util.List;

/// What the user gave is wrong. Every problem has a line of its own, which names the option or the
/// place in the document, and the rule. Ends a command with {@link ExitCode#REFUSED}.
public final class Refusal extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient List<String> problems;

  /// @param problem one line for people
  public Refusal(String problem) {
    this(List.of(problem));
  }

  /// @param problems lines for people, at least one
  public Refusal(List<String> problems) {
    super(String.join("\n", problems));
    this.problems = List.copyOf(problems);
  }

  /// Lines for people, at least one.
  public List<String> problems() {
    return problems;
  }
}
