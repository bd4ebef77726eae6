// SPDX-License-Identifier: Apache-2.0
package hnv.routing;

/// A route as its table sees it.
///
/// @param reachable whether its next hop is
public record RouteState<N>(Route<N> route, boolean reachable, Standing standing) {
  /// Whether packets follow a route, or why not.
  public enum Standing {
    /// Packets follow it, perhaps others of its prefix as well.
    BEST,
    /// The next hop is not reachable.
    UNREACHABLE,
    /// Another reachable route of the prefix has a lower administrative distance.
    HIGHER_DISTANCE,
    /// Another reachable route of the same distance has a lower metric.
    HIGHER_METRIC,
    /// As good as the best, but there are {@link Rib#MAX_EQUAL} of these already.
    BEYOND_LIMIT
  }
}
