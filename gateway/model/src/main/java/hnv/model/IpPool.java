// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.IpAddress;

/// Addresses of a {@link LogicalSubnet} from `start` to `end`, both included.
///
/// @param start of the same family as `end` and not above it; {@link PolicyValidation} checks that
public record IpPool(ResourceId resourceId, IpAddress start, IpAddress end) {
  /// Whether the pool has this address.
  public boolean contains(IpAddress address) {
    return address.width() == start.width()
        && start.compareTo(address) <= 0
        && address.compareTo(end) <= 0;
  }

  @Override
  public String toString() {
    return start + "-" + end;
  }
}
