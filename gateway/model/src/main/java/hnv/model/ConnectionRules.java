// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.model.NetworkConnection.Gre;
import hnv.model.NetworkConnection.InterfaceAddress;
import hnv.model.NetworkConnection.Ipsec;
import hnv.model.NetworkConnection.L3;
import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// Network connections: where they are, their addresses, keys, VLANs and routes.
final class ConnectionRules {
  private record Tunnel(IpAddress source, IpAddress destination, OptionalLong key) {}

  private record Vlan(ResourceId device, int vlanId) {}

  /// Who is on a VLAN: one tenant, there once on each of its gateways.
  private record VlanUse(VirtualGateway tenant, Set<ResourceId> gateways) {}

  private record Hop(Cidr destination, Optional<IpAddress> nextHop) {}

  private final GatewayContext context;
  private final Map<Tunnel, String> tunnels = new HashMap<>();
  private final Map<Vlan, VlanUse> vlans = new HashMap<>();

  ConnectionRules(GatewayContext context) {
    this.context = context;
  }

  void check(VirtualGateway virtual, String path, AddressUses uses) {
    List<NetworkConnection> connections = virtual.networkConnections();
    context.checkCount(path, connections, context.limits().connectionsPerVirtualGateway());
    context
        .context()
        .checkNames(PolicyValidation.names(connections, NetworkConnection::resourceId), path);
    ConnectedPrefixes connected = new ConnectedPrefixes(context, virtual);
    var translations = new AddressTranslationRules(context, virtual);
    for (int i = 0; i < connections.size(); i++) {
      NetworkConnection connection = connections.get(i);
      String at = context.element(path, i) + ".properties";
      Optional<Gateway> gateway = gateway(virtual, connection, at);
      switch (connection.details()) {
        case Gre gre -> gateway.ifPresent(g -> checkGre(virtual, connection, g, gre, at, uses));
        case Ipsec ipsec -> checkPeer(ipsec.source(), ipsec.destination(), at);
        case L3 l3 -> {
          checkVlan(virtual, gateway, l3, at);
          checkAddresses(l3, at, uses, connected);
        }
      }
      checkRoutes(connection, at);
      translations.check(connection, at);
    }
  }

  /// Reports a gateway that is not one of the virtual gateway's.
  void checkGateway(VirtualGateway virtual, GatewayReference reference, String path) {
    Optional<Gateway> gateway = context.index().gateway(reference);
    context.check(path, reference, gateway);
    if (gateway.isPresent() && !virtual.gatewayPools().contains(gateway.get().pool())) {
      context.add(
          path + ".resourceRef",
          ProblemCode.GATEWAY_NOT_IN_POOL,
          reference
              + " is in "
              + gateway.get().pool()
              + ", which the virtual gateway does not name");
    }
  }

  private Optional<Gateway> gateway(
      VirtualGateway virtual, NetworkConnection connection, String path) {
    Optional<Gateway> gateway = context.placement().gateway(virtual, connection);
    if (connection.gateway().isPresent()) {
      checkGateway(virtual, connection.gateway().get(), path + ".gateway");
      if (gateway.filter(g -> !context.placement().serves(g, connection.type())).isPresent()) {
        context.add(
            path + ".gateway.resourceRef",
            ProblemCode.GATEWAY_NOT_IN_POOL,
            "the pool of this gateway takes no connections of type " + connection.type());
      }
    } else if (gateway.isEmpty() && context.knowsGateways(virtual)) {
      context.add(
          path + ".connectionType",
          ProblemCode.GATEWAY_NOT_IN_POOL,
          "no gateway in the pools of the virtual gateway takes connections of type "
              + connection.type());
    }
    return gateway;
  }

  private void checkPeer(Optional<IpAddress> source, IpAddress destination, String path) {
    String unusable = Addresses.whyNotProviderAddress(destination);
    String at = path + ".destinationIPAddress";
    if (unusable != null || !destination.isUnicast()) {
      String why = unusable == null ? "it is no host's" : unusable;
      String text = destination + " cannot be a peer: " + why;
      context.add(at, ProblemCode.INVALID_TUNNEL_ADDRESS, text);
    }
    if (source.isPresent() && source.get().width() != destination.width()) {
      String text = source.get() + " and " + destination + " are of different families";
      context.add(at, ProblemCode.INVALID_TUNNEL_ADDRESS, text);
    }
    if (source.isPresent() && source.get().equals(destination)) {
      String text = destination + " is the tunnel's own end";
      context.add(at, ProblemCode.INVALID_TUNNEL_ADDRESS, text);
    }
  }

  private void checkGre(
      VirtualGateway virtual,
      NetworkConnection connection,
      Gateway gateway,
      Gre gre,
      String path,
      AddressUses uses) {
    Optional<IpAddress> source = context.placement().source(gateway, gre);
    checkPeer(source, gre.destination(), path);
    String at = path + ".sourceIPAddress";
    if (source.isEmpty()) {
      String text =
          "gateway " + gateway.resourceId() + " has no outside address of the peer's family";
      context.add(at, ProblemCode.INVALID_TUNNEL_ADDRESS, text);
      return;
    }
    if (gre.source().isPresent()) {
      checkSource(gateway, gre.source().get(), at, uses);
    }
    Tunnel tunnel = new Tunnel(source.get(), gre.destination(), gre.key());
    String name = virtual.resourceId() + "/" + connection.resourceId();
    String first = tunnels.putIfAbsent(tunnel, name);
    if (first != null) {
      context.add(
          path + ".greConfiguration.greKey",
          ProblemCode.GRE_KEY_IN_USE,
          (gre.key().isPresent() ? "key " + gre.key().getAsLong() : "no key")
              + " between "
              + source.get()
              + " and "
              + gre.destination()
              + " is connection "
              + first
              + " already");
    }
  }

  /// A written outer address: the gateway's own, or of a pool of its pool's GRE subnets.
  private void checkSource(Gateway gateway, IpAddress source, String path, AddressUses uses) {
    boolean own =
        gateway.outsideInterfaces().stream()
            .anyMatch(outside -> outside.ipAddresses().contains(source));
    if (own || context.missesNetworks()) {
      return;
    }
    List<LogicalSubnetReference> vips =
        context.index().gatewayPool(gateway.pool()).map(GatewayPool::greVipSubnets).stream()
            .flatMap(List::stream)
            .toList();
    boolean inPool =
        vips.stream()
            .flatMap(reference -> context.index().logicalSubnet(reference).stream())
            .flatMap(subnet -> subnet.ipPools().stream())
            .anyMatch(pool -> pool.contains(source));
    if (!inPool) {
      context.add(
          path,
          ProblemCode.PUBLIC_IP_ADDRESS_NOT_IN_POOL,
          source
              + " is neither gateway "
              + gateway.resourceId()
              + "'s own nor in a pool of the greVipSubnets of its pool");
      return;
    }
    Optional<Wire> wire = context.index().publicWire(source);
    if (wire.isPresent() && !context.placement().wires(gateway).contains(wire.get())) {
      context.add(
          path,
          ProblemCode.OUTSIDE_NETWORK_NOT_ON_GATEWAY,
          source + " belongs to " + wire.get() + ", on which the gateway has no outside interface");
    }
    uses.claim(source, "the end of GRE connections", path);
    uses.place(source, gateway, path);
  }

  private void checkVlan(VirtualGateway virtual, Optional<Gateway> gateway, L3 l3, String path) {
    String at = path + ".l3Configuration.vlanSubnet";
    Optional<LogicalSubnet> subnet = context.index().logicalSubnet(l3.vlanSubnet());
    context.check(at, l3.vlanSubnet(), subnet);
    Optional<LogicalNetwork> network =
        context.index().logicalNetwork(l3.vlanSubnet().logicalNetwork());
    if (subnet.isEmpty() || network.isEmpty() || gateway.isEmpty()) {
      return;
    }
    if (subnet.get().isPublic()) {
      String text = l3.vlanSubnet() + " is public: tenants share it";
      context.add(at + ".resourceRef", ProblemCode.VLAN_IN_USE, text);
    }
    Vlan vlan = new Vlan(network.get().deviceName(), subnet.get().vlanId());
    VlanUse use = vlans.computeIfAbsent(vlan, v -> new VlanUse(virtual, new HashSet<>()));
    boolean again = !use.gateways().add(gateway.get().resourceId());
    if (again || !use.tenant().resourceId().equals(virtual.resourceId())) {
      context.add(
          at + ".resourceRef",
          ProblemCode.VLAN_IN_USE,
          "VLAN "
              + vlan.vlanId()
              + " of device "
              + vlan.device()
              + " has a connection of virtual gateway "
              + use.tenant().resourceId()
              + " already");
    }
  }

  private void checkAddresses(L3 l3, String path, AddressUses uses, ConnectedPrefixes connected) {
    String all = path + ".ipAddresses";
    context.checkCount(all, l3.ipAddresses(), context.limits().addressesPerConnection());
    if (l3.ipAddresses().isEmpty()) {
      String text = "an L3 connection has an address of its own";
      context.add(all, ProblemCode.PROPERTY_MISSING, text);
    }
    Optional<LogicalNetwork> network =
        context.index().logicalNetwork(l3.vlanSubnet().logicalNetwork());
    Optional<LogicalSubnet> subnet = context.index().logicalSubnet(l3.vlanSubnet());
    Set<IpAddress> own = new HashSet<>();
    Set<Cidr> prefixes = new HashSet<>();
    for (int i = 0; i < l3.ipAddresses().size(); i++) {
      InterfaceAddress address = l3.ipAddresses().get(i);
      String at = context.element(all, i) + ".ipAddress";
      GatewayRules.checkOwn(context, address.ipAddress(), address.prefix(), at);
      if (network.isPresent()
          && subnet.isPresent()
          && network.get().subnets().stream()
              .filter(other -> other.vlanId() == subnet.get().vlanId())
              .noneMatch(other -> other.addressPrefix().contains(address.ipAddress()))) {
        String text = address.ipAddress() + " is in no subnet of the VLAN";
        context.add(at, ProblemCode.ADDRESS_NOT_IN_SUBNET, text);
      }
      if (!own.add(address.ipAddress())) {
        String text = address.ipAddress() + " stands there twice";
        context.add(at, ProblemCode.PUBLIC_IP_ADDRESS_IN_USE, text);
      }
      if (prefixes.add(address.prefix())) {
        connected.add(address.prefix(), at);
        uses.checkNotInPool(address.prefix(), at);
      }
    }
    String peers = path + ".peerIPAddresses";
    context.checkCount(peers, l3.peers(), context.limits().addressesPerConnection());
    for (int i = 0; i < l3.peers().size(); i++) {
      checkRouter(l3, l3.peers().get(i), context.element(peers, i));
    }
  }

  private void checkRouter(L3 l3, IpAddress router, String path) {
    if (l3.ipAddresses().isEmpty()) {
      return;
    }
    if (l3.ipAddresses().stream().noneMatch(own -> own.prefix().contains(router))) {
      String text = router + " is in no prefix that the connection's ipAddresses connect";
      context.add(path, ProblemCode.NEXT_HOP_UNREACHABLE, text);
    } else if (l3.ipAddresses().stream().anyMatch(own -> own.ipAddress().equals(router))) {
      String text = router + " is the gateway's own address";
      context.add(path, ProblemCode.NEXT_HOP_UNREACHABLE, text);
    }
  }

  private void checkRoutes(NetworkConnection connection, String path) {
    String all = path + ".routes";
    List<NetworkConnection.Route> routes = connection.routes();
    context.checkCount(all, routes, context.limits().routesPerConnection());
    Map<Hop, Integer> seen = new HashMap<>();
    for (int i = 0; i < routes.size(); i++) {
      NetworkConnection.Route route = routes.get(i);
      String at = context.element(all, i);
      Optional<IpAddress> hop =
          connection.type() == ConnectionType.L3 ? route.nextHop() : Optional.empty();
      Integer metric = seen.putIfAbsent(new Hop(route.destinationPrefix(), hop), route.metric());
      if (metric != null) {
        String text = "there is a route to " + route.destinationPrefix() + " the same way already";
        context.add(at, ProblemCode.ROUTE_CONFLICT, text);
      }
      if (connection.details() instanceof L3 l3) {
        checkNextHop(l3, route, at);
      }
    }
  }

  private void checkNextHop(L3 l3, NetworkConnection.Route route, String path) {
    int family = route.destinationPrefix().network().width();
    if (route.nextHop().isEmpty()) {
      if (l3.peers().stream().noneMatch(peer -> peer.width() == family)) {
        context.add(
            path + ".nextHop",
            ProblemCode.NEXT_HOP_UNREACHABLE,
            "no next hop is written, and no peer is of the family of " + route.destinationPrefix());
      }
      return;
    }
    IpAddress hop = route.nextHop().get();
    checkRouter(l3, hop, path + ".nextHop");
    if (hop.width() != family) {
      String text = hop + " is of another family than " + route.destinationPrefix();
      context.add(path + ".nextHop", ProblemCode.NEXT_HOP_UNREACHABLE, text);
    }
  }
}
