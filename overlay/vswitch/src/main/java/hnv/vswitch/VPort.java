// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.Direction;
import java.util.List;

/// A port of the virtual switch: a VM's network adapter, with its layers. The list of layers is
/// fixed when the port is built; policy replaces the whole port. Immutable.
///
/// @param number number of the dataplane port behind it
/// @param name resource id of the network interface
/// @param tenant slot of its routing domain
/// @param vsid its virtual subnet
/// @param nextHop the next hop that delivers to it
/// @param layers asked in this order outbound, in reverse inbound
public record VPort(
    int number, String name, int tenant, int vsid, int nextHop, List<Layer> layers) {
  public VPort {
    layers = List.copyOf(layers);
  }

  /// Asks the layers about a packet that is at this port.
  Verdict process(PacketContext packet, Direction direction) {
    packet.enter(this, direction);
    int count = layers.size();
    for (int i = 0; i < count; i++) {
      Layer layer = layers.get(direction == Direction.OUTBOUND ? i : count - 1 - i);
      Verdict verdict = layer.process(packet);
      if (verdict != Verdict.CONTINUE) {
        return verdict;
      }
    }
    return Verdict.CONTINUE;
  }

  /// Asks only the layers that hold connections: does policy let this one begin?
  Verdict judge(PacketContext packet, Direction direction) {
    packet.judgeAt(this, direction);
    for (int i = 0; i < layers.size(); i++) {
      Layer layer = layers.get(direction == Direction.OUTBOUND ? i : layers.size() - 1 - i);
      if (layer.stateful()) {
        Verdict verdict = layer.process(packet);
        if (verdict != Verdict.CONTINUE) {
          return verdict;
        }
      }
    }
    return Verdict.CONTINUE;
  }
}
