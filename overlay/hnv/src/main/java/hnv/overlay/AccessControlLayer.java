// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import hnv.vswitch.Action;
import hnv.vswitch.Layer;

/// The stateful access control of an adapter.
public final class AccessControlLayer {
  /// Name of the layer, as operators of the original know it.
  public static final String NAME = "FW_CONTROLLER_LAYER";

  private AccessControlLayer() {}

  /// The layer for one adapter.
  public static Layer layer(AdapterView view) {
    OverlayNetwork.AccessControl acl = view.adapter().accessControl();
    return new Layer(
        NAME,
        acl.outbound(),
        acl.inbound(),
        new Action.StatefulAllow(),
        new Action.StatefulAllow(),
        true);
  }
}
