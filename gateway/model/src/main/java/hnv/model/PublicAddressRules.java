// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Public addresses: in a pool, once, and with one use.
final class PublicAddressRules {
  private final GatewayContext context;

  PublicAddressRules(GatewayContext context) {
    this.context = context;
  }

  void check(AddressUses uses) {
    List<PublicIpAddress> addresses = context.resources().publicIpAddresses();
    String all = "$.publicIPAddresses";
    context.checkCount(all, addresses, context.limits().publicIpAddresses());
    context
        .context()
        .checkNames(PolicyValidation.names(addresses, PublicIpAddress::resourceId), all);
    Map<IpAddress, PublicIpAddress> owners = new HashMap<>();
    for (int i = 0; i < addresses.size(); i++) {
      PublicIpAddress address = addresses.get(i);
      String path = context.element(all, i) + ".properties.ipAddress";
      checkInPool(address.ipAddress(), path);
      PublicIpAddress owner = owners.putIfAbsent(address.ipAddress(), address);
      if (owner != null) {
        context.add(
            path,
            ProblemCode.PUBLIC_IP_ADDRESS_IN_USE,
            address.ipAddress() + " is public address " + owner.resourceId() + " already");
      }
    }
    checkPools(uses);
    checkFrontends(uses);
    checkInterfaces(uses);
  }

  private void checkInPool(IpAddress address, String path) {
    if (context.index().publicWire(address).isEmpty() && !context.missesNetworks()) {
      String text = address + " is in no pool of a public logical subnet";
      context.add(path, ProblemCode.PUBLIC_IP_ADDRESS_NOT_IN_POOL, text);
    }
  }

  private void checkPools(AddressUses uses) {
    List<GatewayPool> pools = context.resources().gatewayPools();
    for (int i = 0; i < pools.size(); i++) {
      GatewayPool pool = pools.get(i);
      String all =
          context.element("$.gatewayPools", i) + ".properties.ipConfiguration.publicIPAddresses";
      for (int j = 0; j < pool.publicIpAddresses().size(); j++) {
        String path = context.element(all, j) + ".resourceRef";
        String user = "an address of gateway pool " + pool.resourceId();
        context
            .index()
            .publicIpAddress(pool.publicIpAddresses().get(j))
            .ifPresent(address -> uses.claim(address.ipAddress(), user, path));
      }
    }
  }

  private void checkFrontends(AddressUses uses) {
    List<LoadBalancer> balancers = context.resources().loadBalancers();
    String all = "$.loadBalancers";
    context.checkCount(all, balancers, context.limits().loadBalancers());
    context.context().checkNames(PolicyValidation.names(balancers, LoadBalancer::resourceId), all);
    for (int i = 0; i < balancers.size(); i++) {
      LoadBalancer balancer = balancers.get(i);
      String path = context.element(all, i) + ".properties.frontendIPConfigurations";
      List<LoadBalancer.Frontend> frontends = balancer.frontends();
      context.checkCount(path, frontends, context.limits().frontendsPerLoadBalancer());
      context
          .context()
          .checkNames(PolicyValidation.names(frontends, LoadBalancer.Frontend::resourceId), path);
      for (int j = 0; j < frontends.size(); j++) {
        check(balancer, frontends.get(j), context.element(path, j) + ".properties", uses);
      }
    }
  }

  private void check(
      LoadBalancer balancer, LoadBalancer.Frontend frontend, String path, AddressUses uses) {
    String user = "front end " + balancer.resourceId() + "/" + frontend.resourceId();
    switch (frontend.address()) {
      case LoadBalancer.ByResource(PublicIpAddressReference reference) -> {
        Optional<PublicIpAddress> address = context.index().publicIpAddress(reference);
        context.check(path + ".publicIPAddress", reference, address);
        String at = path + ".publicIPAddress.resourceRef";
        address.ifPresent(found -> claim(found.ipAddress(), user, at, uses));
      }
      case LoadBalancer.ByAddress(IpAddress address, LogicalSubnetReference reference) -> {
        Optional<LogicalSubnet> subnet = context.index().logicalSubnet(reference);
        context.check(path + ".subnet", reference, subnet);
        String at = path + ".privateIPAddress";
        if (subnet.filter(s -> !s.addressPrefix().contains(address)).isPresent()) {
          context.add(at, ProblemCode.ADDRESS_NOT_IN_SUBNET, address + " is not in " + reference);
        } else if (subnet.isPresent()) {
          checkInPool(address, at);
        }
        claim(address, user, at, uses);
      }
    }
  }

  private void claim(IpAddress address, String user, String path, AddressUses uses) {
    if (!(address instanceof Ipv4Address)) {
      String text = address + " is IPv6, which is not translated";
      context.add(path, ProblemCode.INVALID_NAT_RULE, text);
    }
    uses.claim(address, user, path);
  }

  private void checkInterfaces(AddressUses uses) {
    List<NetworkInterface> interfaces = context.context().policy().networkInterfaces();
    for (int i = 0; i < interfaces.size(); i++) {
      List<IpConfiguration> configurations = interfaces.get(i).ipConfigurations();
      for (int j = 0; j < configurations.size(); j++) {
        IpConfiguration configuration = configurations.get(j);
        if (configuration.publicIpAddress().isPresent()) {
          String path =
              context.context().source().ipConfiguration(i, j) + ".properties.publicIPAddress";
          String user =
              "the public address of "
                  + interfaces.get(i).resourceId()
                  + "/"
                  + configuration.resourceId();
          check(configuration, configuration.publicIpAddress().get(), path, user, uses);
        }
      }
    }
  }

  private void check(
      IpConfiguration configuration,
      PublicIpAddressReference reference,
      String path,
      String user,
      AddressUses uses) {
    Optional<PublicIpAddress> address = context.index().publicIpAddress(reference);
    context.check(path, reference, address);
    if (address.isEmpty()) {
      return;
    }
    String at = path + ".resourceRef";
    claim(address.get().ipAddress(), user, at, uses);
    if (!(configuration.privateIpAddress().address() instanceof Ipv4Address)) {
      String text = configuration.privateIpAddress() + " is IPv6, which is not translated";
      context.add(at, ProblemCode.INVALID_NAT_RULE, text);
    }
    new NatPlaces(context)
        .check(configuration.subnet().virtualNetwork(), List.of(address.get().ipAddress()), at);
  }
}
