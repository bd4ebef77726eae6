// SPDX-License-Identifier: Apache-2.0
package hnv.routing;

/// Where a route comes from. Between routes to one prefix the source with the lower administrative
/// distance wins, whatever the metrics.
public enum RouteSource {
  /// The virtual network itself, and the prefixes of connected networks.
  CONNECTED(0),
  /// Written by the operator.
  STATIC(1),
  /// Learnt from a neighbour in another autonomous system.
  EXTERNAL_BGP(20),
  /// Learnt within the autonomous system.
  INTERNAL_BGP(200);

  private final int distance;

  RouteSource(int distance) {
    this.distance = distance;
  }

  /// Administrative distance, 0…255.
  public int distance() {
    return distance;
  }
}
