// SPDX-License-Identifier: Apache-2.0
package hnv.model;

/// Refers to an inbound NAT rule of a {@link LoadBalancer}, as
/// `/loadBalancers/{loadBalancer}/inboundNatRules/{rule}`.
public record InboundNatRuleReference(ResourceId loadBalancer, ResourceId rule)
    implements ResourceReference {
  @Override
  public String toString() {
    return "/loadBalancers/" + loadBalancer + "/inboundNatRules/" + rule;
  }
}
