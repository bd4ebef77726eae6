// SPDX-License-Identifier: Apache-2.0
package hnv.routing;

import hnv.wire.Cidr;

/// A way to a prefix. A table has one route of a prefix, a source and a next hop; another one with
/// the same three takes its place.
///
/// @param metric 0…2³¹−1; lower is better, among routes of one source
/// @param nextHop whatever the table's owner calls a next hop, "nowhere" included; told apart by
///     `equals`
public record Route<N>(Cidr prefix, RouteSource source, int metric, N nextHop) {
  /// @throws IllegalArgumentException if the metric is negative
  public Route {
    if (metric < 0) {
      throw new IllegalArgumentException(
          "metric of %s: 0 to %d, not %d".formatted(prefix, Integer.MAX_VALUE, metric));
    }
  }
}
