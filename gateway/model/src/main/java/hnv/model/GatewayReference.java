// SPDX-License-Identifier: Apache-2.0
package hnv.model;

/// Refers to a {@link Gateway}, as `/gateways/{id}`.
public record GatewayReference(ResourceId resourceId) implements ResourceReference {
  @Override
  public String toString() {
    return "/gateways/" + resourceId;
  }
}
