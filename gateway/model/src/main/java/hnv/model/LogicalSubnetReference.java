// SPDX-License-Identifier: Apache-2.0
package hnv.model;

/// Refers to a {@link LogicalSubnet} of a {@link LogicalNetwork}, as
/// `/logicalNetworks/{logicalNetwork}/subnets/{subnet}`.
public record LogicalSubnetReference(ResourceId logicalNetwork, ResourceId subnet)
    implements ResourceReference {
  @Override
  public String toString() {
    return "/logicalNetworks/" + logicalNetwork + "/subnets/" + subnet;
  }
}
