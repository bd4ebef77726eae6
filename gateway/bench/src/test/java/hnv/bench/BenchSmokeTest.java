// SPDX-License-Identifier: Apache-2.0
package hnv.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hnv.bench.memory.MemoryRows;
import hnv.bench.result.Comparison;
import hnv.bench.result.Progress;
import hnv.bench.result.Row;
import hnv.bench.result.RowResult;
import hnv.bench.result.Settings;
import hnv.bench.wire.WireRows;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Rows run and their counts agree. Nothing here looks at how fast anything is.
final class BenchSmokeTest {
  private static final Settings SHORT = new Settings(1, 0.2);

  private static RowResult measure(Row row) {
    return row.measure(SHORT, new Progress(new PrintStream(new ByteArrayOutputStream())));
  }

  private static void assertCountsAgree(RowResult result) {
    assertEquals(Set.of(), result.problems(), result.row());
    assertTrue(!result.comparisons().isEmpty(), result.row());
    for (Comparison c : result.comparisons()) {
      assertTrue(c.ratio() > 0 && Double.isFinite(c.ratio()), c.toString());
    }
  }

  @Test
  void everyPacketInMemoryComesOutWhole() {
    for (Row row : MemoryRows.all()) {
      // A million flows take a minute; AgeingRowTest has fewer.
      if (!row.name().equals("ageing") && row.lacking().isEmpty()) {
        assertCountsAgree(measure(row));
      }
    }
  }

  @Test
  @Tag("netns")
  void everyPacketOnTheWireArrivesOrIsCounted() {
    // One of each kind; the others differ in who stands in the middle.
    Set<String> some =
        Set.of("small-encap", "small-decap-rps", "bulk-encap", "latency", "first-packet", "flood");
    try (WireRows wire = new WireRows(true)) {
      for (Row row : wire.all()) {
        if (some.contains(row.name())) {
          Optional<String> lacking = row.lacking();
          assumeTrue(lacking.isEmpty(), () -> row.name() + " " + lacking.orElse(""));
          assertCountsAgree(measure(row));
        }
      }
    }
  }

  @Test
  void namesOfRowsAreNotThoseOfOthers() {
    Set<String> names = new HashSet<>();
    try (WireRows line = new WireRows(true)) {
      List<Row> rows = new ArrayList<>(MemoryRows.all());
      rows.addAll(line.all());
      rows.forEach(row -> assertTrue(names.add(row.name()), row.name()));
    }
  }

  @Test
  void refusesWhatItDoesNotKnow() {
    assertEquals(64, Bench.run("--row", "no-such-row"));
    assertEquals(64, Bench.run("--pairs", "0"));
    assertEquals(64, Bench.run("--seconds", "-1"));
    assertEquals(64, Bench.run("-o", "xml", "--list"));
    assertEquals(64, Bench.run("--no-such-option"));
    assertEquals(64, Bench.run("--quick", "--row", "no-such-row"));
  }

  @Test
  void listsItsRows() {
    PrintStream before = System.out;
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    System.setOut(new PrintStream(text, true, StandardCharsets.UTF_8));
    try {
      assertEquals(0, Bench.run("--list"));
    } finally {
      System.setOut(before);
    }
    assertTrue(text.toString(StandardCharsets.UTF_8).contains("small-encap"));
  }
}
