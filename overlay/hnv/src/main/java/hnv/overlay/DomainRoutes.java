// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import hnv.dataplane.NextHopTable;
import hnv.dataplane.PeerTable;
import hnv.overlay.OverlayNetwork.Domain;
import hnv.overlay.OverlayNetwork.Route;
import hnv.overlay.OverlayNetwork.Subnet;
import hnv.vswitch.Mapping;
import hnv.vswitch.PacketContext;
import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Where a domain's hosts send what none of its mappings has, and from where they take it: the
/// longest prefix decides, and a virtual subnet's is one of them, so that a gateway stands for
/// nothing within a subnet unless a route says so more precisely. Immutable.
public final class DomainRoutes {
  private final Map<Cidr, List<Way>> prefixes = new HashMap<>();
  private final int[] ipv4Lengths;
  private final int[] ipv6Lengths;

  /// One gateway of a prefix.
  private record Way(Mapping gateway, int metric) {}

  /// @param mappings the domain's, by adapter
  DomainRoutes(Domain domain, Map<String, Mapping> mappings) {
    for (Route route : domain.routes()) {
      List<Way> ways = prefixes.computeIfAbsent(route.destination(), _ -> new ArrayList<>());
      for (String gateway : route.gateways()) {
        Mapping mapping = mappings.get(gateway);
        if (mapping != null && !mapping.host().isEmpty()) {
          ways.add(new Way(mapping, route.metric()));
        }
      }
      ways.sort(Comparator.comparingInt(Way::metric));
    }
    for (Subnet subnet : domain.subnets()) {
      subnet.prefixes().forEach(prefix -> prefixes.put(prefix, List.of()));
    }
    ipv4Lengths = lengths(true);
    ipv6Lengths = lengths(false);
  }

  /// The prefix lengths in use, longest first.
  private int[] lengths(boolean ipv4) {
    TreeSet<Integer> lengths = new TreeSet<>(Comparator.reverseOrder());
    for (Cidr prefix : prefixes.keySet()) {
      if (prefix.network() instanceof Ipv4Address == ipv4) {
        lengths.add(prefix.prefixLength());
      }
    }
    return lengths.stream().mapToInt(Integer::intValue).toArray();
  }

  /// Whether any prefix has the address.
  boolean covers(IpAddress address) {
    return find(address) != null;
  }

  private @Nullable List<Way> find(IpAddress address) {
    for (int length : address instanceof Ipv4Address ? ipv4Lengths : ipv6Lengths) {
      List<Way> ways = prefixes.get(Cidr.containing(address, length));
      if (ways != null) {
        return ways;
      }
    }
    return null;
  }

  /// The gateway for a packet to an address that no mapping has: the one that its connection has
  /// used as long as it can be reached; else, of those with the lowest metric that can be reached,
  /// the one that its flow's hash prefers (rendezvous hashing: a gateway that comes or goes moves
  /// no flow of the others).
  ///
  /// @param except an adapter that the packet is not sent back to
  /// @param peer entry of the peer table of the connection's gateway; 0: none
  /// @return null where no route leads anywhere
  @Nullable Mapping gateway(PacketContext packet, IpAddress destination, String except, int peer) {
    List<Way> ways = find(destination);
    if (ways == null) {
      return null;
    }
    NextHopTable nextHops = packet.arrays().nextHops();
    int flow = FlowEntropy.of(packet);
    Way best = null;
    boolean bestResolved = false;
    for (Way way : ways) {
      if (way.gateway().name().equals(except)) {
        continue;
      }
      int nextHop = way.gateway().nextHop();
      boolean resolved = nextHop != NextHopTable.NONE && nextHops.isResolved(nextHop);
      if (resolved && peer != 0 && way.gateway().peer() == peer) {
        return way.gateway();
      }
      boolean better =
          best == null
              || (resolved && !bestResolved)
              || (resolved == bestResolved
                  && way.metric() == best.metric()
                  && weight(flow, way.gateway()) > weight(flow, best.gateway()));
      if (better) {
        best = way;
        bestResolved = resolved;
      }
    }
    return best == null ? null : best.gateway();
  }

  /// Whether a route leads from the address to this gateway: it may get packets to there, and send
  /// packets from there.
  boolean leadsTo(Mapping gateway, IpAddress address) {
    List<Way> ways = find(address);
    return ways != null && ways.stream().anyMatch(way -> way.gateway().equals(gateway));
  }

  /// The gateway that may have sent a packet from an address that no mapping has: one that a route
  /// leads to from there, and that has the packet's outer source.
  ///
  /// @return where none has that: one of those that may send from the address; null where none may
  @Nullable Mapping sender(PacketContext packet, IpAddress source) {
    List<Way> ways = find(source);
    if (ways == null || ways.isEmpty()) {
      return null;
    }
    PeerTable peers = packet.arrays().peers();
    for (Way way : ways) {
      if (peers.sourceMatches(way.gateway().peer(), packet.frame())) {
        return way.gateway();
      }
    }
    return ways.getFirst().gateway();
  }

  /// SplitMix64's finalizer: each gateway gets its share of the flows.
  private static long weight(int flow, Mapping gateway) {
    long h = gateway.mac() * 0x9E37_79B9_7F4A_7C15L + flow;
    h = (h ^ h >>> 30) * 0xBF58_476D_1CE4_E5B9L;
    h = (h ^ h >>> 27) * 0x94D0_49BB_1331_11EBL;
    return h ^ h >>> 31;
  }
}
