// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import java.util.List;
import java.util.Set;

/// What the host says about a device that it shares with the gateway: its routes are the gateway's
/// there, its neighbours are the gateway's, and its addresses are its own. Immutable.
///
/// @param addresses the host's own, on whichever device: no frame for them is the gateway's
/// @param routes one for each prefix that the host tells apart; the longest that fits counts
public record HostSide(Set<IpAddress> addresses, List<HostRoute> routes) {
  /// Where the host sends what is for an address in this prefix and in none that is longer.
  public record HostRoute(Cidr destination, OutsideWay way) {}

  public HostSide {
    addresses = Set.copyOf(addresses);
    routes = List.copyOf(routes);
  }
}
