// SPDX-License-Identifier: Apache-2.0
package hnv.routing;

/// A route would exceed a bound of its table. The table is as it was.
public final class RoutingCapacityException extends Exception {
  private static final long serialVersionUID = 1L;

  RoutingCapacityException(String what, int limit) {
    super("a routing table holds " + limit + " " + what + " at most");
  }
}
