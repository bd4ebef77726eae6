// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import java.util.List;

/// All that is translated. Valid as given: what is wrong in a policy is found before it becomes
/// this. Immutable.
public record NatPolicy(List<NatPool> pools, List<TenantNat> tenants) {
  /// Nothing is.
  public static final NatPolicy EMPTY = new NatPolicy(List.of(), List.of());

  public NatPolicy {
    pools = List.copyOf(pools);
    tenants = List.copyOf(tenants);
  }
}
