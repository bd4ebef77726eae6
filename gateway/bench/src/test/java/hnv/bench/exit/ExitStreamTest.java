// SPDX-License-Identifier: Apache-2.0
package hnv.bench.exit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hnv.bench.line.Commands;
import hnv.bench.line.ExitGateway;
import hnv.bench.line.ExitLine;
import hnv.bench.line.ExitLines;
import hnv.bench.line.Lines;
import hnv.bench.result.Sample;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Both sides of the rows of translation: every packet arrives translated, and is counted.
@Tag("netns")
final class ExitStreamTest {
  @ParameterizedTest
  @EnumSource(ExitLine.Access.class)
  void everyPacketArrivesTranslatedBothWays(ExitLine.Access access) {
    assumeTrue(Commands.lackingForLines().isEmpty(), () -> Commands.lackingForLines().orElse(""));
    assumeTrue(Commands.lacking("nft").isEmpty(), "needs the command nft");
    try (Lines lines = new Lines(true)) {
      ExitLines exits = new ExitLines(lines);
      check(exits.kernel(access));
      check(exits.node(access));
    }
  }

  @ParameterizedTest
  @EnumSource(ExitStream.Way.class)
  void everyPacketArrivesThroughATunnel(ExitStream.Way way) {
    assumeTrue(Commands.lackingForLines().isEmpty(), () -> Commands.lackingForLines().orElse(""));
    try (Lines lines = new Lines(true)) {
      ExitLines exits = new ExitLines(lines);
      checkTunnel(exits.kernelTunnel(), way, false);
      checkTunnel(exits.nodeTunnel(), way, true);
    }
  }

  private static void checkTunnel(ExitGateway gateway, ExitStream.Way way, boolean gre) {
    try (ExitStream stream = ExitStream.tunnelled(gateway, way, gre)) {
      Sample sample = stream.run(0.1);
      assertEquals(List.of(), sample.problems(), gateway.name() + " " + way);
      assertTrue(sample.values().getFirst() > 0);
    }
  }

  private static void check(ExitGateway gateway) {
    if (gateway.line().access() == ExitLine.Access.L3) {
      HeldSessions sessions = new HeldSessions(gateway, 3, 2, 640);
      assertEquals(List.of(), sessions.exchange().problems(), gateway.name());
      assertEquals(1_280, sessions.exchange().arrived(), "the same sessions again");
    }
    for (ExitStream.Way way : ExitStream.Way.values()) {
      try (ExitStream stream = ExitStream.translated(gateway, way)) {
        Sample sample = stream.run(0.1);
        assertEquals(List.of(), sample.problems(), gateway.name() + " " + way);
        assertTrue(sample.values().getFirst() > 0);
      }
    }
  }
}
