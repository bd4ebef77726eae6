// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.app.cli.Failure;
import hnv.app.json.Json;
import hnv.dataplane.DropReason;
import hnv.edge.AddressConflicts;
import hnv.edge.ConnectionRates.Rate;
import hnv.edge.EdgeNetwork.Attachment;
import hnv.edge.EdgeNetwork.GreConnection;
import hnv.edge.EdgeNetwork.L3Connection;
import hnv.edge.EdgeNetwork.NetworkConnection;
import hnv.edge.EdgeNetwork.TenantGateway;
import hnv.edge.EdgePort;
import hnv.edge.EdgeView.ConnectionCounters;
import hnv.edge.EdgeView.ConnectionRow;
import hnv.edge.EdgeView.RouteRow;
import hnv.edge.HostSide;
import hnv.edge.OutsideWay;
import hnv.edge.neighbor.Neighbor;
import hnv.gre.GreTunnel;
import hnv.vswitch.VSwitch;
import hnv.wire.MacAddress;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a gateway joins and how, as rows: connections, routes, neighbours. Owned by one request.
final class GatewayRows {
  private final Node node;
  private final AdminRequests.Filter filter;
  private final GatewayRole role;
  private final GatewayRole.View gateway;

  /// @throws Failure where the node is no gateway
  GatewayRows(Node node, AdminRequests.Filter filter) throws Failure {
    this.node = node;
    this.filter = filter;
    role = node.gateway();
    gateway = node.view().gateway();
  }

  private record Use(ConnectionCounters counters, Rate rate, long rxDropped, long txDropped) {}

  /// The network connections of tenants: how they are, and what went by them.
  Json connections() throws Failure {
    List<Use> uses =
        node.dataplane()
            .ask(
                (vswitch, nowNs) -> {
                  List<Use> list = new ArrayList<>();
                  gateway.connections().forEach(each -> list.add(use(each, vswitch)));
                  return list;
                });
    Rows rows =
        new Rows(
            List.of(
                "tenant",
                "connection",
                "type",
                "state",
                "why",
                "where",
                "out packets",
                "out bytes",
                "out limited",
                "in packets",
                "in bytes",
                "out dropped",
                "in limited",
                "in dropped",
                "out kbit/s",
                "in kbit/s",
                "out limit",
                "in limit"),
            filter.from());
    for (int i = 0; i < uses.size(); i++) {
      ConnectionRow each = gateway.connections().get(i);
      if (filter.wantsTenant(each.gateway()) && filter.wantsPort(each.name())) {
        rows.add(
            row(each, uses.get(i))
                .put("statistics", statistics(each, uses.get(i), gateway.upSeconds().get(i))));
      }
    }
    return rows.toJson();
  }

  private Json.Members row(ConnectionRow of, Use use) {
    ConnectionCounters counters = use.counters();
    return Json.object()
        .put("tenant", of.gateway())
        .put("connection", of.name())
        .put("type", of.type())
        .put("state", of.isReachable() ? "up" : "down")
        .put("why", of.why())
        .put("where", where(gateway.connection(of)))
        .put("out packets", counters.outboundPackets())
        .put("out bytes", counters.outboundBytes())
        .put("out limited", counters.txRateLimitedPacketsDropped())
        .put("out dropped", use.txDropped())
        .put("in packets", counters.inboundPackets())
        .put("in bytes", counters.inboundBytes())
        .put("in limited", counters.rxRateLimitedPacketsDropped())
        .put("in dropped", use.rxDropped())
        .put("out kbit/s", use.rate().txKbps())
        .put("in kbit/s", use.rate().rxKbps())
        .put("out limit", limit(of.outboundOctetsPerSecond()))
        .put("in limit", limit(of.inboundOctetsPerSecond()));
  }

  /// Of a connection, packets and rates included that the kernel forwarded. What a limit refused is
  /// part of what was dropped.
  private Use use(ConnectionRow of, VSwitch vswitch) {
    ConnectionCounters counters = ConnectionCounters.of(of, vswitch.arrays().meters());
    long rx = counters.rxRateLimitedPacketsDropped();
    long tx = counters.txRateLimitedPacketsDropped();
    if (of.port() >= 0) {
      for (Map.Entry<DropReason, Long> each : vswitch.counters(of.port()).drops().entrySet()) {
        rx += each.getKey() == DropReason.METER_EXCEEDED ? 0 : each.getValue();
      }
      tx += vswitch.counters().unsent(of.port());
    }
    return new Use(counters, role.edge().rates().of(of.port()), rx, tx);
  }

  /// The statistics of a connection under the names that the original system has for them.
  private static Json statistics(ConnectionRow of, Use use, long upSeconds) {
    ConnectionCounters counters = use.counters();
    return Json.object()
        .put("outboundBytes", counters.outboundBytes())
        .put("inboundBytes", counters.inboundBytes())
        .put("rxTotalPacketsDropped", use.rxDropped())
        .put("txTotalPacketsDropped", use.txDropped())
        .put("rxRateKbps", use.rate().rxKbps())
        .put("txRateKbps", use.rate().txKbps())
        .put("rxRateLimitedPacketsDropped", counters.rxRateLimitedPacketsDropped())
        .put("txRateLimitedPacketsDropped", counters.txRateLimitedPacketsDropped())
        .put("lastUpdated", Instant.now().truncatedTo(ChronoUnit.MILLIS).toString())
        .put("connectionUpTime", upSeconds)
        .put("connectionErrorReason", of.connectionErrorReason())
        .put("unreachabilityReason", of.unreachabilityReason());
  }

  private static String where(@Nullable NetworkConnection of) {
    return switch (of) {
      case null -> "";
      case GreConnection gre -> {
        GreTunnel tunnel = gre.tunnel();
        yield tunnel.local()
            + " > "
            + tunnel.remote()
            + (tunnel.key().isPresent()
                ? " key " + Integer.toUnsignedString(tunnel.key().getAsInt())
                : "");
      }
      case L3Connection l3 -> {
        Attachment at = l3.attachment();
        yield at.device() + (at.vlan().isPresent() ? " VLAN " + at.vlan().getAsInt() : "");
      }
    };
  }

  /// Limits are written in kbit/s, as policy has them.
  private static String limit(long octetsPerSecond) {
    return octetsPerSecond == 0 ? "" : octetsPerSecond * 8 / 1_000 + " kbit/s";
  }

  /// The routing table of each tenant: every route, and whether packets follow it.
  Json routes() {
    Rows rows =
        new Rows(
            List.of("tenant", "prefix", "next hop", "metric", "source", "reachable", "standing"),
            filter.from());
    for (TenantGateway tenant : gateway.network().tenants()) {
      if (!filter.wantsTenant(tenant.name())) {
        continue;
      }
      for (RouteRow each : gateway.routes().getOrDefault(tenant.id(), List.of())) {
        rows.add(
            Json.object()
                .put("tenant", tenant.name())
                .put("prefix", each.destination().toString())
                .put("next hop", each.nextHop())
                .put("metric", each.metric())
                .put("source", each.source())
                .put("reachable", each.reachable())
                .put("standing", each.standing()));
      }
    }
    return rows.toJson();
  }

  /// What a row says of a neighbour.
  private record Seen(EdgePort port, String address, String mac, String state, boolean kept) {}

  /// The neighbours on every link to the outside.
  Json neighbors() throws Failure {
    Map<Integer, String> tenants = new HashMap<>();
    gateway.connections().forEach(each -> tenants.put(each.port(), each.gateway()));
    List<EdgePort> links =
        gateway.ports().stream()
            .filter(port -> port.link() != EdgePort.NO_LINK)
            .filter(port -> filter.wantsPort(port.name()))
            .filter(port -> filter.wantsTenant(tenants.getOrDefault(port.number(), "")))
            .toList();
    List<Seen> seen =
        node.dataplane()
            .ask(
                (vswitch, nowNs) -> {
                  List<Seen> list = new ArrayList<>();
                  for (EdgePort port : links) {
                    for (Neighbor each : role.edge().neighbors().neighbors(port.link())) {
                      list.add(seen(port, each));
                    }
                    role.edge().conflicts().on(port.link()).forEach(c -> list.add(seen(port, c)));
                  }
                  return list;
                });
    Rows rows =
        new Rows(
            List.of("network", "tenant", "address", "mac", "state", "always asked"), filter.from());
    for (Seen each : seen) {
      rows.add(
          Json.object()
              .put("network", each.port().name())
              .put("tenant", tenants.getOrDefault(each.port().number(), ""))
              .put("address", each.address())
              .put("mac", each.mac())
              .put("state", each.state())
              .put("always asked", each.kept()));
    }
    hostRoutesElsewhere(links, rows);
    return rows.toJson();
  }

  private static Seen seen(EdgePort port, AddressConflicts.Conflict of) {
    String state = "claims our address, %d times".formatted(of.times());
    return new Seen(port, of.address().toString(), of.mac().toString(), state, false);
  }

  /// Where the host has the device, too: what its routes do not send there, and why.
  private void hostRoutesElsewhere(List<EdgePort> links, Rows rows) {
    for (EdgePort port : links) {
      for (HostSide.HostRoute route : gateway.hostRoutes(port)) {
        if (route.way() instanceof OutsideWay.Elsewhere(String device)) {
          rows.add(
              Json.object()
                  .put("network", port.name())
                  .put("tenant", "")
                  .put("address", route.destination().toString())
                  .put("mac", "")
                  .put("state", "the host's route leaves by " + device)
                  .put("always asked", false));
        }
      }
    }
  }

  private static Seen seen(EdgePort port, Neighbor of) {
    return new Seen(
        port,
        of.address().toString(),
        of.isResolved() ? new MacAddress(of.mac()).toString() : "",
        of.state().name().toLowerCase(Locale.ROOT),
        of.isKept());
  }
}
