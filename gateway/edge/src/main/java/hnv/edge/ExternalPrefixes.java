// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The prefixes by which one outside network knows tenants' IPv6 addresses, found by binary search.
/// None has an address of another. Immutable.
final class ExternalPrefixes {
  /// No prefix.
  static final ExternalPrefixes NONE = new ExternalPrefixes(List.of());

  private final TenantPrefix[] prefixes;
  private final long[] firsts;

  private ExternalPrefixes(List<TenantPrefix> of) {
    prefixes = of.toArray(TenantPrefix[]::new);
    firsts = new long[prefixes.length];
    for (int i = 0; i < firsts.length; i++) {
      firsts[i] = prefixes[i].translation().externalHigh();
    }
  }

  /// Those of all tenants, by network.
  static Map<Integer, ExternalPrefixes> of(List<TenantEdge> tenants) {
    Map<Integer, List<TenantPrefix>> byNetwork = new HashMap<>();
    for (TenantEdge tenant : tenants) {
      for (TenantPrefix prefix : tenant.ipv6().prefixes()) {
        byNetwork.computeIfAbsent(prefix.network(), _ -> new ArrayList<>()).add(prefix);
      }
    }
    Map<Integer, ExternalPrefixes> result = new HashMap<>();
    byNetwork.forEach(
        (network, list) -> {
          list.sort(
              Comparator.comparing(
                  prefix -> prefix.translation().externalHigh(), Long::compareUnsigned));
          result.put(network, new ExternalPrefixes(list));
        });
    return result;
  }

  /// The prefix that has an external address; null where none has.
  ///
  /// @param high upper half of the address
  @Nullable TenantPrefix find(long high) {
    int low = 0;
    int above = prefixes.length;
    while (low < above) {
      int middle = (low + above) >>> 1;
      if (Long.compareUnsigned(firsts[middle], high) <= 0) {
        low = middle + 1;
      } else {
        above = middle;
      }
    }
    return low > 0 && prefixes[low - 1].translation().isExternal(high) ? prefixes[low - 1] : null;
  }
}
