// SPDX-License-Identifier: Apache-2.0
package hnv.app.policy;

import hnv.dataplane.Encapsulation;
import hnv.model.Gateway;
import hnv.model.GatewayPlacement;
import hnv.model.IpConfiguration;
import hnv.model.NetworkInterface;
import hnv.model.Policy;
import hnv.model.PolicyIndex;
import hnv.model.Server;
import hnv.model.Subnet;
import hnv.model.VirtualGateway;
import hnv.model.VirtualNetwork;
import hnv.overlay.OverlayNetwork;
import hnv.overlay.OverlayNetwork.Adapter;
import hnv.overlay.OverlayNetwork.Domain;
import hnv.overlay.OverlayNetwork.Host;
import hnv.wire.Cidr;
import hnv.wire.CustomerAddress;
import hnv.wire.Vsid;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Turns a valid policy into the network that the overlay works on. Pure: equal policies give equal
/// networks, in the order of the document.
///
/// What the overlay does not need is left out: servers without provider addresses, and interfaces
/// without IP configurations, which have no VSID and whose ports are not touched.
public final class PolicyCompiler {
  private static final long OCTETS_PER_MEGABIT = 1_000_000 / 8;

  private final Policy policy;
  private final PolicyIndex index;
  private final GatewayView view;
  private final Map<Gateway, TranslationCompiler> translations = new HashMap<>();

  private PolicyCompiler(Policy policy) {
    this.policy = policy;
    this.view = GatewayView.of(policy);
    this.index = view.index();
  }

  /// The network of a policy that has passed validation.
  public static OverlayNetwork compile(Policy policy) {
    return new PolicyCompiler(policy).network();
  }

  private OverlayNetwork network() {
    Map<VirtualNetwork, List<Adapter>> adapters = new HashMap<>();
    for (NetworkInterface networkInterface : policy.networkInterfaces()) {
      index
          .virtualNetwork(networkInterface)
          .ifPresent(
              network ->
                  adapters
                      .computeIfAbsent(network, n -> new ArrayList<>())
                      .add(adapter(networkInterface, network)));
    }
    policy.gatewayResources().virtualGateways().forEach(virtual -> addAdapters(virtual, adapters));
    return new OverlayNetwork(
        encapsulation(policy.virtualNetworkManager().networkVirtualizationProtocol()),
        policy.virtualNetworkManager().distributedRouterEnabled(),
        policy.servers().stream()
            .filter(server -> !server.providerAddresses().isEmpty())
            .map(PolicyCompiler::host)
            .toList(),
        policy.virtualNetworks().stream()
            .map(network -> domain(network, adapters.getOrDefault(network, List.of())))
            .toList());
  }

  private static Host host(Server server) {
    return new Host(
        hostName(server),
        server.providerAddresses(),
        server.networkVirtualizationProtocol().map(PolicyCompiler::encapsulation));
  }

  private static Encapsulation encapsulation(hnv.model.Encapsulation protocol) {
    return switch (protocol) {
      case VXLAN -> Encapsulation.VXLAN;
      case NVGRE -> Encapsulation.NVGRE;
    };
  }

  /// What the overlay calls a server: its resourceId, as its resource spells it.
  private static String hostName(Server server) {
    return server.resourceId().toString();
  }

  /// The adapters of gateways in the virtual network of a virtual gateway.
  private void addAdapters(VirtualGateway virtual, Map<VirtualNetwork, List<Adapter>> adapters) {
    List<Subnet> subnets = view.subnets(virtual);
    for (Gateway gateway : view.placement().gateways(virtual)) {
      Adapter adapter =
          Adapter.ofGateway(
              GatewayView.adapter(virtual, gateway),
              GatewayPlacement.mac(gateway),
              // Cannot fail: in a valid policy the gateway subnets are there.
              subnets.getFirst().virtualSubnetId(),
              view.placement().addresses(virtual, gateway, subnets),
              view.host(gateway));
      view.network(virtual)
          .ifPresent(
              network -> adapters.computeIfAbsent(network, n -> new ArrayList<>()).add(adapter));
    }
  }

  private TranslationCompiler translation(Gateway gateway) {
    return translations.computeIfAbsent(gateway, g -> new TranslationCompiler(view, g));
  }

  private List<OverlayNetwork.Route> routes(VirtualNetwork network) {
    return view.gateways()
        .virtualGateway(network.resourceId())
        .map(virtual -> DomainRoutes.of(view, virtual, this::translation))
        .orElse(List.of());
  }

  /// The two subnets of a dual-stack pair have one VSID and are one virtual subnet here.
  private Domain domain(VirtualNetwork network, List<Adapter> adapters) {
    Map<Vsid, List<Cidr>> prefixes = new LinkedHashMap<>();
    for (Subnet subnet : network.subnets()) {
      prefixes
          .computeIfAbsent(subnet.virtualSubnetId(), vsid -> new ArrayList<>())
          .addAll(subnet.addressPrefixes());
    }
    List<OverlayNetwork.Subnet> subnets = new ArrayList<>();
    prefixes.forEach((vsid, list) -> subnets.add(new OverlayNetwork.Subnet(vsid, list)));
    return new Domain(
        network.routingDomainId(),
        network.resourceId().toString(),
        subnets,
        adapters,
        network.networkVirtualizationProtocol().map(PolicyCompiler::encapsulation),
        routes(network));
  }

  private Adapter adapter(NetworkInterface networkInterface, VirtualNetwork network) {
    List<CustomerAddress> addresses =
        networkInterface.ipConfigurations().stream()
            .map(IpConfiguration::privateIpAddress)
            .toList();
    // Cannot fail: an interface in a virtual network has an IP configuration, and its subnet is
    // there in a valid policy.
    Vsid vsid = index.virtualSubnetId(networkInterface).orElseThrow();
    String host =
        networkInterface.server().flatMap(index::server).map(PolicyCompiler::hostName).orElse("");
    return new Adapter(
        networkInterface.resourceId().toString(),
        networkInterface.privateMacAddress(),
        vsid,
        addresses,
        host,
        networkInterface.portSettings().macSpoofing(),
        new AccessControlCompiler(index, network).compile(networkInterface),
        octetsPerSecond(networkInterface.portSettings().outboundMaximumMbps()),
        octetsPerSecond(networkInterface.portSettings().inboundMaximumMbps()));
  }

  private static long octetsPerSecond(java.util.OptionalLong megabits) {
    return megabits.isPresent() ? megabits.getAsLong() * OCTETS_PER_MEGABIT : 0;
  }

  /// The interfaces that policy places on a server, those without VSID among them, in the order of
  /// the document.
  public static List<NetworkInterface> interfacesOn(Policy policy, Server server) {
    return policy.networkInterfaces().stream()
        .filter(
            networkInterface ->
                networkInterface
                    .server()
                    .map(reference -> reference.resourceId().equals(server.resourceId()))
                    .orElse(false))
        .toList();
  }

  /// The server of this name, whatever the case of its letters.
  public static Optional<Server> server(Policy policy, String name) {
    return policy.servers().stream()
        .filter(server -> server.resourceId().toString().equalsIgnoreCase(name))
        .findFirst();
  }
}
