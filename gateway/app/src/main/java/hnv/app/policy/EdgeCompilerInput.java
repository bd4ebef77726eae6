// SPDX-License-Identifier: Apache-2.0
package hnv.app.policy;

import hnv.edge.EdgeNetwork;
import hnv.edge.EdgeNetwork.Attachment;
import hnv.edge.EdgeNetwork.GreConnection;
import hnv.edge.EdgeNetwork.InterfaceAddress;
import hnv.edge.EdgeNetwork.L3Connection;
import hnv.edge.EdgeNetwork.OutsideNetwork;
import hnv.edge.EdgeNetwork.Route;
import hnv.edge.EdgeNetwork.Target;
import hnv.edge.EdgeNetwork.TenantGateway;
import hnv.gre.GreTunnel;
import hnv.model.ConnectionType;
import hnv.model.Gateway;
import hnv.model.Gateway.OutsideInterface;
import hnv.model.GatewayPool;
import hnv.model.LogicalNetwork;
import hnv.model.LogicalSubnet;
import hnv.model.NatLog;
import hnv.model.NetworkConnection;
import hnv.model.NetworkConnection.Gre;
import hnv.model.NetworkConnection.Keepalive;
import hnv.model.NetworkConnection.L3;
import hnv.model.Policy;
import hnv.model.VirtualGateway;
import hnv.model.VirtualNetwork;
import hnv.model.Wire;
import hnv.nat.TwiceNat;
import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/// Turns a valid policy into what one gateway has to know. Pure: equal policies give equal
/// networks, in the order of the document.
public final class EdgeCompilerInput {
  /// Of routes by translation; what a connection's route says is usually lower.
  static final int NAT_METRIC = 1_000;

  /// Of routes by translation for what only comes in.
  static final int LAST_METRIC = 1_001;

  private static final long OCTETS_PER_KILOBIT = 1_000 / 8;

  private final GatewayView view;
  private final Gateway gateway;
  private final List<Wire> wires;
  private final TranslationCompiler translation;

  private EdgeCompilerInput(GatewayView view, Gateway gateway) {
    this.view = view;
    this.gateway = gateway;
    this.wires = view.placement().wires(gateway);
    this.translation = new TranslationCompiler(view, gateway);
  }

  /// What the gateway on a server has to know.
  ///
  /// @param policy one that has passed validation
  /// @param server its name, whatever the case of its letters
  /// @return {@link EdgeNetwork#EMPTY} for a server that is no gateway
  public static EdgeNetwork edgeOf(Policy policy, String server) {
    GatewayView view = GatewayView.of(policy);
    return view.gatewayOn(server)
        .map(gateway -> new EdgeCompilerInput(view, gateway).network())
        .orElse(EdgeNetwork.EMPTY);
  }

  /// Whom the gateway on a server tells of translation.
  ///
  /// @param server its name, whatever the case of its letters
  public static Optional<NatLog> natLogOf(Policy policy, String server) {
    GatewayView view = GatewayView.of(policy);
    return view.gatewayOn(server)
        .flatMap(gateway -> view.gateways().gatewayPool(gateway.pool()))
        .flatMap(GatewayPool::natLog);
  }

  private EdgeNetwork network() {
    List<TenantGateway> tenants = new ArrayList<>();
    for (VirtualGateway virtual : view.policy().gatewayResources().virtualGateways()) {
      if (view.placement().gateways(virtual).contains(gateway)) {
        view.network(virtual).ifPresent(network -> tenants.add(tenant(virtual, network)));
      }
    }
    return new EdgeNetwork(
        wires.stream().map(this::outside).toList(), translation.pools(), tenants);
  }

  private OutsideNetwork outside(Wire wire) {
    List<InterfaceAddress> addresses = new ArrayList<>();
    List<Route> routes = new ArrayList<>();
    for (OutsideInterface outside : gateway.outsideInterfaces()) {
      Optional<LogicalSubnet> subnet =
          view.gateways()
              .logicalSubnet(outside.subnet())
              .filter(s -> view.gateways().wire(outside.subnet()).equals(Optional.of(wire)));
      subnet.ifPresent(s -> add(outside, s, addresses, routes));
    }
    return new OutsideNetwork(wire.toString(), attachment(wire, addresses), routes);
  }

  private static void add(
      OutsideInterface outside,
      LogicalSubnet subnet,
      List<InterfaceAddress> addresses,
      List<Route> routes) {
    int length = subnet.addressPrefix().prefixLength();
    outside.ipAddresses().forEach(a -> addresses.add(new InterfaceAddress(a, length)));
    for (IpAddress router : subnet.defaultGateways()) {
      routes.add(new Route(everything(router), new Target.ByRouter(router), 0));
    }
    subnet
        .routes()
        .forEach(
            route ->
                routes.add(
                    new Route(route.destination(), new Target.ByRouter(route.nextHop()), 0)));
  }

  private Attachment attachment(Wire wire, List<InterfaceAddress> addresses) {
    String device =
        view.gateways()
            .logicalNetwork(wire.logicalNetwork())
            .map(LogicalNetwork::deviceName)
            .orElse(wire.logicalNetwork())
            .toString();
    OptionalInt vlan = wire.vlanId() == 0 ? OptionalInt.empty() : OptionalInt.of(wire.vlanId());
    return new Attachment(device, vlan, addresses);
  }

  /// All addresses of the family of this one.
  static Cidr everything(IpAddress address) {
    return switch (address) {
      case Ipv4Address v4 -> new Cidr(new Ipv4Address(0), 0);
      case Ipv6Address v6 -> new Cidr(new Ipv6Address(0, 0), 0);
    };
  }

  private TenantGateway tenant(VirtualGateway virtual, VirtualNetwork network) {
    List<EdgeNetwork.NetworkConnection> connections = new ArrayList<>();
    Set<Route> routes = new LinkedHashSet<>();
    Set<Cidr> isProtected = view.protectedPrefixes(virtual);
    for (NetworkConnection connection : virtual.networkConnections()) {
      if (view.placement().gateway(virtual, connection).filter(gateway::equals).isEmpty()) {
        continue;
      }
      if (connection.type() == ConnectionType.IPSEC) {
        connection
            .routes()
            .forEach(r -> routes.add(new Route(r.destinationPrefix(), new Target.Blackhole(), 0)));
      } else if (connection.enabled()) {
        compile(connection).ifPresent(connections::add);
        addRoutes(connection, isProtected, routes);
      }
    }
    for (TranslationCompiler.Exit exit : translation.exits(network.resourceId())) {
      if (!isProtected.contains(exit.destination())) {
        String name = wires.get(exit.network()).toString();
        int metric = exit.preferred() ? NAT_METRIC : LAST_METRIC;
        routes.add(new Route(exit.destination(), new Target.ByNat(name), metric));
      }
    }
    return new TenantGateway(
        network.routingDomainId(),
        network.resourceId().toString(),
        GatewayView.adapter(virtual, gateway),
        connections,
        List.copyOf(routes),
        translation.tenant(virtual, network.resourceId()),
        virtual.flowLimit().orElse(0),
        translation.ipv6(network.resourceId()));
  }

  private static void addRoutes(
      NetworkConnection connection, Set<Cidr> isProtected, Set<Route> routes) {
    String name = connection.resourceId().toString();
    for (NetworkConnection.Route route : connection.routes()) {
      if (isProtected.contains(route.destinationPrefix())) {
        continue;
      }
      for (Optional<IpAddress> via : nextHops(connection, route)) {
        routes.add(
            new Route(
                route.destinationPrefix(), new Target.ByConnection(name, via), route.metric()));
      }
    }
  }

  /// A tunnel has one other end; an L3 connection has the router that is written, else all peers of
  /// the family of the route.
  private static List<Optional<IpAddress>> nextHops(
      NetworkConnection connection, NetworkConnection.Route route) {
    if (!(connection.details() instanceof L3 l3)) {
      return List.of(Optional.empty());
    }
    if (route.nextHop().isPresent()) {
      return List.of(route.nextHop());
    }
    int family = route.destinationPrefix().network().width();
    return l3.peers().stream().filter(p -> p.width() == family).map(Optional::of).toList();
  }

  private Optional<EdgeNetwork.NetworkConnection> compile(NetworkConnection connection) {
    String name = connection.resourceId().toString();
    long outbound = octetsPerSecond(connection.outboundKiloBitsPerSecond());
    long inbound = octetsPerSecond(connection.inboundKiloBitsPerSecond());
    List<TwiceNat> twice =
        connection.addressTranslations().stream()
            .map(
                t ->
                    new TwiceNat(
                        t.localPrefix(),
                        t.translatedLocalPrefix(),
                        t.remotePrefix(),
                        t.translatedRemotePrefix()))
            .toList();
    return switch (connection.details()) {
      case Gre gre -> {
        Optional<IpAddress> source = view.placement().source(gateway, gre);
        Optional<Wire> wire = source.flatMap(s -> view.placement().wire(gateway, s));
        yield source.isEmpty() || wire.isEmpty()
            ? Optional.empty()
            : Optional.of(
                new GreConnection(
                    name,
                    wire.get().toString(),
                    tunnel(name, source.get(), gre),
                    outbound,
                    inbound,
                    twice));
      }
      case L3 l3 ->
          view.gateways()
              .wire(l3.vlanSubnet())
              .map(
                  wire ->
                      new L3Connection(
                          name,
                          attachment(wire, addresses(l3)),
                          l3.peers(),
                          outbound,
                          inbound,
                          twice));
      case NetworkConnection.Ipsec ipsec -> Optional.empty();
    };
  }

  private static List<InterfaceAddress> addresses(L3 l3) {
    return l3.ipAddresses().stream()
        .map(a -> new InterfaceAddress(a.ipAddress(), a.prefixLength()))
        .toList();
  }

  private static GreTunnel tunnel(String name, IpAddress source, Gre gre) {
    return new GreTunnel(
        name,
        source,
        gre.destination(),
        gre.key().isPresent() ? OptionalInt.of((int) gre.key().getAsLong()) : OptionalInt.empty(),
        gre.checksum(),
        gre.sequence(),
        gre.keepalive().map(Keepalive::intervalSeconds).orElse(0),
        gre.keepalive().map(Keepalive::tries).orElse(GreTunnel.DEFAULT_KEEPALIVE_TRIES));
  }

  private static long octetsPerSecond(OptionalLong kilobits) {
    return kilobits.isPresent() ? kilobits.getAsLong() * OCTETS_PER_KILOBIT : 0;
  }
}
