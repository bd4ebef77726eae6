// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import hnv.app.cli.Refusal;
import hnv.model.ResourceId;
import java.nio.file.Path;
import java.util.HashSet;
import org.junit.jupiter.api.Tag;

/// Any octets are a configuration that a node can work with, or are refused with a list of
/// problems.
@Tag("jazzer")
class NodeConfigurationFuzzTest {
  private static final Path FILE = Path.of("/etc/hnv/node.json");

  @DictionaryEntries({
    "\\u0000",
    "\\ud800",
    "\\u00e9",
    "//",
    "/../",
    "\"server\"",
    "\"policy\"",
    "\"underlay\"",
    "\"device\"",
    "\"ports\"",
    "\"controlSocket\"",
    "\"vxlanPort\"",
    "null",
    "1e999",
    "-1"
  })
  @FuzzTest
  void parse(byte[] text) {
    NodeConfiguration configuration;
    try {
      configuration = NodeConfigurationReader.parse(FILE, text);
    } catch (Refusal refusal) {
      assertFalse(refusal.problems().isEmpty());
      refusal.problems().forEach(problem -> assertFalse(problem.isBlank()));
      return;
    }
    assertTrue(ResourceId.isValid(configuration.server()));
    assertTrue(configuration.policy().isAbsolute());
    assertTrue(configuration.controlSocket().isAbsolute());
    assertTrue(configuration.vxlanPort() >= 1 && configuration.vxlanPort() <= 65_535);
    assertTrue(configuration.ports().size() <= NodeConfiguration.MAX_PORTS);
    var devices = new HashSet<>(configuration.ports().values());
    devices.add(configuration.underlay());
    assertEquals(configuration.ports().size() + 1, devices.size(), "a device twice");
    for (String device : devices) {
      assertTrue(device.matches("[!-~&&[^/:]]{1,15}"), device);
    }
  }
}
