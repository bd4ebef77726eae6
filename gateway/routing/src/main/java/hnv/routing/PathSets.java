// SPDX-License-Identifier: Apache-2.0
package hnv.routing;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The sets of paths of a {@link Rib}, each once, by their numbers: the groups of the {@link Fib}.
/// Owned by the control thread.
final class PathSets {
  private final Map<List<Path>, PathSet> byPaths = new HashMap<>();
  private final Deque<Integer> free = new ArrayDeque<>();
  private int made;

  /// Groups that differ from those of the last {@link #write}, and their sets where they have one.
  private final Map<Integer, @Nullable PathSet> changed = new HashMap<>();

  /// The set of these paths, where there is one.
  @Nullable PathSet find(List<Path> paths) {
    return byPaths.get(paths);
  }

  /// A new set.
  PathSet make(List<Path> paths) throws RoutingCapacityException {
    @Nullable Integer unused = free.poll();
    if (unused == null && made == Rib.MAX_GROUPS) {
      throw new RoutingCapacityException("different sets of routes", Rib.MAX_GROUPS);
    }
    PathSet set = new PathSet(paths, unused == null ? ++made : unused);
    byPaths.put(set.paths(), set);
    return set;
  }

  /// Forgets a set that no prefix has.
  void forget(PathSet set) {
    byPaths.remove(set.paths(), set);
    free.add(set.group());
    changed.put(set.group(), null);
  }

  /// Says that the members of a set are others than before.
  void changed(PathSet set) {
    changed.put(set.group(), set);
  }

  boolean isChanged() {
    return !changed.isEmpty();
  }

  /// The members by group, as they are now.
  int[][] write(int[][] before) {
    if (changed.isEmpty()) {
      return before;
    }
    int length = Math.max(before.length, new TreeSet<>(changed.keySet()).last() + 1);
    int[][] groups = Arrays.copyOf(before, length);
    for (int i = before.length; i < length; i++) {
      groups[i] = PathSet.NONE;
    }
    changed.forEach((group, set) -> groups[group] = set == null ? PathSet.NONE : set.members());
    changed.clear();
    return groups;
  }
}
