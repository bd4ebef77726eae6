// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import hnv.vswitch.Action;
import hnv.vswitch.Layer;
import hnv.vswitch.Verdict;
import java.util.List;

/// Counts, and limits where policy says so, what an adapter sends and gets.
public final class Metering {
  /// Name of the layer, as operators of the original know it.
  public static final String NAME = "VNET_METER_LAYER";

  private Metering() {}

  /// The layer for one adapter.
  public static Layer layer(AdapterView view) {
    int out = view.outboundMeter();
    int in = view.inboundMeter();
    Action.Transposition meterOutbound =
        packet -> {
          packet.transposition().meterOutbound(out);
          if (packet.isTraced()) {
            packet.say("meter " + out);
          }
          return Verdict.CONTINUE;
        };
    Action.Transposition meterInbound =
        packet -> {
          packet.transposition().meterInbound(in);
          if (packet.isTraced()) {
            packet.say("meter " + in);
          }
          return Verdict.CONTINUE;
        };
    return new Layer(NAME, List.of(), List.of(), meterOutbound, meterInbound, false);
  }
}
