// SPDX-License-Identifier: Apache-2.0
package hnv.model;

/// Refers to a {@link PublicIpAddress}, as `/publicIPAddresses/{id}`.
public record PublicIpAddressReference(ResourceId resourceId) implements ResourceReference {
  @Override
  public String toString() {
    return "/publicIPAddresses/" + resourceId;
  }
}
