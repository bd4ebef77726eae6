// SPDX-License-Identifier: Apache-2.0
package hnv.bench.memory;

import hnv.bench.result.Row;
import hnv.bench.traffic.Flow;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The rows in memory. They share one host, one after the other: its tables are large.
public final class MemoryRows {
  /// Frames between two looks at the clock, about.
  static final int ROUNDS = 16_384;

  private static @Nullable MemoryHost host;

  private MemoryRows() {}

  /// In the order in which to run them.
  public static List<Row> all() {
    Supplier<MemoryHost> shared = MemoryRows::sharedHost;
    return List.of(
        new EstablishedRow("hit-encap", EstablishedRow.Way.ENCAPSULATE, 256, shared),
        new EstablishedRow("hit-decap", EstablishedRow.Way.DECAPSULATE, 256, shared),
        new EstablishedRow("hit-encap-100k", EstablishedRow.Way.ENCAPSULATE, 100_000, shared),
        new EstablishedRow("hit-decap-100k", EstablishedRow.Way.DECAPSULATE, 100_000, shared),
        new SetUpRow("setup", shared),
        new KernelSetUpRow("setup-kernel", shared),
        new AgeingRow("ageing", Flow.MAX),
        new ProgramRow("program"),
        new TranslationRow("nat-held", TranslationRow.Kind.HELD),
        new TranslationRow("nat-new", TranslationRow.Kind.NEW),
        new LookupRow(
            "lpm", "a table of 1,000,000 routes", 0.4, () -> LookupTables.internet(1_000_000)),
        new LookupRow(
            "lpm-tenants",
            "10,000 tables of 100 routes",
            Double.NaN,
            () -> LookupTables.tenants(10_000, 100)));
  }

  private static synchronized MemoryHost sharedHost() {
    MemoryHost made = host == null ? new MemoryHost() : host;
    host = made;
    made.ports().forEach(port -> port.load(null));
    made.forgetAll();
    return made;
  }
}
