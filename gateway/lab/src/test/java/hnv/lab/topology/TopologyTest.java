// SPDX-License-Identifier: Apache-2.0
package hnv.lab.topology;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.lab.LabRun;
import hnv.lab.netns.Watchdog;
import hnv.lab.traffic.Ping;
import hnv.model.Encapsulation;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("netns")
final class TopologyTest {
  @Test
  void joinsTheHostsAndGoesWithoutTrace() throws IOException {
    Scenario scenario = Scenario.twoTenants(Encapsulation.VXLAN);
    String run;
    try (LabRun lab = LabRun.begin("ping")) {
      run = lab.processes().run();
      Topology topology = Topology.lay(lab.processes(), scenario);
      Ping.awaitReply(
          topology.host("host1"), scenario.host("host2").address(), Duration.ofSeconds(5));
      for (VirtualMachine machine : scenario.machines()) {
        String addresses =
            topology.machine(machine).run("ip", "address", "show", "dev", "eth0").require();
        assertTrue(addresses.contains(machine.mac().toString()), addresses);
        assertTrue(addresses.contains(machine.ipv4() + "/24"), addresses);
        assertTrue(addresses.contains("mtu 1450"), addresses);
      }
    }
    assertFalse(Watchdog.isAnythingLeft(run));
  }

  @Test
  void movesMachineBehindTapWithoutTouchingItsAdapter() throws IOException {
    moves(Topology.BEHIND_TAP);
  }

  @Test
  void movesMachineBehindVethWithoutTouchingItsAddresses() throws IOException {
    moves("fabrikam-web");
  }

  private static void moves(String name) throws IOException {
    Scenario scenario = Scenario.twoTenants(Encapsulation.VXLAN);
    try (LabRun lab = LabRun.begin()) {
      Topology topology = Topology.lay(lab.processes(), scenario);
      VirtualMachine machine = scenario.machine(name);
      String before = addresses(topology, machine);
      topology.move(machine, "host2", "host1");
      assertTrue(
          topology.host("host1").run("ip", "link", "show", name).succeeded(), "on the new host");
      assertFalse(
          topology.host("host2").run("ip", "link", "show", name).succeeded(), "on the old host");
      assertEquals(before, addresses(topology, machine));
    }
  }

  private static String addresses(Topology topology, VirtualMachine machine) {
    return topology
        .machine(machine)
        .run("ip", "-brief", "-4", "address", "show", "scope", "global")
        .require()
        .replaceAll("@\\S+|UP|DOWN|UNKNOWN|LOWERLAYER", "")
        .replaceAll("\\s+", " ");
  }
}
