// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import hnv.vswitch.Layer;

/// Makes one layer of an adapter's port. The order of factories is the order of layers.
@FunctionalInterface
public interface LayerFactory {
  /// The layer for one adapter of this host.
  Layer create(AdapterView adapter);
}
