// SPDX-License-Identifier: Apache-2.0
package hnv.lab.topology;

import hnv.document.Parsed;
import hnv.document.PolicyDocuments;
import hnv.lab.netns.LabException;
import hnv.model.Encapsulation;
import hnv.model.IpConfiguration;
import hnv.model.NetworkInterface;
import hnv.model.Policy;
import hnv.model.PublicIpAddress;
import hnv.model.ResourceId;
import hnv.model.Server;
import hnv.model.ServerReference;
import hnv.model.Subnet;
import hnv.model.VirtualNetwork;
import hnv.model.VirtualNetworkManager;
import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// What the lab is made from: one policy document, and nothing beside it. Names, addresses, places
/// all come from there, so that a person can vary the lab by varying the document.
///
/// @param policy what all nodes run
public record Scenario(Policy policy) {
  /// A host of the lab.
  ///
  /// @param address its provider address; the subnet is the /24 around it
  public record Host(String name, Ipv4Address address) {
    private static final int SUBNET_LENGTH = 24;

    /// The provider address as `ip address add` takes it.
    public String withLength() {
      return address + "/" + SUBNET_LENGTH;
    }

    /// The router's address in the host's subnet.
    public IpAddress router() {
      return Cidr.containing(address, SUBNET_LENGTH).lowestHost();
    }

    /// The router's address as `ip address add` takes it.
    public String routerWithLength() {
      return router() + "/" + SUBNET_LENGTH;
    }
  }

  /// The two tenants of the HNV papers, on two hosts.
  public static Scenario twoTenants(Encapsulation encapsulation) {
    return switch (PolicyDocuments.parse(PolicyDocuments.twoTenants())) {
      case Parsed.Accepted accepted -> new Scenario(accepted.policy()).with(encapsulation);
      case Parsed.Refused refused ->
          throw new LabException("the lab's policy is refused: " + refused.problems());
    };
  }

  /// Two tenants on two hosts, and a gateway between them and the world.
  public static Scenario gateway() {
    return switch (PolicyDocuments.parse(PolicyDocuments.gateway())) {
      case Parsed.Accepted accepted -> new Scenario(accepted.policy());
      case Parsed.Refused refused ->
          throw new LabException("the lab's policy is refused: " + refused.problems());
    };
  }

  /// The hosts that are gateways.
  public Set<String> gateways() {
    return policy.gatewayResources().gateways().stream()
        .map(gateway -> gateway.server().resourceId().toString())
        .collect(Collectors.toSet());
  }

  /// The public address with this name.
  public Ipv4Address publicAddress(String name) {
    for (PublicIpAddress each : policy.gatewayResources().publicIpAddresses()) {
      if (each.resourceId().toString().equals(name)
          && each.ipAddress() instanceof Ipv4Address address) {
        return address;
      }
    }
    throw new LabException("the policy has no public IPv4 address " + name);
  }

  /// The document.
  public String document() {
    return PolicyDocuments.write(policy);
  }

  public Encapsulation encapsulation() {
    return policy.virtualNetworkManager().networkVirtualizationProtocol();
  }

  /// All hosts, in the order of the document.
  public List<Host> hosts() {
    List<Host> hosts = new ArrayList<>();
    for (Server server : policy.servers()) {
      if (server.providerAddresses().getFirst().address() instanceof Ipv4Address address) {
        hosts.add(new Host(server.resourceId().toString(), address));
      }
    }
    return hosts;
  }

  /// The host with this name.
  public Host host(String name) {
    return hosts().stream()
        .filter(host -> host.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new LabException("the policy has no server " + name));
  }

  /// All virtual machines, in the order of the document.
  public List<VirtualMachine> machines() {
    List<VirtualMachine> machines = new ArrayList<>();
    for (NetworkInterface adapter : policy.networkInterfaces()) {
      List<VirtualMachine.Address> addresses = new ArrayList<>();
      for (IpConfiguration configuration : adapter.ipConfigurations()) {
        IpAddress address = configuration.privateIpAddress().address();
        addresses.add(new VirtualMachine.Address(address, prefix(configuration, address)));
      }
      IpConfiguration first = adapter.ipConfigurations().getFirst();
      machines.add(
          new VirtualMachine(
              adapter.resourceId().toString(),
              adapter.server().map(server -> server.resourceId().toString()).orElse(""),
              first.subnet().virtualNetwork().toString(),
              subnet(first).virtualSubnetId().value(),
              adapter.privateMacAddress(),
              addresses));
    }
    return machines;
  }

  /// The virtual machine with this name.
  public VirtualMachine machine(String name) {
    return machines().stream()
        .filter(machine -> machine.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new LabException("the policy has no network interface " + name));
  }

  /// The same with another encapsulation.
  public Scenario with(Encapsulation encapsulation) {
    VirtualNetworkManager manager = policy.virtualNetworkManager();
    return new Scenario(
        policy.with(
            new VirtualNetworkManager(
                manager.distributedRouterEnabled(),
                encapsulation,
                manager.virtualSubnetIdRange())));
  }

  /// The same with a virtual machine on another host: what a live migration changes.
  public Scenario withMachineOn(String machine, String host) {
    ResourceId moved = ResourceId.of(machine);
    List<NetworkInterface> adapters = new ArrayList<>();
    for (NetworkInterface adapter : policy.networkInterfaces()) {
      adapters.add(
          adapter.resourceId().equals(moved)
              ? new NetworkInterface(
                  adapter.resourceId(),
                  adapter.privateMacAddress(),
                  Optional.of(new ServerReference(ResourceId.of(host))),
                  adapter.ipConfigurations(),
                  adapter.portSettings())
              : adapter);
    }
    return new Scenario(policy.with(adapters));
  }

  /// The same with an IPsec connection to a prefix, before another connection of the same tenant.
  public Scenario withIpsec(String before, Cidr prefix) {
    String connection =
        """
        {"resourceId": "protected", "properties": {
          "connectionType": "IPSec", "destinationIPAddress": "198.51.100.60",
          "ipSecConfiguration": {"authenticationMethod": "PSK"},
          "routes": [{"destinationPrefix": "%s", "metric": 10}]}},
        """
            .formatted(prefix);
    String other =
        document().replaceFirst("\\{\\s*\"resourceId\": \"" + before + "\"", connection + "$0");
    return switch (PolicyDocuments.parse(other.getBytes(StandardCharsets.UTF_8))) {
      case Parsed.Accepted accepted -> new Scenario(accepted.policy());
      case Parsed.Refused refused ->
          throw new LabException("the policy with IPsec is refused: " + refused.problems());
    };
  }

  private Subnet subnet(IpConfiguration configuration) {
    for (VirtualNetwork network : policy.virtualNetworks()) {
      if (network.resourceId().equals(configuration.subnet().virtualNetwork())) {
        for (Subnet subnet : network.subnets()) {
          if (subnet.resourceId().equals(configuration.subnet().subnet())) {
            return subnet;
          }
        }
      }
    }
    throw new LabException("no subnet " + configuration.subnet());
  }

  private Cidr prefix(IpConfiguration configuration, IpAddress address) {
    return subnet(configuration).addressPrefixes().stream()
        .filter(prefix -> prefix.contains(address))
        .findFirst()
        .orElseThrow(() -> new LabException("no prefix for " + address));
  }
}
