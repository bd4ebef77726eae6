// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import java.util.List;

/// A list of rules that a subnet or an IP configuration refers to.
///
/// The rule with the lowest priority number that matches decides. Rules of one direction with the
/// same number have the same action, so that their order does not matter. Where none matches, the
/// default action of the direction decides.
public record AccessControlList(
    ResourceId resourceId,
    AclAction inboundDefaultAction,
    AclAction outboundDefaultAction,
    List<AclRule> rules) {
  public AccessControlList {
    rules = List.copyOf(rules);
  }
}
