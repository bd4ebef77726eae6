// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.edge.EdgeNews.ConflictNews;
import hnv.edge.EdgeNews.NeighborNews;
import hnv.edge.EdgeNews.TunnelNews;
import hnv.wire.IpAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Who is known to answer and who is known not to. Of whom nothing is known yet, the best is
/// assumed: else no packet would ever ask for him. Only of those whom routes name, so that no scan
/// of a link fills it. Owned by the control thread.
final class Reachability {
  private record Place(int link, IpAddress address) {}

  private final Map<Place, Long> macs = new HashMap<>();
  private final Set<Place> lost = new HashSet<>();
  private final Set<Integer> dead = new HashSet<>();

  void note(EdgeNews news) {
    switch (news) {
      case NeighborNews neighbor -> {
        Place place = new Place(neighbor.link(), neighbor.address());
        if (!neighbor.kept()) {
          macs.remove(place);
          lost.remove(place);
        } else if (neighbor.isReachable()) {
          macs.put(place, neighbor.mac());
          lost.remove(place);
        } else {
          macs.remove(place);
          lost.add(place);
        }
      }
      case ConflictNews _ -> {
        // Who has an address is policy's to say.
      }
      case EdgeNews.NeighborWanted _ -> {}
      case TunnelNews tunnel -> {
        if (tunnel.alive()) {
          dead.remove(tunnel.port());
        } else {
          dead.add(tunnel.port());
        }
      }
    }
  }

  /// What is on other links, or behind other ports, is of no interest any more.
  void retain(Set<Integer> links, Set<Integer> ports) {
    macs.keySet().removeIf(place -> !links.contains(place.link()));
    lost.removeIf(place -> !links.contains(place.link()));
    dead.retainAll(ports);
  }

  /// MAC of a neighbour (48 bits), if he has answered.
  Optional<Long> mac(int link, IpAddress address) {
    return Optional.ofNullable(macs.get(new Place(link, address)));
  }

  boolean isLost(int link, IpAddress address) {
    return lost.contains(new Place(link, address));
  }

  /// Whether there are some, and none can be reached.
  boolean areAllLost(int link, Collection<IpAddress> addresses) {
    return !addresses.isEmpty() && addresses.stream().allMatch(address -> isLost(link, address));
  }

  /// Whether the other end of a tunnel is said not to answer.
  boolean isDead(int port) {
    return dead.contains(port);
  }
}
