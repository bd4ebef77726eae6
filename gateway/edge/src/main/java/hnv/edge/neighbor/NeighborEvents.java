// SPDX-License-Identifier: Apache-2.0
package hnv.edge.neighbor;

import hnv.wire.IpAddress;

/// What a {@link NeighborTable} has to say. Called by the Worker, which may be within a walk: take
/// note, and act between packets.
public interface NeighborEvents {
  /// Nobody listens.
  NeighborEvents NONE =
      new NeighborEvents() {
        @Override
        public void resolved(Neighbor neighbor) {}

        @Override
        public void moved(Neighbor neighbor, long before) {}

        @Override
        public void lost(Neighbor neighbor) {}

        @Override
        public void wanted(Neighbor neighbor, int port) {}

        @Override
        public void conflict(int network, IpAddress address, long mac) {}
      };

  /// It has answered for the first time, or again after it was lost.
  void resolved(Neighbor neighbor);

  /// It has another MAC than before. Flows of its {@link Neighbor#tenants}, and outer headers made
  /// for it, bear the old one: their epochs want advancing.
  ///
  /// @param before 48 bits
  void moved(Neighbor neighbor, long before);

  /// It does not answer any more, or has been forgotten: what bears its MAC must stop. Of those
  /// that are kept ({@link Neighbor#isKept}) also one that has never answered.
  void lost(Neighbor neighbor);

  /// The host is to ask for it, or whether it is still there, and to say so by {@link
  /// NeighborTable#told}: where the link's {@link OutsideLink#asking} is the host.
  ///
  /// @param port number of the link's port
  void wanted(Neighbor neighbor, int port);

  /// Somebody else on the network says that one of our addresses is his.
  ///
  /// @param mac his, 48 bits
  void conflict(int network, IpAddress address, long mac);
}
