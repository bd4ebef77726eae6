// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Who uses which outside address: each has one use.
final class AddressUses {
  private final GatewayContext context;
  private final TreeMap<IpAddress, String> users = new TreeMap<>();

  /// Whose addresses are not to be given to tenants, though they are not outside.
  private final TreeMap<IpAddress, String> others = new TreeMap<>();

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
    others.putIfAbsent(address, user);
    if (context.index().publicWire(address).isPresent()) {
      context.add(
          path,
          ProblemCode.IP_POOL_OVERLAP,
          address + " is " + user + ", and in a pool of a public subnet as well");
    }
  }

  /// Reports a prefix of a tenant's that has an address of somebody's.
  void checkUnused(Cidr prefix, String path) {
    Stream.of(users, others)
        .map(map -> map.ceilingEntry(prefix.network()))
        .filter(entry -> entry != null && prefix.contains(entry.getKey()))
        .findFirst()
        .ifPresent(
            entry ->
                context.add(
                    path,
                    ProblemCode.TRANSLATED_PREFIX_OVERLAP,
                    prefix + " has " + entry.getKey() + ", which is " + entry.getValue()));
    if (context.index().hasPublicPool(prefix)) {
      context.add(
          path,
          ProblemCode.TRANSLATED_PREFIX_OVERLAP,
          prefix + " overlaps a pool of a public subnet");
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
