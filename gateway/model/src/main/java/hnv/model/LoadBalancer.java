// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// A load balancer, as far as it translates: port forwarding, and outbound translation.
public record LoadBalancer(
    ResourceId resourceId,
    List<Frontend> frontends,
    List<BackendPool> backendPools,
    List<InboundNatRule> inboundNatRules,
    List<OutboundNatRule> outboundNatRules) {
  public LoadBalancer {
    frontends = List.copyOf(frontends);
    backendPools = List.copyOf(backendPools);
    inboundNatRules = List.copyOf(inboundNatRules);
    outboundNatRules = List.copyOf(outboundNatRules);
  }

  /// An address that the outside knows.
  public record Frontend(ResourceId resourceId, FrontendAddress address) {}

  /// What the address of a front end is.
  public sealed interface FrontendAddress {}

  /// A public address that is a resource.
  public record ByResource(PublicIpAddressReference publicIpAddress) implements FrontendAddress {}

  /// An address of a public logical subnet.
  public record ByAddress(IpAddress privateIpAddress, LogicalSubnetReference subnet)
      implements FrontendAddress {}

  /// Whose traffic is translated. Machines may also name the pool, see {@link IpConfiguration}.
  ///
  /// @param subnets all addresses of these subnets
  /// @param virtualNetworks all addresses of these networks, and those behind their connections
  public record BackendPool(
      ResourceId resourceId,
      List<IpConfigurationReference> ipConfigurations,
      List<SubnetReference> subnets,
      List<VirtualNetworkReference> virtualNetworks) {
    public BackendPool {
      ipConfigurations = List.copyOf(ipConfigurations);
      subnets = List.copyOf(subnets);
      virtualNetworks = List.copyOf(virtualNetworks);
    }
  }

  /// A service that the outside reaches (port forwarding).
  ///
  /// @param frontendPorts absent exactly where the protocol has no ports
  /// @param backendPort where the first of the ports leads; absent: the same
  /// @param backend absent where a machine names the rule, see {@link IpConfiguration}
  public record InboundNatRule(
      ResourceId resourceId,
      List<FrontendReference> frontends,
      NatProtocol protocol,
      Optional<PortRange> frontendPorts,
      OptionalInt backendPort,
      Optional<IpConfigurationReference> backend) {
    public InboundNatRule {
      frontends = List.copyOf(frontends);
    }
  }

  /// Translation of what a back-end pool begins.
  ///
  /// @param destinationPrefixes what it is for, IPv4; empty: everything
  public record OutboundNatRule(
      ResourceId resourceId,
      List<FrontendReference> frontends,
      BackendPoolReference backendPool,
      NatProtocol protocol,
      List<Cidr> destinationPrefixes,
      NatBehavior behavior) {
    public OutboundNatRule {
      frontends = List.copyOf(frontends);
      destinationPrefixes = List.copyOf(destinationPrefixes);
    }
  }
}
