// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.edge.neighbor.OutsideResponder;
import hnv.vswitch.Action;
import hnv.vswitch.Layer;
import java.util.List;

/// What a link says to the gateway itself: ARP, neighbour discovery, pings of its own addresses. A
/// tunnel has none of it.
public final class LinkResponder {
  /// Name of the layer.
  public static final String NAME = OutsideResponder.NAME;

  private LinkResponder() {}

  /// The layer for one port.
  public static Layer layer(EdgePort port, Edge edge) {
    return port.isTunnel()
        ? new Layer(NAME, List.of(), List.of(), new Action.Allow(), new Action.Allow(), false)
        : edge.responder().layer(port.link(), packet -> EdgeAnswers.echo(packet, port));
  }
}
