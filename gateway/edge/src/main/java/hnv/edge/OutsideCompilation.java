// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.dataplane.TunnelEndpoints.Endpoint;
import hnv.edge.EdgeNetwork.Attachment;
import hnv.edge.EdgeNetwork.InterfaceAddress;
import hnv.edge.EdgeNetwork.OutsideNetwork;
import hnv.edge.EdgeNetwork.PrefixPair;
import hnv.edge.EdgeNetwork.Target;
import hnv.edge.neighbor.AddressRanges;
import hnv.edge.neighbor.AddressRanges.Range;
import hnv.edge.neighbor.OutsideLink;
import hnv.nat.NatPool;
import hnv.nat.TenantNat;
import hnv.overlay.AnswerLimit;
import hnv.overlay.CapacityExceededException;
import hnv.routing.Rib;
import hnv.routing.Route;
import hnv.routing.RouteSource;
import hnv.routing.RoutingCapacityException;
import hnv.vswitch.PortRole;
import hnv.vswitch.VPort;
import hnv.wire.IpAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// The outside networks of a policy as this gateway is on them. Owned by the control thread.
final class OutsideCompilation {
  private final EdgeTables tables;
  private final Map<Integer, Compiled> compiled = new TreeMap<>();

  /// @param device behind it
  /// @param routers next routers of its routes
  private record Compiled(
      OutsideNetwork network, OutsideEdge edge, AttachedPort device, Set<IpAddress> routers) {}

  OutsideCompilation(EdgeTables tables) {
    this.tables = tables;
  }

  /// @param kept gives the same port as before where it is the same
  void compile(
      EdgeNetwork next, Map<Attachment, AttachedPort> devices, UnaryOperator<EdgePort> kept)
      throws CapacityExceededException, RoutingCapacityException {
    Map<Integer, Compiled> before = new HashMap<>(compiled);
    compiled.clear();
    for (int i = 0; i < next.outsideNetworks().size(); i++) {
      OutsideNetwork network = next.outsideNetworks().get(i);
      AttachedPort device = devices.get(network.attachment());
      if (device != null) {
        EdgePort port = kept.apply(port(network, i, device));
        compiled.put(i, compile(network, port, device, before.get(i)));
      }
    }
  }

  private EdgePort port(OutsideNetwork network, int index, AttachedPort device)
      throws CapacityExceededException {
    return new EdgePort(
        device.number(),
        network.name(),
        PortRole.OUTSIDE,
        VPort.NO_TENANT,
        network.attachment().addresses(),
        device.mac().bits(),
        tables.linkOf(network.attachment()),
        index,
        tables.hopOf(device),
        0,
        0,
        null,
        new AnswerLimit());
  }

  private static Compiled compile(
      OutsideNetwork network, EdgePort port, AttachedPort device, @Nullable Compiled before)
      throws RoutingCapacityException {
    if (before != null
        && before.network().equals(network)
        && before.edge().port().equals(port)
        && before.device().equals(device)) {
      return before;
    }
    if (device.host().isPresent()) {
      return compile(network, port, device, device.host().get());
    }
    Rib<OutsideWay> rib = new Rib<>();
    Set<IpAddress> routers = new HashSet<>();
    for (EdgeNetwork.Route route : network.routes()) {
      if (route.target() instanceof Target.ByRouter(IpAddress via)) {
        OutsideWay way = new OutsideWay.ByRouter(via);
        rib.put(new Route<>(route.destination(), RouteSource.STATIC, route.metric(), way));
        routers.add(via);
      }
    }
    OutsideEdge edge = new OutsideEdge(port, rib.commit(), device.host());
    return new Compiled(network, edge, device, Set.copyOf(routers));
  }

  /// The host's routes are the network's, and those of policy are not looked at.
  private static Compiled compile(
      OutsideNetwork network, EdgePort port, AttachedPort device, HostSide host)
      throws RoutingCapacityException {
    Rib<OutsideWay> rib = new Rib<>();
    Set<IpAddress> routers = new HashSet<>();
    for (HostSide.HostRoute route : host.routes()) {
      rib.put(new Route<>(route.destination(), RouteSource.STATIC, 0, route.way()));
      if (route.way() instanceof OutsideWay.ByRouter(IpAddress router)) {
        routers.add(router);
      }
    }
    OutsideEdge edge = new OutsideEdge(port, rib.commit(), device.host());
    return new Compiled(network, edge, device, Set.copyOf(routers));
  }

  /// Those that there is a device for.
  Collection<OutsideEdge> all() {
    return compiled.values().stream().map(Compiled::edge).toList();
  }

  /// Their ports by name.
  Map<String, EdgePort> ports() {
    Map<String, EdgePort> ports = new HashMap<>();
    compiled.values().forEach(each -> ports.put(each.network().name(), each.edge().port()));
    return ports;
  }

  /// The network with this name; null where there is no way to it.
  @Nullable OutsideEdge byName(String name) {
    for (Compiled each : compiled.values()) {
      if (each.network().name().equals(name)) {
        return each.edge();
      }
    }
    return null;
  }

  /// The device behind a network that there is a way to.
  @Nullable AttachedPort device(int index) {
    Compiled network = compiled.get(index);
    return network == null ? null : network.device();
  }

  /// Whether nothing that is for this network leaves by its device: so the host has it.
  boolean isCutOff(int index) {
    Compiled network = compiled.get(index);
    Optional<HostSide> host = network == null ? Optional.empty() : network.device().host();
    return host.isPresent()
        && host.get().routes().stream().noneMatch(route -> route.way().leaves());
  }

  /// Next routers of a network; empty where all is on its link.
  Set<IpAddress> routers(int index) {
    Compiled network = compiled.get(index);
    return network == null ? Set.of() : network.routers();
  }

  /// Ends of their links by number, without public addresses.
  Map<Integer, OutsideLink> links() {
    Map<Integer, OutsideLink> links = new HashMap<>();
    for (Compiled each : compiled.values()) {
      links.put(each.edge().port().link(), link(each.edge().port(), each.device()));
    }
    return links;
  }

  static OutsideLink link(EdgePort port, AttachedPort device) {
    return link(port, device, AddressRanges.NONE);
  }

  /// What is the host's own is not ours, whatever policy says.
  private static OutsideLink link(EdgePort port, AttachedPort device, AddressRanges ours) {
    if (device.host().isEmpty()) {
      return new OutsideLink(port.number(), device.mac(), port.own(), ours);
    }
    Set<IpAddress> hosts = device.host().get().addresses();
    List<InterfaceAddress> own =
        port.own().stream().filter(each -> !hosts.contains(each.address())).toList();
    return new OutsideLink(
        port.number(), device.mac(), own, ours.without(hosts), OutsideLink.Asking.HOST);
  }

  /// Next routers are always asked for.
  void addKept(Map<Integer, Set<IpAddress>> kept) {
    for (Compiled each : compiled.values()) {
      kept.computeIfAbsent(each.edge().port().link(), _ -> new HashSet<>()).addAll(each.routers());
    }
  }

  /// All links, those of outside networks with the public addresses that are reached there.
  Map<Integer, OutsideLink> linksWith(
      List<NatPool> pools,
      List<TenantNat> translations,
      List<PrefixPair> prefixes,
      List<Endpoint> endpoints,
      Map<Integer, OutsideLink> links) {
    Map<Integer, OutsideLink> result = new HashMap<>(links);
    compiled.forEach(
        (index, each) -> {
          List<Range> ranges = publicAddresses(index, pools, translations);
          EdgePort port = each.edge().port();
          // An end of a tunnel that is no address of the device: elsewhere nobody asks for it.
          endpoints.stream()
              .filter(end -> !port.isOwn(end.local()))
              .forEach(end -> ranges.add(Range.of(end.local())));
          // What lies elsewhere is routed here: nobody asks for it, but the host is not to get it.
          boolean shared = each.device().host().isPresent();
          prefixes.stream()
              .filter(pair -> pair.outsideNetwork().equals(each.network().name()))
              .filter(pair -> shared || port.isConnected(pair.external().network()))
              .forEach(pair -> ranges.add(Range.of(pair.external())));
          result.put(port.link(), link(port, each.device(), AddressRanges.of(ranges)));
        });
    return result;
  }

  private static List<Range> publicAddresses(
      int network, List<NatPool> pools, List<TenantNat> translations) {
    List<Range> ranges = new ArrayList<>();
    pools.stream()
        .filter(pool -> pool.network() == network)
        .flatMap(pool -> pool.addresses().stream())
        .forEach(range -> ranges.add(new Range(range.first(), range.last())));
    for (TenantNat tenant : translations) {
      tenant.inboundRules().stream()
          .filter(rule -> rule.network() == network)
          .forEach(rule -> ranges.add(Range.of(rule.publicAddress())));
      tenant.oneToOne().stream()
          .filter(rule -> rule.network() == network)
          .forEach(rule -> ranges.add(Range.of(rule.publicAddress())));
    }
    return ranges;
  }
}
