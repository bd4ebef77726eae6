// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.edge.EdgeNews.NeighborWanted;
import hnv.edge.HostSide;
import hnv.edge.OutsideWay;
import hnv.linux.LinuxException;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.netlink.InterfaceAddress;
import hnv.linux.netlink.Neighbor;
import hnv.linux.netlink.NetworkChange;
import hnv.linux.netlink.RouteSamples;
import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import hnv.wire.MacAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the host says about devices that it shares with the gateway: its addresses, its routes, and
/// the neighbours that the gateway wants. Owned by the control thread, but for {@link #note}.
final class SharedDevices {
  /// Prefixes that the host's routes and rules may tell apart; each costs a question when a route
  /// changes, some 30 µs.
  static final int MAX_PREFIXES = 4_096;

  /// All is asked anew so often, whether changes were told or not.
  private static final long REFRESH_NS = 15_000_000_000L;

  /// Who has not been asked for so long is not wanted any more: {@link
  /// hnv.edge.neighbor.NeighborTable} asks for each every 45 s at least.
  static final long FORGET_NS = 120_000_000_000L;

  /// A neighbour that does not answer.
  static final long NO_MAC = -1;

  private static final Logger LOG = LoggerFactory.getLogger(SharedDevices.class);

  private final HostNetwork network;

  /// By index of the device; of this moment's routes.
  private final Map<Integer, HostSide> sides = new HashMap<>();

  private final Map<Wanted, Known> wanted = new HashMap<>();
  private long readNs;
  private boolean toldTooMany;
  private volatile boolean routesChanged = true;
  private volatile boolean neighborsChanged;

  private record Wanted(int link, int linkIndex, IpAddress address) {}

  /// @param mac as it was told last; {@link #NO_MAC}: none
  private record Known(long mac, long askedNs) {}

  /// News for {@link hnv.edge.neighbor.NeighborTable#told}.
  record Told(int link, IpAddress address, long mac) {}

  SharedDevices(HostNetwork network) {
    this.network = network;
  }

  /// Something in the host's network changed. Any thread.
  void note(NetworkChange change) {
    switch (change) {
      case NetworkChange.NeighborChanged _, NetworkChange.NeighborRemoved _ ->
          neighborsChanged = true;
      case NetworkChange.ChangesLost _ -> {
        neighborsChanged = true;
        routesChanged = true;
      }
      default -> routesChanged = true;
    }
  }

  // ---- addresses and routes ----

  /// What the host says of a device now.
  ///
  /// @param linkIndex of the device
  HostSide side(int linkIndex, long nowNs) throws LinuxException {
    if (routesChanged || nowNs - readNs >= REFRESH_NS) {
      routesChanged = false;
      readNs = nowNs;
      sides.clear();
    }
    HostSide known = sides.get(linkIndex);
    if (known == null) {
      known = read(linkIndex);
      sides.put(linkIndex, known);
    }
    return known;
  }

  private HostSide read(int linkIndex) throws LinuxException {
    Set<IpAddress> addresses = new HashSet<>();
    network.addresses().stream().map(InterfaceAddress::address).forEach(addresses::add);
    Map<Integer, String> names = new HashMap<>();
    network.links().forEach(link -> names.put(link.index(), link.name()));
    Set<Cidr> prefixes = network.routedPrefixes(MAX_PREFIXES);
    if (prefixes.size() == MAX_PREFIXES && !toldTooMany) {
      toldTooMany = true;
      LOG.warn(
          "the host's routes tell more than {} prefixes apart: those beyond are not followed on"
              + " shared devices",
          MAX_PREFIXES);
    }
    List<HostSide.HostRoute> routes = new ArrayList<>();
    for (Map.Entry<Cidr, IpAddress> sample : RouteSamples.of(prefixes).entrySet()) {
      OutsideWay way =
          switch (HostWay.toward(network, sample.getValue(), linkIndex)) {
            case HostWay.ByDevice(var route, var _) -> {
              IpAddress router = route.gateway();
              yield router == null ? new OutsideWay.OnLink() : new OutsideWay.ByRouter(router);
            }
            case HostWay.ByOther(int index) ->
                new OutsideWay.Elsewhere(
                    names.getOrDefault(index, "the device with index " + index));
            case HostWay.Nowhere(String because) -> new OutsideWay.Nowhere(because);
          };
      routes.add(new HostSide.HostRoute(sample.getKey(), way));
    }
    return new HostSide(addresses, routes);
  }

  // ---- neighbours ----

  /// Asks the host for a neighbour.
  ///
  /// @param linkIndex of the device behind the link
  /// @return what it knows already
  Optional<Told> ask(NeighborWanted question, int linkIndex, long nowNs) {
    Wanted key = new Wanted(question.link(), linkIndex, question.address());
    try {
      network.ask(linkIndex, question.address());
      Optional<MacAddress> mac =
          network
              .neighbor(linkIndex, question.address())
              .filter(Neighbor::isUsable)
              .map(Neighbor::mac);
      wanted.put(key, new Known(mac.map(MacAddress::bits).orElse(NO_MAC), nowNs));
      return mac.map(known -> new Told(question.link(), question.address(), known.bits()));
    } catch (LinuxException e) {
      LOG.debug("the host cannot ask for {}: {}", question.address(), e.getMessage());
      wanted.put(key, new Known(NO_MAC, nowNs));
      return Optional.empty();
    }
  }

  /// What has become of neighbours that were asked for.
  List<Told> look(long nowNs) throws LinuxException {
    if (!neighborsChanged) {
      return List.of();
    }
    neighborsChanged = false;
    wanted.values().removeIf(known -> nowNs - known.askedNs() > FORGET_NS);
    if (wanted.isEmpty()) {
      return List.of();
    }
    Map<Wanted, Neighbor> now = new HashMap<>();
    network
        .neighbors()
        .forEach(each -> now.put(new Wanted(0, each.linkIndex(), each.address()), each));
    List<Told> told = new ArrayList<>();
    for (Map.Entry<Wanted, Known> each : wanted.entrySet()) {
      Wanted key = each.getKey();
      Neighbor neighbor = now.get(new Wanted(0, key.linkIndex(), key.address()));
      if (neighbor == null) {
        // Pushed out, or removed by somebody: it is asked for again when its time has come.
        continue;
      }
      MacAddress mac = neighbor.isUsable() ? neighbor.mac() : null;
      long bits = mac == null ? NO_MAC : mac.bits();
      if (bits != each.getValue().mac() && (mac != null || neighbor.hasFailed())) {
        each.setValue(new Known(bits, each.getValue().askedNs()));
        told.add(new Told(key.link(), key.address(), bits));
      }
    }
    return told;
  }
}
