// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import hnv.dataplane.Encapsulation;
import hnv.dataplane.FlowArrays;
import hnv.dataplane.MeterTable;
import hnv.dataplane.NextHopTable;
import hnv.dataplane.PeerTable;
import hnv.dataplane.TenantTable;
import hnv.overlay.OverlayNetwork.Adapter;
import hnv.overlay.OverlayNetwork.Domain;
import hnv.overlay.OverlayNetwork.Host;
import hnv.overlay.OverlayNetwork.Role;
import hnv.vswitch.ForwardingState;
import hnv.vswitch.ForwardingState.SubnetPorts;
import hnv.vswitch.VPort;
import hnv.wire.Ipv4Address;
import hnv.wire.ProviderAddress;
import hnv.wire.RoutingDomainId;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Makes of a network what this host forwards. Keeps the indexes of tenants, next hops, peers and
/// meters stable from policy to policy, and leaves a routing domain alone (its ports, its epoch,
/// its flows) when nothing that it depends on has changed. Owned by the control thread.
public final class OverlayCompiler {
  private final String hostName;
  private final Map<Role, List<LayerFactory>> layers;
  private final Slots<RoutingDomainId> tenants =
      new Slots<>("routing domains", TenantTable.DEFAULT_CAPACITY);
  private final Slots<NextHopKey> nextHops =
      new Slots<>("next hops", NextHopTable.DEFAULT_CAPACITY);
  private final Slots<String> peers = new Slots<>("hosts", PeerTable.DEFAULT_CAPACITY);
  private final Slots<MeterKey> meters = new Slots<>("meters", MeterTable.DEFAULT_CAPACITY);
  private final Slots<String> gatewayPorts =
      new Slots<>(
          "gateways' ports", TableRanges.FIRST_GATEWAY_PORT, TableRanges.FIRST_OUTSIDE_PORT);
  private final Map<RoutingDomainId, CompiledDomain> compiled = new HashMap<>();
  private final Map<NextHopKey, Integer> localMtus = new HashMap<>();
  private final Map<MeterKey, Long> limits = new HashMap<>();
  private final Map<String, PeerAddresses> peerAddresses = new HashMap<>();

  /// Digests of what an earlier process compiled, until this one has compiled for the first time.
  private final Map<RoutingDomainId, String> left = new HashMap<>();

  /// What a next hop's index is given to: an adapter of this host, or a host and an encapsulation.
  private sealed interface NextHopKey {
    record Local(String adapter, int port) implements NextHopKey {}

    record Remote(String host, Encapsulation encapsulation) implements NextHopKey {}
  }

  private record MeterKey(String adapter, boolean outbound) {}

  private record PeerAddresses(List<ProviderAddress> remote, List<ProviderAddress> local) {}

  /// @param hostName this host, as policy calls it
  /// @param guestLayers the layers of a VM's port, in order
  /// @param gatewayLayers the layers of the port of a gateway's adapter, in order
  public OverlayCompiler(
      String hostName, List<LayerFactory> guestLayers, List<LayerFactory> gatewayLayers) {
    this.hostName = hostName;
    layers = Map.of(Role.GUEST, List.copyOf(guestLayers), Role.GATEWAY, List.copyOf(gatewayLayers));
  }

  /// For a host that is no gateway: what is sent to an adapter of one is dropped.
  public OverlayCompiler(String hostName, List<LayerFactory> guestLayers) {
    this(hostName, guestLayers, List.of());
  }

  /// Compiles the whole of a network; what is unchanged is taken over.
  ///
  /// @param ports the ports of this host by VM's adapter; one without a port gets no packets
  /// @throws CapacityExceededException when a table is too small; what was compiled before stands
  public OverlayChange compile(OverlayNetwork next, Map<String, PortBinding> ports)
      throws CapacityExceededException {
    try {
      return compileAll(next, ports);
    } catch (CapacityExceededException e) {
      // What was to be written is lost: the next policy writes everything again.
      forgetWritten();
      throw e;
    }
  }

  /// What was compiled last is not put in force: the next policy writes everything anew, and has
  /// all flows revalidated.
  public void retract() {
    forgetWritten();
    compiled.clear();
  }

  private void forgetWritten() {
    localMtus.clear();
    limits.clear();
    peerAddresses.clear();
  }

  private OverlayChange compileAll(OverlayNetwork next, Map<String, PortBinding> ports)
      throws CapacityExceededException {
    Map<String, Host> hosts = new HashMap<>();
    next.hosts().forEach(host -> hosts.put(host.name(), host));
    Host self = hosts.getOrDefault(hostName, new Host(hostName, List.of()));
    Uses uses = new Uses();
    List<OverlayChange.Tunnel> tunnels = new ArrayList<>();
    List<Consumer<FlowArrays>> writes = new ArrayList<>();
    for (Host host : next.hosts()) {
      if (!host.name().equals(hostName)) {
        addHost(self, host, uses, writes);
        for (Encapsulation encapsulation : encapsulations(next, self, host)) {
          addTunnel(self, host, encapsulation, uses, tunnels, writes);
        }
      }
    }
    List<Integer> changed = new ArrayList<>();
    Map<RoutingDomainId, CompiledDomain> result = new HashMap<>();
    List<VPort> allPorts = new ArrayList<>();
    List<SubnetPorts> allSubnets = new ArrayList<>();
    List<AdapterView> gateways = new ArrayList<>();
    for (Domain domain : next.domains()) {
      CompiledDomain before = compiled.get(domain.id());
      Map<String, Encapsulation> encapsulations = encapsulations(next, hosts, self, domain);
      CompiledDomain.Inputs inputs = inputs(domain, next, encapsulations, ports, uses, writes);
      CompiledDomain after = compileDomain(inputs, before);
      if (before == null ? !isAsLeft(after) : !before.inputs().equals(after.inputs())) {
        changed.add(after.tenant());
      }
      result.put(domain.id(), after);
      allPorts.addAll(after.ports());
      allSubnets.addAll(after.subnets());
      gateways.addAll(after.gateways());
    }
    compiled.clear();
    compiled.putAll(result);
    left.clear();
    changed.addAll(tenants.retain(result.keySet()));
    release(uses, writes);
    return new OverlayChange(
        new ForwardingState(allPorts, allSubnets), writes, changed, tunnels, gateways);
  }

  /// Every encapsulation that a domain has between this host and another.
  private static Set<Encapsulation> encapsulations(OverlayNetwork network, Host self, Host host) {
    Set<Encapsulation> all = EnumSet.noneOf(Encapsulation.class);
    for (Domain domain : network.domains()) {
      network.encapsulationBetween(self, host, domain).ifPresent(all::add);
    }
    return all;
  }

  /// What a domain has between this host and each that has an adapter of it.
  private static Map<String, Encapsulation> encapsulations(
      OverlayNetwork network, Map<String, Host> hosts, Host self, Domain domain) {
    Map<String, Encapsulation> result = new HashMap<>();
    for (Adapter adapter : domain.adapters()) {
      Host host = hosts.get(adapter.host());
      if (host != null && !host.name().equals(self.name())) {
        network
            .encapsulationBetween(self, host, domain)
            .ifPresent(encapsulation -> result.put(host.name(), encapsulation));
      }
    }
    return result;
  }

  // ---- from process to process ----

  /// What another compiler needs to go on.
  public OverlayImage leave() {
    List<OverlayImage.LocalHop> local = new ArrayList<>();
    List<OverlayImage.RemoteHop> remote = new ArrayList<>();
    nextHops
        .all()
        .forEach(
            (key, slot) -> {
              switch (key) {
                case NextHopKey.Local(String adapter, int port) ->
                    local.add(new OverlayImage.LocalHop(adapter, port, slot));
                case NextHopKey.Remote(String host, Encapsulation encapsulation) ->
                    remote.add(new OverlayImage.RemoteHop(host, encapsulation, slot));
              }
            });
    List<OverlayImage.Domain> domains = new ArrayList<>();
    tenants
        .all()
        .forEach(
            (id, slot) -> {
              CompiledDomain domain = compiled.get(id);
              String digest = domain == null ? "" : digest(domain);
              domains.add(new OverlayImage.Domain(id, slot, digest));
            });
    List<OverlayImage.Peer> hosts = new ArrayList<>();
    peers.all().forEach((host, slot) -> hosts.add(new OverlayImage.Peer(host, slot)));
    List<OverlayImage.Meter> limited = new ArrayList<>();
    meters
        .all()
        .forEach(
            (key, slot) ->
                limited.add(new OverlayImage.Meter(key.adapter(), key.outbound(), slot)));
    List<OverlayImage.GatewayPort> ports = new ArrayList<>();
    gatewayPorts
        .all()
        .forEach((adapter, port) -> ports.add(new OverlayImage.GatewayPort(adapter, port)));
    return new OverlayImage(domains, local, remote, hosts, limited, ports);
  }

  /// Goes on where another compiler ended, before the first {@link #compile}: what is compiled from
  /// the same keeps its index, and its epoch where nothing changed at all.
  ///
  /// @throws IllegalArgumentException where an index is out of range or given twice
  public void resume(OverlayImage image) {
    for (OverlayImage.Domain domain : image.domains()) {
      tenants.resume(domain.id(), domain.tenant());
      left.put(domain.id(), domain.digest());
    }
    for (OverlayImage.LocalHop hop : image.localHops()) {
      nextHops.resume(new NextHopKey.Local(hop.adapter(), hop.port()), hop.nextHop());
    }
    for (OverlayImage.RemoteHop hop : image.remoteHops()) {
      nextHops.resume(new NextHopKey.Remote(hop.host(), hop.encapsulation()), hop.nextHop());
    }
    image.peers().forEach(each -> peers.resume(each.host(), each.peer()));
    for (OverlayImage.Meter each : image.meters()) {
      meters.resume(new MeterKey(each.adapter(), each.outbound()), each.meter());
    }
    image.gatewayPorts().forEach(each -> gatewayPorts.resume(each.adapter(), each.port()));
    tenants.resumed();
    nextHops.resumed();
    peers.resumed();
    meters.resumed();
    gatewayPorts.resumed();
  }

  private boolean isAsLeft(CompiledDomain domain) {
    String digest = left.getOrDefault(domain.inputs().domain().id(), "");
    return !digest.isEmpty() && digest.equals(digest(domain));
  }

  private record Compiled(
      String hostName, int tenant, CompiledDomain.Inputs inputs, List<Integer> indexes) {}

  /// Of all that the domain's ports depend on, the indexes that their layers name included.
  private String digest(CompiledDomain domain) {
    List<Integer> indexes = new ArrayList<>();
    for (Adapter adapter : domain.inputs().domain().adapters()) {
      indexes.add(peerOf(adapter.host()));
      if (domain.inputs().bindings().containsKey(adapter.name())) {
        indexes.add(meterOf(adapter.name(), true));
        indexes.add(meterOf(adapter.name(), false));
      }
    }
    return InputsDigest.of(new Compiled(hostName, domain.tenant(), domain.inputs(), indexes));
  }

  /// Names in use by the network being compiled.
  private static final class Uses {
    final Set<NextHopKey> nextHops = new HashSet<>();
    final Set<String> peers = new HashSet<>();
    final Set<MeterKey> meters = new HashSet<>();
    final Set<String> gatewayPorts = new HashSet<>();
  }

  private void addHost(Host self, Host host, Uses uses, List<Consumer<FlowArrays>> writes)
      throws CapacityExceededException {
    int peer = peers.of(host.name());
    uses.peers.add(host.name());
    PeerAddresses addresses = new PeerAddresses(host.addresses(), self.addresses());
    if (!addresses.equals(peerAddresses.put(host.name(), addresses))) {
      writes.add(arrays -> arrays.peers().put(peer, addresses.remote(), addresses.local()));
    }
  }

  private void addTunnel(
      Host self,
      Host host,
      Encapsulation encapsulation,
      Uses uses,
      List<OverlayChange.Tunnel> tunnels,
      List<Consumer<FlowArrays>> writes)
      throws CapacityExceededException {
    NextHopKey key = new NextHopKey.Remote(host.name(), encapsulation);
    int nextHop = nextHops.of(key);
    uses.nextHops.add(key);
    firstOfOneFamily(self.addresses(), host.addresses())
        .ifPresentOrElse(
            pair ->
                tunnels.add(
                    new OverlayChange.Tunnel(
                        nextHop, encapsulation, host.name(), pair.local(), pair.remote())),
            // No way any more: what an earlier policy wrote leads to an address that may by now be
            // somebody else's.
            () -> writes.add(arrays -> arrays.nextHops().putUnresolved(nextHop)));
  }

  private record AddressPair(ProviderAddress local, ProviderAddress remote) {}

  private static Optional<AddressPair> firstOfOneFamily(
      List<ProviderAddress> local, List<ProviderAddress> remote) {
    for (ProviderAddress ours : local) {
      boolean ipv4 = ours.address() instanceof Ipv4Address;
      for (ProviderAddress theirs : remote) {
        if (theirs.address() instanceof Ipv4Address == ipv4) {
          return Optional.of(new AddressPair(ours, theirs));
        }
      }
    }
    return Optional.empty();
  }

  private CompiledDomain.Inputs inputs(
      Domain domain,
      OverlayNetwork network,
      Map<String, Encapsulation> encapsulations,
      Map<String, PortBinding> ports,
      Uses uses,
      List<Consumer<FlowArrays>> writes)
      throws CapacityExceededException {
    Map<String, PortBinding> bindings = new HashMap<>();
    Map<String, Integer> ways = new HashMap<>();
    for (Adapter adapter : domain.adapters()) {
      Encapsulation encapsulation = encapsulations.get(adapter.host());
      if (encapsulation != null) {
        ways.put(adapter.name(), nextHops.of(new NextHopKey.Remote(adapter.host(), encapsulation)));
      } else if (adapter.host().equals(hostName) && adapter.role() == Role.GATEWAY) {
        bindings.put(adapter.name(), gatewayPort(adapter, uses));
      } else if (adapter.host().equals(hostName) && ports.containsKey(adapter.name())) {
        // Cannot fail: the key is there, and no value is null.
        PortBinding binding = Objects.requireNonNull(ports.get(adapter.name()));
        bindings.put(adapter.name(), binding);
        ways.put(adapter.name(), localNextHop(adapter, binding, uses, writes));
      }
    }
    for (Adapter adapter : domain.adapters()) {
      if (bindings.containsKey(adapter.name())) {
        meter(adapter.name(), true, adapter.outboundOctetsPerSecond(), uses, writes);
        meter(adapter.name(), false, adapter.inboundOctetsPerSecond(), uses, writes);
      }
    }
    return new CompiledDomain.Inputs(
        domain, encapsulations, network.routerEnabled(), bindings, ways);
  }

  private CompiledDomain compileDomain(
      CompiledDomain.Inputs inputs, @Nullable CompiledDomain before)
      throws CapacityExceededException {
    if (before != null && before.inputs().equals(inputs)) {
      return before;
    }
    int tenant = tenants.of(inputs.domain().id());
    return new DomainCompilation(layers, inputs, tenant, this::peerOf, this::meterOf).compile();
  }

  private PortBinding gatewayPort(Adapter adapter, Uses uses) throws CapacityExceededException {
    uses.gatewayPorts.add(adapter.name());
    return new PortBinding(gatewayPorts.of(adapter.name()), 0);
  }

  private int localNextHop(
      Adapter adapter, PortBinding binding, Uses uses, List<Consumer<FlowArrays>> writes)
      throws CapacityExceededException {
    NextHopKey key = new NextHopKey.Local(adapter.name(), binding.number());
    int nextHop = nextHops.of(key);
    uses.nextHops.add(key);
    Integer mtu = localMtus.put(key, binding.mtu());
    if (mtu == null || mtu != binding.mtu()) {
      writes.add(arrays -> arrays.nextHops().putLocal(nextHop, binding.number(), binding.mtu()));
    }
    return nextHop;
  }

  private void meter(
      String adapter, boolean outbound, long limit, Uses uses, List<Consumer<FlowArrays>> writes)
      throws CapacityExceededException {
    MeterKey key = new MeterKey(adapter, outbound);
    int meter = meters.of(key);
    uses.meters.add(key);
    Long before = limits.put(key, limit);
    if (before == null || before != limit) {
      writes.add(arrays -> arrays.meters().put(meter, limit));
    }
  }

  private int peerOf(String host) {
    try {
      return host.isEmpty() || host.equals(hostName) ? 0 : peers.of(host);
    } catch (CapacityExceededException e) {
      throw new IllegalStateException("a host that has no peer entry: " + host, e);
    }
  }

  private int meterOf(String adapter, boolean outbound) {
    try {
      return meters.of(new MeterKey(adapter, outbound));
    } catch (CapacityExceededException e) {
      throw new IllegalStateException("an adapter that has no meter: " + adapter, e);
    }
  }

  private void release(Uses uses, List<Consumer<FlowArrays>> writes) {
    for (int nextHop : nextHops.retain(uses.nextHops)) {
      writes.add(arrays -> arrays.nextHops().putUnresolved(nextHop));
    }
    peers.retain(uses.peers);
    meters.retain(uses.meters);
    gatewayPorts.retain(uses.gatewayPorts);
    localMtus.keySet().retainAll(uses.nextHops);
    limits.keySet().retainAll(uses.meters);
    peerAddresses.keySet().retainAll(uses.peers);
  }
}
