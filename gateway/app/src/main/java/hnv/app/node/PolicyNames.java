// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.model.Policy;
import hnv.overlay.OverlayNetwork;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// How policy spells names, and which it gives no place. Pure.
final class PolicyNames {
  private PolicyNames() {}

  /// Names of interfaces as they are spelled, by lower-case name.
  static Map<String, String> spelled(OverlayNetwork network) {
    Map<String, String> names = new HashMap<>();
    network
        .domains()
        .forEach(
            domain ->
                domain
                    .adapters()
                    .forEach(
                        adapter ->
                            names.put(adapter.name().toLowerCase(Locale.ROOT), adapter.name())));
    return names;
  }

  /// Interfaces that policy gives no VSID, by lower-case name: their ports are not ours.
  static Set<String> withoutVsid(Policy policy) {
    Set<String> names = new HashSet<>();
    policy.networkInterfaces().stream()
        .filter(each -> each.ipConfigurations().isEmpty())
        .forEach(each -> names.add(each.resourceId().key()));
    return names;
  }
}
