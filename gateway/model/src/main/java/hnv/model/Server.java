// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.ProviderAddress;
import java.util.List;
import java.util.Optional;

/// A host of virtual machines, and the provider addresses under which other hosts reach it.
///
/// @param providerAddresses at most {@link PolicyLimits#providerAddressesPerServer}, of one family
///     or both, none used by another server. Empty for a server that no network interface is on
/// @param networkVirtualizationProtocol the only one that it speaks; absent: both
public record Server(
    ResourceId resourceId,
    List<ProviderAddress> providerAddresses,
    Optional<Encapsulation> networkVirtualizationProtocol) {
  public Server {
    providerAddresses = List.copyOf(providerAddresses);
  }

  /// A server that speaks both encapsulations.
  public Server(ResourceId resourceId, List<ProviderAddress> providerAddresses) {
    this(resourceId, providerAddresses, Optional.empty());
  }
}
