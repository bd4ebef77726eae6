// SPDX-License-Identifier: Apache-2.0
package hnv.bench.line;

import hnv.bench.traffic.BenchPolicy;
import hnv.dataplane.Encapsulation;
import hnv.lab.netns.Deadline;
import hnv.lab.netns.LabException;
import hnv.lab.netns.Namespace;
import hnv.lab.traffic.Ping;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// This program: a node on the host, and where the other host is no kernel's, one there as well.
public final class NodeForwarder implements Forwarder {
  /// The host's end of the link of the machine of the second tenant.
  private static final String SECOND_VM = "vm2";

  private static final Duration START = Duration.ofSeconds(30);

  /// What is special about a node.
  ///
  /// @param name for people, short; the line's name
  /// @param offload false: Java alone forwards
  /// @param second whether the other tenant has a machine on the host as well
  record Kind(String name, Encapsulation encapsulation, boolean offload, boolean second) {}

  private final Kind kind;
  private final Line line;
  private final @Nullable Namespace second;
  private final NodeProcess here;
  private final List<NodeProcess> all = new ArrayList<>();

  /// Starts it and waits until it forwards.
  ///
  /// @param folder for its files
  NodeForwarder(Line line, Kind kind, Path folder) {
    this.line = line;
    this.kind = kind;
    second = kind.second() ? addSecondMachine(line) : null;
    Map<String, String> ports =
        second == null
            ? Map.of(BenchPolicy.BLUE.portHere(), Line.VM)
            : Map.of(BenchPolicy.BLUE.portHere(), Line.VM, BenchPolicy.GREEN.portHere(), SECOND_VM);
    here = start(line.host(), kind, folder, BenchPolicy.SERVER, ports);
    all.add(here);
    if (!line.far().equals(line.other())) {
      Map<String, String> there = Map.of(BenchPolicy.BLUE.portThere(), Line.VM);
      all.add(start(line.other(), kind, folder, BenchPolicy.SERVER_THERE, there));
    }
    Ping.awaitReply(line.machine(), BenchPolicy.CA_THERE, START);
  }

  private static NodeProcess start(
      Namespace host, Kind kind, Path folder, String server, Map<String, String> ports) {
    String name = "node-" + kind.name().replace(' ', '-') + "-" + server;
    return new NodeProcess(host, folder, name, server, ports, kind.encapsulation(), kind.offload());
  }

  private static Namespace addSecondMachine(Line line) {
    Namespace machine = Line.make(line.machine().processes(), line.machine().name() + "2");
    Line.connectMachine(
        line.host(),
        SECOND_VM,
        machine,
        "%s/24".formatted(BenchPolicy.CA_HERE),
        BenchPolicy.MAC_HERE,
        Line.neighbor(BenchPolicy.CA_THERE, BenchPolicy.MAC_THERE, Line.DEVICE));
    return machine;
  }

  @Override
  public String name() {
    return kind.name();
  }

  @Override
  public Line line() {
    return line;
  }

  @Override
  public Encapsulation encapsulation() {
    return kind.encapsulation();
  }

  /// The other tenant's machine on the host.
  public Namespace second() {
    if (second == null) {
      throw new LabException(kind.name() + " has no second machine");
    }
    return second;
  }

  @Override
  public void pin(boolean pinned) {
    all.forEach(node -> node.pin(pinned));
  }

  @Override
  public long cpuNs() {
    return all.stream().mapToLong(NodeProcess::cpuNs).sum();
  }

  @Override
  public long drops() {
    return here.drops();
  }

  /// Whether established flows are the kernel's.
  public boolean isOffloading() {
    return kind.offload();
  }

  /// Flows that the node on the host knows and the kernel forwards.
  public int flowsInKernel() {
    return here.flowsInKernel();
  }

  /// Takes the machine's link away and lays it again, as when a VM is started anew: the node
  /// forgets the machine's flows.
  public void restartMachine() {
    line.host().ip("link delete " + Line.VM);
    // The node sees the one go before the other comes.
    Deadline.pause(Duration.ofMillis(50));
    line.connectMachine();
    Ping.awaitReply(line.machine(), BenchPolicy.CA_THERE, START);
  }
}
