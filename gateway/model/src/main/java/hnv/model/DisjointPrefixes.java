// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.Cidr;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Prefixes that are apart from one another, each with what is known of it.
final class DisjointPrefixes<T> {
  private final TreeMap<Cidr, T> prefixes = new TreeMap<>();

  /// Puts a prefix that is apart from those that are here.
  ///
  /// @return the first that it overlaps; null where it is here now
  Map.@Nullable Entry<Cidr, T> put(Cidr prefix, T value) {
    Map.Entry<Cidr, T> other = overlapping(prefix);
    if (other == null) {
      prefixes.put(prefix, value);
    }
    return other;
  }

  /// The first prefix that has an address of this one. As all are apart, it is one of the two that
  /// are next in order.
  Map.@Nullable Entry<Cidr, T> overlapping(Cidr prefix) {
    Map.Entry<Cidr, T> before = prefixes.floorEntry(prefix);
    if (before != null && before.getKey().contains(prefix)) {
      return before;
    }
    Map.Entry<Cidr, T> behind = prefixes.ceilingEntry(prefix);
    return behind != null && prefix.contains(behind.getKey()) ? behind : null;
  }
}
