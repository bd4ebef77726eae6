// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import java.util.ArrayList;
import java.util.List;

/// Collects problems up to a bound, and counts what goes beyond. Owned by one thread.
public final class ProblemList {
  private final int limit;
  private final List<ConfigProblem> problems = new ArrayList<>();
  private long left;

  /// An empty list.
  ///
  /// @param limit how many problems are kept; at least 1
  public ProblemList(int limit) {
    this.limit = limit;
  }

  public void add(String path, ProblemCode code, String text) {
    if (problems.size() < limit) {
      problems.add(new ConfigProblem(path, code, text));
    } else {
      left++;
    }
  }

  /// Takes over all problems of another list.
  public void addAll(ProblemList other) {
    for (ConfigProblem problem : other.problems) {
      add(problem.path(), problem.code(), problem.text());
    }
    left += other.left;
  }

  public boolean isEmpty() {
    return problems.isEmpty();
  }

  /// The problems in the order in which they were found. Where some were left out, the last one
  /// says how many.
  public List<ConfigProblem> toList() {
    List<ConfigProblem> list = new ArrayList<>(problems);
    if (left > 0) {
      String text = left + " more problems are not listed; correct these " + limit + " first";
      list.add(new ConfigProblem("$", ProblemCode.TOO_MANY_PROBLEMS, text));
    }
    return List.copyOf(list);
  }
}
