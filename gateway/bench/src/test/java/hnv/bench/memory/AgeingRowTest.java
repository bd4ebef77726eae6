// SPDX-License-Identifier: Apache-2.0
package hnv.bench.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hnv.bench.result.Progress;
import hnv.bench.result.RowResult;
import hnv.bench.result.Settings;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The row of a million flows, with fewer: every flow is in the kernel and stays there.
final class AgeingRowTest {
  @Test
  void keepsEveryFlowThatTheKernelForwards() {
    AgeingRow row = new AgeingRow("ageing", 3_000);
    assumeTrue(row.lacking().isEmpty(), () -> row.lacking().orElse(""));
    RowResult result =
        row.measure(
            new Settings(1, 0.05), new Progress(new PrintStream(new ByteArrayOutputStream())));
    assertEquals(Set.of(), result.problems());
    // Each connection is asked for about once in the time that it lives.
    double looks = result.detailsB().getOrDefault("looks into the kernel/s", 0.0);
    assertTrue(looks * 300 >= 6_000, "looks: " + looks);
  }
}
