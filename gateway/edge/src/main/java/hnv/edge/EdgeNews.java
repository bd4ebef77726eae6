// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.wire.IpAddress;
import java.util.List;

/// What the Worker learnt that routes depend on, for the {@link EdgeCompiler} on its thread.
public sealed interface EdgeNews {
  /// A neighbour answers, has moved, or answers no more.
  ///
  /// @param link number of the link that it is on
  /// @param kept whether routes name it: of others nobody asks later whether they answer
  /// @param mac 48 bits; negative: it cannot be reached
  /// @param tenants slots of those whose flows bear the MAC that it had
  record NeighborNews(int link, IpAddress address, boolean kept, long mac, List<Integer> tenants)
      implements EdgeNews {
    public NeighborNews {
      tenants = List.copyOf(tenants);
    }

    /// Whether frames can be sent there.
    boolean isReachable() {
      return mac >= 0;
    }
  }

  /// Somebody on a link says that an address of the gateway's is his. Routes do not depend on it:
  /// people are to know.
  ///
  /// @param link number of the link
  /// @param mac his, 48 bits
  record ConflictNews(int link, IpAddress address, long mac) implements EdgeNews {}

  /// The host is asked for a neighbour, on a link that it shares with the gateway; what it knows is
  /// told to {@link hnv.edge.neighbor.NeighborTable#told}.
  ///
  /// @param port number of the link's port
  record NeighborWanted(int link, int port, IpAddress address) implements EdgeNews {}

  /// The other end of a tunnel answers, or does so no more.
  ///
  /// @param port number of the connection's port
  record TunnelNews(int port, boolean alive) implements EdgeNews {}
}
