// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.app.HostLayers;
import hnv.app.cli.Failure;
import hnv.app.cli.Refusal;
import hnv.app.policy.EdgeCompilerInput;
import hnv.app.policy.PolicyCompiler;
import hnv.dataplane.NextHopTable;
import hnv.edge.AttachedPort;
import hnv.edge.EdgeChange;
import hnv.edge.EdgeNetwork;
import hnv.edge.EdgeNetwork.Attachment;
import hnv.edge.EdgeNews;
import hnv.edge.EdgeNews.NeighborWanted;
import hnv.linux.LinuxException;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.netlink.Link;
import hnv.linux.netlink.NetworkChange;
import hnv.linux.port.HostPort;
import hnv.model.Policy;
import hnv.model.Server;
import hnv.overlay.CapacityExceededException;
import hnv.overlay.OverlayChange;
import hnv.overlay.OverlayCompiler;
import hnv.overlay.OverlayNetwork;
import hnv.overlay.PortBinding;
import hnv.wire.IpAddress;
import hnv.wire.ProviderAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a node goes by: the policy, compiled for this server and bound to the ports that there are,
/// and the ways to other hosts. Owned by the control thread.
final class PolicyInForce {
  private static final Logger LOG = LoggerFactory.getLogger(PolicyInForce.class);

  private final NodeConfiguration configuration;
  private final HostNetwork network;
  private final Dataplane dataplane;
  private final HostPorts ports;
  private final UnderlayWays ways;
  private final SharedDevices shared;
  private final OverlayCompiler compiler;
  private final @Nullable GatewayRole gateway;
  private final String server;
  private Policy policy;
  private OverlayNetwork overlay = OverlayNetwork.EMPTY;
  private EdgeNetwork edge = EdgeNetwork.EMPTY;
  private Map<String, PortBinding> bindings = Map.of();
  private final SharedAddresses sharedAddresses = new SharedAddresses();

  /// @param gateway null where the configuration names no device to the outside
  /// @param server this one, as it is spelled from now on
  /// @param policy the first one, not in force yet
  PolicyInForce(
      NodeConfiguration configuration,
      HostNetwork network,
      Dataplane dataplane,
      HostPorts ports,
      @Nullable GatewayRole gateway,
      Server server,
      Policy policy) {
    this.configuration = configuration;
    this.network = network;
    this.dataplane = dataplane;
    this.ports = ports;
    this.gateway = gateway;
    this.server = server.resourceId().toString();
    this.policy = policy;
    ways = new UnderlayWays(network, configuration.vxlanPort());
    shared = new SharedDevices(network);
    compiler =
        new OverlayCompiler(
            this.server, HostLayers.LAYERS, gateway == null ? List.of() : gateway.adapterLayers());
  }

  /// The dataplane knows this server by its name as it was spelled at the start.
  void requireSameSpelling(Server next) throws Refusal {
    if (!next.resourceId().toString().equals(server)) {
      throw new Refusal(
          "policy: the server is spelled \""
              + next.resourceId()
              + "\" now and was \""
              + server
              + "\" when the node started; restart the node");
    }
  }

  /// Opens the ports that the first policy needs, and puts it in force.
  void begin() throws Failure, Refusal, LinuxException {
    ports.setAddresses(localAddresses(PolicyCompiler.compile(policy)));
    ports.leaveUntouched(PolicyNames.withoutVsid(policy));
    ports.mergeOnReceipt();
    Optional<LinuxException> refused = ports.reconcile();
    if (refused.isPresent()) {
      throw new Failure("no privilege to open ports: " + refused.get().getMessage());
    }
    apply(policy, "started with " + configuration.policy());
  }

  /// Compiles a policy and puts the difference in force.
  void apply(Policy next, String why) throws Failure, Refusal, LinuxException {
    long began = System.nanoTime();
    OverlayNetwork nextOverlay = PolicyCompiler.compile(next);
    EdgeNetwork nextEdge = EdgeCompilerInput.edgeOf(next, server);
    List<String> changes = PolicyChange.between(overlay, nextOverlay);
    Set<IpAddress> addresses = localAddresses(nextOverlay);
    Set<IpAddress> both = new HashSet<>(localAddresses(overlay));
    both.addAll(addresses);
    ports.setAddresses(both);
    ports.leaveUntouched(PolicyNames.withoutVsid(next));
    Map<String, Set<Integer>> vlans = GatewayRole.vlans(edge);
    GatewayRole.vlans(nextEdge)
        .forEach((device, more) -> vlans.merge(device, more, PolicyInForce::union));
    ports.setVlans(vlans);
    ports.reconcile();
    put(nextOverlay, nextEdge);
    ports.setVlans(GatewayRole.vlans(nextEdge));
    ports.setAddresses(addresses);
    boolean first = overlay.equals(OverlayNetwork.EMPTY);
    policy = next;
    overlay = nextOverlay;
    edge = nextEdge;
    PolicyWarnings warnings = new PolicyWarnings(server);
    warnings.ofForeignAddresses(addresses, network.addresses());
    warnings.ofHostsWithoutWay(nextOverlay, ways.ways());
    warnings.ofInterfacesWithoutDevice(next, configuration.ports().keySet());
    if (gateway == null) {
      warnings.ofGatewayWithoutOutside(nextEdge);
    } else {
      gateway.tell(EdgeCompilerInput.natLogOf(next, server));
      warnings.ofMissingDevices(nextEdge, gateway.devices().keySet());
      if (first) {
        gateway.awaitRouters(dataplane);
      }
    }
    LOG.info(
        "{}: {} servers, {} networks, {} interfaces, {} with a port here; {}; in force after {} ms",
        why,
        next.servers().size(),
        next.virtualNetworks().size(),
        next.networkInterfaces().size(),
        hereCount(),
        first
            ? overlay.encapsulation()
            : changes.isEmpty() ? "nothing changed" : "changed: " + String.join(", ", changes),
        (System.nanoTime() - began) / 1_000_000);
  }

  /// Puts a network in force with the ports that there are, together with the ways to other hosts.
  private void put(OverlayNetwork next, EdgeNetwork nextEdge)
      throws Failure, Refusal, LinuxException {
    Map<String, PortBinding> nextBindings = ports.bindings(PolicyNames.spelled(next));
    Map<Attachment, AttachedPort> attached = attached(nextEdge);
    Link underlay = underlayLink();
    // From here on nothing may fail but the compilers: what they made is the Worker's to have.
    OverlayChange change;
    EdgeChange edgeChange;
    try {
      change = compiler.compile(next, nextBindings);
      edgeChange = gateway == null ? null : compileEdge(gateway, nextEdge, change, attached);
    } catch (CapacityExceededException e) {
      throw new Refusal("policy: " + e.getMessage());
    }
    ways.follow(change.tunnels());
    List<Consumer<NextHopTable>> writes = ways.refresh(underlay, System.nanoTime());
    dataplane.change(
        (vswitch, nowNs) -> {
          if (gateway == null || edgeChange == null) {
            change.applyTo(vswitch);
          } else {
            edgeChange.applyTo(vswitch, gateway.edge(), nowNs);
          }
          writes.forEach(write -> write.accept(vswitch.arrays().nextHops()));
        });
    bindings = nextBindings;
    if (edgeChange != null && edgeChange.policy() != null) {
      ports.select(GatewayRole.selections(edgeChange.policy()));
      sharedAddresses.look(nextEdge, attached);
    }
  }

  private EdgeChange compileEdge(
      GatewayRole role, EdgeNetwork next, OverlayChange change, Map<Attachment, AttachedPort> at)
      throws CapacityExceededException {
    try {
      return role.compile(next, change, at);
    } catch (CapacityExceededException e) {
      compiler.retract();
      throw e;
    }
  }

  private Map<Attachment, AttachedPort> attached(EdgeNetwork network) throws LinuxException {
    return gateway == null ? Map.of() : GatewayRole.attached(network, ports, shared);
  }

  /// Something in the host's network changed. Any thread.
  void note(NetworkChange change) {
    shared.note(change);
  }

  /// Lets routes follow what the Worker learnt of neighbours and tunnels.
  void follow(List<EdgeNews> news) throws Failure, Refusal, LinuxException {
    GatewayRole role = gateway;
    if (role == null) {
      return;
    }
    tell(role, askHost(news));
    if (news.stream().allMatch(NeighborWanted.class::isInstance)) {
      return;
    }
    EdgeChange change;
    try {
      change = role.follow(news);
    } catch (CapacityExceededException e) {
      throw new Refusal("routes: " + e.getMessage());
    }
    dataplane.change((vswitch, nowNs) -> change.applyTo(vswitch, role.edge(), nowNs));
  }

  /// Has the host ask for neighbours on devices that are its own, too.
  private List<SharedDevices.Told> askHost(List<EdgeNews> news) {
    List<SharedDevices.Told> told = new ArrayList<>();
    for (EdgeNews each : news) {
      if (each instanceof NeighborWanted wanted) {
        ports
            .byNumber(wanted.port())
            .flatMap(port -> shared.ask(wanted, port.linkIndex(), System.nanoTime()))
            .ifPresent(told::add);
      }
    }
    return told;
  }

  private void tell(GatewayRole role, List<SharedDevices.Told> told) throws Failure {
    if (!told.isEmpty()) {
      dataplane.ask(
          (vswitch, nowNs) -> {
            told.forEach(
                each ->
                    role.edge().neighbors().told(each.link(), each.address(), each.mac(), nowNs));
            return told.size();
          });
    }
  }

  private static <T> Set<T> union(Set<T> a, Set<T> b) {
    Set<T> union = new HashSet<>(a);
    union.addAll(b);
    return union;
  }

  private Set<IpAddress> localAddresses(OverlayNetwork of) {
    Set<IpAddress> addresses = new HashSet<>();
    of.hosts().stream()
        .filter(host -> host.name().equals(server))
        .forEach(
            host ->
                host.addresses().stream().map(ProviderAddress::address).forEach(addresses::add));
    return addresses;
  }

  private long hereCount() {
    return overlay.domains().stream()
        .flatMap(domain -> domain.adapters().stream())
        .filter(adapter -> adapter.host().equals(server) && bindings.containsKey(adapter.name()))
        .count();
  }

  /// Attaches what has come, closes what is gone, and keeps the ways to other hosts right.
  ///
  /// @param changed whether the host's network is known to have changed
  void look(boolean changed) throws Failure, Refusal, LinuxException {
    ports.reconcile();
    if (gateway != null) {
      tell(gateway, shared.look(System.nanoTime()));
    }
    boolean moved =
        !ports.bindings(PolicyNames.spelled(overlay)).equals(bindings)
            || (gateway != null && !attached(edge).equals(gateway.devices()));
    if (moved) {
      put(overlay, edge);
      return;
    }
    long now = System.nanoTime();
    if (!changed && !ways.isDue(now)) {
      return;
    }
    List<Consumer<NextHopTable>> writes = ways.refresh(underlayLink(), now);
    if (!writes.isEmpty()) {
      dataplane.change(
          (vswitch, nowNs) -> writes.forEach(write -> write.accept(vswitch.arrays().nextHops())));
    }
  }

  private @Nullable Link underlayLink() throws LinuxException {
    Optional<HostPort> port = ports.underlay();
    return port.isEmpty() ? null : network.link(port.get().linkIndex()).orElse(null);
  }

  /// This server, as policy spells it.
  String server() {
    return server;
  }

  /// The network in force.
  OverlayNetwork overlay() {
    return overlay;
  }

  /// The compiler, for a node that goes on where another ended, or ends for another to go on.
  OverlayCompiler compiler() {
    return compiler;
  }

  /// The gateway's part in force.
  EdgeNetwork edge() {
    return edge;
  }

  /// Takes a view.
  NodeView view() {
    return NodeView.of(
        server,
        policy,
        overlay,
        ports.places(),
        ways.ways(),
        gateway == null ? GatewayRole.View.NONE : gateway.view());
  }
}
