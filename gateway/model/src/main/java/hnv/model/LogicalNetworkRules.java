// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Logical networks: wires, prefixes, pools, and routers that can be reached.
final class LogicalNetworkRules {
  private record Device(ResourceId name, int vlanId) {}

  private record PlacedSubnet(LogicalSubnet subnet, int order, String path) {}

  private record PlacedPool(IpPool pool, String path) {}

  private final GatewayContext context;
  private final Map<Device, Wire> wires = new HashMap<>();
  private final List<PlacedPool> publicPools = new ArrayList<>();

  LogicalNetworkRules(GatewayContext context) {
    this.context = context;
  }

  void check(AddressUses uses) {
    List<LogicalNetwork> networks = context.resources().logicalNetworks();
    String all = "$.logicalNetworks";
    context.checkCount(all, networks, context.limits().logicalNetworks());
    context.context().checkNames(PolicyValidation.names(networks, LogicalNetwork::resourceId), all);
    for (int i = 0; i < networks.size(); i++) {
      check(networks.get(i), context.element(all, i) + ".properties", uses);
    }
    checkPools(publicPools);
  }

  private void check(LogicalNetwork network, String path, AddressUses uses) {
    List<LogicalSubnet> subnets = network.subnets();
    String all = path + ".subnets";
    context.checkCount(all, subnets, context.limits().subnetsPerLogicalNetwork());
    context.context().checkNames(PolicyValidation.names(subnets, LogicalSubnet::resourceId), all);
    Map<Integer, List<PlacedSubnet>> byVlan = new HashMap<>();
    for (int i = 0; i < subnets.size(); i++) {
      LogicalSubnet subnet = subnets.get(i);
      String at = context.element(all, i) + ".properties";
      checkWire(network, subnet, at);
      byVlan
          .computeIfAbsent(subnet.vlanId(), v -> new ArrayList<>())
          .add(new PlacedSubnet(subnet, i, at));
      checkPrefix(subnet, at);
      checkPools(subnet, at);
    }
    byVlan.values().forEach(wire -> checkWire(wire, uses));
  }

  private void checkPrefix(LogicalSubnet subnet, String path) {
    IpAddress network = subnet.addressPrefix().network();
    if (network.isMulticast() || network.isLoopback() || network.isUnspecified()) {
      context.add(
          path + ".addressPrefix",
          ProblemCode.INVALID_IP_PREFIX,
          subnet.addressPrefix() + " cannot be a subnet: its addresses are no host's");
    }
  }

  private void checkWire(LogicalNetwork network, LogicalSubnet subnet, String path) {
    if (subnet.vlanId() < 0 || subnet.vlanId() > LogicalSubnet.MAX_VLAN) {
      String text = subnet.vlanId() + " is outside 0 to " + LogicalSubnet.MAX_VLAN;
      context.add(path + ".vlanId", ProblemCode.INVALID_PARAMETER_VALUE, text);
    }
    Wire wire = new Wire(network.resourceId(), subnet.vlanId());
    Wire first = wires.putIfAbsent(new Device(network.deviceName(), subnet.vlanId()), wire);
    if (first != null && !first.equals(wire)) {
      context.add(
          path + ".vlanId",
          ProblemCode.VLAN_IN_USE,
          "VLAN "
              + subnet.vlanId()
              + " of device "
              + network.deviceName()
              + " is logical network "
              + first.logicalNetwork()
              + " already");
    }
  }

  private void checkPools(LogicalSubnet subnet, String path) {
    String all = path + ".ipPools";
    List<IpPool> pools = subnet.ipPools();
    context.checkCount(all, pools, context.limits().poolsPerSubnet());
    context.context().checkNames(PolicyValidation.names(pools, IpPool::resourceId), all);
    List<PlacedPool> valid = new ArrayList<>();
    for (int i = 0; i < pools.size(); i++) {
      IpPool pool = pools.get(i);
      String at = context.element(all, i) + ".properties";
      Cidr prefix = subnet.addressPrefix();
      if (!prefix.contains(pool.start()) || !prefix.contains(pool.end())) {
        String text = pool + " is not inside " + prefix;
        context.add(at, ProblemCode.INVALID_IP_POOL, text);
      } else if (pool.start().compareTo(pool.end()) > 0) {
        context.add(at, ProblemCode.INVALID_IP_POOL, pool + " ends before it begins");
      } else {
        valid.add(new PlacedPool(pool, at));
      }
    }
    if (subnet.isPublic()) {
      // Checked with those of all other public subnets.
      publicPools.addAll(valid);
    } else {
      checkPools(valid);
    }
  }

  /// Each pool that overlaps an earlier one, in the order of their first addresses.
  private void checkPools(List<PlacedPool> pools) {
    List<PlacedPool> sorted = new ArrayList<>(pools);
    sorted.sort(Comparator.comparing(placed -> placed.pool().start()));
    PlacedPool reach = null;
    for (PlacedPool placed : sorted) {
      if (reach != null && placed.pool().start().compareTo(reach.pool().end()) <= 0) {
        context.add(
            placed.path(),
            ProblemCode.IP_POOL_OVERLAP,
            placed.pool() + " overlaps pool " + reach.pool());
      }
      if (reach == null || placed.pool().end().compareTo(reach.pool().end()) > 0) {
        reach = placed;
      }
    }
  }

  /// Subnets on one wire.
  private void checkWire(List<PlacedSubnet> subnets, AddressUses uses) {
    LogicalSubnet first = subnets.getFirst().subnet();
    for (PlacedSubnet placed : subnets) {
      if (placed.subnet().isPublic() != first.isPublic()) {
        context.add(
            placed.path() + ".isPublic",
            ProblemCode.VLAN_IN_USE,
            "subnet "
                + first.resourceId()
                + " is on the same wire; either both are public or none");
      }
      checkRouters(placed, subnets, uses);
    }
    List<PlacedSubnet> sorted = new ArrayList<>(subnets);
    sorted.sort(Comparator.comparing(placed -> placed.subnet().addressPrefix()));
    PlacedSubnet outer = null;
    for (PlacedSubnet inner : sorted) {
      if (outer == null
          || !outer.subnet().addressPrefix().contains(inner.subnet().addressPrefix())) {
        outer = inner;
        continue;
      }
      PlacedSubnet later = inner.order() > outer.order() ? inner : outer;
      PlacedSubnet earlier = later.equals(inner) ? outer : inner;
      context.add(
          later.path() + ".addressPrefix",
          ProblemCode.SUBNET_PREFIX_OVERLAP,
          later.subnet().addressPrefix()
              + " overlaps "
              + earlier.subnet().addressPrefix()
              + " of subnet "
              + earlier.subnet().resourceId()
              + " on the same wire");
    }
  }

  private void checkRouters(PlacedSubnet placed, List<PlacedSubnet> wire, AddressUses uses) {
    LogicalSubnet subnet = placed.subnet();
    String gateways = placed.path() + ".defaultGateways";
    context.checkCount(gateways, subnet.defaultGateways(), context.limits().routesPerSubnet());
    for (int i = 0; i < subnet.defaultGateways().size(); i++) {
      checkRouter(
          subnet, subnet.defaultGateways().get(i), context.element(gateways, i), wire, uses);
    }
    String routes = placed.path() + ".routes";
    context.checkCount(routes, subnet.routes(), context.limits().routesPerSubnet());
    context
        .context()
        .checkNames(PolicyValidation.names(subnet.routes(), LogicalRoute::resourceId), routes);
    for (int i = 0; i < subnet.routes().size(); i++) {
      LogicalRoute route = subnet.routes().get(i);
      String at = context.element(routes, i) + ".properties.nextHop";
      checkRouter(subnet, route.nextHop(), at, wire, uses);
      if (route.nextHop().width() != route.destination().network().width()) {
        String text = route.nextHop() + " is of another family than " + route.destination();
        context.add(at, ProblemCode.NEXT_HOP_UNREACHABLE, text);
      }
    }
  }

  private void checkRouter(
      LogicalSubnet subnet,
      IpAddress router,
      String path,
      List<PlacedSubnet> wire,
      AddressUses uses) {
    boolean connected =
        wire.stream().anyMatch(other -> other.subnet().addressPrefix().contains(router));
    if (!connected && !Addresses.isLinkLocal(router)) {
      context.add(
          path,
          ProblemCode.NEXT_HOP_UNREACHABLE,
          router + " is in no subnet of VLAN " + subnet.vlanId() + " of the network");
    }
    if (subnet.isPublic()) {
      uses.claim(router, "a router", path);
    }
  }
}
