// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.Cidr;
import hnv.wire.CustomerAddress;
import hnv.wire.IpAddress;
import hnv.wire.MacAddress;
import hnv.wire.Vsid;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Network interfaces: MAC and customer addresses, and where the interfaces are.
final class InterfaceRules {
  private record AddressKey(ResourceId virtualNetwork, CustomerAddress address) {}

  /// Frames are switched by destination MAC within a virtual subnet, so there it must name one
  /// port. Between subnets the router rewrites it, so two subnets of a network may share one, and
  /// tenants may choose theirs freely.
  private record MacKey(Vsid virtualSubnetId, MacAddress address) {}

  private final PolicyValidation.Context context;
  private final Map<AddressKey, NetworkInterface> addresses = new HashMap<>();
  private final Map<MacKey, NetworkInterface> macAddresses = new HashMap<>();

  InterfaceRules(PolicyValidation.Context context) {
    this.context = context;
  }

  void check() {
    List<NetworkInterface> interfaces = context.policy().networkInterfaces();
    String all = "$.networkInterfaces";
    context.checkCount(all, interfaces.size(), context.limits().networkInterfaces());
    context.checkNames(PolicyValidation.names(interfaces, NetworkInterface::resourceId), all);
    for (int i = 0; i < interfaces.size(); i++) {
      check(interfaces.get(i), i);
    }
  }

  private void check(NetworkInterface networkInterface, int number) {
    String path = context.source().networkInterface(number) + ".properties";
    checkMac(networkInterface, path);
    networkInterface.server().ifPresent(server -> checkServer(server, path));
    List<IpConfiguration> configurations = networkInterface.ipConfigurations();
    String all = path + ".ipConfigurations";
    context.checkCount(all, configurations.size(), context.limits().ipConfigurationsPerInterface());
    context.checkNames(PolicyValidation.names(configurations, IpConfiguration::resourceId), all);
    Optional<Vsid> virtualSubnetId = Optional.empty();
    for (int i = 0; i < configurations.size(); i++) {
      IpConfiguration configuration = configurations.get(i);
      String at = context.source().ipConfiguration(number, i) + ".properties";
      configuration
          .accessControlList()
          .filter(list -> context.index().accessControlList(list).isEmpty())
          .ifPresent(list -> context.notFound(at + ".accessControlList.resourceRef", list));
      Optional<Subnet> subnet = context.index().subnet(configuration.subnet());
      if (subnet.isEmpty()) {
        context.notFound(at + ".subnet.resourceRef", configuration.subnet());
        continue;
      }
      checkAddress(networkInterface, configuration, subnet.get(), at + ".privateIPAddress");
      Vsid vsid = subnet.get().virtualSubnetId();
      if (virtualSubnetId.isPresent() && !virtualSubnetId.get().equals(vsid)) {
        String text =
            "a port has one virtual subnet id: "
                + vsid
                + " here, "
                + virtualSubnetId.get()
                + " in an earlier IP configuration";
        context.add(at + ".subnet.resourceRef", ProblemCode.VIRTUAL_SUBNET_MISMATCH, text);
      }
      virtualSubnetId = virtualSubnetId.or(() -> Optional.of(vsid));
    }
    virtualSubnetId.ifPresent(vsid -> checkMacInSubnet(networkInterface, vsid, path));
  }

  private void checkMac(NetworkInterface networkInterface, String path) {
    MacAddress mac = networkInterface.privateMacAddress();
    String what = Addresses.whyNotMachine(mac);
    if (what != null) {
      context.add(
          path + ".privateMacAddress",
          ProblemCode.INVALID_PRIVATE_MAC_ADDRESS,
          mac + " is " + what + "; a machine has a unicast address of its own");
    }
  }

  private void checkMacInSubnet(NetworkInterface networkInterface, Vsid vsid, String path) {
    MacAddress mac = networkInterface.privateMacAddress();
    NetworkInterface first = macAddresses.putIfAbsent(new MacKey(vsid, mac), networkInterface);
    if (first != null) {
      context.add(
          path + ".privateMacAddress",
          ProblemCode.PRIVATE_MAC_ADDRESS_IN_USE,
          mac + " is the address of " + first.resourceId() + " in virtual subnet " + vsid);
    }
  }

  private void checkServer(ServerReference reference, String path) {
    String at = path + ".server.resourceRef";
    Optional<Server> server = context.index().server(reference);
    if (server.isEmpty()) {
      context.notFound(at, reference);
    } else if (server.get().providerAddresses().isEmpty()
        && !context.source().isUnreadable(reference)) {
      String text = reference + " has no provider address, so no other server can reach it";
      context.add(at, ProblemCode.PROVIDER_ADDRESS_MISSING, text);
    }
  }

  private void checkAddress(
      NetworkInterface networkInterface, IpConfiguration configuration, Subnet subnet, String at) {
    CustomerAddress address = configuration.privateIpAddress();
    checkInSubnet(address.address(), subnet, at);
    AddressKey key = new AddressKey(configuration.subnet().virtualNetwork(), address);
    NetworkInterface first = addresses.putIfAbsent(key, networkInterface);
    if (first != null) {
      context.add(
          at,
          ProblemCode.PRIVATE_IP_ADDRESS_IN_USE,
          address + " is an address of " + first.resourceId() + " in the same virtual network");
    }
  }

  private void checkInSubnet(IpAddress address, Subnet subnet, String at) {
    Optional<Cidr> prefix =
        subnet.addressPrefixes().stream().filter(p -> p.contains(address)).findFirst();
    if (prefix.isEmpty()) {
      context.add(
          at,
          ProblemCode.PRIVATE_IP_ADDRESS_NOT_IN_SUBNET,
          address + " is not in " + subnet.addressPrefixes() + " of subnet " + subnet.resourceId());
      return;
    }
    String reserved = Addresses.whyReserved(prefix.get(), address);
    if (reserved != null) {
      context.add(
          at,
          ProblemCode.PRIVATE_IP_ADDRESS_IN_RESERVED_RANGE,
          address + " is " + reserved + " of " + prefix.get() + ", which the subnet keeps");
    }
  }
}
