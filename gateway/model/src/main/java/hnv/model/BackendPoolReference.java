// SPDX-License-Identifier: Apache-2.0
package hnv.model;

/// Refers to a back-end address pool of a {@link LoadBalancer}, as
/// `/loadBalancers/{loadBalancer}/backendAddressPools/{pool}`.
public record BackendPoolReference(ResourceId loadBalancer, ResourceId pool)
    implements ResourceReference {
  @Override
  public String toString() {
    return "/loadBalancers/" + loadBalancer + "/backendAddressPools/" + pool;
  }
}
