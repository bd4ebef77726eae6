// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.dataplane.TunnelEndpoints.Endpoint;
import hnv.edge.EdgeChange.Setup;
import hnv.edge.EdgeNetwork.Attachment;
import hnv.edge.EdgeNetwork.PrefixPair;
import hnv.edge.EdgeNetwork.TenantGateway;
import hnv.edge.neighbor.OutsideLink;
import hnv.nat.NatPolicy;
import hnv.nat.TenantNat;
import hnv.overlay.AdapterView;
import hnv.overlay.CapacityExceededException;
import hnv.overlay.OverlayChange;
import hnv.routing.RoutingCapacityException;
import hnv.vswitch.ForwardingState;
import hnv.vswitch.Layer;
import hnv.vswitch.PortRole;
import hnv.vswitch.VPort;
import hnv.wire.IpAddress;
import hnv.wire.RoutingDomainId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/// Makes of an {@link EdgeNetwork} what this gateway forwards, beside the {@link
/// hnv.overlay.OverlayCompiler} and after it. Keeps numbers of ports and indexes stable from policy
/// to policy, and leaves a tenant alone (its ports, its epoch, its flows and translations) when
/// nothing that it depends on has changed. Owned by the control thread.
public final class EdgeCompiler {
  private final Edge edge;
  private final Map<PortRole, List<EdgeLayerFactory>> layers;
  private final EdgeTables tables = new EdgeTables();
  private final Reachability reachability = new Reachability();
  private final Map<RoutingDomainId, CompiledTenant> tenants = new HashMap<>();
  private final OutsideCompilation outsideNetworks = new OutsideCompilation(tables);
  private final Map<Integer, EdgePort> ports = new HashMap<>();
  private final Map<Integer, VPort> vports = new HashMap<>();
  private OverlayChange overlay =
      new OverlayChange(ForwardingState.EMPTY, List.of(), List.of(), List.of(), List.of());

  /// @param edge given to layers; nothing of it is touched here
  /// @param connection layers of a connection's port, in order
  /// @param outside layers of an outside network's port, in order
  public EdgeCompiler(
      Edge edge, List<EdgeLayerFactory> connection, List<EdgeLayerFactory> outside) {
    this.edge = edge;
    layers =
        Map.of(
            PortRole.CONNECTION, List.copyOf(connection), PortRole.OUTSIDE, List.copyOf(outside));
  }

  /// Compiles the whole of a network; what is unchanged is taken over.
  ///
  /// @param next what the policy says
  /// @param change of the same policy, not yet in force
  /// @param devices the ports of this gateway by attachment; what has none gets no packets
  /// @throws CapacityExceededException when a table is too small; what was compiled before stands
  public EdgeChange compile(
      EdgeNetwork next, OverlayChange change, Map<Attachment, AttachedPort> devices)
      throws CapacityExceededException {
    try {
      return compileAll(next, change, devices);
    } catch (RoutingCapacityException e) {
      tables.forgetWritten();
      throw new CapacityExceededException(e);
    } catch (CapacityExceededException e) {
      // What was to be written is lost: the next policy writes everything again.
      tables.forgetWritten();
      throw e;
    }
  }

  private EdgeChange compileAll(
      EdgeNetwork next, OverlayChange change, Map<Attachment, AttachedPort> devices)
      throws CapacityExceededException, RoutingCapacityException {
    overlay = change;
    tables.begin();
    Map<String, AdapterView> views = new HashMap<>();
    change.gateways().forEach(view -> views.put(view.adapter().name(), view));
    outsideNetworks.compile(next, devices, this::kept);
    Map<RoutingDomainId, CompiledTenant> before = new HashMap<>(tenants);
    tenants.clear();
    Set<Integer> changed = new HashSet<>();
    for (TenantGateway gateway : next.tenants()) {
      AdapterView view = views.get(gateway.adapter());
      if (view != null) {
        CompiledTenant tenant =
            new TenantCompilation(gateway, view, tables, outsideNetworks, devices, this::kept)
                .compile(next.pools(), before.remove(gateway.id()));
        tenants.put(gateway.id(), tenant);
        if (tenant.isChanged()) {
          changed.add(tenant.slot());
        }
      }
    }
    before.values().forEach(gone -> changed.add(gone.slot()));
    Set<Integer> gone = tables.end();
    List<VPort> made = makePorts();
    reachability.retain(links().keySet(), vports.keySet());
    changed.addAll(decideWays());
    return new EdgeChange(
        change, true, made, state(), tables.takeWrites(), changed, setup(next, gone));
  }

  /// What has become of routes by what the Worker learnt.
  ///
  /// @return of use even where no tenant's flows changed: next hops of tunnels may have
  public EdgeChange follow(List<EdgeNews> news) throws CapacityExceededException {
    Set<Integer> changed = new HashSet<>();
    for (EdgeNews each : news) {
      reachability.note(each);
      if (each instanceof EdgeNews.NeighborNews neighbor) {
        changed.addAll(neighbor.tenants());
      }
    }
    try {
      changed.addAll(decideWays());
    } catch (RoutingCapacityException e) {
      throw new CapacityExceededException(e);
    }
    return new EdgeChange(
        overlay, false, List.copyOf(vports.values()), state(), tables.takeWrites(), changed, null);
  }

  /// The same port as before where it is the same: its limit of answers goes on, and whoever
  /// compares sees no change.
  private EdgePort kept(EdgePort port) {
    EdgePort before = ports.get(port.number());
    return before != null && before.equals(port.with(before.answers())) ? before : port;
  }

  private List<VPort> makePorts() {
    Map<Integer, EdgePort> all = new HashMap<>();
    outsideNetworks.all().forEach(each -> all.put(each.port().number(), each.port()));
    for (CompiledTenant tenant : tenants.values()) {
      tenant.ports().forEach(port -> all.put(port.number(), port));
    }
    Map<Integer, VPort> made = new HashMap<>();
    all.forEach(
        (number, port) -> {
          VPort before = vports.get(number);
          boolean same = before != null && port.equals(ports.get(number));
          made.put(number, same ? before : make(port));
        });
    ports.clear();
    ports.putAll(all);
    vports.clear();
    vports.putAll(made);
    return List.copyOf(made.values());
  }

  private VPort make(EdgePort port) {
    List<Layer> made =
        layers.getOrDefault(port.role(), List.of()).stream()
            .map(factory -> factory.create(port, edge))
            .toList();
    int front = 1 + made.stream().map(Layer::name).toList().indexOf(TwiceNatLayer.NAME);
    return new VPort(
        port.number(), port.name(), port.role(), port.tenant(), 0, port.nextHop(), made, front);
  }

  /// Lets routes follow what is known of neighbours and tunnels.
  ///
  /// @return slots of the tenants whose routes changed
  private Set<Integer> decideWays() throws RoutingCapacityException {
    Set<Integer> changed = new HashSet<>();
    for (CompiledTenant tenant : tenants.values()) {
      tenant.resolveTunnels(tables, reachability, outsideNetworks);
      if (tenant.decideWays(reachability, outsideNetworks, ports)) {
        changed.add(tenant.slot());
      }
    }
    return changed;
  }

  private EdgeState state() {
    List<EdgePort> all = new ArrayList<>(ports.values());
    overlay.gateways().forEach(view -> all.add(EdgePort.of(view)));
    return new EdgeState(
        all,
        List.copyOf(outsideNetworks.all()),
        tenants.values().stream().map(CompiledTenant::edge).toList());
  }

  private Map<Integer, OutsideLink> links() {
    Map<Integer, OutsideLink> links = new HashMap<>(outsideNetworks.links());
    tenants.values().forEach(tenant -> links.putAll(tenant.links()));
    return links;
  }

  private Setup setup(EdgeNetwork next, Set<Integer> gone) {
    Map<Integer, Set<IpAddress>> kept = new HashMap<>();
    links().keySet().forEach(link -> kept.put(link, new HashSet<>()));
    outsideNetworks.addKept(kept);
    List<TenantNat> translations = new ArrayList<>();
    List<PrefixPair> prefixes = new ArrayList<>();
    List<Endpoint> endpoints = new ArrayList<>();
    Map<Integer, EdgeChange.Tunnel> tunnels = new HashMap<>();
    Map<Integer, Integer> flowLimits = new HashMap<>();
    for (CompiledTenant tenant : tenants.values()) {
      tenant.addKept(kept, outsideNetworks);
      endpoints.addAll(tenant.endpoints());
      tunnels.putAll(tenant.tunnels());
      translations.add(tenant.translation());
      if (tenant.gateway().flows() > 0) {
        flowLimits.put(tenant.slot(), tenant.gateway().flows());
      }
      prefixes.addAll(tenant.gateway().ipv6().prefixes());
    }
    return new Setup(
        outsideNetworks.linksWith(next.pools(), translations, prefixes, endpoints, links()),
        kept,
        new NatPolicy(next.pools(), translations),
        endpoints,
        tunnels,
        gone,
        flowLimits);
  }

  // ---- looking ----

  /// Slot of a tenant; empty where it is not on this gateway.
  public OptionalInt slot(RoutingDomainId id) {
    CompiledTenant tenant = tenants.get(id);
    return tenant == null ? OptionalInt.empty() : OptionalInt.of(tenant.slot());
  }

  /// The ports of connections and outside networks that there are.
  public List<EdgePort> ports() {
    return List.copyOf(ports.values());
  }

  /// All routes of a tenant, the best of each prefix first; none where it is not on this gateway.
  public List<EdgeView.RouteRow> routes(RoutingDomainId id) {
    CompiledTenant tenant = tenants.get(id);
    return tenant == null ? List.of() : tenant.routeRows();
  }

  /// All connections of all tenants, whether they have a port or not.
  public List<EdgeView.ConnectionRow> connections() {
    List<EdgeView.ConnectionRow> rows = new ArrayList<>();
    for (CompiledTenant tenant : tenants.values()) {
      rows.addAll(tenant.connectionRows(reachability, outsideNetworks));
    }
    rows.sort(
        Comparator.comparing(EdgeView.ConnectionRow::gateway)
            .thenComparing(EdgeView.ConnectionRow::name));
    return rows;
  }
}
