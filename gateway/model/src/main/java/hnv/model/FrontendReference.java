// SPDX-License-Identifier: Apache-2.0
package hnv.model;

/// Refers to a front end of a {@link LoadBalancer}, as
/// `/loadBalancers/{loadBalancer}/frontendIPConfigurations/{frontend}`.
public record FrontendReference(ResourceId loadBalancer, ResourceId frontend)
    implements ResourceReference {
  @Override
  public String toString() {
    return "/loadBalancers/" + loadBalancer + "/frontendIPConfigurations/" + frontend;
  }
}
