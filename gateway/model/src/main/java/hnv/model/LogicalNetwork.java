// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import java.util.List;
import java.util.Optional;

/// A physical network that gateways are on: what tenants share, such as the Internet, or the
/// networks of one tenant that an L3 connection leads to.
///
/// @param device name by which the configuration of a gateway's node knows the device that leads
///     there; several networks may be on one device, in VLANs of their own. Absent: the resourceId
public record LogicalNetwork(
    ResourceId resourceId, Optional<ResourceId> device, List<LogicalSubnet> subnets) {
  public LogicalNetwork {
    subnets = List.copyOf(subnets);
  }

  /// The name of the device, written or not.
  public ResourceId deviceName() {
    return device.orElse(resourceId);
  }
}
