// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import java.util.HashMap;
import java.util.Map;

/// Who uses which outside address: each has one use.
final class AddressUses {
  private final GatewayContext context;
  private final Map<IpAddress, String> users = new HashMap<>();
  private final Map<IpAddress, ResourceId> gateways = new HashMap<>();

  AddressUses(GatewayContext context) {
    this.context = context;
  }

  /// Reports an address that has another use already.
  ///
  /// @param user says what the use is; the same user may use an address again
  void claim(IpAddress address, String user, String path) {
    String first = users.putIfAbsent(address, user);
    if (first != null && !first.equals(user)) {
      reportSecond(address, first, path);
    }
  }

  /// Reports an address that has a use already, be it the same.
  void claimOnce(IpAddress address, String user, String path) {
    String first = users.putIfAbsent(address, user);
    if (first != null) {
      reportSecond(address, first, path);
    }
  }

  private void reportSecond(IpAddress address, String first, String path) {
    context.add(path, ProblemCode.PUBLIC_IP_ADDRESS_IN_USE, address + " is " + first + " already");
  }

  /// Reports an address that tenants could be given, though it is somebody's already.
  void checkNotInPool(IpAddress address, String user, String path) {
    if (context.index().publicWire(address).isPresent()) {
      context.add(
          path,
          ProblemCode.IP_POOL_OVERLAP,
          address + " is " + user + ", and in a pool of a public subnet as well");
    }
  }

  /// Reports a connected network that has addresses of a pool.
  void checkNotInPool(Cidr connected, String path) {
    if (context.index().hasPublicPool(connected)) {
      context.add(
          path,
          ProblemCode.IP_POOL_OVERLAP,
          connected + " is connected here, and a pool of a public subnet overlaps it");
    }
  }

  /// Reports an address that is needed on another gateway as well.
  void place(IpAddress address, Gateway gateway, String path) {
    ResourceId first = gateways.putIfAbsent(address, gateway.resourceId());
    if (first != null && !first.equals(gateway.resourceId())) {
      context.add(
          path,
          ProblemCode.PUBLIC_IP_ADDRESS_ON_TWO_GATEWAYS,
          address
              + " is needed on gateway "
              + gateway.resourceId()
              + ", and already on gateway "
              + first);
    }
  }
}
