// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import hnv.dataplane.Encapsulation;
import hnv.vswitch.Group;
import hnv.wire.Cidr;
import hnv.wire.CustomerAddress;
import hnv.wire.MacAddress;
import hnv.wire.ProviderAddress;
import hnv.wire.RoutingDomainId;
import hnv.wire.Vsid;
import java.util.List;

/// What the overlay has to know of a whole network, in the dataplane's terms: hosts with their
/// provider addresses, routing domains with their virtual subnets and adapters. Valid as given:
/// what is wrong in a policy is found before it becomes this. Immutable; equal where nothing
/// changed.
///
/// @param encapsulation how frames travel between hosts
/// @param routerEnabled whether hosts route between the virtual subnets of a domain
public record OverlayNetwork(
    Encapsulation encapsulation, boolean routerEnabled, List<Host> hosts, List<Domain> domains) {
  /// No host, no tenant.
  public static final OverlayNetwork EMPTY =
      new OverlayNetwork(Encapsulation.VXLAN, true, List.of(), List.of());

  public OverlayNetwork {
    hosts = List.copyOf(hosts);
    domains = List.copyOf(domains);
  }

  /// A host.
  ///
  /// @param addresses its provider addresses, 1 to 4; frames to it go to the first of the sender's
  ///     family, frames from it may come from any
  public record Host(String name, List<ProviderAddress> addresses) {
    public Host {
      addresses = List.copyOf(addresses);
    }
  }

  /// A routing domain: the isolation boundary.
  ///
  /// @param name what people call the tenant's network
  public record Domain(
      RoutingDomainId id, String name, List<Subnet> subnets, List<Adapter> adapters) {
    public Domain {
      subnets = List.copyOf(subnets);
      adapters = List.copyOf(adapters);
    }
  }

  /// A virtual subnet; its lowest address of each prefix is the router's.
  public record Subnet(Vsid vsid, List<Cidr> prefixes) {
    public Subnet {
      prefixes = List.copyOf(prefixes);
    }
  }

  /// A VM's network adapter.
  ///
  /// @param name resource id of the network interface
  /// @param host name of the host that it is on; empty while it is on none
  /// @param macSpoofing may send from other MACs than its own
  /// @param outboundOctetsPerSecond rate limit, 0 = none
  /// @param inboundOctetsPerSecond rate limit, 0 = none
  public record Adapter(
      String name,
      MacAddress mac,
      Vsid vsid,
      List<CustomerAddress> addresses,
      String host,
      boolean macSpoofing,
      AccessControl accessControl,
      long outboundOctetsPerSecond,
      long inboundOctetsPerSecond) {
    public Adapter {
      addresses = List.copyOf(addresses);
    }
  }

  /// What may pass an adapter, ready for the engine: every group is asked and must let a packet
  /// through. A group has a rule for every packet that it is meant for.
  public record AccessControl(List<Group> outbound, List<Group> inbound) {
    /// Everything passes.
    public static final AccessControl OPEN = new AccessControl(List.of(), List.of());

    public AccessControl {
      outbound = List.copyOf(outbound);
      inbound = List.copyOf(inbound);
    }
  }
}
