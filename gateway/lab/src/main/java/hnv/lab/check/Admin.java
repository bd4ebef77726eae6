// SPDX-License-Identifier: Apache-2.0
package hnv.lab.check;

import hnv.app.cli.AdminClient;
import hnv.app.cli.Failure;
import hnv.app.cli.Refusal;
import hnv.app.json.Json;
import hnv.dataplane.DropReason;
import hnv.lab.netns.LabException;
import hnv.lab.topology.Node;
import hnv.lab.topology.World;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// What `hnv show` says of a node.
///
/// @param socket the node's control socket
public record Admin(Path socket) {
  private static final String DROP = "drop ";

  /// Of a running node.
  public static Admin of(Node node) {
    return new Admin(node.controlSocket());
  }

  /// The rows of `hnv show WHAT`.
  public List<Json.Members> show(String what) {
    try {
      List<Json.Members> rows = new ArrayList<>();
      for (Json row : AdminClient.ask(socket, Json.object().put("show", what)).elements("rows")) {
        rows.add((Json.Members) row);
      }
      return rows;
    } catch (Failure | Refusal e) {
      throw new LabException("hnv show " + what, e);
    }
  }

  /// Packets that were dropped, by reason, at the devices that a gateway has; what a tenant's port
  /// on the way counts as well is not counted twice.
  public Map<DropReason, Long> drops() {
    Map<DropReason, Long> drops = new EnumMap<>(DropReason.class);
    for (Json.Members row : show("counters")) {
      String port = row.text("port");
      boolean device = port.equals("underlay") || port.startsWith(World.DEVICE);
      if (device && row.text("counter").startsWith(DROP)) {
        drops.merge(
            DropReason.valueOf(row.text("counter").substring(DROP.length())),
            row.number("value", 0),
            Long::sum);
      }
    }
    return drops;
  }

  /// Packets that were dropped for a reason, at the devices.
  public long drops(DropReason reason) {
    return drops().getOrDefault(reason, 0L);
  }

  /// True where a network connection is down.
  public boolean isDown(String connection) {
    return show("connections").stream()
        .anyMatch(
            row -> row.text("connection").equals(connection) && row.text("state").equals("down"));
  }
}
