// SPDX-License-Identifier: Apache-2.0
package hnv.lab.topology;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.app.cli.AdminClient;
import hnv.app.json.Json;
import hnv.lab.LabRun;
import hnv.lab.netns.Deadline;
import hnv.lab.netns.Namespace;
import hnv.lab.traffic.Ping;
import hnv.model.Encapsulation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A VM's device goes and comes while its flows pass in the kernel: traffic stops, and passes by
/// the kernel again when the device is back.
@Tag("netns")
final class DeviceLifeTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  private final Scenario scenario = Scenario.twoTenants(Encapsulation.VXLAN);
  private final VirtualMachine near = scenario.machine("contoso-sql");
  private final VirtualMachine far = scenario.machine("contoso-web");
  private final List<Node> nodes = new ArrayList<>();
  private LabRun run;
  private Topology topology;
  private Namespace host;

  @BeforeEach
  void lay() throws Exception {
    run = LabRun.begin("ping");
    topology = Topology.lay(run.processes(), scenario);
    for (Scenario.Host each : scenario.hosts()) {
      Node node = new Node(topology, scenario, each.name(), FlowsBy.KERNEL);
      nodes.add(node);
      node.start();
    }
    nodes.forEach(Node::awaitInForce);
    assertTrue(nodes.stream().allMatch(Node::flowsByKernel));
    host = topology.host(near.host());
    Ping.awaitReply(topology.machine(far), near.ipv4(), SOON);
  }

  @AfterEach
  void clear() {
    nodes.forEach(Node::close);
    if (run != null) {
      run.close();
    }
  }

  /// Requests answered of `count`, by one flow.
  private int pings(int count) {
    return Ping.echo(topology.machine(far), near.ipv4(), count, 56);
  }

  private long dropsAtUnderlay(String reason) throws Exception {
    return counter("drop " + reason, "underlay");
  }

  private long counter(String name, String port) throws Exception {
    Node node = nodes.stream().filter(n -> n.host().equals(near.host())).findFirst().orElseThrow();
    Json.Members answer =
        AdminClient.ask(node.controlSocket(), Json.object().put("show", "counters"));
    for (Json row : answer.elements("rows")) {
      if (row instanceof Json.Members counter
          && counter.text("counter").equals(name)
          && counter.text("port").equals(port)) {
        return counter.number("value", 0);
      }
    }
    return 0;
  }

  private void assertPassesByTheKernel() throws Exception {
    Ping.awaitReply(topology.machine(far), near.ipv4(), SOON);
    assertEquals(5, pings(5));
    assertTrue(
        Deadline.in(SOON)
            .holds(
                () -> {
                  try {
                    return pings(2) == 2 && counter("flows in the kernel", "") >= 2;
                  } catch (Exception e) {
                    return false;
                  }
                }));
  }

  /// The kernel may tell of a lost carrier a second late; until then it drops by itself.
  private void assertDropsWithReason() throws Exception {
    long before = dropsAtUnderlay("PORT_DOWN");
    int answers = 0;
    for (int i = 0; i < 20 && dropsAtUnderlay("PORT_DOWN") == before; i++) {
      answers += pings(1);
    }
    assertEquals(0, answers);
    assertTrue(dropsAtUnderlay("PORT_DOWN") > before, "with a reason");
  }

  @Test
  void passesAgainAfterTheHostsEndWasDown() throws Exception {
    assertPassesByTheKernel();
    host.ip("link set " + near.name() + " down");
    assertDropsWithReason();
    host.ip("link set " + near.name() + " up");
    assertPassesByTheKernel();
  }

  @Test
  void passesAgainAfterTheMachineRestarted() throws Exception {
    assertPassesByTheKernel();
    Namespace machine = topology.machine(near);
    machine.ip("link set " + Topology.DEVICE + " down");
    assertDropsWithReason();
    machine.ip("link set " + Topology.DEVICE + " up", "route add default via " + gateway());
    assertPassesByTheKernel();
  }

  @Test
  void passesAgainByAnotherDeviceOfTheSameName() throws Exception {
    assertPassesByTheKernel();
    host.ip("link del " + near.name());
    Deadline.pause(Duration.ofMillis(200));
    assertEquals(0, pings(2));
    host.ip(
        "link add name %s type veth peer name %s address %s netns %s"
            .formatted(near.name(), Topology.DEVICE, near.mac(), topology.machine(near).name()));
    topology
        .machine(near)
        .ip(
            "link set " + Topology.DEVICE + " up",
            "address add " + near.addresses().getFirst().withLength() + " dev " + Topology.DEVICE,
            "route add default via " + gateway());
    assertPassesByTheKernel();
  }

  @Test
  void passesAgainAfterTheDeviceWasInAnotherNamespace() throws Exception {
    assertPassesByTheKernel();
    Namespace elsewhere = topology.router();
    host.ip("link set " + near.name() + " netns " + elsewhere.name());
    elsewhere.ip("link set " + near.name() + " up");
    Deadline.pause(Duration.ofMillis(200));
    assertEquals(0, pings(2));
    elsewhere.ip("link set " + near.name() + " netns " + host.name());
    assertPassesByTheKernel();
  }

  private String gateway() {
    return near.addresses().getFirst().gateway() + " dev " + Topology.DEVICE;
  }
}
