// SPDX-License-Identifier: Apache-2.0
package hnv.app.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.app.CommandRun;
import hnv.app.json.Json;
import hnv.app.json.JsonReader;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TraceCommandTest {
  private static final String CASE = "src/test/resources/replay/vxlan/";

  private static CommandRun trace(String... more) {
    List<String> args =
        new ArrayList<>(List.of("trace", "--policy", CASE + "policy.json", "--server", "host1"));
    args.addAll(List.of(more));
    return CommandRun.of(args.toArray(String[]::new));
  }

  private static Json.Members answer(String... more) throws Exception {
    List<String> args = new ArrayList<>(List.of(more));
    args.addAll(List.of("-o", "json"));
    CommandRun run = trace(args.toArray(String[]::new));
    assertEquals(0, run.exit(), run.err());
    return (Json.Members) JsonReader.read(run.out());
  }

  private static String out(Json.Members answer, String member) {
    return ((Json.Members) answer.get("out")).text(member);
  }

  @Test
  void takesWhatIsLeftOutFromPolicy() throws Exception {
    Json.Members answer = answer("--port", "contoso-sql", "--dst", "10.1.1.12");
    assertEquals("forward", answer.text("verdict"));
    assertEquals(
        "00:15:5d:01:01:11 > 00:15:5d:01:01:12 10.1.1.11 > 10.1.1.12 TCP 40000 > 80 flags 0x02,"
            + " length 44",
        answer.text("description"));
    assertEquals("underlay", out(answer, "port"));
    assertEquals("1460 > 1410", out(answer, "mss"));
  }

  @Test
  void sendsToTheRouterWhatIsInAnotherSubnet() throws Exception {
    Json.Members answer = answer("--port", "contoso-sql", "--dst", "10.1.2.21", "--proto", "udp");
    assertTrue(answer.text("description").contains("> 02:48:4e:56:00:01 "));
    assertEquals("contoso-app1", out(answer, "port"));
  }

  @ParameterizedTest
  @CsvSource({
    "--src-mac, 00:15:5d:99:99:99, SOURCE_MAC_SPOOFED",
    "--src, 10.1.1.77, SOURCE_CA_SPOOFED",
    "--vlan, 7, VLAN_TAG_FROM_VM",
    "--dst-mac, 00:15:5d:99:99:99, DESTINATION_MAC_UNKNOWN"
  })
  void namesTheReasonOfADrop(String option, String value, String reason) throws Exception {
    Json.Members answer = answer("--port", "contoso-sql", "--dst", "10.1.1.12", option, value);
    assertEquals("drop", answer.text("verdict"));
    assertTrue(answer.elements("says").toString().contains(reason), answer.toString());
    assertNull(answer.get("out"));
  }

  @Test
  void answersWhatIsTooLong() throws Exception {
    Json.Members answer =
        answer("--port", "contoso-sql", "--dst", "10.1.1.12", "--proto", "udp", "--size", "1451");
    assertEquals("answer", answer.text("verdict"));
    assertTrue(answer.elements("says").toString().contains("MTU_EXCEEDED"));
    assertTrue(out(answer, "description").contains("ICMP type 3 code 4"));
    assertEquals(
        "forward",
        answer("--port", "contoso-sql", "--dst", "10.1.1.12", "--proto", "udp", "--size", "1450")
            .text("verdict"));
  }

  @Test
  void describesPacketsOfTheUnderlay() throws Exception {
    Json.Members good =
        answer("--port", "underlay", "--vni", "5001", "--src", "10.1.1.12", "--dst", "10.1.1.11");
    assertEquals("forward", good.text("verdict"));
    assertEquals("contoso-sql", out(good, "port"));
    Json.Members forged =
        answer(
            "--port",
            "underlay",
            "--vni",
            "5001",
            "--src",
            "10.1.1.12",
            "--dst",
            "10.1.1.11",
            "--outer-src",
            "192.168.3.30");
    assertTrue(forged.elements("says").toString().contains("SOURCE_PA_MISMATCH"));
    Json.Members other =
        answer(
            "--port",
            "underlay",
            "--vni",
            "5001",
            "--src",
            "10.1.1.12",
            "--dst",
            "10.1.1.11",
            "--encap",
            "nvgre");
    assertTrue(other.elements("says").toString().contains("ENCAPSULATION_MISMATCH"));
  }

  @Test
  void explainsAVniThatNobodyHas() throws Exception {
    Json.Members answer =
        answer(
            "--port",
            "underlay",
            "--vni",
            "7001",
            "--src",
            "10.1.1.12",
            "--dst",
            "10.1.1.11",
            "--outer-src",
            "192.168.2.20",
            "--src-mac",
            "00:15:5d:01:01:12");
    assertTrue(answer.elements("says").toString().contains("UNKNOWN_VSID"), answer.toString());
  }

  @Test
  void answersArpAndNeighborDiscovery() throws Exception {
    assertTrue(
        out(answer("--port", "contoso-sql", "--dst", "10.1.1.12", "--proto", "arp"), "description")
            .contains("ARP reply"));
    assertTrue(
        out(
                answer("--port", "contoso-sql", "--dst", "fd00:5001::12", "--proto", "nd"),
                "description")
            .contains("ICMPv6 type 136"));
  }

  @Test
  void takesAPacketOfACapture() throws Exception {
    Json.Members answer =
        answer("--port", "contoso-sql", "--pcap", CASE + "in-contoso-sql.pcap", "--packet", "6");
    assertTrue(answer.text("description").contains("ICMP type 8"), answer.toString());
  }

  @Test
  void takesOctets() throws Exception {
    Json.Members answer = answer("--port", "contoso-sql", "--hex", "00:15:5d 01");
    assertEquals("drop", answer.text("verdict"));
    assertTrue(answer.elements("says").toString().contains("MALFORMED_ETHERNET"));
  }

  @Test
  void printsTheWalkForPeople() {
    CommandRun run = trace("--port", "contoso-sql", "--dst", "10.1.1.12");
    assertEquals(0, run.exit(), run.err());
    assertTrue(run.out().contains("VNET_ENCAP_LAYER"), run.out());
    assertTrue(run.out().contains("verdict  forward"), run.out());
    assertTrue(run.out().contains("leaves   by underlay, 108 octets"), run.out());
    assertTrue(run.out().contains("MSS      1460 > 1410"), run.out());
  }

  @ParameterizedTest
  @CsvSource({
    "--dst, 10.1.1, --dst:",
    "--proto, tpc, --proto:",
    "--flags, SX, --flags:",
    "--ttl, 256, --ttl: 256 is not within 0 to 255",
    "--packet, 9, --packet:"
  })
  void namesTheOptionThatIsWrong(String option, String value, String says) {
    List<String> args = new ArrayList<>(List.of("--port", "contoso-sql", option, value));
    if (option.equals("--packet")) {
      args.addAll(List.of("--pcap", CASE + "in-contoso-sql.pcap"));
    } else if (!option.equals("--dst")) {
      args.addAll(List.of("--dst", "10.1.1.12"));
    }
    CommandRun run = trace(args.toArray(String[]::new));
    assertEquals(2, run.exit());
    assertTrue(run.err().contains(says), run.err());
    assertFalse(run.err().contains("\tat "), run.err());
  }

  @Test
  void refusesAPortOfAnotherServer() {
    CommandRun run = trace("--port", "contoso-web", "--dst", "10.1.1.11");
    assertEquals(2, run.exit());
    assertTrue(run.err().contains("--port: contoso-web is on host2, not on host1"), run.err());
  }

  @Test
  void needsAPolicyOrANode() {
    CommandRun run = CommandRun.of("trace", "--port", "x");
    assertEquals(2, run.exit());
    assertTrue(run.err().contains("--socket"), run.err());
  }
}
