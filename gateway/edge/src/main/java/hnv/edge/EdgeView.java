// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.dataplane.MeterTable;
import hnv.nat.Nat64;
import hnv.nat.NatEngine;
import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import hnv.wire.RoutingDomainId;
import java.util.ArrayList;
import java.util.List;

/// What a gateway shows to people: plain rows.
public final class EdgeView {
  private EdgeView() {}

  /// A network connection of a tenant.
  ///
  /// @param gateway name of the tenant's virtual gateway
  /// @param type `GRE` or `L3`
  /// @param port number of its port; -1 where it has none now
  /// @param connectionErrorReason what is missing here, so that nothing goes by it; else empty
  /// @param unreachabilityReason who there does not answer, so that nothing goes by it; else empty
  /// @param sendMeter meter of what the tenant sends
  /// @param getMeter meter of what the tenant gets
  /// @param outboundOctetsPerSecond limit of what the tenant sends; 0: none
  /// @param inboundOctetsPerSecond limit of what the tenant gets; 0: none
  public record ConnectionRow(
      RoutingDomainId tenant,
      String gateway,
      String name,
      String type,
      int port,
      String connectionErrorReason,
      String unreachabilityReason,
      int sendMeter,
      int getMeter,
      long outboundOctetsPerSecond,
      long inboundOctetsPerSecond) {
    /// Whether packets go by it.
    public boolean isReachable() {
      return why().isEmpty();
    }

    /// Why nothing goes by it; empty where something does.
    public String why() {
      return connectionErrorReason + unreachabilityReason;
    }
  }

  /// What a connection has counted, seen from the tenant: tx is what it sent, rx what it got. The
  /// names are those of the original system's statistics.
  public record ConnectionCounters(
      long outboundPackets,
      long outboundBytes,
      long txRateLimitedPacketsDropped,
      long inboundPackets,
      long inboundBytes,
      long rxRateLimitedPacketsDropped) {
    /// The counters of a connection's meters. Any thread.
    public static ConnectionCounters of(ConnectionRow row, MeterTable meters) {
      return new ConnectionCounters(
          meters.packets(row.sendMeter()),
          meters.octets(row.sendMeter()),
          meters.refusedPackets(row.sendMeter()),
          meters.packets(row.getMeter()),
          meters.octets(row.getMeter()),
          meters.refusedPackets(row.getMeter()));
    }
  }

  /// A route of a tenant.
  ///
  /// @param source `connected`, `static`, …
  /// @param standing `best`, or why packets do not follow it
  public record RouteRow(
      Cidr destination,
      String source,
      int metric,
      String nextHop,
      boolean reachable,
      String standing) {}

  /// A translated connection.
  ///
  /// @param network index of the outside network
  /// @param protocol name, or number where it has none
  /// @param fromOutside whether the outside began it
  public record SessionRow(
      int network,
      String protocol,
      IpAddress inside,
      int insidePort,
      Ipv4Address publicAddress,
      int publicPort,
      Ipv4Address remote,
      int remotePort,
      boolean fromOutside) {}

  /// Translated connections of a tenant. Worker thread only.
  ///
  /// @param tenant slot
  /// @param most rows at most
  public static List<SessionRow> sessions(NatEngine nat, int tenant, int most) {
    List<SessionRow> rows = new ArrayList<>();
    for (int s = nat.next(tenant, 0); s != 0 && rows.size() < most; s = nat.next(tenant, s)) {
      rows.add(
          new SessionRow(
              nat.network(s),
              protocol(nat.protocol(s)),
              inside(nat, s),
              nat.insidePort(s),
              new Ipv4Address(nat.publicAddress(s)),
              nat.publicPort(s),
              new Ipv4Address(nat.remoteAddress(s)),
              nat.remotePort(s),
              nat.isFromOutside(s)));
    }
    return rows;
  }

  /// The tenant-side address of a session, of either version of IP.
  public static IpAddress inside(NatEngine nat, int session) {
    return nat.isIpv6(session)
        ? new Ipv6Address(Nat64.insideHigh(nat, session), Nat64.insideLow(nat, session))
        : new Ipv4Address(nat.insideAddress(session));
  }

  private static String protocol(int number) {
    return switch (number) {
      case IpProtocol.TCP -> "TCP";
      case IpProtocol.UDP -> "UDP";
      case IpProtocol.ICMP -> "ICMP";
      case IpProtocol.GRE -> "GRE";
      default -> Integer.toString(number);
    };
  }
}
