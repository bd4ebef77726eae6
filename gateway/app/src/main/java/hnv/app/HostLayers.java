// SPDX-License-Identifier: Apache-2.0
package hnv.app;

import hnv.overlay.AccessControlLayer;
import hnv.overlay.AddressResolution;
import hnv.overlay.DistributedRouter;
import hnv.overlay.EncapsulationLayer;
import hnv.overlay.LayerFactory;
import hnv.overlay.Metering;
import hnv.overlay.PortGuard;
import java.util.List;

/// The layers of a VM's port on a host, outermost from the guest last: asked in this order outbound
/// and in reverse inbound. This is the one place that says so.
public final class HostLayers {
  /// The list.
  public static final List<LayerFactory> LAYERS =
      List.of(
          PortGuard::layer,
          AddressResolution::layer,
          AccessControlLayer::layer,
          Metering::layer,
          DistributedRouter::layer,
          EncapsulationLayer::layer);

  private HostLayers() {}
}
