// SPDX-License-Identifier: Apache-2.0
package hnv.bench.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hnv.bench.line.Commands;
import hnv.bench.line.ExitLine;
import hnv.bench.line.ExitLines;
import hnv.bench.line.Lines;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The probe sees of nftables' masquerade what the kernel is known to do.
@Tag("netns")
final class NatProbeTest {
  @Test
  void seesWhatMasqueradingDoes() throws Exception {
    assumeTrue(Commands.lackingForLines().isEmpty(), () -> Commands.lackingForLines().orElse(""));
    assumeTrue(Commands.lacking("nft").isEmpty(), "needs the command nft");
    Map<String, String> answers;
    try (Lines lines = new Lines(true);
        NatProbe probe = new NatProbe(new ExitLines(lines).kernel(ExitLine.Access.L3).line())) {
      answers = probe.ask(Duration.ZERO);
    }
    String dependent = "address and port-dependent";
    assertEquals("endpoint-independent", answers.get("mapping"), "as long as the port is free");
    assertEquals(dependent, answers.get("mapping, port taken by another"));
    assertEquals(dependent, answers.get("filtering"));
    assertEquals("no", answers.get("hairpin"));
    assertEquals("12 of 12", answers.get("port preserved"));
    assertEquals("paired", answers.get("address pooling"));
    assertEquals("yes", answers.get("ICMP: port unreachable comes in"));
    assertEquals("yes", answers.get("ICMP: ping goes out and back"));
    assertEquals("yes", answers.get("fragments, out"));
    assertEquals("yes", answers.get("fragments, in"));
    assertEquals("yes", answers.get("fragments, out, last first"));
  }
}
