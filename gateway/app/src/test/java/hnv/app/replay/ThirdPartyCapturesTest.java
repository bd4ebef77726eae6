// SPDX-License-Identifier: Apache-2.0
package hnv.app.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hnv.app.CommandRun;
import hnv.app.json.Json;
import hnv.app.json.JsonReader;
import hnv.dataplane.FramePool;
import hnv.wire.capture.CaptureReader;
import hnv.wire.capture.CapturedPacket;
import hnv.wire.capture.LinkType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Captures that nobody here made, through the whole dataplane.
final class ThirdPartyCapturesTest {
  private static final Path CASES = Path.of("../../../shared/cases");
  private static final String POLICY = "src/test/resources/replay/vxlan/policy.json";

  @TempDir Path out;

  /// Every packet is forwarded, answered, or dropped with a reason; nothing throws or hangs.
  @Test
  void accountsForEveryPacket() throws Exception {
    assumeTrue(Files.isDirectory(CASES), "no third-party captures at ../shared/cases");
    List<String> args =
        new ArrayList<>(
            List.of("replay", "--policy", POLICY, "--server", "host1", "--out", out.toString()));
    long packets = 0;
    for (Path file : captures()) {
      long count = replayable(file);
      for (String port : List.of("underlay", "contoso-sql")) {
        if (count > 0) {
          args.addAll(List.of("--in", port + "=" + file));
          packets += count;
        }
      }
    }
    assertTrue(packets > 1_000, packets + " packets only");
    CommandRun run = CommandRun.of(args.toArray(String[]::new));
    assertEquals(0, run.exit(), run.err());
    Json.Members report = (Json.Members) JsonReader.read(run.out());
    assertEquals(packets, report.number("packets", -1));
    Json.Members totals = (Json.Members) report.get("totals");
    Json.Members in = (Json.Members) totals.get("in");
    assertEquals(packets, in.number("packets", -1));
    assertTrue(totals.number("dropped", -1) >= packets - outPackets(totals), run.out());
  }

  private static long outPackets(Json.Members totals) {
    return ((Json.Members) totals.get("out")).number("packets", -1);
  }

  private static List<Path> captures() throws IOException {
    try (Stream<Path> files = Files.walk(CASES)) {
      return files
          .filter(file -> file.toString().matches(".*\\.(pcap|pcapng|cap)"))
          .sorted()
          .toList();
    }
  }

  /// Packets of a capture that replay takes; 0 for one that it refuses.
  private static long replayable(Path file) {
    try (CaptureReader reader = CaptureReader.open(file)) {
      long count = 0;
      for (Optional<CapturedPacket> next = reader.next(); next.isPresent(); next = reader.next()) {
        CapturedPacket packet = next.get();
        if (packet.linkType() != LinkType.ETHERNET
            || packet.capturedLength() > FramePool.MAX_FRAME_LENGTH) {
          return 0;
        }
        count++;
      }
      return count;
    } catch (IOException e) {
      return 0; // Refused, with a reason: the reader's own tests look at that.
    }
  }
}
