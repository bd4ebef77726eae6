// SPDX-License-Identifier: Apache-2.0
package hnv.model;

/// Refers to a {@link LogicalNetwork}, as `/logicalNetworks/{id}`.
public record LogicalNetworkReference(ResourceId resourceId) implements ResourceReference {
  @Override
  public String toString() {
    return "/logicalNetworks/" + resourceId;
  }
}
