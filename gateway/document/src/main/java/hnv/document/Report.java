// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import hnv.model.ConfigProblem;
import hnv.model.ProblemCode;
import hnv.model.ProblemList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Gathers what is to be said about a document while it is read. Owned by one reading.
///
/// Warnings about the same property of many elements are one warning with a count.
final class Report {
  private record Warning(ConfigProblem first, int count) {}

  private final ProblemList problems;
  private final int limit;
  private final Map<String, Warning> warnings = new LinkedHashMap<>();

  Report(int limit) {
    this.limit = limit;
    this.problems = new ProblemList(limit);
  }

  void problem(JsonPath path, ProblemCode code, String text) {
    problems.add(path.toString(), code, text);
  }

  void warning(JsonPath path, ProblemCode code, String text) {
    String key = code + path.pattern();
    Warning warning = warnings.get(key);
    if (warning != null) {
      warnings.put(key, new Warning(warning.first(), warning.count() + 1));
    } else if (warnings.size() < limit) {
      warnings.put(key, new Warning(new ConfigProblem(path.toString(), code, text), 1));
    }
  }

  ProblemList problems() {
    return problems;
  }

  List<ConfigProblem> warnings() {
    return warnings.values().stream()
        .map(w -> new ConfigProblem(w.first().path(), w.first().code(), text(w)))
        .toList();
  }

  private static String text(Warning warning) {
    String text = warning.first().text();
    int more = warning.count() - 1;
    return more == 0 ? text : text + " (and " + more + " more like it)";
  }
}
