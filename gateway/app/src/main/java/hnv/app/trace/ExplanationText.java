// SPDX-License-Identifier: Apache-2.0
package hnv.app.trace;

import hnv.app.json.Json;
import java.util.ArrayList;
import java.util.List;

/// An explanation for people.
final class ExplanationText {
  private ExplanationText() {}

  /// Lines of text from the answer of {@link Explanation}.
  static String of(Json.Members explanation) {
    StringBuilder text = new StringBuilder();
    text.append("packet   %s%n".formatted(explanation.text("description")))
        .append(
            "         %d octets, in by %s%n%n"
                .formatted(explanation.number("octets", 0), explanation.text("port")));
    List<String[]> steps = steps(explanation);
    int layer = width(steps, 0);
    int rule = width(steps, 1);
    for (String[] step : steps) {
      text.append(
          "  %s  %s  %s%n"
              .formatted(padded(step[0], layer), padded(step[1], rule), step[2])
              .stripTrailing());
      text.append('\n');
    }
    text.append("%nverdict  %s".formatted(explanation.text("verdict")));
    for (Json says : explanation.elements("says")) {
      if (says instanceof Json.Text(String sentence)
          && !sentence.equals(explanation.text("verdict"))) {
        text.append(": ").append(sentence);
      }
    }
    text.append('\n');
    if (explanation.get("out") instanceof Json.Members out) {
      text.append(
          "leaves   by %s, %d octets%n         %s%n"
              .formatted(out.text("port"), out.number("octets", 0), out.text("description")));
      if (!out.text("mss").isEmpty()) {
        text.append("MSS      %s%n".formatted(out.text("mss")));
      }
    }
    return text.toString();
  }

  private static List<String[]> steps(Json.Members explanation) {
    List<String[]> lines = new ArrayList<>();
    for (Json element : explanation.elements("steps")) {
      if (element instanceof Json.Members step) {
        String group = step.text("group");
        String rule = step.text("rule");
        lines.add(
            new String[] {
              step.text("layer"),
              group.isEmpty() || rule.isEmpty() ? group + rule : group + " / " + rule,
              step.text("says")
            });
      }
    }
    return lines;
  }

  private static int width(List<String[]> lines, int column) {
    return lines.stream().mapToInt(line -> line[column].length()).max().orElse(0);
  }

  private static String padded(String text, int width) {
    return text + " ".repeat(width - text.length());
  }
}
