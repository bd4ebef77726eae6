// SPDX-License-Identifier: Apache-2.0
package hnv.app.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.app.CommandRun;
import hnv.app.json.Json;
import hnv.app.json.JsonReader;
import hnv.wire.capture.CaptureReader;
import hnv.wire.capture.CapturedPacket;
import hnv.wire.capture.LinkType;
import hnv.wire.capture.PcapWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReplayCommandTest {
  private static final Path CASE = Path.of("src/test/resources/replay/vxlan");
  private static final String POLICY = CASE.resolve("policy.json").toString();
  private static final String SQL = "contoso-sql=" + CASE.resolve("in-contoso-sql.pcap");

  // ARP who has 10.1.1.12 tell 10.1.1.11, from Contoso's SQL.
  private static final String ARP_REQUEST =
      "ffffffffffff00155d01011108060001080006040001" + "00155d0101110a01010b0000000000000a01010c";

  @TempDir Path folder;
  private Path out;

  @BeforeEach
  void choosesAFolder() {
    out = folder.resolve("out");
  }

  private CommandRun replay(String... more) {
    List<String> args = new ArrayList<>(List.of("replay", "--out", out.toString()));
    args.addAll(List.of(more));
    return CommandRun.of(args.toArray(String[]::new));
  }

  private void assertRefused(CommandRun run, String... says) {
    assertEquals(2, run.exit(), run.err());
    for (String each : says) {
      assertTrue(run.err().contains(each), run.err());
    }
    assertFalse(run.err().contains("\tat "), "a stack trace for the user's mistake");
    assertEquals("", run.out());
    assertEquals(List.of(), files());
  }

  private List<String> files() {
    if (!Files.exists(out)) {
      return List.of();
    }
    try (Stream<Path> list = Files.list(out)) {
      return list.map(file -> file.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private String captureOf(String name, String... packets) throws IOException {
    Path file = folder.resolve(name);
    try (PcapWriter writer = PcapWriter.create(file)) {
      write(writer, packets);
    }
    return file.toString();
  }

  private static void write(PcapWriter writer, String... packets) throws IOException {
    for (String packet : packets) {
      String[] parts = packet.split(" ", -1);
      byte[] octets = HexFormat.of().parseHex(parts[1]);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment f = arena.allocateFrom(ValueLayout.JAVA_BYTE, octets);
        writer.write(Long.parseLong(parts[0]), f, 0, octets.length);
      }
    }
  }

  @Test
  void givesIdenticalOctetsTwice() throws IOException {
    CommandRun first = replay("--policy", POLICY, "--server", "host1", "--in", SQL, "--trace");
    byte[] capture = Files.readAllBytes(out.resolve("underlay.pcap"));
    CommandRun second = replay("--policy", POLICY, "--server", "host1", "--in", SQL, "--trace");
    assertEquals(0, first.exit(), first.err());
    assertEquals(first.out(), second.out());
    assertEquals(
        HexFormat.of().formatHex(capture),
        HexFormat.of().formatHex(Files.readAllBytes(out.resolve("underlay.pcap"))));
  }

  @Test
  void writesACaptureForEveryPortOfTheHost() {
    CommandRun run = replay("--policy", POLICY, "--server", "HOST1", "--in", SQL);
    assertEquals(0, run.exit(), run.err());
    assertEquals(
        List.of("contoso-app1.pcap", "contoso-sql.pcap", "fabrikam-sql.pcap", "underlay.pcap"),
        files());
  }

  @Test
  void tellsTheWalk() throws Exception {
    CommandRun run = replay("--policy", POLICY, "--server", "host1", "--in", SQL, "--trace");
    Json.Members report = (Json.Members) JsonReader.read(run.out());
    Json.Members walk = (Json.Members) report.elements("trace").getFirst();
    assertEquals("forward", walk.text("verdict"));
    assertEquals("contoso-sql", walk.text("port"));
    assertEquals(1, walk.number("index", 0));
    assertEquals("2023-11-14T22:13:20Z", walk.text("timestamp"));
    List<String> layers = new ArrayList<>();
    walk.elements("steps").forEach(step -> layers.add(((Json.Members) step).text("layer")));
    assertEquals(
        List.of(
            "PORT",
            "PORT_GUARD_LAYER",
            "ADDRESS_RESOLUTION_LAYER",
            "FW_CONTROLLER_LAYER",
            "VNET_METER_LAYER",
            "VNET_DR_REDIRECTION_LAYER",
            "VNET_ENCAP_LAYER",
            "TRANSPOSITION"),
        layers);
    assertEquals("underlay", ((Json.Members) walk.elements("out").getFirst()).text("port"));
  }

  @Test
  void mergesByTimestampAndThenByOrderOfOptions() throws Exception {
    String first = captureOf("first.pcap", "2000 " + ARP_REQUEST, "4000 " + ARP_REQUEST);
    String second = captureOf("second.pcap", "1000 " + ARP_REQUEST, "4000 " + ARP_REQUEST);
    CommandRun run =
        replay(
            "--policy",
            POLICY,
            "--server",
            "host1",
            "--trace",
            "--in",
            "contoso-sql=" + first,
            "--in",
            "fabrikam-sql=" + second);
    assertEquals(0, run.exit(), run.err());
    List<String> order = new ArrayList<>();
    for (Json walk : ((Json.Members) JsonReader.read(run.out())).elements("trace")) {
      order.add(((Json.Members) walk).text("port") + ((Json.Members) walk).number("index", 0));
    }
    assertEquals(List.of("fabrikam-sql1", "contoso-sql1", "contoso-sql2", "fabrikam-sql2"), order);
  }

  @Test
  void keepsNanosecondsWhereThereAreSome() throws IOException {
    Path file = folder.resolve("ns.pcap");
    ByteArrayOutputStream octets = new ByteArrayOutputStream();
    try (PcapWriter writer = PcapWriter.nanoseconds(octets, LinkType.ETHERNET)) {
      write(writer, "1700000000123456789 " + ARP_REQUEST);
    }
    Files.write(file, octets.toByteArray());
    CommandRun run = replay("--policy", POLICY, "--server", "host1", "--in", "contoso-sql=" + file);
    assertEquals(0, run.exit(), run.err());
    try (CaptureReader reader = CaptureReader.open(out.resolve("contoso-sql.pcap"))) {
      Optional<CapturedPacket> answer = reader.next();
      assertEquals(1_700_000_000_123_456_789L, answer.orElseThrow().timestampNs());
    }
  }

  @Test
  void forgetsAConnectionThatWasSilentTooLong() throws IOException {
    // A UDP question at 0 s, and its answer 59 s later or 75 s later: the connection lives 60 s.
    assertEquals(1, answersAfter(59));
    assertEquals(0, answersAfter(75));
  }

  private int answersAfter(int seconds) throws IOException {
    String question =
        "00155d01011200155d01011108004500001d00004000401124b80a01010b0a01010c138800350009cc060a";
    String inner =
        "00155d01011100155d01011208004500001d00004000401124b80a01010c0a01010b003513880009cc060a";
    String outer = outer(inner);
    String asked = captureOf("q" + seconds, "0 " + question);
    String told = captureOf("a" + seconds, seconds * 1_000_000_000L + " " + outer);
    CommandRun run =
        replay(
            "--policy",
            POLICY,
            "--server",
            "host1",
            "--in",
            "contoso-sql=" + asked,
            "--in",
            "underlay=" + told);
    assertEquals(0, run.exit(), run.err());
    int count = 0;
    try (CaptureReader reader = CaptureReader.open(out.resolve("contoso-sql.pcap"))) {
      while (reader.next().isPresent()) {
        count++;
      }
    }
    return count;
  }

  /// VXLAN 5001 from host2 to host1 around a frame.
  private static String outer(String inner) {
    int length = inner.length() / 2;
    String udp = "c350" + "12b5" + "%04x".formatted(16 + length) + "0000";
    String header =
        "4500" + "%04x".formatted(36 + length) + "00004000" + "4011" + "%04x" + "c0a80214c0a8010a";
    int sum = 0;
    String blank = header.formatted(0);
    for (int i = 0; i < blank.length(); i += 4) {
      sum += Integer.parseInt(blank.substring(i, i + 4), 16);
    }
    sum = (sum & 0xFFFF) + (sum >>> 16);
    sum = (sum & 0xFFFF) + (sum >>> 16);
    return "0200c0a8010a0200c0a802140800"
        + header.formatted(~sum & 0xFFFF)
        + udp
        + "0800000000138900"
        + inner;
  }

  @Test
  void usesTheNeighborsThatAreGiven() throws IOException {
    CommandRun run =
        replay(
            "--policy",
            POLICY,
            "--server",
            "host1",
            "--in",
            SQL,
            "--neighbor",
            "192.168.2.20=0a:0b:0c:0d:0e:0f");
    assertEquals(0, run.exit(), run.err());
    try (CaptureReader reader = CaptureReader.open(out.resolve("underlay.pcap"))) {
      byte[] octets = reader.next().orElseThrow().octets().toArray(ValueLayout.JAVA_BYTE);
      assertEquals("0a0b0c0d0e0f0200c0a8010a", HexFormat.of().formatHex(octets, 0, 12));
    }
  }

  @Test
  void refusesAPortThatTheHostHasNot() {
    assertRefused(
        replay("--policy", POLICY, "--server", "host1", "--in", "contoso-web=x.pcap"),
        "--in contoso-web=x.pcap",
        "no port \"contoso-web\" on host1",
        "underlay, contoso-sql");
  }

  @Test
  void refusesAMissingCapture() {
    assertRefused(
        replay("--policy", POLICY, "--server", "host1", "--in", "underlay=nowhere.pcap"),
        "--in underlay=nowhere.pcap: there is no file nowhere.pcap");
  }

  @Test
  void refusesWhatIsNoCapture() {
    assertRefused(
        replay("--policy", POLICY, "--server", "host1", "--in", "underlay=" + POLICY),
        "the magic number");
  }

  @Test
  void refusesACaptureOfAnotherLink() throws IOException {
    Path file = folder.resolve("raw.pcap");
    ByteArrayOutputStream octets = new ByteArrayOutputStream();
    try (PcapWriter writer = PcapWriter.nanoseconds(octets, LinkType.RAW)) {
      write(writer, "0 " + ARP_REQUEST);
    }
    Files.write(file, octets.toByteArray());
    assertRefused(
        replay("--policy", POLICY, "--server", "host1", "--in", "underlay=" + file),
        "packet 1 has link type 101; only Ethernet");
  }

  @Test
  void leavesNothingOfABrokenCapture() throws IOException {
    byte[] whole = Files.readAllBytes(CASE.resolve("in-contoso-sql.pcap"));
    Path file = folder.resolve("cut.pcap");
    Files.write(file, java.util.Arrays.copyOf(whole, whole.length - 5));
    assertRefused(
        replay("--policy", POLICY, "--server", "host1", "--in", "contoso-sql=" + file),
        "broken after packet 6",
        "the file ends within");
  }

  @Test
  void listsEveryProblemOfAPolicy() throws IOException {
    Path policy = folder.resolve("policy.json");
    String text = Files.readString(Path.of(POLICY));
    Files.writeString(
        policy, text.replace("\"10.1.1.11\"", "\"10.9.1.11\"").replace("\"Deny\"", "\"Perhaps\""));
    assertRefused(
        replay("--policy", policy.toString(), "--server", "host1", "--in", SQL),
        "is refused",
        "$.networkInterfaces[0].properties.ipConfigurations[0].properties.privateIPAddress",
        "$.accessControlLists[0].properties.inboundDefaultAction");
  }

  @Test
  void refusesAnUnknownServer() {
    assertRefused(
        replay("--policy", POLICY, "--server", "host9", "--in", SQL),
        "--server: the policy has no server \"host9\"; it has host1, host2");
  }

  @Test
  void refusesABadNeighbor() {
    assertRefused(
        replay("--policy", POLICY, "--server", "host1", "--in", SQL, "--neighbor", "10.0.0.1"),
        "--neighbor: \"10.0.0.1\" is not PA=MAC");
  }

  @Test
  void saysWhenItCannotWrite() throws IOException {
    Files.writeString(out, "a file");
    CommandRun run = replay("--policy", POLICY, "--server", "host1", "--in", SQL);
    assertEquals(1, run.exit(), run.err());
    assertTrue(run.err().contains("--out: cannot write to the folder"), run.err());
  }
}
