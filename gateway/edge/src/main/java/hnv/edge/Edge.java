// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.dataplane.FramePool;
import hnv.edge.EdgeNews.ConflictNews;
import hnv.edge.EdgeNews.NeighborNews;
import hnv.edge.neighbor.Neighbor;
import hnv.edge.neighbor.NeighborEvents;
import hnv.edge.neighbor.NeighborLimits;
import hnv.edge.neighbor.NeighborOutlet;
import hnv.edge.neighbor.NeighborTable;
import hnv.edge.neighbor.OutsideResponder;
import hnv.nat.Nat64;
import hnv.nat.NatEngine;
import hnv.nat.v6.Prefix64;
import hnv.vswitch.ConnectionBindings;
import hnv.vswitch.VPort;
import hnv.vswitch.VSwitch;
import hnv.wire.IpAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What the layers of a gateway's ports share: the tables in force, the neighbours, the
/// translation. Owned by the Worker; {@link #takeNews} is what it has for the control thread.
public final class Edge implements NeighborEvents {
  /// How often translation is told the time.
  private static final long TICK_NS = 250_000_000L;

  private final NatEngine nat;
  private final NeighborTable neighbors;
  private final OutsideResponder responder;
  private final TunnelKeepalives keepalives;
  private final ConnectionRates rates;
  private final UnsolicitedSyns unsolicited;
  private final AddressConflicts conflicts = new AddressConflicts();
  private final VSwitch vswitch;
  private final ArrayDeque<EdgeNews> news = new ArrayDeque<>();
  private final Set<Integer> links = new HashSet<>();
  private final VersionConverter converter = new VersionConverter();
  private final Map<Integer, Nat64> nat64 = new HashMap<>();
  private final Set<Integer> limited = new HashSet<>();
  private EdgeState state = EdgeState.EMPTY;
  private long nextTickNs = Long.MIN_VALUE;

  // Of the walk that is under way: what one layer found out and the next needs.
  private int translatedTenant = VPort.NO_TENANT;
  private boolean turnedBack;

  /// @param vswitch whose ports the gateway's are; it is told of the translation's bindings here
  /// @param seed of the times between questions to neighbours
  public Edge(VSwitch vswitch, FramePool pool, NatEngine nat, NeighborLimits limits, long seed) {
    this.nat = nat;
    neighbors = new NeighborTable(limits, pool, NeighborOutlet.of(vswitch), this, seed);
    responder = new OutsideResponder(neighbors);
    keepalives = new TunnelKeepalives(vswitch, pool, this::tell);
    unsolicited = new UnsolicitedSyns(pool, nat);
    this.vswitch = vswitch;
    rates = new ConnectionRates(vswitch.arrays().meters());
    vswitch.bindTo(new NatBindings(nat));
  }

  // ---- what layers look into ----

  EdgeState state() {
    return state;
  }

  /// Translation.
  public NatEngine nat() {
    return nat;
  }

  /// NAT64 of a tenant; null where it has none.
  @Nullable Nat64 nat64(int tenant) {
    return nat64.get(tenant);
  }

  /// Makes packets of one version of IP of those of the other.
  VersionConverter converter() {
    return converter;
  }

  /// Neighbours of all links.
  public NeighborTable neighbors() {
    return neighbors;
  }

  /// How much goes by connections.
  public ConnectionRates rates() {
    return rates;
  }

  /// Who claims addresses of the gateway's.
  public AddressConflicts conflicts() {
    return conflicts;
  }

  UnsolicitedSyns unsolicited() {
    return unsolicited;
  }

  OutsideResponder responder() {
    return responder;
  }

  TunnelKeepalives keepalives() {
    return keepalives;
  }

  /// The gateway's port with this number; null where it is none of the gateway's.
  @Nullable EdgePort port(int number) {
    return state.port(number);
  }

  /// A walk begins at a port of the gateway.
  void beginWalk(int tenant) {
    translatedTenant = tenant;
    turnedBack = false;
  }

  /// The tenant whose packet it is, as far as ports and translation have told.
  int walkTenant() {
    return translatedTenant;
  }

  void translatedFor(int tenant) {
    translatedTenant = tenant;
  }

  /// What was to leave is for an address of our own: it goes on to a tenant's port.
  void turnBack() {
    turnedBack = true;
  }

  boolean isTurnedBack() {
    return turnedBack;
  }

  // ---- set-up, between packets ----

  /// So many SYNs that nobody asked for wait at most to be told after 6 s that nobody is there (RFC
  /// 5382 REQ-4); of 0 none is told.
  public void answerUnsolicited(int most) {
    unsolicited.setCapacity(most);
  }

  void put(EdgeState next) {
    state = next;
  }

  /// Links, neighbours and translation as a policy wants them. Sessions that it does not allow any
  /// more end with their connections.
  void setUp(EdgeChange.Setup policy, VSwitch vswitch, long nowNs) {
    for (Integer link : List.copyOf(links)) {
      if (!policy.links().containsKey(link)) {
        neighbors.detach(link);
        conflicts.forget(link);
        links.remove(link);
      }
    }
    policy
        .links()
        .forEach(
            (link, end) -> {
              neighbors.attach(link, end, nowNs);
              links.add(link);
            });
    limited.forEach(tenant -> vswitch.limitFlows(tenant, 0));
    policy.flowLimits().forEach(vswitch::limitFlows);
    limited.clear();
    limited.addAll(policy.flowLimits().keySet());
    keepalives.set(policy.tunnels(), nowNs);
    policy.kept().forEach((link, kept) -> neighbors.keep(link, kept, nowNs));
    Set<Integer> revoked = new HashSet<>();
    nat.apply(policy.translation(), revoked::add);
    Set<Integer> moved = setUpNat64();
    if (!revoked.isEmpty() || !moved.isEmpty()) {
      vswitch.endConnections(
          connection ->
              revoked.contains(connection.binding()) || isNat64(connection.binding(), moved));
    }
    if (!policy.gonePorts().isEmpty()) {
      vswitch.forget(policy.gonePorts()::contains);
    }
  }

  /// @return tenants to whom IPv4 has other addresses now, or none any more
  private Set<Integer> setUpNat64() {
    Map<Integer, Prefix64> prefixes = new HashMap<>();
    for (TenantEdge tenant : state.tenants()) {
      Prefix64 prefix = tenant.ipv6().prefix64();
      if (prefix != null) {
        prefixes.put(tenant.slot(), prefix);
      }
    }
    Set<Integer> moved = new HashSet<>();
    nat64.forEach(
        (slot, before) -> {
          if (!before.prefix().equals(prefixes.get(slot))) {
            moved.add(slot);
          }
        });
    moved.forEach(nat64::remove);
    prefixes.forEach((slot, prefix) -> nat64.putIfAbsent(slot, new Nat64(nat, prefix)));
    return moved;
  }

  private boolean isNat64(int session, Set<Integer> tenants) {
    return session != ConnectionBindings.NO_BINDING
        && nat.isIpv6(session)
        && tenants.contains(nat.tenant(session));
  }

  /// Lets packets go on that waited, and asks neighbours who are to be asked. Between packets.
  ///
  /// @return what was done, about
  public int housekeep(long nowNs) {
    if (nowNs >= nextTickNs) {
      nextTickNs = nowNs + TICK_NS;
      nat.tick(nowNs);
      rates.housekeep(state, nowNs);
      unsolicited.housekeep(state, vswitch, nowNs);
    }
    return neighbors.housekeep(nowNs) + keepalives.housekeep(nowNs);
  }

  // ---- news for the control thread ----

  /// What has happened since the last call, oldest first. Worker thread only.
  public List<EdgeNews> takeNews() {
    if (news.isEmpty()) {
      return List.of();
    }
    List<EdgeNews> taken = List.copyOf(news);
    news.clear();
    return taken;
  }

  /// Adds what somebody else has found out. Worker thread only.
  public void tell(EdgeNews what) {
    news.add(what);
  }

  @Override
  public void resolved(Neighbor neighbor) {
    tell(newsOf(neighbor, neighbor.mac()));
  }

  @Override
  public void moved(Neighbor neighbor, long before) {
    tell(newsOf(neighbor, neighbor.mac()));
  }

  @Override
  public void lost(Neighbor neighbor) {
    tell(newsOf(neighbor, -1));
  }

  @Override
  public void wanted(Neighbor neighbor, int port) {
    tell(new EdgeNews.NeighborWanted(neighbor.network(), port, neighbor.address()));
  }

  @Override
  public void conflict(int network, IpAddress address, long mac) {
    conflicts.note(network, address, mac);
    tell(new ConflictNews(network, address, mac));
  }

  private static NeighborNews newsOf(Neighbor neighbor, long mac) {
    List<Integer> tenants = new ArrayList<>();
    neighbor.tenants().stream().forEach(tenants::add);
    return new NeighborNews(
        neighbor.network(), neighbor.address(), neighbor.isKept(), mac, tenants);
  }
}
