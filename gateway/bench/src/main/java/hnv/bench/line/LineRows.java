// SPDX-License-Identifier: Apache-2.0
package hnv.bench.line;

import hnv.bench.result.Row;
import java.util.List;

/// The rows over namespaces. They share one topology; closing removes it.
public final class LineRows implements AutoCloseable {
  public LineRows() {}

  /// In the order in which to run them.
  public List<Row> all() {
    return List.of();
  }

  @Override
  public void close() {}
}
