// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.app.json.Json;
import java.util.ArrayList;
import java.util.List;

/// An answer that is a table: columns, rows, and where the next page begins. Owned by one request.
final class Rows {
  /// Rows of one answer at most.
  static final int MAX_ROWS = 1_000;

  private final List<String> columns;
  private final long skip;
  private final List<Json> rows = new ArrayList<>();
  private long seen;
  private boolean more;

  /// @param columns names of the members of each row, in the order of the table
  /// @param skip rows that earlier pages held
  Rows(List<String> columns, long skip) {
    this.columns = List.copyOf(columns);
    this.skip = skip;
  }

  /// Adds a row unless an earlier page held it or this one is full.
  void add(Json.Members row) {
    if (seen >= skip) {
      if (rows.size() < MAX_ROWS) {
        rows.add(row);
      } else {
        more = true;
        return;
      }
    }
    seen++;
  }

  /// The page.
  Json toJson() {
    return toJson(more ? seen : -1);
  }

  /// The page, where the next one begins at `next`; a negative number for the last.
  Json toJson(long next) {
    Json.Members answer =
        Json.object().put("columns", Json.Array.ofTexts(columns)).put("rows", new Json.Array(rows));
    return next < 0 ? answer : answer.put("next", next);
  }
}
