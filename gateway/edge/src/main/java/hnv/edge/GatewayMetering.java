// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.vswitch.Action;
import hnv.vswitch.Layer;
import hnv.vswitch.PortRole;
import hnv.vswitch.Verdict;
import java.util.List;

/// Counts, and limits where policy says so, what a tenant sends and gets: by its virtual network as
/// a whole, and by each of its connections. A packet passes two ports; its record has a meter of
/// either.
public final class GatewayMetering {
  /// Name of the layer.
  public static final String NAME = "GW_METER_LAYER";

  private GatewayMetering() {}

  /// The layer for one port. What comes from a connection is what the tenant gets by it; what comes
  /// from its own network is what it sends.
  public static Layer layer(EdgePort port) {
    boolean own = port.role() == PortRole.GATEWAY;
    int out = own ? port.sendMeter() : port.getMeter();
    int in = own ? port.getMeter() : port.sendMeter();
    Action.Transposition outbound =
        packet -> {
          packet.transposition().meterOutbound(out);
          return Verdict.CONTINUE;
        };
    Action.Transposition inbound =
        packet -> {
          packet.transposition().meterInbound(in);
          return Verdict.CONTINUE;
        };
    return new Layer(NAME, List.of(), List.of(), outbound, inbound, false);
  }
}
