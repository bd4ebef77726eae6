// SPDX-License-Identifier: Apache-2.0
package hnv.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hnv.dataplane.Counters;
import hnv.dataplane.FlowArrays;
import hnv.dataplane.FramePool;
import hnv.edge.Edge;
import hnv.edge.EdgeLayerFactory;
import hnv.edge.EdgePort;
import hnv.edge.neighbor.NeighborLimits;
import hnv.nat.NatEngine;
import hnv.nat.NatEvents;
import hnv.nat.NatLimits;
import hnv.overlay.AnswerLimit;
import hnv.vswitch.Layer;
import hnv.vswitch.PortRole;
import hnv.vswitch.VSwitch;
import hnv.vswitch.VSwitchLimits;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class GatewayLayersTest {
  /// The order is the design: who a packet is from is looked at before it costs tokens, and whose
  /// it is is known before it is routed; what leaves is counted as the tenant sent it, then
  /// translated, then given to a neighbour. Whoever changes a list says so here.
  @Test
  void asksTheLayersInThisOrder() {
    assertEquals(
        List.of("GW_EXIT_LAYER", "GATEWAY_GUARD_LAYER", "GW_METER_LAYER", "GW_ROUTE_LAYER"),
        names(GatewayLayers.ADAPTER));
    assertEquals(
        List.of(
            "ADDRESS_RESOLUTION_LAYER",
            "GW_EXIT_LAYER",
            "TWICE_NAT_LAYER",
            "GATEWAY_GUARD_LAYER",
            "GW_METER_LAYER",
            "GW_ROUTE_LAYER"),
        names(GatewayLayers.CONNECTION));
    assertEquals(
        List.of(
            "ADDRESS_RESOLUTION_LAYER",
            "GW_EXIT_LAYER",
            "SLB_NAT_LAYER",
            "GW_METER_LAYER",
            "GW_ROUTE_LAYER"),
        names(GatewayLayers.OUTSIDE));
  }

  private static List<String> names(List<EdgeLayerFactory> factories) {
    FramePool pool = new FramePool(1);
    VSwitch vswitch =
        new VSwitch(
            FlowArrays.ofDefaultSize(), pool, new Counters(), new VSwitchLimits(16, 16, 16, 16));
    NatEngine nat = new NatEngine(NatLimits.ofSessions(16, 16), new Random(1), NatEvents.NONE);
    Edge edge = new Edge(vswitch, pool, nat, NeighborLimits.DEFAULT, 1);
    EdgePort port =
        new EdgePort(
            1, "p", PortRole.CONNECTION, 1, List.of(), 0, 1, -1, 0, 0, 0, null, new AnswerLimit());
    return factories.stream().map(each -> each.create(port, edge)).map(Layer::name).toList();
  }
}
