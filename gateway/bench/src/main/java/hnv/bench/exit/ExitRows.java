// SPDX-License-Identifier: Apache-2.0
package hnv.bench.exit;

import hnv.bench.line.ExitLine.Access;
import hnv.bench.line.ExitLines;
import hnv.bench.result.Row;
import java.util.List;

/// The rows through a gateway, beside the kernel's forwarding and nftables.
public final class ExitRows {
  private ExitRows() {}

  /// In the order in which to run them.
  public static List<Row> all(ExitLines lines) {
    return List.of(
        new TranslationRow("nat-out", Access.L3, ExitStream.Way.OUT, 1.3, lines),
        new TranslationRow("nat-in", Access.L3, ExitStream.Way.IN, 1.3, lines),
        new TranslationRow("nat-vxlan-out", Access.VXLAN, ExitStream.Way.OUT, 2.0, lines),
        new TranslationRow("nat-vxlan-in", Access.VXLAN, ExitStream.Way.IN, 2.0, lines),
        new GreRow("gre-out", ExitStream.Way.OUT, 2.0, lines),
        new GreRow("gre-in", ExitStream.Way.IN, 2.0, lines),
        new ExitBulkRow("nat-bulk", Access.VXLAN, 1.0, lines),
        new ExitLatencyRow("nat-latency", Access.VXLAN, 0.9, lines),
        new SessionSetUpRow("nat-setup-ports", lines),
        new PolicyChangeRow("nat-change", lines),
        new MillionRow("nat-million", lines));
  }
}
