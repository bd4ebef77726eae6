// SPDX-License-Identifier: Apache-2.0
package hnv.routing;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// All paths that prefixes have, shared by the prefixes that have the same: a group of the
/// {@link Fib}. When a next hop goes or comes, the sets that name it change, not the prefixes.
/// Owned by the control thread.
final class PathSet {
  static final int[] NONE = {};

  private final List<Path> paths;
  private final int group;
  private int[] members = NONE;
  private @Nullable Path best;
  private @Nullable Entry first;

  /// @param paths sorted
  /// @param group its index in the {@link Fib}
  PathSet(List<Path> paths, int group) {
    this.paths = List.copyOf(paths);
    this.group = group;
  }

  List<Path> paths() {
    return paths;
  }

  int group() {
    return group;
  }

  /// The numbers of the next hops that packets take, in order; none where none is reachable.
  int[] members() {
    return members;
  }

  /// The first prefix that has these paths; the others follow it.
  @Nullable Entry first() {
    return first;
  }

  /// Chooses the members anew.
  ///
  /// @return whether they changed
  boolean choose(IntPredicate reachable) {
    int[] chosen = new int[Rib.MAX_EQUAL];
    int count = 0;
    best = null;
    for (Path path : paths) {
      if (count == chosen.length || (best != null && !path.isEqualTo(best))) {
        break;
      }
      if (reachable.test(path.hop())) {
        best = path;
        chosen[count++] = path.hop();
      }
    }
    int[] now = count == 0 ? NONE : Arrays.copyOf(chosen, count);
    boolean changed = !Arrays.equals(now, members);
    members = now;
    return changed;
  }

  /// Whether packets take a path of this set, or why not.
  RouteState.Standing standing(Path path, boolean reachable) {
    if (!reachable) {
      return RouteState.Standing.UNREACHABLE;
    }
    if (Arrays.stream(members).anyMatch(member -> member == path.hop()) && isBest(path)) {
      return RouteState.Standing.BEST;
    }
    Path best = Objects.requireNonNull(this.best, "a reachable path, so one is best");
    if (path.source() != best.source()) {
      return RouteState.Standing.HIGHER_DISTANCE;
    }
    return isBest(path) ? RouteState.Standing.BEYOND_LIMIT : RouteState.Standing.HIGHER_METRIC;
  }

  private boolean isBest(Path path) {
    return best != null && path.isEqualTo(best);
  }

  void add(Entry entry) {
    entry.next = first;
    if (first != null) {
      first.previous = entry;
    }
    first = entry;
  }

  void remove(Entry entry) {
    if (entry.previous == null) {
      first = entry.next;
    } else {
      entry.previous.next = entry.next;
    }
    if (entry.next != null) {
      entry.next.previous = entry.previous;
    }
    entry.previous = null;
    entry.next = null;
  }
}
