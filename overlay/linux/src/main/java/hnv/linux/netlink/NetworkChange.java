// SPDX-License-Identifier: Apache-2.0
package hnv.linux.netlink;

/// Something that changed in the host's network.
public sealed interface NetworkChange {
  /// A device appeared or changed.
  record LinkChanged(Link link) implements NetworkChange {}

  /// A device is gone from this namespace.
  record LinkRemoved(Link link) implements NetworkChange {}

  /// An address was added or changed.
  record AddressChanged(InterfaceAddress address) implements NetworkChange {}

  record AddressRemoved(InterfaceAddress address) implements NetworkChange {}

  /// A route was added, replaced or removed. Which one a packet takes is asked anew by {@link
  /// HostNetwork#routeTo}, as rules and metrics decide.
  record RoutesChanged(Route route) implements NetworkChange {}

  /// A rule, by which the host finds the table of a route, was added or removed.
  record RulesChanged() implements NetworkChange {}

  /// A neighbour was resolved, changed its state, or lost its address.
  record NeighborChanged(Neighbor neighbor) implements NetworkChange {}

  record NeighborRemoved(Neighbor neighbor) implements NetworkChange {}

  /// More changed than could be kept: everything has to be asked anew.
  record ChangesLost() implements NetworkChange {}
}
