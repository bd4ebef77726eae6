// SPDX-License-Identifier: Apache-2.0
package hnv.routing;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The next hops of a {@link Rib}: each has a number from 1 on, which it keeps while a route names
/// it or while it is said to be unreachable. Owned by the control thread.
final class NextHops<N> {
  private final Map<N, Hop<N>> byValue = new HashMap<>();
  private final List<@Nullable Hop<N>> byNumber = new ArrayList<>();

  /// Those that are free longest first.
  private final Deque<Integer> free = new ArrayDeque<>();

  NextHops() {
    byNumber.add(null); // 0 is no next hop
  }

  /// A next hop, what is known of it, and who names it.
  static final class Hop<N> {
    final N value;
    final int number;
    boolean reachable = true;

    /// How many routes lead to it.
    int routes;

    final Set<PathSet> sets = new LinkedHashSet<>();

    Hop(N value, int number) {
      this.value = value;
      this.number = number;
    }
  }

  @Nullable Hop<N> find(N value) {
    return byValue.get(value);
  }

  /// The next hop, made where it is new.
  Hop<N> get(N value) throws RoutingCapacityException {
    @Nullable Hop<N> known = byValue.get(value);
    if (known != null) {
      return known;
    }
    @Nullable Integer unused = free.poll();
    if (unused == null && byNumber.size() > Rib.MAX_NEXT_HOPS) {
      throw new RoutingCapacityException("next hops", Rib.MAX_NEXT_HOPS);
    }
    Hop<N> made = new Hop<>(value, unused == null ? byNumber.size() : unused);
    if (unused == null) {
      byNumber.add(made);
    } else {
      byNumber.set(unused, made);
    }
    byValue.put(value, made);
    return made;
  }

  Hop<N> at(int number) {
    @Nullable Hop<N> hop = byNumber.get(number);
    if (hop == null) {
      throw new IllegalStateException("next hop " + number + " is gone while a route names it");
    }
    return hop;
  }

  boolean isReachable(int number) {
    return at(number).reachable;
  }

  /// Forgets a next hop that nobody names.
  ///
  /// @return whether it was forgotten
  boolean forgetUnlessNamed(Hop<N> hop) {
    if (hop.routes > 0 || !hop.reachable || !byValue.remove(hop.value, hop)) {
      return false;
    }
    byNumber.set(hop.number, null);
    free.add(hop.number);
    return true;
  }

  /// Values by number.
  @Nullable Object[] values() {
    @Nullable Object[] values = new @Nullable Object[byNumber.size()];
    for (int i = 0; i < values.length; i++) {
      @Nullable Hop<N> hop = byNumber.get(i);
      values[i] = hop == null ? null : hop.value;
    }
    return values;
  }
}
