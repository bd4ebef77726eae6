// SPDX-License-Identifier: Apache-2.0
package hnv.app.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import hnv.app.CommandRun;
import hnv.app.json.Json;
import hnv.app.json.JsonReader;
import hnv.wire.capture.CaptureReader;
import hnv.wire.capture.CapturedPacket;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Captures through a policy. What must come out was computed by `make.py` beside the cases, from
/// the RFCs and `docs/replay.md`, not recorded from this program.
final class GoldenReplayTest {
  private static final Path CASES = Path.of("src/test/resources/replay");

  @TempDir Path out;

  static List<String> cases() throws IOException {
    try (Stream<Path> folders = Files.list(CASES)) {
      return folders
          .filter(Files::isDirectory)
          .map(folder -> folder.getFileName().toString())
          .sorted()
          .toList();
    }
  }

  @Test
  void findsItsCases() throws IOException {
    assertEquals(9, cases().size());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void givesWhatWasComputed(String name) throws Exception {
    check(name, List.of());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void givesTheSameWithoutFlowTable(String name) throws Exception {
    check(name, List.of("--no-flow-table"));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void givesTheSameWhenTraced(String name) throws Exception {
    check(name, List.of("--trace"));
  }

  private void check(String name, List<String> options) throws Exception {
    Path folder = CASES.resolve(name);
    List<String> args = new ArrayList<>();
    args.addAll(List.of("replay", "--policy", folder.resolve("policy.json").toString()));
    args.addAll(List.of("--server", "host1", "--out", out.toString()));
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        String capture = file.getFileName().toString();
        if (capture.startsWith("in-")) {
          args.add("--in");
          args.add(capture.substring(3, capture.length() - ".pcap".length()) + "=" + file);
        }
      }
    }
    args.addAll(options);
    CommandRun run = CommandRun.of(args.toArray(String[]::new));
    assertEquals(0, run.exit(), run.err());
    compare(folder, run);
  }

  private void compare(Path folder, CommandRun run) throws Exception {
    Json.Members report = (Json.Members) JsonReader.read(run.out());
    Json.Members drops = Json.object();
    for (Json element : report.elements("ports")) {
      Json.Members port = (Json.Members) element;
      Path expected = folder.resolve("out-" + port.text("port") + ".pcap");
      assertEquals(
          Files.exists(expected) ? packets(expected) : List.of(),
          packets(out.resolve(port.text("capture"))),
          "out of " + port.text("port"));
      if (Files.exists(expected)) {
        assertEquals(
            -1, Files.mismatch(expected, out.resolve(port.text("capture"))), "the files differ");
      }
      Json.Members reasons = (Json.Members) port.get("drops");
      if (reasons != null && !reasons.members().isEmpty()) {
        drops.put(port.text("port"), reasons);
      }
    }
    Json expected = JsonReader.read(Files.readAllBytes(folder.resolve("drops.json")));
    assertEquals(((Json.Members) expected).members(), drops.members());
    assertFalse(report.elements("ports").isEmpty());
  }

  private static List<String> packets(Path file) throws IOException {
    List<String> packets = new ArrayList<>();
    try (CaptureReader reader = CaptureReader.open(file)) {
      for (Optional<CapturedPacket> next = reader.next(); next.isPresent(); next = reader.next()) {
        CapturedPacket packet = next.get();
        packets.add(
            packet.timestampNs()
                + " "
                + HexFormat.of().formatHex(packet.octets().toArray(ValueLayout.JAVA_BYTE)));
      }
    }
    return packets;
  }
}
