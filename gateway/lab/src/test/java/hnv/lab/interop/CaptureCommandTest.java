// SPDX-License-Identifier: Apache-2.0
package hnv.lab.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.lab.LabRun;
import hnv.lab.netns.Namespace;
import hnv.lab.netns.RunningProcess;
import hnv.lab.topology.FlowsBy;
import hnv.lab.topology.Java;
import hnv.lab.topology.Node;
import hnv.lab.topology.Scenario;
import hnv.lab.topology.Topology;
import hnv.lab.topology.VirtualMachine;
import hnv.lab.traffic.Ping;
import hnv.model.Encapsulation;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `hnv capture` beside a running node, read by tshark.
@Tag("netns")
final class CaptureCommandTest {
  private static final int ECHOES = 5;

  @Test
  void writesWhatAPortSeesWhileTheKernelForwards(@TempDir Path folder) throws IOException {
    Scenario scenario = Scenario.twoTenants(Encapsulation.VXLAN);
    VirtualMachine one = scenario.machine("contoso-sql");
    VirtualMachine two = scenario.machine("contoso-web");
    try (LabRun run = LabRun.begin("ping", "tshark")) {
      Topology topology = Topology.lay(run.processes(), scenario);
      List<Node> nodes = new ArrayList<>();
      for (String host : List.of(one.host(), two.host())) {
        Node node = new Node(topology, scenario, host, FlowsBy.KERNEL);
        node.start();
        node.awaitInForce();
        nodes.add(node);
      }
      Namespace from = topology.machine(one);
      Ping.awaitReply(from, two.ipv4(), Duration.ofSeconds(5));
      Path file = folder.resolve("port.pcapng");
      RunningProcess capture = capture(topology, nodes.getFirst(), one.name(), file);
      capture.awaitOutput("capturing", Duration.ofSeconds(20));
      assertEquals(ECHOES, Ping.echo(from, two.ipv4(), ECHOES));
      capture.signal("TERM"); // INT is ignored by what a script starts in the background
      capture.awaitEnd(Duration.ofSeconds(10));
      assertTrue(capture.output().contains(" 0 lost"), capture.output());
      assertEquals(2 * ECHOES, count(from, file, "icmp"), capture.output());
      nodes.forEach(Node::close);
    }
  }

  private static RunningProcess capture(Topology topology, Node node, String port, Path file) {
    List<String> command = Java.command("hnv.app", "hnv.app.Main", List.of());
    command.addAll(List.of("capture", port, "-w", file.toString()));
    command.addAll(List.of("--socket", node.controlSocket().toString()));
    return topology.host(node.host()).start("capture", command);
  }

  private static long count(Namespace anywhere, Path file, String filter) {
    return anywhere
        .run("tshark", "-r", file.toString(), "-Y", filter)
        .require()
        .lines()
        .filter(line -> line.contains("ICMP"))
        .count();
  }
}
