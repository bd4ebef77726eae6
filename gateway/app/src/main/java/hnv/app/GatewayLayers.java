// SPDX-License-Identifier: Apache-2.0
package hnv.app;

import hnv.edge.EdgeLayerFactory;
import hnv.edge.ExitLayer;
import hnv.edge.GatewayGuard;
import hnv.edge.GatewayMetering;
import hnv.edge.LinkResponder;
import hnv.edge.RouteLayer;
import hnv.edge.TranslationLayer;
import hnv.edge.TwiceNatLayer;
import java.util.List;

/// The layers of a gateway's ports, in the order in which they are asked outbound: of what comes
/// from there. What goes there asks them in reverse, so that the exit, which a packet from there
/// never meets, is last to be asked. This is the one place that says so.
public final class GatewayLayers {
  /// Of a tenant's network, as its gateway's adapter is in it.
  public static final List<EdgeLayerFactory> ADAPTER =
      List.of(
          ExitLayer::layer,
          GatewayGuard::layer,
          (port, edge) -> GatewayMetering.layer(port),
          RouteLayer::layer);

  /// Of a network connection.
  public static final List<EdgeLayerFactory> CONNECTION =
      List.of(
          LinkResponder::layer,
          ExitLayer::layer,
          TwiceNatLayer::layer,
          GatewayGuard::layer,
          (port, edge) -> GatewayMetering.layer(port),
          RouteLayer::layer);

  /// Of a network that tenants share by translation.
  public static final List<EdgeLayerFactory> OUTSIDE =
      List.of(
          LinkResponder::layer,
          ExitLayer::layer,
          TranslationLayer::layer,
          (port, edge) -> GatewayMetering.layer(port),
          RouteLayer::layer);

  private GatewayLayers() {}
}
