// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.routing.Fib;
import hnv.wire.IpAddress;
import org.jspecify.annotations.Nullable;

/// An outside network as this gateway sends into it: by a table of its own, that of no tenant.
/// Immutable.
///
/// @param port by which it is reached
/// @param routers next routers beyond the connected prefixes
public record OutsideEdge(EdgePort port, Fib<IpAddress> routers) {
  /// Whom to give a packet to: who has the address, or the router on the way there; null where
  /// nothing leads there.
  @Nullable IpAddress neighborToward(IpAddress destination, int flowHash) {
    if (port.isOnLink(destination)) {
      return destination;
    }
    int group = routers.lookup(destination);
    return group == Fib.NO_ROUTE ? null : routers.nextHop(routers.choose(group, flowHash));
  }
}
