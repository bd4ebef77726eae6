// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.Counters;
import hnv.dataplane.Direction;
import java.util.List;

/// A port of the virtual switch: what a packet can come from or go to, with its layers. The list of
/// layers is fixed when the port is built; policy replaces the whole port. Immutable.
///
/// A *virtual port* has no device: packets come to it and leave it in tunnels. What they count is
/// counted by the devices' ports that they enter and leave by, and by the meters of its layers;
/// under its own number stand only the drops of packets that came from it.
///
/// @param number number of the dataplane port behind it, or one that no device has, below {@link
///     Counters#MAX_PORTS}
/// @param name resource id of what it stands for
/// @param role what that is
/// @param tenant slot of its routing domain; {@link #NO_TENANT} for {@link PortRole#OUTSIDE} only
/// @param vsid its virtual subnet; 0 where it is in none
/// @param nextHop the next hop that delivers to it; that of nothing where its layers say more
/// @param layers asked in this order outbound, in reverse inbound
/// @param front how many of the first layers are between the port and its tenant: what is in front
///     of them has other addresses, and connections are known behind them
public record VPort(
    int number,
    String name,
    PortRole role,
    int tenant,
    int vsid,
    int nextHop,
    List<Layer> layers,
    int front) {
  /// Whose the packets are, their other port tells.
  public static final int NO_TENANT = -1;

  public VPort {
    layers = List.copyOf(layers);
    if (number < 0 || number >= Counters.MAX_PORTS) {
      throw new IllegalArgumentException("number of a port: " + number);
    }
    if (tenant < NO_TENANT || (tenant == NO_TENANT) != (role == PortRole.OUTSIDE)) {
      throw new IllegalArgumentException("tenant of a port that is " + role + ": " + tenant);
    }
    if (front < 0 || front > layers.size()) {
      throw new IllegalArgumentException("front: 0 to " + layers.size() + ", not " + front);
    }
  }

  /// A port whose layers all see what its tenant sees.
  public VPort(
      int number,
      String name,
      PortRole role,
      int tenant,
      int vsid,
      int nextHop,
      List<Layer> layers) {
    this(number, name, role, tenant, vsid, nextHop, layers, 0);
  }

  /// A VM's network adapter.
  public VPort(int number, String name, int tenant, int vsid, int nextHop, List<Layer> layers) {
    this(number, name, PortRole.GUEST, tenant, vsid, nextHop, layers);
  }

  /// Whether it is a tenant's.
  public boolean hasTenant() {
    return tenant != NO_TENANT;
  }

  /// Asks the layers in front about a packet that has come to this port.
  Verdict approach(PacketContext packet) {
    return ask(packet, 0, front);
  }

  /// Asks the layers about a packet that is at this port; outbound, those behind the front.
  Verdict process(PacketContext packet, Direction direction) {
    packet.enter(this, direction);
    int count = layers.size();
    if (direction == Direction.OUTBOUND) {
      return ask(packet, front, count);
    }
    for (int i = count - 1; i >= 0; i--) {
      Verdict verdict = layers.get(i).process(packet);
      if (verdict != Verdict.CONTINUE) {
        return verdict;
      }
    }
    return Verdict.CONTINUE;
  }

  private Verdict ask(PacketContext packet, int from, int to) {
    for (int i = from; i < to; i++) {
      Verdict verdict = layers.get(i).process(packet);
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
