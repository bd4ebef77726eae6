// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.IpAddress;
import java.util.List;
import java.util.Optional;

/// Whether a public address is where the tenant is translated.
final class NatPlaces {
  private final GatewayContext context;

  NatPlaces(GatewayContext context) {
    this.context = context;
  }

  /// Reports where the gateway that translates for a virtual network cannot have the addresses.
  ///
  /// @return that gateway
  Optional<Gateway> check(ResourceId virtualNetwork, List<IpAddress> addresses, String path) {
    Optional<Gateway> home =
        context
            .virtualGateway(virtualNetwork, path, "translation is a gateway's")
            .flatMap(context.placement()::home);
    if (home.isEmpty()) {
      // The virtual gateway is told so itself.
      return home;
    }
    List<Wire> wires = context.placement().wires(home.get());
    for (IpAddress address : addresses) {
      Optional<Wire> wire = context.index().publicWire(address);
      if (wire.isPresent() && !wires.contains(wire.get())) {
        context.add(
            path,
            ProblemCode.OUTSIDE_NETWORK_NOT_ON_GATEWAY,
            address
                + " belongs to "
                + wire.get()
                + ", on which gateway "
                + home.get().resourceId()
                + " of virtual network "
                + virtualNetwork
                + " has no outside interface");
      }
    }
    return home;
  }
}
