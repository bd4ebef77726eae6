// SPDX-License-Identifier: Apache-2.0
package hnv.edge.neighbor;

import hnv.wire.EthernetHeader;
import hnv.wire.IpAddress;

/// What neighbours say of themselves, as far as a {@link NeighborTable} believes them. On a link
/// whose neighbours are the host's, who hears the same, only he is believed. The table's Worker.
final class NeighborClaims {
  private final NeighborTable table;

  NeighborClaims(NeighborTable table) {
    this.table = table;
  }

  /// Somebody said where he is without being asked, or in a question of his own. Believed of those
  /// only who are wanted (RFC 826, "Merge_flag"; RFC 4861 §7.2.3).
  void claimed(NeighborNetwork network, IpAddress address, long mac, long nowNs) {
    Neighbor neighbor = network.find(address);
    if (neighbor == null || !isUsable(mac) || network.isOfHost()) {
      return;
    }
    if (!neighbor.isResolved()) {
      table.learn(network, neighbor, mac, NeighborState.STALE, nowNs);
    } else if (neighbor.mac != mac && table.move(neighbor, mac, nowNs)) {
      table.enter(neighbor, NeighborState.STALE, nowNs);
    }
  }

  /// An ARP reply to us. That it answers a question is only known by our having one.
  void replied(NeighborNetwork network, IpAddress address, long mac, long nowNs) {
    Neighbor neighbor = network.find(address);
    if (neighbor == null || neighbor.asked == 0 || !isUsable(mac) || network.isOfHost()) {
      claimed(network, address, mac, nowNs);
    } else if (!neighbor.isResolved()) {
      table.learn(network, neighbor, mac, NeighborState.REACHABLE, nowNs);
    } else if (neighbor.mac == mac || table.move(neighbor, mac, nowNs)) {
      table.enter(neighbor, NeighborState.REACHABLE, nowNs);
    }
  }

  /// A neighbour advertisement (RFC 4861 §7.2.5).
  ///
  /// @param mac or negative
  void advertised(
      NeighborNetwork network,
      IpAddress address,
      long mac,
      boolean solicited,
      boolean override,
      long nowNs) {
    Neighbor neighbor = network.find(address);
    if (neighbor == null || (mac >= 0 && !isUsable(mac)) || network.isOfHost()) {
      return;
    }
    NeighborState next = solicited ? NeighborState.REACHABLE : NeighborState.STALE;
    if (!neighbor.isResolved()) {
      if (mac >= 0) {
        table.learn(network, neighbor, mac, next, nowNs);
      }
      return;
    }
    boolean other = mac >= 0 && mac != neighbor.mac;
    if (other && !override) {
      if (neighbor.state == NeighborState.REACHABLE) {
        table.enter(neighbor, NeighborState.STALE, nowNs);
      }
    } else if (other ? table.move(neighbor, mac, nowNs) : solicited) {
      table.enter(neighbor, next, nowNs);
    }
  }

  private static boolean isUsable(long mac) {
    return mac != 0 && !EthernetHeader.isMulticast(mac);
  }
}
