// SPDX-License-Identifier: Apache-2.0
package hnv.model;

/// Refers to a {@link GatewayPool}, as `/gatewayPools/{id}`.
public record GatewayPoolReference(ResourceId resourceId) implements ResourceReference {
  @Override
  public String toString() {
    return "/gatewayPools/" + resourceId;
  }
}
