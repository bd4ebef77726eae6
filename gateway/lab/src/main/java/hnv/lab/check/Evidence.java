// SPDX-License-Identifier: Apache-2.0
package hnv.lab.check;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What one check has seen. Used by the thread of the checks.
public final class Evidence {
  /// One comparison of what was to be seen with what was.
  ///
  /// @param what in words
  /// @param source what was counted: a filter and a capture, or the command that said it; may be
  ///     empty
  public record Finding(String what, String expected, String seen, boolean holds, String source) {}

  private final List<Finding> findings = new ArrayList<>();
  private final List<String> figures = new ArrayList<>();
  private final List<Path> files = new ArrayList<>();

  /// Notes a comparison.
  public void note(Finding finding) {
    findings.add(finding);
  }

  /// The number must be this.
  public void equal(String what, long expected, long seen) {
    note(new Finding(what, Long.toString(expected), Long.toString(seen), expected == seen, ""));
  }

  /// The text must be this.
  public void equal(String what, String expected, String seen) {
    note(new Finding(what, expected, seen, expected.equals(seen), ""));
  }

  /// The condition must hold; `seen` tells what was there.
  public void holds(String what, boolean condition, String seen) {
    note(new Finding(what, "yes", seen, condition, ""));
  }

  /// A figure for the line of the check.
  public void figure(String text) {
    figures.add(text);
  }

  /// A file to look into when the check fails.
  public void file(Path file) {
    files.add(file);
  }

  /// True if there is a finding, and all hold.
  public boolean holds() {
    return !findings.isEmpty() && failures().isEmpty();
  }

  /// The findings that do not hold.
  public List<Finding> failures() {
    return findings.stream().filter(finding -> !finding.holds()).toList();
  }

  /// How many comparisons were made.
  public int size() {
    return findings.size();
  }

  public List<String> figures() {
    return List.copyOf(figures);
  }

  public List<Path> files() {
    return List.copyOf(files);
  }
}
