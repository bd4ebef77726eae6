// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import hnv.dataplane.Encapsulation;
import hnv.wire.RoutingDomainId;
import java.util.List;

/// What an {@link OverlayCompiler} leaves to the next one, so that it gives the same indexes to the
/// same names, and knows which routing domains are what they were. Indexes are from 1.
///
/// @param gatewayPorts ports of gateways' adapters of this host
public record OverlayImage(
    List<Domain> domains,
    List<LocalHop> localHops,
    List<RemoteHop> remoteHops,
    List<Peer> peers,
    List<Meter> meters,
    List<GatewayPort> gatewayPorts) {
  /// Nothing is left.
  public static final OverlayImage EMPTY =
      new OverlayImage(List.of(), List.of(), List.of(), List.of(), List.of(), List.of());

  public OverlayImage {
    domains = List.copyOf(domains);
    localHops = List.copyOf(localHops);
    remoteHops = List.copyOf(remoteHops);
    peers = List.copyOf(peers);
    meters = List.copyOf(meters);
    gatewayPorts = List.copyOf(gatewayPorts);
  }

  /// A routing domain.
  ///
  /// @param tenant its slot
  /// @param digest of all that it was compiled from; empty: as if that had changed
  public record Domain(RoutingDomainId id, int tenant, String digest) {}

  /// The next hop to an adapter of this host.
  ///
  /// @param port number of its port
  public record LocalHop(String adapter, int port, int nextHop) {}

  /// The next hop to another host.
  public record RemoteHop(String host, Encapsulation encapsulation, int nextHop) {}

  /// Another host.
  public record Peer(String host, int peer) {}

  /// A meter of an adapter.
  public record Meter(String adapter, boolean outbound, int meter) {}

  /// The virtual port of a gateway's adapter.
  public record GatewayPort(String adapter, int port) {}

  /// The same with every routing domain as if it had changed: for a compiler that may make
  /// something else of the same policy.
  public OverlayImage withoutDigests() {
    return new OverlayImage(
        domains.stream().map(each -> new Domain(each.id(), each.tenant(), "")).toList(),
        localHops,
        remoteHops,
        peers,
        meters,
        gatewayPorts);
  }
}
