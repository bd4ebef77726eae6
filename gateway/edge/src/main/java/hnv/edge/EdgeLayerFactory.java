// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.overlay.LayerFactory;
import hnv.vswitch.Layer;
import java.util.List;

/// Makes one layer of a gateway's port. The order of factories is the order of layers.
@FunctionalInterface
public interface EdgeLayerFactory {
  /// The layer for one port.
  Layer create(EdgePort port, Edge edge);

  /// The layers of a gateway's adapters in the tenants' networks, for the overlay's compiler.
  static List<LayerFactory> forAdapters(List<EdgeLayerFactory> layers, Edge edge) {
    return layers.stream()
        .map(layer -> (LayerFactory) view -> layer.create(EdgePort.of(view), edge))
        .toList();
  }
}
