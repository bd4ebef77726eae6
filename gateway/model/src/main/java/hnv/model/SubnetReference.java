// SPDX-License-Identifier: Apache-2.0
package hnv.model;

/// Refers to a {@link Subnet} of a {@link VirtualNetwork}, as
/// `/virtualNetworks/{virtualNetwork}/subnets/{subnet}`.
public record SubnetReference(ResourceId virtualNetwork, ResourceId subnet)
    implements ResourceReference {
  @Override
  public String toString() {
    return "/virtualNetworks/" + virtualNetwork + "/subnets/" + subnet;
  }
}
