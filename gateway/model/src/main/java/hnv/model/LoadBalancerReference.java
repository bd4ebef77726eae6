// SPDX-License-Identifier: Apache-2.0
package hnv.model;

/// Refers to a {@link LoadBalancer}, as `/loadBalancers/{id}`.
public record LoadBalancerReference(ResourceId resourceId) implements ResourceReference {
  @Override
  public String toString() {
    return "/loadBalancers/" + resourceId;
  }
}
