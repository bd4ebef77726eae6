// SPDX-License-Identifier: Apache-2.0
package hnv.bench.line;

import hnv.bench.traffic.ExitPolicy;
import hnv.lab.netns.Namespace;
import hnv.lab.traffic.Ping;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// This program as a gateway: a node in a process of its own.
public final class NodeGateway implements ExitGateway {
  /// The underlay's device where the tenant is not in it: a node has one.
  private static final String IDLE_UNDERLAY = "under";

  private static final Duration START = Duration.ofSeconds(30);

  private final ExitLine line;
  private final NodeProcess node;

  /// Starts it and waits until it forwards.
  ///
  /// @param folder for its files
  /// @param document its policy
  /// @param limits member of the node's configuration with its comma, or nothing
  NodeGateway(ExitLine line, Path folder, String document, String limits) {
    this.line = line;
    boolean l3 = line.access() == ExitLine.Access.L3;
    Namespace gateway = line.gateway();
    List<String> commands = new ArrayList<>();
    String underlay = l3 ? IDLE_UNDERLAY : ExitLine.LAN;
    if (l3) {
      commands.add("link add %s type veth peer name %s2".formatted(underlay, underlay));
      commands.add("link set %s up".formatted(underlay));
    } else {
      commands.add(Line.neighbor(ExitLine.PA_CLIENT, ExitLine.CLIENT_MAC, underlay));
    }
    commands.add("address add %s/24 dev %s".formatted(ExitLine.PA_GATEWAY, underlay));
    gateway.ip(commands);
    String outside =
        "\"%s\": {\"device\": \"%s\"}".formatted(ExitPolicy.OUTSIDE, ExitLine.WAN)
            + (l3 ? ", \"%s\": {\"device\": \"%s\"}".formatted(ExitPolicy.L3, ExitLine.LAN) : "");
    node =
        new NodeProcess(
            gateway,
            folder,
            "gateway-" + gateway.name(),
            document,
            """
              "server": "%s",
              "underlay": {"device": "%s"},
              "outside": {%s},
              %s
            """
                .formatted(ExitPolicy.SERVER, underlay, outside, limits),
            true);
    // Its neighbours are known from then on.
    Ping.awaitReply(line.client(), ExitLine.SERVER, START);
  }

  @Override
  public String name() {
    return "hnv";
  }

  @Override
  public ExitLine line() {
    return line;
  }

  @Override
  public long cpuNs() {
    return node.cpuNs();
  }

  @Override
  public long drops() {
    return node.drops();
  }

  /// Gives it another policy; {@link #reloads} says when that is in force.
  public void reload(String document) {
    node.reload(document);
  }

  /// How many policies it has put in force after its first.
  public int reloads() {
    return node.reloads();
  }

  @Override
  public void pin(boolean pinned) {
    node.pin(pinned);
  }
}
