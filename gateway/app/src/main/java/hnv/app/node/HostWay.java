// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.linux.LinuxException;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.netlink.Route;
import hnv.wire.IpAddress;
import java.util.Optional;

/// Where the host's own routes lead that way which is wanted by one of its devices.
sealed interface HostWay {
  /// By that device.
  ///
  /// @param nextHop the next router, or the destination where it is on the link
  record ByDevice(Route route, IpAddress nextHop) implements HostWay {}

  /// By another device.
  record ByOther(int linkIndex) implements HostWay {}

  /// Nowhere.
  ///
  /// @param because in words
  record Nowhere(String because) implements HostWay {}

  /// Asks the host.
  static HostWay toward(HostNetwork network, IpAddress destination, int linkIndex)
      throws LinuxException {
    Optional<Route> found = network.routeTo(destination);
    if (found.isEmpty() || found.get().kind() == Route.Kind.REFUSED) {
      return new Nowhere("the host has no route");
    }
    Route route = found.get();
    if (route.kind() == Route.Kind.LOCAL) {
      return new Nowhere("the address is on this host itself");
    }
    return route.linkIndex() == linkIndex
        ? new ByDevice(route, route.nextHop(destination))
        : new ByOther(route.linkIndex());
  }
}
