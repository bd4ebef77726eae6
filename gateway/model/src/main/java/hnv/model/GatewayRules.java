// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.model.Gateway.OutsideInterface;
import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import hnv.wire.MacAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Gateway pools and gateways: servers, and their own addresses outside.
final class GatewayRules {
  private final GatewayContext context;
  private final Map<ResourceId, Gateway> servers = new HashMap<>();
  private final Map<MacAddress, Gateway> macs = new HashMap<>();

  GatewayRules(GatewayContext context) {
    this.context = context;
  }

  void check(AddressUses uses) {
    List<GatewayPool> pools = context.resources().gatewayPools();
    String allPools = "$.gatewayPools";
    context.checkCount(allPools, pools, context.limits().gateways());
    context.context().checkNames(PolicyValidation.names(pools, GatewayPool::resourceId), allPools);
    for (int i = 0; i < pools.size(); i++) {
      check(pools.get(i), context.element(allPools, i) + ".properties.ipConfiguration");
    }
    List<Gateway> gateways = context.resources().gateways();
    String all = "$.gateways";
    context.checkCount(all, gateways, context.limits().gateways());
    context.context().checkNames(PolicyValidation.names(gateways, Gateway::resourceId), all);
    for (int i = 0; i < gateways.size(); i++) {
      check(gateways.get(i), context.element(all, i) + ".properties", uses);
    }
    checkProviderAddresses(uses);
  }

  /// A tenant must not be given the address of a server.
  private void checkProviderAddresses(AddressUses uses) {
    List<Server> servers = context.context().policy().servers();
    for (int i = 0; i < servers.size(); i++) {
      String all = context.context().source().server(i) + ".properties.providerAddresses";
      for (int j = 0; j < servers.get(i).providerAddresses().size(); j++) {
        IpAddress address = servers.get(i).providerAddresses().get(j).address();
        uses.checkNotInPool(address, "a provider address", context.element(all, j));
      }
    }
  }

  private void check(GatewayPool pool, String path) {
    String subnets = path + ".greVipSubnets";
    context.checkCount(subnets, pool.greVipSubnets(), context.limits().references());
    for (int i = 0; i < pool.greVipSubnets().size(); i++) {
      LogicalSubnetReference reference = pool.greVipSubnets().get(i);
      String at = context.element(subnets, i);
      Optional<LogicalSubnet> subnet = context.index().logicalSubnet(reference);
      context.check(at, reference, subnet);
      if (subnet.filter(s -> !s.isPublic()).isPresent()) {
        notPublic(at, reference);
      }
    }
    String addresses = path + ".publicIPAddresses";
    context.checkCount(addresses, pool.publicIpAddresses(), context.limits().references());
    for (int i = 0; i < pool.publicIpAddresses().size(); i++) {
      PublicIpAddressReference reference = pool.publicIpAddresses().get(i);
      context.check(
          context.element(addresses, i), reference, context.index().publicIpAddress(reference));
    }
  }

  private void notPublic(String path, LogicalSubnetReference reference) {
    String text = reference + " is not public";
    context.add(path + ".resourceRef", ProblemCode.VLAN_IN_USE, text);
  }

  private void check(Gateway gateway, String path, AddressUses uses) {
    context.check(path + ".pool", gateway.pool(), context.index().gatewayPool(gateway.pool()));
    checkServer(gateway, path);
    Gateway same = macs.putIfAbsent(GatewayPlacement.mac(gateway), gateway);
    if (same != null && !same.resourceId().equals(gateway.resourceId())) {
      String text = "its MAC address would be that of " + same.resourceId() + "; rename one";
      context.add(path, ProblemCode.GATEWAY_IN_USE, text);
    }
    String all = path + ".outsideInterfaces";
    List<OutsideInterface> interfaces = gateway.outsideInterfaces();
    context.checkCount(all, interfaces, context.limits().interfacesPerGateway());
    for (int i = 0; i < interfaces.size(); i++) {
      check(gateway, interfaces.get(i), context.element(all, i), uses);
    }
  }

  private void checkServer(Gateway gateway, String path) {
    String at = path + ".server";
    Optional<Server> server = context.context().index().server(gateway.server());
    context.check(at, gateway.server(), server);
    if (server.filter(s -> s.providerAddresses().isEmpty()).isPresent()
        && !context.context().source().isUnreadable(gateway.server())) {
      String text = gateway.server() + " has no provider address, so no other server can reach it";
      context.add(at + ".resourceRef", ProblemCode.PROVIDER_ADDRESS_MISSING, text);
    }
    Gateway first = servers.putIfAbsent(gateway.server().resourceId(), gateway);
    if (first != null) {
      String text = gateway.server() + " is gateway " + first.resourceId() + " already";
      context.add(at, ProblemCode.GATEWAY_IN_USE, text);
    }
  }

  private void check(Gateway gateway, OutsideInterface outside, String path, AddressUses uses) {
    Optional<LogicalSubnet> subnet = context.index().logicalSubnet(outside.subnet());
    context.check(path + ".subnet", outside.subnet(), subnet);
    if (subnet.filter(s -> !s.isPublic()).isPresent()) {
      notPublic(path + ".subnet", outside.subnet());
    }
    String all = path + ".ipAddresses";
    context.checkCount(all, outside.ipAddresses(), context.limits().interfacesPerGateway());
    if (outside.ipAddresses().isEmpty()) {
      String text = "a gateway has an address in each network that it is on";
      context.add(all, ProblemCode.PROPERTY_MISSING, text);
    }
    for (int i = 0; i < outside.ipAddresses().size(); i++) {
      IpAddress address = outside.ipAddresses().get(i);
      String at = context.element(all, i);
      subnet.ifPresent(s -> checkOwn(context, address, s.addressPrefix(), at));
      uses.checkNotInPool(address, "a gateway's own address", at);
      uses.claimOnce(address, "gateway " + gateway.resourceId() + "'s own address", at);
    }
  }

  /// Reports an address that cannot be our own in a prefix.
  static void checkOwn(GatewayContext context, IpAddress address, Cidr prefix, String path) {
    String wrong = null;
    if (!prefix.contains(address)) {
      wrong = address + " is not in " + prefix;
    } else if (!address.isUnicast() || prefix.isBroadcast(address)) {
      wrong = address + " is no host's";
    } else if (address.equals(prefix.network()) && !address.equals(prefix.lowestHost())) {
      wrong = address + " is the network itself";
    }
    if (wrong != null) {
      context.add(path, ProblemCode.ADDRESS_NOT_IN_SUBNET, wrong);
    }
  }
}
