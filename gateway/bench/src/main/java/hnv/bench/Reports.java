// SPDX-License-Identifier: Apache-2.0
package hnv.bench;

import hnv.app.json.Json;
import hnv.app.json.JsonWriter;
import hnv.bench.result.Comparison;
import hnv.bench.result.Figures;
import hnv.bench.result.Machine;
import hnv.bench.result.RowResult;
import hnv.bench.result.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The results for people and for programs.
final class Reports {
  private static final List<String> COLUMNS =
      List.of("row", "A", "B", "unit", "B : A", "goal", "pairs", "A/A", "B/B", "load", "");

  private Reports() {}

  /// A table, and under it what belongs to it.
  static String table(Machine machine, Settings settings, List<RowResult> results) {
    StringBuilder text = new StringBuilder();
    machine.facts().forEach((name, value) -> text.append("%-14s%s%n".formatted(name, value)));
    text.append(
        "%-14s%d pairs of %s s, in turns A B A B … A%n%n"
            .formatted("runs", settings.pairs(), Figures.of(settings.seconds())));
    List<List<String>> rows = new ArrayList<>(List.of(COLUMNS));
    results.forEach(result -> result.comparisons().forEach(c -> rows.add(cells(result, c))));
    text.append(aligned(rows)).append('\n');
    for (RowResult result : results) {
      text.append(footnotes(result));
    }
    text.append(
        """
        B : A is the median over the pairs, [least..most]; (>) the more the better, (<) the less.
        A/A and B/B: by how much a run differs from the next one of the same side, median. Where \
        either is
        above 10 %, or packets are missing, the row is VOID. Compare ratios, not figures of \
        different runs.
        """);
    return text.toString();
  }

  private static List<String> cells(RowResult result, Comparison c) {
    return List.of(
        nameOf(result, c),
        result.a() + " " + Figures.of(c.medianA()),
        result.b() + " " + Figures.of(c.medianB()),
        c.metric().unit(),
        "%.2f (%s)".formatted(c.ratio(), c.metric().moreIsBetter() ? ">" : "<"),
        c.metric().goalText(),
        String.format(Locale.ROOT, "[%.2f..%.2f]", c.lowestRatio(), c.highestRatio()),
        Figures.percent(c.repeatA()),
        Figures.percent(c.repeatB()),
        String.format(Locale.ROOT, "%.1f", result.loadBefore()),
        verdict(result, c));
  }

  private static String verdict(RowResult result, Comparison c) {
    if (result.isVoid(c)) {
      return "VOID";
    }
    if (!c.metric().goal().isSet()) {
      return "";
    }
    return c.metric().isReachedBy(c) ? "reached" : "missed";
  }

  private static String nameOf(RowResult result, Comparison c) {
    String metric = c.metric().name();
    return metric.isEmpty() ? result.row() : result.row() + " " + metric;
  }

  private static String aligned(List<List<String>> rows) {
    int[] widths = new int[COLUMNS.size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        line.append(row.get(i)).repeat(' ', widths[i] - row.get(i).length() + 2);
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  private static String footnotes(RowResult result) {
    StringBuilder text = new StringBuilder();
    result.problems().forEach(problem -> text.append("  VOID, ").append(problem).append('\n'));
    result.comparisons().stream()
        .filter(Comparison::isVoid)
        .forEach(
            c ->
                text.append("  VOID")
                    .append(c.metric().name().isEmpty() ? "" : ", " + c.metric().name())
                    .append(", the same thing measured twice differs too much\n"));
    result.notes().forEach(note -> text.append("  ").append(note).append('\n'));
    appendDetails(text, result.a(), result.detailsA());
    appendDetails(text, result.b(), result.detailsB());
    return text.isEmpty() ? "" : result.row() + ":\n" + text + "\n";
  }

  private static void appendDetails(StringBuilder text, String side, Map<String, Double> details) {
    details.forEach(
        (name, value) -> text.append("  %s, %s: %s%n".formatted(side, name, Figures.of(value))));
  }

  /// One JSON document with every run.
  static String json(Machine machine, Settings settings, List<RowResult> results) {
    Json.Members facts = Json.object();
    machine.facts().forEach(facts::put);
    return JsonWriter.indented(
        Json.object()
            .put("machine", facts)
            .put("pairs", settings.pairs())
            .put("seconds", new Json.Decimal(settings.seconds()))
            .put("rows", Json.Array.of(results, Reports::row)));
  }

  private static Json row(RowResult result) {
    return Json.object()
        .put("row", result.row())
        .put("a", result.a())
        .put("b", result.b())
        .put("loadBefore", new Json.Decimal(result.loadBefore()))
        .put("results", Json.Array.of(result.comparisons(), c -> comparison(result, c)))
        .put("detailsA", decimals(result.detailsA()))
        .put("detailsB", decimals(result.detailsB()))
        .put("problems", Json.Array.ofTexts(result.problems()))
        .put("notes", Json.Array.ofTexts(result.notes()));
  }

  private static Json comparison(RowResult result, Comparison c) {
    return Json.object()
        .put("metric", c.metric().name())
        .put("unit", c.metric().unit())
        .put("moreIsBetter", c.metric().moreIsBetter())
        .put("goal", c.metric().goalText())
        .put("void", result.isVoid(c))
        .put("ratio", new Json.Decimal(c.ratio()))
        .put("ratioLeast", new Json.Decimal(c.lowestRatio()))
        .put("ratioMost", new Json.Decimal(c.highestRatio()))
        .put("repeatA", new Json.Decimal(c.repeatA()))
        .put("repeatB", new Json.Decimal(c.repeatB()))
        .put("medianA", new Json.Decimal(c.medianA()))
        .put("medianB", new Json.Decimal(c.medianB()))
        .put("runsA", Json.Array.of(c.a(), Json.Decimal::new))
        .put("runsB", Json.Array.of(c.b(), Json.Decimal::new));
  }

  private static Json decimals(Map<String, Double> values) {
    Json.Members members = Json.object();
    values.forEach((name, value) -> members.put(name, new Json.Decimal(value)));
    return members;
  }
}
