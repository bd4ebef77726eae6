// SPDX-License-Identifier: Apache-2.0
package hnv.app.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hnv.model.VirtualNetworkManager;
import hnv.overlay.RouterMac;
import org.junit.jupiter.api.Test;

/// Model and dataplane do not know each other; here both are in sight.
class RouterMacTest {
  /// What policy keeps machines from bearing is what the dataplane takes for the router.
  @Test
  void policyReservesTheAddressThatTheDataplaneUses() {
    assertEquals(RouterMac.ADDRESS, VirtualNetworkManager.ROUTER_MAC_ADDRESS);
  }
}
