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
            "$.prots: there is no such property; there are controlSocket, offload, policy, ports,"
                + " server, underlay, vxlanPort",
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
