// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import hnv.vswitch.Group;
import hnv.vswitch.Layer;
import hnv.vswitch.Rule;
import java.util.List;

/// The stateful access control list of an adapter.
public final class AccessControlLayer {
  /// Name of the layer, as operators of the original know it.
  public static final String NAME = "FW_CONTROLLER_LAYER";

  private AccessControlLayer() {}

  /// The layer for one adapter.
  public static Layer layer(AdapterView view) {
    OverlayNetwork.AccessControl acl = view.adapter().accessControl();
    return new Layer(
        NAME,
        groups("FW_CONTROLLER_GROUP_OUT", acl.outbound()),
        groups("FW_CONTROLLER_GROUP_IN", acl.inbound()),
        acl.outboundDefault(),
        acl.inboundDefault(),
        true);
  }

  private static List<Group> groups(String id, List<Rule> rules) {
    return rules.isEmpty() ? List.of() : List.of(new Group(id, rules));
  }
}
