// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.routing.Fib;
import hnv.wire.IpAddress;
import java.util.Set;

/// A tenant as this gateway forwards its packets. Immutable.
///
/// @param slot of the tenant
/// @param name of its virtual gateway
/// @param fib its routes
/// @param own the gateway's own addresses as the tenant sees them
/// @param ipv6 how IPv6 reaches outside networks
public record TenantEdge(int slot, String name, Fib<Way> fib, Set<IpAddress> own, TenantIpv6 ipv6) {
  public TenantEdge {
    own = Set.copyOf(own);
  }

  /// The same with other routes.
  TenantEdge with(Fib<Way> routes) {
    return new TenantEdge(slot, name, routes, own, ipv6);
  }
}
