// SPDX-License-Identifier: Apache-2.0
package hnv.app.show;

import hnv.app.json.Json;
import hnv.app.json.JsonWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Rows in columns that are as wide as they have to be. Numbers stand at the right.
final class Table {
  private Table() {}

  /// The table with its head; only the head where there are no rows.
  static String of(List<String> columns, List<Json.Members> rows) {
    List<List<String>> lines = new ArrayList<>();
    lines.add(columns.stream().map(column -> column.toUpperCase(Locale.ROOT)).toList());
    for (Json.Members row : rows) {
      lines.add(columns.stream().map(column -> text(row.get(column))).toList());
    }
    int[] widths = new int[columns.size()];
    for (List<String> line : lines) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], line.get(i).length());
      }
    }
    StringBuilder text = new StringBuilder();
    for (List<String> line : lines) {
      StringBuilder out = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        String pad = " ".repeat(widths[i] - line.get(i).length());
        boolean right =
            !rows.isEmpty() && rows.getFirst().get(columns.get(i)) instanceof Json.Whole;
        out.append(right ? pad + line.get(i) : line.get(i) + pad).append("  ");
      }
      text.append(out.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  /// A value as it stands in a cell.
  static String text(@Nullable Json value) {
    return switch (value) {
      case null -> "";
      case Json.Text(String text) -> text;
      case Json.Whole(long number) -> Long.toString(number);
      case Json.Flag(boolean flag) -> flag ? "yes" : "no";
      case Json.Null _ -> "";
      case Json.Decimal _, Json.Array _, Json.Members _ -> JsonWriter.line(value);
    };
  }
}
