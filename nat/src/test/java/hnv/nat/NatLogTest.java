// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import static hnv.nat.NatLab.CONTOSO;
import static hnv.nat.NatLab.FABRIKAM;
import static hnv.nat.NatLab.P;
import static hnv.nat.NatLab.R1;
import static hnv.nat.NatLab.WEB;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hnv.nat.log.NatIpfix;
import hnv.nat.log.NatLogQueue;
import hnv.nat.log.NatLogQueue.Choice;
import hnv.nat.log.NatLogRecord;
import hnv.nat.log.NatLogRecord.Kind;
import hnv.nat.log.NatSyslog;
import hnv.nat.v6.Prefix64;
import hnv.wire.Ipv6Address;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NatLogTest {
  private static final long UNIX_MILLIS = 1_790_000_000_000L;

  private static final Ipv6Address HOST = Ipv6Address.parse("2001:db8:1::12");

  @TempDir private Path dir;

  private static NatLab lab(NatLogQueue queue) {
    NatLab lab = NatLab.shared();
    lab.events = queue;
    lab.nowNs = 5 * NatLab.SECOND;
    return lab;
  }

  private static List<NatLogRecord> drained(NatLogQueue queue) {
    List<NatLogRecord> all = new ArrayList<>();
    queue.drain(all::add, Integer.MAX_VALUE);
    return all;
  }

  private static NatLogQueue queue(Choice choice, int capacity) {
    return new NatLogQueue(choice, capacity, UNIX_MILLIS);
  }

  @Test
  void logsBlocksWithoutSessions() {
    NatLogQueue queue = queue(Choice.BLOCKS, 64);
    NatLab lab = lab(queue).start();
    int s = lab.syn(FABRIKAM, WEB, 4_000, R1, 80);
    lab.nat.end(s);
    lab.pass(121);
    List<NatLogRecord> events = drained(queue);
    assertEquals(List.of(Kind.BLOCK_TAKEN, Kind.BLOCK_RETURNED), kinds(events));
    NatLogRecord taken = events.getFirst();
    assertEquals(FABRIKAM, taken.tenant());
    assertEquals(WEB, taken.inside());
    assertEquals(P, taken.publicAddress());
    assertEquals(255, taken.lastPort() - taken.publicPort());
    assertEquals(0, taken.remote());
    assertEquals(UNIX_MILLIS + 5_000, taken.unixMillis());
    assertEquals(UNIX_MILLIS + 126_000, events.getLast().unixMillis());
  }

  private static List<Kind> kinds(List<NatLogRecord> events) {
    return events.stream().map(NatLogRecord::kind).toList();
  }

  @Test
  void logsSessionsWithDestinationsOnlyIfToldTo() {
    for (Choice choice : List.of(Choice.SESSIONS, Choice.SESSIONS_AND_DESTINATIONS)) {
      NatLogQueue queue = queue(choice, 64);
      NatLab lab = lab(queue).start();
      int s = lab.udp(CONTOSO, WEB, 65_535, R1, 53);
      int publicPort = lab.nat.publicPort(s);
      lab.nat.end(s);
      List<NatLogRecord> events = drained(queue);
      assertEquals(List.of(Kind.SESSION_BEGAN, Kind.SESSION_ENDED), kinds(events));
      NatLogRecord began = events.getFirst();
      assertEquals(65_535, began.insidePort());
      assertEquals(publicPort, began.publicPort());
      assertEquals(choice == Choice.SESSIONS ? 0 : R1, began.remote());
      assertEquals(choice == Choice.SESSIONS ? 0 : 53, began.remotePort());
    }
  }

  @Test
  void logsIpv6Hosts() {
    for (Choice choice : List.of(Choice.BLOCKS, Choice.SESSIONS_AND_DESTINATIONS)) {
      NatLogQueue queue = queue(choice, 64);
      NatLab lab = lab(queue).rule(CONTOSO, NatLab.TCP, "2001:db8::/32", "shared");
      lab.start();
      Prefix64 prefix = Prefix64.WELL_KNOWN;
      int s =
          new Nat64(lab.nat, prefix)
              .outbound(
                  CONTOSO,
                  0,
                  NatLab.TCP,
                  HOST.high(),
                  HOST.low(),
                  4_000,
                  prefix.embedHigh(R1),
                  prefix.embedLow(R1),
                  80,
                  NatLab.SYN,
                  lab.nowNs);
      lab.nat.end(s);
      lab.pass(121);
      List<NatLogRecord> events = drained(queue);
      assertEquals(
          choice == Choice.BLOCKS
              ? List.of(Kind.BLOCK_TAKEN, Kind.BLOCK_RETURNED)
              : List.of(Kind.HOST_SESSION_BEGAN, Kind.HOST_SESSION_ENDED),
          kinds(events));
      for (NatLogRecord event : events) {
        assertTrue(event.isIpv6());
        assertEquals(HOST, new Ipv6Address(event.insideHigh(), event.insideLow()));
        assertEquals(P, event.publicAddress());
      }
    }
  }

  @Test
  void countsWhatFindsNoRoom() {
    NatLogQueue queue = queue(Choice.SESSIONS, 8);
    NatLab lab = lab(queue).start();
    for (int i = 0; i < 20; i++) {
      assertTrue(lab.udp(CONTOSO, WEB, 100 + i, R1, 53) > 0, "nothing else changes");
    }
    assertEquals(12, queue.lost());
    assertEquals(8, drained(queue).size());
    lab.udp(CONTOSO, WEB, 200, R1, 53);
    assertEquals(1, drained(queue).size());
    assertEquals(12, queue.lost());
  }

  @Test
  void tellsOfExhaustionOnceASecond() {
    NatLogQueue queue = queue(Choice.BLOCKS, 64);
    NatLab lab = lab(queue).ports(2_000, 2_001).blocks(2, 1);
    lab.start();
    for (int i = 0; i < 50; i++) {
      lab.udp(CONTOSO, WEB, 100 + i, R1, 53);
    }
    assertEquals(1, kinds(drained(queue)).stream().filter(k -> k == Kind.PORTS_EXHAUSTED).count());
    lab.nowNs += NatLab.SECOND;
    lab.udp(CONTOSO, WEB, 500, R1, 53);
    assertEquals(List.of(Kind.PORTS_EXHAUSTED), kinds(drained(queue)));
  }

  /// A reader on another thread gets every event that was not counted as lost, once, in order.
  @Test
  void handsEventsToAnotherThread() throws InterruptedException {
    NatLogQueue queue = queue(Choice.BLOCKS, 128);
    int events = 200_000;
    List<Integer> got = new ArrayList<>();
    Thread reader =
        Thread.ofPlatform()
            .start(
                () -> {
                  boolean open = true;
                  while (open) {
                    if (queue.drain(e -> got.add(e.tenant()), 1_000) == 0) {
                      Thread.onSpinWait();
                    }
                    open = got.isEmpty() || got.getLast() != events;
                  }
                });
    for (int i = 0; i < events; i++) {
      queue.blockTaken(i, 0, WEB, P, 1, 2, i);
    }
    int told = events;
    long lost;
    do {
      lost = queue.lost();
      queue.blockTaken(events, 0, WEB, P, 1, 2, 0);
      told++;
    } while (queue.lost() != lost);
    reader.join(TimeUnit.SECONDS.toMillis(30));
    assertEquals(told, got.size() + lost, "each once, or lost");
    for (int i = 1; i < got.size(); i++) {
      assertTrue(got.get(i) > got.get(i - 1), "in order");
    }
  }

  @Test
  void writesSyslogMessages() {
    NatSyslog syslog =
        new NatSyslog("gw 1", NatSyslog.EXAMPLE_ENTERPRISE, t -> t == 0 ? "Con\"t]o\\so" : "F");
    NatLogRecord block =
        new NatLogRecord(
            Kind.BLOCK_TAKEN, 1_790_000_000_123L, 0, 2, 0, WEB, 0, 0, 0, P, 1_024, 1_279, 0, 0, 0);
    assertEquals(
        "<134>1 2026-09-21T14:13:20.123Z gw_1 hnv-nat - NAT-PORT-BLOCK-ALLOCATE [nat@32473"
            + " tenant=\"Con\\\"t\\]o\\\\so\" network=\"2\" inside=\"10.1.1.12\""
            + " public=\"203.0.113.5\" first=\"1024\" last=\"1279\"]",
        new String(syslog.encode(block), StandardCharsets.UTF_8));
    NatLogRecord session =
        new NatLogRecord(
            Kind.SESSION_ENDED, 1_790_000_000_000L, 1, 0, 6, WEB, 0, 0, 7, P, 8, 0, R1, 443, 0);
    assertTrue(
        new String(syslog.encode(session), StandardCharsets.UTF_8)
            .endsWith(
                "protocol=\"6\" inside=\"10.1.1.12\" insidePort=\"7\" public=\"203.0.113.5\""
                    + " publicPort=\"8\" remote=\"198.51.100.1\" remotePort=\"443\"]"));
    NatLogRecord exhausted =
        new NatLogRecord(
            Kind.PORTS_EXHAUSTED,
            0,
            1,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            NatVerdict.POOL_PORTS.code());
    assertTrue(
        new String(syslog.encode(exhausted), StandardCharsets.UTF_8).startsWith("<132>1 1970-"));
  }

  private static List<NatLogRecord> oneOfEachKind() {
    List<NatLogRecord> all = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      boolean isThreshold = kind == Kind.THRESHOLD_REACHED;
      boolean isHosts = kind.word().startsWith("NAT64");
      all.add(
          new NatLogRecord(
              kind,
              UNIX_MILLIS,
              7,
              0,
              isThreshold ? 1 : 6,
              isHosts ? 0 : WEB,
              isHosts ? HOST.high() : 0,
              isHosts ? HOST.low() : 0,
              4_000,
              P,
              2_048,
              2_303,
              kind == Kind.SESSION_ENDED || kind == Kind.HOST_SESSION_ENDED ? R1 : 0,
              443,
              isThreshold ? 80 : NatVerdict.TENANT_SESSIONS.code()));
    }
    return all;
  }

  @Test
  void countsDataRecordsAndRepeatsTemplates() {
    NatIpfix ipfix = new NatIpfix(9, 512, NatIpfix.DEFAULT_TEMPLATE_SECONDS);
    List<NatLogRecord> events = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      events.addAll(oneOfEachKind());
    }
    long sequence = 0;
    int messages = 0;
    for (byte[] message : ipfix.encode(events, 1_790_000_000L)) {
      ByteBuffer b = ByteBuffer.wrap(message);
      assertTrue(message.length <= 512);
      assertEquals(10, b.getShort(0));
      assertEquals(message.length, b.getShort(2));
      assertEquals((int) 1_790_000_000L, b.getInt(4));
      assertEquals(sequence, b.getInt(8));
      assertEquals(9, b.getInt(12));
      assertEquals(messages == 0, b.getShort(16) == 2, "templates first, and once");
      sequence += records(b);
      messages++;
    }
    assertEquals(90, sequence);
    assertEquals(List.of(), ipfix.encode(List.of(), 1_790_000_001L));
    byte[] later = ipfix.encode(oneOfEachKind(), 1_790_000_600L).getFirst();
    assertEquals(2, ByteBuffer.wrap(later).getShort(16));
    assertEquals(90, ByteBuffer.wrap(later).getInt(8));
  }

  private static int records(ByteBuffer message) {
    int[] octets = {30, 36, 29, 17, 21, 21, 42, 48, 41};
    int records = 0;
    for (int at = 16; at < message.limit(); at += message.getShort(at + 2)) {
      if (message.getShort(at) >= 256) {
        int size = octets[message.getShort(at) - 256];
        assertEquals(0, (message.getShort(at + 2) - 4) % size);
        records += (message.getShort(at + 2) - 4) / size;
      }
    }
    return records;
  }

  /// What a foreign decoder makes of the octets.
  @Test
  void isUnderstoodByTshark() throws IOException, InterruptedException {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/tshark")), "there is no tshark here");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/text2pcap")), "there is no text2pcap here");
    byte[] message =
        new NatIpfix(9, 1_400, NatIpfix.DEFAULT_TEMPLATE_SECONDS)
            .encode(oneOfEachKind(), 1_790_000_000L)
            .getFirst();
    StringBuilder hex = new StringBuilder("0000");
    for (byte octet : message) {
      hex.append(" %02x".formatted(octet));
    }
    Path text = dir.resolve("ipfix.txt");
    Path pcap = dir.resolve("ipfix.pcap");
    Files.writeString(text, hex.append('\n'));
    run("/usr/bin/text2pcap", "-q", "-u", "4739,4739", text.toString(), pcap.toString());
    String fields =
        run(
            "/usr/bin/tshark",
            "-r",
            pcap.toString(),
            "-d",
            "udp.port==4739,cflow",
            "-T",
            "fields",
            "-E",
            "occurrence=a",
            "-e",
            "cflow.nat_event",
            "-e",
            "cflow.post_natsource_ipv4_address",
            "-e",
            "cflow.port_range_start",
            "-e",
            "cflow.port_range_end",
            "-e",
            "cflow.ingress_vrfid",
            "-e",
            "cflow.nat_quota_exceeded_event",
            "-e",
            "cflow.nat_threshold_event",
            "-e",
            "cflow.dstaddr",
            "-e",
            "cflow.srcaddrv6",
            "-e",
            "cflow.post_natdestination_ipv4_address",
            "-e",
            "_ws.expert.message");
    String address = NatLab.text(P);
    assertEquals(
        "4,5,6,7,16,17,12,13,18\t"
            + String.join(",", Collections.nCopies(6, address))
            + "\t2048,2048\t2303,2303\t7,7,7,7,7,7,7,7,7\t3\t1\t"
            + NatLab.text(R1)
            + "\t2001:db8:1::12,2001:db8:1::12\t"
            + NatLab.text(R1)
            + "\t",
        fields.stripTrailing().isEmpty() ? fields : fields.replaceAll("\\R", ""));
  }

  @Test
  void templatesGoAtRegularIntervalsWithAndWithoutData() {
    NatIpfix ipfix = new NatIpfix(9, 1_400, 60);
    List<byte[]> first = ipfix.templates(1_000);
    assertEquals(1, first.size());
    ByteBuffer message = ByteBuffer.wrap(first.getFirst());
    assertEquals(2, message.getShort(16), "RFC 7011 §3.4.1");
    assertEquals(message.limit() - 16, message.getShort(18));
    assertEquals(0, message.getInt(8), "no data has been sent");
    assertEquals(List.of(), ipfix.templates(1_059));
    assertEquals(258, ByteBuffer.wrap(block(ipfix, 1_059)).getShort(16), "data alone");
    message = ByteBuffer.wrap(ipfix.templates(1_060).getFirst());
    assertEquals(1, message.getInt(8), "templates count as no data");
    assertEquals(2, ByteBuffer.wrap(block(ipfix, 1_120)).getShort(16), "templates before data");
    assertEquals(List.of(), ipfix.templates(1_121));
    assertEquals(1, ipfix.templates(7).size(), "the clock was set back");
    assertThrows(IllegalArgumentException.class, () -> new NatIpfix(9, 1_400, 0));
    assertThrows(IllegalArgumentException.class, () -> new NatIpfix(9, 1_400, 86_401));
  }

  private static byte[] block(NatIpfix ipfix, long second) {
    List<NatLogRecord> one =
        oneOfEachKind().stream()
            .filter(event -> event.kind() == NatLogRecord.Kind.BLOCK_TAKEN && !event.isIpv6())
            .toList();
    return ipfix.encode(one, second).getFirst();
  }

  /// A message by the grammar of RFC 5424 §6: one element of structured data and no free text.
  private static final Pattern SYSLOG =
      Pattern.compile(
          "<\\d{1,3}>1 \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{1,6}Z"
              + " [!-~]{1,255} [!-~]{1,48} [!-~]{1,128} [!-~]{1,32}"
              + " \\[[!-~&&[^=\\]\"@]]{1,32}@\\d+"
              + "( [!-~&&[^=\\]\"]]{1,32}=\"([^\"\\\\\\]]|\\\\[\"\\\\\\]])*\")+\\]");

  @Test
  void syslogFollowsTheGrammar() {
    NatSyslog syslog =
        new NatSyslog("gw 1", NatSyslog.EXAMPLE_ENTERPRISE, slot -> "Con]to\"s\\o\n");
    for (NatLogRecord event : oneOfEachKind()) {
      String text = new String(syslog.encode(event), StandardCharsets.UTF_8);
      assertTrue(SYSLOG.matcher(text).matches(), text);
    }
  }

  /// What a foreign decoder makes of the octets.
  @Test
  void syslogIsUnderstoodByTshark() throws IOException, InterruptedException {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/tshark")), "there is no tshark here");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/text2pcap")), "there is no text2pcap here");
    NatSyslog syslog = new NatSyslog("gw1", NatSyslog.EXAMPLE_ENTERPRISE, slot -> "Con]toso\"");
    StringBuilder hex = new StringBuilder();
    for (NatLogRecord event : oneOfEachKind()) {
      hex.append("0000");
      for (byte octet : syslog.encode(event)) {
        hex.append(" %02x".formatted(octet));
      }
      hex.append('\n');
    }
    Path text = dir.resolve("syslog.txt");
    Path pcap = dir.resolve("syslog.pcap");
    Files.writeString(text, hex);
    run("/usr/bin/text2pcap", "-q", "-u", "514,514", text.toString(), pcap.toString());
    List<String> command =
        new ArrayList<>(List.of("/usr/bin/tshark", "-r", pcap.toString(), "-T", "fields"));
    for (String field :
        List.of("facility", "level", "version", "hostname", "appname", "procid", "msgid", "msg")) {
      command.addAll(List.of("-e", "syslog." + field));
    }
    List<String> lines = run(command.toArray(String[]::new)).lines().toList();
    List<NatLogRecord> events = oneOfEachKind();
    assertEquals(events.size(), lines.size());
    for (int i = 0; i < lines.size(); i++) {
      NatLogRecord event = events.get(i);
      String level = event.kind().word().matches(".*(EXHAUSTED|EXCEEDED|THRESHOLD)") ? "4" : "6";
      String header = "16\t" + level + "\t1\tgw1\thnv-nat\t-\t" + event.kind().word();
      assertTrue(lines.get(i).matches(Pattern.quote(header) + "[\t ].*"), lines.get(i));
    }
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(false).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String problems = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), problems);
    return out;
  }
}
