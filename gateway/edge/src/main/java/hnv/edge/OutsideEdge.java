// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.routing.Fib;
import hnv.wire.IpAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// An outside network as this gateway sends into it: by a table of its own, that of no tenant.
/// Immutable.
///
/// @param port by which it is reached
/// @param ways beyond the prefixes that are connected by the port's own addresses; where the host
///     has the device, too, its routes, and no prefix is connected but by them
/// @param host who has the device, too
public record OutsideEdge(EdgePort port, Fib<OutsideWay> ways, Optional<HostSide> host) {
  private static final OutsideWay ON_LINK = new OutsideWay.OnLink();

  /// How a packet gets there; null where nothing leads there.
  @Nullable OutsideWay wayToward(IpAddress destination, int flowHash) {
    if (host.isEmpty() && port.isOnLink(destination)) {
      return ON_LINK;
    }
    int group = ways.lookup(destination);
    return group == Fib.NO_ROUTE ? null : ways.nextHop(ways.choose(group, flowHash));
  }

  /// Whether nobody but the host may send from this address there.
  boolean isOfHost(IpAddress source) {
    return host.isPresent() && host.get().addresses().contains(source);
  }

  /// Whom to give a packet to: who has the address, or the router on the way there; null where
  /// nothing leads there.
  @Nullable IpAddress neighborToward(IpAddress destination, int flowHash) {
    return switch (wayToward(destination, flowHash)) {
      case OutsideWay.ByRouter(IpAddress router) -> router;
      case OutsideWay.OnLink() -> destination;
      case OutsideWay.Elsewhere _, OutsideWay.Nowhere _ -> null;
      case null -> null;
    };
  }
}
