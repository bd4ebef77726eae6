// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.app.GatewayLayers;
import hnv.app.cli.Failure;
import hnv.dataplane.TenantTable;
import hnv.edge.AttachedPort;
import hnv.edge.Edge;
import hnv.edge.EdgeChange;
import hnv.edge.EdgeCompiler;
import hnv.edge.EdgeLayerFactory;
import hnv.edge.EdgeNetwork;
import hnv.edge.EdgeNetwork.Attachment;
import hnv.edge.EdgeNetwork.L3Connection;
import hnv.edge.EdgeNetwork.NetworkConnection;
import hnv.edge.EdgeNetwork.TenantGateway;
import hnv.edge.EdgeNews;
import hnv.edge.EdgePort;
import hnv.edge.EdgeView;
import hnv.edge.HostSide;
import hnv.edge.neighbor.NeighborLimits;
import hnv.edge.neighbor.NeighborState;
import hnv.edge.neighbor.OutsideLink;
import hnv.linux.LinuxException;
import hnv.linux.bpf.SharedFilter.Selection;
import hnv.linux.bpf.SharedFilter.TunnelEnd;
import hnv.linux.port.DeviceUse;
import hnv.linux.port.HostPort;
import hnv.model.NatLog;
import hnv.nat.NatEngine;
import hnv.nat.NatLimits;
import hnv.nat.PortRandom;
import hnv.overlay.CapacityExceededException;
import hnv.overlay.LayerFactory;
import hnv.overlay.OverlayChange;
import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import hnv.wire.MacAddress;
import hnv.wire.RoutingDomainId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a node with devices to the outside is beside a host, as far as policy makes its server a
/// gateway: what its layers share, which is the Worker's, and the compiler of the gateway's part of
/// a policy. Owned by the control thread, but for {@link #edge}.
final class GatewayRole {
  private static final Logger LOG = LoggerFactory.getLogger(GatewayRole.class);

  private static final long ROUTERS_NS = 1_000_000_000L;
  private static final long LOOK_NS = 10_000_000L;

  private final Edge edge;
  private final EdgeCompiler compiler;
  private final NatLogger log;
  private final ConnectionHistory history = new ConnectionHistory();
  private EdgeNetwork network = EdgeNetwork.EMPTY;
  private Map<Attachment, AttachedPort> devices = Map.of();

  /// @param limits sizes of the tables
  /// @param dataplane not started yet: its Worker looks after the gateway, too
  /// @param log what translation tells
  /// @param onNews told of what routes depend on, by the Worker
  GatewayRole(
      NodeLimits limits, Dataplane dataplane, NatLogger log, Consumer<List<EdgeNews>> onNews) {
    PortRandom random = PortRandom.create();
    NatLimits ofNat = NatLimits.ofSessions(limits.natSessions(), TenantTable.DEFAULT_CAPACITY);
    NatEngine nat = new NatEngine(ofNat, random, log);
    this.log = log;
    edge =
        new Edge(
            dataplane.vswitch(), dataplane.pool(), nat, NeighborLimits.DEFAULT, random.nextLong());
    edge.answerUnsolicited(limits.unsolicitedSyns());
    compiler = new EdgeCompiler(edge, GatewayLayers.CONNECTION, GatewayLayers.OUTSIDE);
    dataplane.add(
        nowNs -> {
          int done = edge.housekeep(nowNs);
          List<EdgeNews> news = edge.takeNews();
          if (!news.isEmpty()) {
            onNews.accept(news);
          }
          return done;
        });
  }

  /// Layers of gateways' adapters, for the overlay's compiler.
  List<LayerFactory> adapterLayers() {
    return EdgeLayerFactory.forAdapters(GatewayLayers.ADAPTER, edge);
  }

  /// Every place at a device that a gateway wants.
  static Set<Attachment> attachments(EdgeNetwork network) {
    Set<Attachment> all = new LinkedHashSet<>();
    network.outsideNetworks().forEach(outside -> all.add(outside.attachment()));
    for (TenantGateway tenant : network.tenants()) {
      for (NetworkConnection connection : tenant.connections()) {
        if (connection instanceof L3Connection l3) {
          all.add(l3.attachment());
        }
      }
    }
    return all;
  }

  /// Compiles what the gateway has to know, after the overlay's part of the same policy.
  ///
  /// @param change the overlay's, not in force yet
  /// @param attached the ports that there are
  EdgeChange compile(EdgeNetwork next, OverlayChange change, Map<Attachment, AttachedPort> attached)
      throws CapacityExceededException {
    EdgeChange compiled = compiler.compile(next, change, attached);
    network = next;
    devices = Map.copyOf(attached);
    history.note(compiler.connections(), System.nanoTime());
    return compiled;
  }

  /// Has translation tell what policy wants told.
  void tell(Optional<NatLog> policy) {
    Map<Integer, String> names = new HashMap<>();
    for (TenantGateway tenant : network.tenants()) {
      compiler.slot(tenant.id()).ifPresent(slot -> names.put(slot, tenant.name()));
    }
    log.apply(policy, names);
  }

  /// What translation tells, and whom. Any thread.
  NatLogger log() {
    return log;
  }

  /// Waits until every next router has answered, or has had the time to: whoever is told then that
  /// the gateway is there need not wait for its neighbours. Not for long, since one that is not
  /// there is no reason to keep the others waiting.
  void awaitRouters(Dataplane dataplane) throws Failure {
    List<Integer> links =
        compiler.ports().stream()
            .map(EdgePort::link)
            .filter(link -> link != EdgePort.NO_LINK)
            .toList();
    long end = System.nanoTime() + ROUTERS_NS;
    boolean waits = !links.isEmpty();
    while (waits && System.nanoTime() - end < 0) {
      LockSupport.parkNanos(LOOK_NS);
      waits =
          dataplane.ask((vswitch, nowNs) -> links.stream().anyMatch(link -> isAsking(edge, link)));
    }
  }

  private static boolean isAsking(Edge edge, int link) {
    return edge.neighbors().neighbors(link).stream()
        .anyMatch(each -> each.isKept() && each.state() == NeighborState.INCOMPLETE);
  }

  /// What becomes of routes by what the Worker learnt.
  EdgeChange follow(List<EdgeNews> news) throws CapacityExceededException {
    news.forEach(this::logConflict);
    EdgeChange change = compiler.follow(news);
    history.note(compiler.connections(), System.nanoTime());
    return change;
  }

  private void logConflict(EdgeNews news) {
    if (news instanceof EdgeNews.ConflictNews(int link, IpAddress address, long mac)) {
      String name =
          compiler.ports().stream()
              .filter(port -> port.link() == link)
              .map(EdgePort::name)
              .findFirst()
              .orElse("link " + link);
      LOG.warn(
          "{}: {} says that {} is his, which is this gateway's",
          name,
          new MacAddress(mac),
          address);
    }
  }

  /// What layers share. The Worker's, but for who is given it to hand it on.
  Edge edge() {
    return edge;
  }

  /// What is in force.
  EdgeNetwork network() {
    return network;
  }

  /// The ports that it is in force with.
  Map<Attachment, AttachedPort> devices() {
    return devices;
  }

  /// The ports for every place at a device that there are. Of one that the host has, too, only
  /// what tenants share can be: an L3 connection wants one for itself.
  ///
  /// @param shared what the host says about those
  static Map<Attachment, AttachedPort> attached(
      EdgeNetwork network, HostPorts ports, SharedDevices shared) throws LinuxException {
    Set<Attachment> ofNetworks = new HashSet<>();
    network.outsideNetworks().forEach(outside -> ofNetworks.add(outside.attachment()));
    Map<Attachment, AttachedPort> attached = new LinkedHashMap<>();
    for (Attachment wanted : attachments(network)) {
      PortPlace place = ports.outside(wanted.device(), wanted.vlan()).orElse(null);
      HostPort port = place == null ? null : place.port();
      MacAddress mac = place == null ? null : place.mac();
      if (place == null || port == null || mac == null) {
        continue;
      }
      boolean isShared = place.use() == DeviceUse.SHARED_OUTSIDE;
      if (!isShared || ofNetworks.contains(wanted)) {
        Optional<HostSide> host =
            isShared
                ? Optional.of(shared.side(port.linkIndex(), System.nanoTime()))
                : Optional.empty();
        attached.put(wanted, new AttachedPort(place.number(), mac, port.mtu(), host));
      }
    }
    return attached;
  }

  /// Which frames are the gateway's of devices that the host has, too, by the number of the port.
  static Map<Integer, Selection> selections(EdgeChange.Setup policy) {
    Map<Integer, Selection> selections = new HashMap<>();
    for (OutsideLink link : policy.links().values()) {
      if (link.asking() != OutsideLink.Asking.HOST) {
        continue;
      }
      Set<Cidr> addresses = new HashSet<>(link.publicAddresses().prefixes());
      link.own()
          .forEach(own -> addresses.add(Cidr.containing(own.address(), own.address().width())));
      Set<TunnelEnd> ends = new HashSet<>();
      policy.endpoints().stream()
          .filter(end -> end.through() == link.port())
          .forEach(end -> ends.add(new TunnelEnd(end.remote(), end.local(), end.key())));
      selections.put(link.port(), new Selection(addresses, ends));
    }
    return selections;
  }

  /// The VLANs of every place at a device, by the device's name in lower case.
  static Map<String, Set<Integer>> vlans(EdgeNetwork network) {
    Map<String, Set<Integer>> vlans = new HashMap<>();
    for (Attachment wanted : attachments(network)) {
      if (wanted.vlan().isPresent()) {
        vlans
            .computeIfAbsent(wanted.device().toLowerCase(Locale.ROOT), _ -> new HashSet<>())
            .add(wanted.vlan().getAsInt());
      }
    }
    return vlans;
  }

  /// What the control thread knows at one moment. Immutable.
  ///
  /// @param connections of all tenants
  /// @param upSeconds how long each of them has been up
  /// @param ports of connections and outside networks
  /// @param routes of each tenant, by its routing domain
  /// @param devices behind outside networks and L3 connections
  record View(
      EdgeNetwork network,
      List<EdgeView.ConnectionRow> connections,
      List<Long> upSeconds,
      List<EdgePort> ports,
      Map<RoutingDomainId, List<EdgeView.RouteRow>> routes,
      Map<Attachment, AttachedPort> devices) {
    /// Of a node that is no gateway.
    static final View NONE =
        new View(EdgeNetwork.EMPTY, List.of(), List.of(), List.of(), Map.of(), Map.of());

    /// The routes that a port has from the host; none where its device is not the host's, too.
    List<HostSide.HostRoute> hostRoutes(EdgePort port) {
      return devices.values().stream()
          .filter(device -> device.number() == port.number())
          .flatMap(device -> device.host().stream())
          .flatMap(host -> host.routes().stream())
          .toList();
    }

    /// The connection as policy has it; null where policy has none of that name.
    @Nullable NetworkConnection connection(EdgeView.ConnectionRow row) {
      return network.tenants().stream()
          .filter(tenant -> tenant.id().equals(row.tenant()))
          .flatMap(tenant -> tenant.connections().stream())
          .filter(connection -> connection.name().equals(row.name()))
          .findFirst()
          .orElse(null);
    }
  }

  /// Takes a view.
  View view() {
    Map<RoutingDomainId, List<EdgeView.RouteRow>> routes = new HashMap<>();
    network.tenants().forEach(tenant -> routes.put(tenant.id(), compiler.routes(tenant.id())));
    List<EdgeView.ConnectionRow> connections = compiler.connections();
    long nowNs = System.nanoTime();
    List<Long> up = connections.stream().map(row -> history.upSeconds(row, nowNs)).toList();
    return new View(network, connections, up, compiler.ports(), routes, devices);
  }
}
