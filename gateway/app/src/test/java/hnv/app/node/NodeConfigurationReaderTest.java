// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.app.cli.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NodeConfigurationReaderTest {
  @TempDir Path folder;

  private NodeConfiguration read(String json) throws IOException, Refusal {
    Path file = folder.resolve("node.json");
    Files.writeString(file, json);
    return NodeConfigurationReader.read(file);
  }

  private List<String> problems(String json) {
    List<String> lines = assertThrows(Refusal.class, () -> read(json)).problems();
    return lines.size() == 1
        ? lines
        : lines.subList(1, lines.size()).stream().map(String::strip).toList();
  }

  @Test
  void readsAWholeConfiguration() throws Exception {
    NodeConfiguration configuration =
        read(
            """
            {"server": "host1", "policy": "p.json", "underlay": {"device": "eth0"},
             "ports": {"contoso-web": "vnet3", "contoso-sql": "vnet4"},
             "controlSocket": "run/node.sock", "vxlanPort": 8472,
             "offload": false}
            """);
    assertEquals("host1", configuration.server());
    assertEquals(folder.resolve("p.json"), configuration.policy());
    assertEquals("eth0", configuration.underlay());
    assertEquals(Map.of("contoso-web", "vnet3", "contoso-sql", "vnet4"), configuration.ports());
    assertEquals(folder.resolve("run/node.sock"), configuration.controlSocket());
    assertEquals(8472, configuration.vxlanPort());
    assertFalse(configuration.offload());
  }

  @Test
  void hasDefaults() throws Exception {
    NodeConfiguration configuration =
        read("{\"server\": \"h\", \"policy\": \"/p.json\", \"underlay\": {\"device\": \"eth0\"}}");
    assertEquals(Map.of(), configuration.ports());
    assertEquals(Path.of("/run/hnv/node.sock"), configuration.controlSocket());
    assertEquals(4789, configuration.vxlanPort());
    assertTrue(configuration.offload());
    assertFalse(configuration.withoutOffload().offload());
    assertEquals(Path.of("/p.json"), configuration.policy());
  }

  @Test
  void listsEveryProblem() {
    assertEquals(
        List.of(
            "$.prots: there is no such property; there are controlSocket, limits, offload,"
                + " outside, policy, ports, server, underlay, vxlanPort",
            "$.server: a text is wanted",
            "$.underlay.device: \"a device of mine\" is not the name of a network device: 1 to 15"
                + " characters, no space, / or :",
            "$.ports[\"b\"]: the device vnet1 is that of $.ports[\"a\"] already",
            "$.ports[\"B\"]: stands twice; case makes no difference",
            "$.ports[\"c\"]: the name of a device is wanted",
            "$.vxlanPort: a port number, 1 to 65535, is wanted",
            "$.offload: true or false is wanted"),
        problems(
            """
            {"policy": "p.json", "underlay": {"device": "a device of mine"}, "prots": {},
             "ports": {"a": "vnet1", "b": "vnet1", "B": "vnet2", "c": 3}, "vxlanPort": 0,
             "offload": "yes"}
            """));
  }

  private static String with(String members) {
    return "{\"server\": \"h\", \"policy\": \"p\", \"underlay\": {\"device\": \"eth0\"}, "
        + members
        + "}";
  }

  @Test
  void readsDevicesToTheOutside() throws Exception {
    NodeConfiguration configuration =
        read(
            with(
                "\"outside\": {\"internet\": {\"device\": \"wan0\"},"
                    + " \"trunk\": {\"device\": \"wan1\"}}"));
    assertEquals(
        Map.of("internet", new OutsideDevice("wan0"), "trunk", new OutsideDevice("wan1")),
        configuration.outside());
    assertEquals(List.of("internet", "trunk"), List.copyOf(configuration.outside().keySet()));
    assertEquals(configuration.outside(), configuration.withoutOffload().outside());
    assertEquals(Map.of(), read(with("\"vxlanPort\": 1")).outside());
  }

  @Test
  void sharesAnOutsideDeviceAlsoWithTheUnderlay() throws Exception {
    assertEquals(
        Map.of("internet", new OutsideDevice("wan0", true), "lan", new OutsideDevice("wan1")),
        read(with(
                "\"outside\": {\"internet\": {\"device\": \"wan0\", \"shared\": true},"
                    + " \"lan\": {\"device\": \"wan1\", \"shared\": false}}"))
            .outside());
    assertEquals(
        Map.of("internet", new OutsideDevice("eth0", true)),
        read(with("\"outside\": {\"internet\": {\"device\": \"eth0\", \"shared\": true}}"))
            .outside());
    assertEquals(
        List.of(
            "$.outside[\"b\"].device: the device eth0 is that of $.outside[\"a\"].device already",
            "$.outside[\"c\"].shared: true or false is wanted"),
        problems(
            with(
                "\"outside\": {\"a\": {\"device\": \"eth0\", \"shared\": true},"
                    + " \"b\": {\"device\": \"eth0\", \"shared\": true},"
                    + " \"c\": {\"device\": \"wan9\", \"shared\": 1}}")));
  }

  @Test
  void listsEveryProblemOfTheOutside() {
    assertEquals(
        List.of(
            "$.outside[\"internet\"].device: the device eth0 is that of $.underlay.device already;"
                + " with \"shared\": true both may have it",
            "$.outside[\"WEB\"]: stands twice; case makes no difference",
            "$.outside[\"WEB\"].device: the device vnet1 is that of $.ports[\"web\"] already",
            "$.outside[\"a/b\"]: \"a/b\" cannot be a resourceId",
            "$.outside[\"a/b\"].vlan: there is no such property; there are device, shared",
            "$.outside[\"a/b\"].device: a text is wanted",
            "$.outside[\"x\"]: an object {\"device\": DEVICE} is wanted",
            "$.outside[\"Underlay\"]: the underlay's port is called so"),
        problems(
            with(
                "\"ports\": {\"web\": \"vnet1\"}, \"outside\": {\"internet\": {\"device\":"
                    + " \"eth0\"}, \"WEB\": {\"device\": \"vnet1\"}, \"a/b\": {\"vlan\": 4},"
                    + " \"x\": \"wan0\", \"Underlay\": {\"device\": \"wan3\"}}")));
    assertEquals(
        List.of("$.outside: an object {NAME: {\"device\": DEVICE}, ...} is wanted"),
        problems(with("\"outside\": [\"wan0\"]")));
  }

  @Test
  void refusesMoreDevicesToTheOutsideThanThereMayBe() throws Exception {
    StringBuilder devices = new StringBuilder();
    for (int i = 0; i < NodeConfiguration.MAX_OUTSIDE; i++) {
      devices.append("\"n%d\": {\"device\": \"w%d\"}, ".formatted(i, i));
    }
    String most = devices.substring(0, devices.length() - 2);
    assertEquals(256, read(with("\"outside\": {" + most + "}")).outside().size());
    assertEquals(
        List.of("$.outside: more than 256 devices"),
        problems(with("\"outside\": {" + devices + "\"more\": {\"device\": \"w\"}}")));
  }

  @Test
  void readsLimits() throws Exception {
    assertEquals(
        new NodeLimits(1_024, 4_194_304, 200_000, 0),
        read(with(
                "\"limits\": {\"flows\": 1024, \"connections\": 4194304,"
                    + " \"natSessions\": 200000, \"unsolicitedSyns\": 0}"))
            .limits());
    assertEquals(
        new NodeLimits(4_096, 131_072, 131_072, 256),
        read(with("\"limits\": {\"flows\": 4096}")).limits());
    assertEquals(NodeLimits.DEFAULT, read(with("\"vxlanPort\": 1")).limits());
    assertEquals(2_048, new NodeLimits(4_096, 1_024, 1_024, 0).ofSwitch().tenantFlows());
  }

  @Test
  void refusesLimitsOutOfRange() {
    assertEquals(
        List.of(
            "$.limits.flow: there is no such property; there are connections, flows, natSessions,"
                + " unsolicitedSyns",
            "$.limits.flows: a number, 1024 to 4194304, is wanted",
            "$.limits.connections: a number, 1024 to 4194304, is wanted",
            "$.limits.natSessions: a number, 1024 to 4194304, is wanted",
            "$.limits.unsolicitedSyns: a number, 0 to 65536, is wanted"),
        problems(
            with(
                "\"limits\": {\"flow\": 1, \"flows\": 1023, \"connections\": 4194305,"
                    + " \"natSessions\": \"many\", \"unsolicitedSyns\": 65537}")));
    assertEquals(
        List.of("$.limits: an object {\"flows\": NUMBER, ...} is wanted"),
        problems(with("\"limits\": 5")));
    assertThrows(IllegalArgumentException.class, () -> new NodeLimits(1_024, 1_023, 1_024, 1));
    assertThrows(IllegalArgumentException.class, () -> new NodeLimits(1_024, 1_024, 1_024, 65_537));
  }

  @Test
  void refusesWhatIsNoJson() {
    assertEquals(1, problems("{\"server\": ").size());
  }

  @Test
  void refusesAPropertyThatStandsTwice() {
    assertEquals(
        true,
        problems("{\"server\": \"a\", \"server\": \"b\"}").getFirst().contains("more than once"));
  }

  @Test
  void refusesASocketWhosePathIsTooLong() {
    String socket = "/" + "x".repeat(107);
    assertEquals(
        List.of("$.controlSocket: " + socket + " is longer than 107 octets"),
        problems(
            "{\"server\": \"h\", \"policy\": \"p\", \"underlay\": {\"device\": \"eth0\"},"
                + " \"controlSocket\": \""
                + socket
                + "\"}"));
  }
}
