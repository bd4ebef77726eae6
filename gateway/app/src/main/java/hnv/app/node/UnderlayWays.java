// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.dataplane.NextHopTable;
import hnv.dataplane.OuterHeader;
import hnv.linux.LinuxException;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.netlink.Link;
import hnv.linux.netlink.Neighbor;
import hnv.linux.netlink.Route;
import hnv.overlay.OverlayChange.Tunnel;
import hnv.wire.IpAddress;
import hnv.wire.MacAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The ways to other hosts, as the host's own routes and neighbours have them now. Owned by the
/// control thread.
final class UnderlayWays {
  /// A neighbour that the kernel does not keep fresh by itself is asked for again after this; and
  /// everything is looked at so often.
  private static final long REFRESH_NS = 15_000_000_000L;

  /// One that does not answer is asked for again after this.
  private static final long RETRY_NS = 1_000_000_000L;

  private static final Logger LOG = LoggerFactory.getLogger(UnderlayWays.class);

  private final HostNetwork network;
  private final int vxlanPort;
  private final Map<Integer, Written> written = new HashMap<>();
  private final Map<NeighborKey, Asked> asked = new HashMap<>();
  private List<Tunnel> tunnels = List.of();
  private long lookedNs;

  /// How a tunnel leaves the host.
  ///
  /// @param source MAC address of the underlay's device
  /// @param destination MAC address of the next router, or of the other host
  /// @param mtu octets of the largest IP packet on the way, as far as the host knows
  record Way(MacAddress source, MacAddress destination, int mtu) {}

  /// A tunnel with its way, or why there is none.
  record Written(Tunnel tunnel, @Nullable Way way, String because) {}

  private record NeighborKey(int linkIndex, IpAddress address) {}

  private record Asked(long atNs, boolean keptFresh) {}

  UnderlayWays(HostNetwork network, int vxlanPort) {
    this.network = network;
    this.vxlanPort = vxlanPort;
  }

  /// These tunnels are in use from the next {@link #refresh} on.
  void follow(List<Tunnel> next) {
    tunnels = List.copyOf(next);
    written.keySet().retainAll(next.stream().map(Tunnel::nextHop).toList());
  }

  /// Each tunnel in use with its way.
  List<Written> ways() {
    return List.copyOf(written.values());
  }

  /// Whether a look is due although nothing is known to have changed: a way is missing, a neighbour
  /// has to be kept fresh, or the last look was long ago.
  boolean isDue(long nowNs) {
    return nowNs - lookedNs >= REFRESH_NS
        || written.size() < tunnels.size()
        || written.values().stream().anyMatch(each -> each.way() == null);
  }

  /// Asks the host anew.
  ///
  /// @param underlay the device that tunnels leave by; null while it is not there
  /// @return changes to the table of next hops, for the Worker
  List<Consumer<NextHopTable>> refresh(@Nullable Link underlay, long nowNs) {
    lookedNs = nowNs;
    List<Consumer<NextHopTable>> writes = new ArrayList<>();
    Map<IpAddress, Found> neighborsSeen = new HashMap<>();
    for (Tunnel tunnel : tunnels) {
      Written next = lookOrSay(tunnel, underlay, neighborsSeen, nowNs);
      Written before = written.put(tunnel.nextHop(), next);
      if (next.equals(before)) {
        continue;
      }
      log(before, next);
      Way way = next.way();
      if (way == null) {
        writes.add(table -> table.putUnresolved(tunnel.nextHop()));
      } else {
        OuterHeader header =
            OuterHeader.of(
                tunnel.encapsulation(),
                tunnel.local(),
                tunnel.remote(),
                way.source(),
                way.destination(),
                OuterHeader.DEFAULT_TTL,
                vxlanPort);
        writes.add(
            table ->
                table.putTunnel(tunnel.nextHop(), HostPorts.UNDERLAY_NUMBER, header, way.mtu()));
      }
    }
    return writes;
  }

  /// What the host knows of a neighbour; asked once in a refresh.
  private record Found(Optional<MacAddress> mac) {}

  /// What the kernel refuses for one tunnel is that one's trouble, and no other's.
  private Written lookOrSay(
      Tunnel tunnel, @Nullable Link underlay, Map<IpAddress, Found> seen, long nowNs) {
    try {
      return look(tunnel, underlay, seen, nowNs);
    } catch (LinuxException e) {
      return new Written(tunnel, null, String.valueOf(e.getMessage()));
    }
  }

  private Written look(
      Tunnel tunnel, @Nullable Link underlay, Map<IpAddress, Found> seen, long nowNs)
      throws LinuxException {
    if (underlay == null) {
      return new Written(tunnel, null, "the underlay's device is not there");
    }
    IpAddress remote = tunnel.remote().address();
    return switch (HostWay.toward(network, remote, underlay.index())) {
      case HostWay.Nowhere(String because) -> new Written(tunnel, null, because);
      case HostWay.ByOther _ ->
          new Written(tunnel, null, "the host's route leaves by another device than the underlay");
      case HostWay.ByDevice(Route route, IpAddress nextHop) ->
          byRoute(tunnel, underlay, route, nextHop, seen, nowNs);
    };
  }

  private Written byRoute(
      Tunnel tunnel,
      Link underlay,
      Route route,
      IpAddress nextHop,
      Map<IpAddress, Found> seen,
      long nowNs)
      throws LinuxException {
    MacAddress own = underlay.mac();
    if (own == null) {
      return new Written(tunnel, null, "the underlay's device has no MAC address");
    }
    Found neighbor = seen.get(nextHop);
    if (neighbor == null) {
      neighbor = new Found(neighbor(underlay.index(), nextHop, nowNs));
      seen.put(nextHop, neighbor);
    }
    if (neighbor.mac().isEmpty()) {
      return new Written(tunnel, null, "the neighbour " + nextHop + " has not answered yet");
    }
    int mtu = route.mtu() == 0 ? underlay.mtu() : Math.min(route.mtu(), underlay.mtu());
    return new Written(tunnel, new Way(own, neighbor.mac().get(), mtu), "");
  }

  private Optional<MacAddress> neighbor(int linkIndex, IpAddress address, long nowNs)
      throws LinuxException {
    Optional<Neighbor> known = network.neighbor(linkIndex, address);
    boolean usable = known.isPresent() && known.get().isUsable();
    NeighborKey key = new NeighborKey(linkIndex, address);
    Asked last = asked.get(key);
    boolean ask =
        last == null
            || (usable
                ? !last.keptFresh() && nowNs - last.atNs() >= REFRESH_NS
                : nowNs - last.atNs() >= RETRY_NS);
    if (ask) {
      asked.put(key, new Asked(nowNs, network.resolve(linkIndex, address)));
    }
    return usable ? known.map(Neighbor::mac) : Optional.empty();
  }

  private static void log(@Nullable Written before, Written next) {
    Tunnel tunnel = next.tunnel();
    Way way = next.way();
    if (way != null) {
      LOG.info(
          "way to {}: {} from {} to {}, next MAC {}, MTU {}",
          tunnel.host(),
          tunnel.encapsulation(),
          tunnel.local(),
          tunnel.remote(),
          way.destination(),
          way.mtu());
    } else if (before == null || before.way() != null || !before.because().equals(next.because())) {
      LOG.warn("no way to {} ({}): {}", tunnel.host(), tunnel.remote(), next.because());
    }
  }
}
