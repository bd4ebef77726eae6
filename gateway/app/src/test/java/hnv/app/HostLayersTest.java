// SPDX-License-Identifier: Apache-2.0
package hnv.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import hnv.app.policy.PolicyCompiler;
import hnv.document.Parsed;
import hnv.document.PolicyDocuments;
import hnv.overlay.CapacityExceededException;
import hnv.overlay.OverlayCompiler;
import hnv.overlay.PortBinding;
import hnv.vswitch.Layer;
import hnv.vswitch.VPort;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class HostLayersTest {
  /// The order is the design: what a VM may send is looked at before anything answers it, what is
  /// answered here is no traffic for the ACL, and what the ACL refuses costs no tokens. Whoever
  /// changes the list says so here.
  @Test
  void asksTheLayersInThisOrder() throws CapacityExceededException {
    Parsed.Accepted accepted =
        (Parsed.Accepted) PolicyDocuments.parse(PolicyDocuments.twoTenants());
    List<VPort> ports =
        new OverlayCompiler("host1", HostLayers.LAYERS)
            .compile(
                PolicyCompiler.compile(accepted.policy()),
                Map.of("contoso-sql", new PortBinding(1, 1_500)))
            .state()
            .ports();
    assertFalse(ports.isEmpty());
    assertEquals(
        List.of(
            "PORT_GUARD_LAYER",
            "ADDRESS_RESOLUTION_LAYER",
            "FW_CONTROLLER_LAYER",
            "VNET_METER_LAYER",
            "VNET_DR_REDIRECTION_LAYER",
            "VNET_ENCAP_LAYER"),
        ports.getFirst().layers().stream().map(Layer::name).toList());
  }
}
