// SPDX-License-Identifier: Apache-2.0
package hnv.model;

/// Refers to a {@link VirtualNetwork}, as `/virtualNetworks/{id}`.
public record VirtualNetworkReference(ResourceId resourceId) implements ResourceReference {
  @Override
  public String toString() {
    return "/virtualNetworks/" + resourceId;
  }
}
