// SPDX-License-Identifier: Apache-2.0
package hnv.routing;

import java.util.Comparator;

/// A route without its prefix; the next hop by its number. Ordered the better the sooner.
record Path(RouteSource source, int metric, int hop) implements Comparable<Path> {
  private static final Comparator<Path> BETTER_FIRST =
      Comparator.comparingInt((Path path) -> path.source.distance())
          .thenComparing(Path::source)
          .thenComparingInt(Path::metric)
          .thenComparingInt(Path::hop);

  @Override
  public int compareTo(Path other) {
    return BETTER_FIRST.compare(this, other);
  }

  /// Whether both are equally good.
  boolean isEqualTo(Path other) {
    return source == other.source && metric == other.metric;
  }

  /// Whether one takes the other's place.
  boolean hasKeyOf(Path other) {
    return source == other.source && hop == other.hop;
  }
}
