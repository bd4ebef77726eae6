// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.app.cli.Failure;
import hnv.app.json.Json;
import hnv.app.node.GatewayRole.ConnectionView;
import hnv.dataplane.MeterTable;
import hnv.edge.EdgeNetwork.Attachment;
import hnv.edge.EdgeNetwork.GreConnection;
import hnv.edge.EdgeNetwork.L3Connection;
import hnv.edge.EdgeNetwork.TenantGateway;
import hnv.edge.EdgePort;
import hnv.edge.Way;
import hnv.edge.neighbor.Neighbor;
import hnv.gre.GreTunnel;
import hnv.routing.RouteState;
import hnv.wire.MacAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What a gateway joins and how, as rows: connections, routes, neighbours. Owned by one request.
final class GatewayRows {
  private final Node node;
  private final AdminRequests.Filter filter;
  private final NodeView view;
  private final GatewayRole role;
  private final GatewayRole.View gateway;

  /// @throws Failure where the node is no gateway
  GatewayRows(Node node, AdminRequests.Filter filter) throws Failure {
    this.node = node;
    this.filter = filter;
    view = node.view();
    role = node.gateway();
    gateway = view.gateway();
  }

  private record Traffic(long packets, long octets, long refused) {
    static Traffic of(MeterTable meters, int meter) {
      return new Traffic(meters.packets(meter), meters.octets(meter), meters.refusedPackets(meter));
    }
  }

  private record Use(Traffic sent, Traffic got, long dropped) {
    static final Use NONE = new Use(new Traffic(0, 0, 0), new Traffic(0, 0, 0), 0);
  }

  /// The network connections of tenants: how they are, and what went by them.
  Json connections() throws Failure {
    List<Use> uses =
        node.dataplane()
            .ask(
                (vswitch, nowNs) -> {
                  MeterTable meters = vswitch.arrays().meters();
                  List<Use> list = new ArrayList<>();
                  for (ConnectionView each : gateway.connections()) {
                    EdgePort port = each.port();
                    list.add(
                        port == null
                            ? Use.NONE
                            : new Use(
                                Traffic.of(meters, port.sendMeter()),
                                Traffic.of(meters, port.getMeter()),
                                vswitch.counters(port.number()).drops().values().stream()
                                    .mapToLong(Long::longValue)
                                    .sum()));
                  }
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
                "in limited",
                "in dropped",
                "out limit",
                "in limit"),
            filter.from());
    for (int i = 0; i < uses.size(); i++) {
      ConnectionView each = gateway.connections().get(i);
      if (filter.wantsTenant(each.tenant().name()) && filter.wantsPort(each.connection().name())) {
        rows.add(row(each, uses.get(i)));
      }
    }
    return rows.toJson();
  }

  private Json.Members row(ConnectionView of, Use use) {
    return Json.object()
        .put("tenant", of.tenant().name())
        .put("connection", of.connection().name())
        .put("type", of.connection() instanceof GreConnection ? "GRE" : "L3")
        .put("state", of.isUp() ? "up" : "down")
        .put("why", of.whyDown())
        .put("where", where(of))
        .put("out packets", use.sent().packets())
        .put("out bytes", use.sent().octets())
        .put("out limited", use.sent().refused())
        .put("in packets", use.got().packets())
        .put("in bytes", use.got().octets())
        .put("in limited", use.got().refused())
        .put("in dropped", use.dropped())
        .put("out limit", limit(of.connection().outboundOctetsPerSecond()))
        .put("in limit", limit(of.connection().inboundOctetsPerSecond()));
  }

  private static String where(ConnectionView of) {
    return switch (of.connection()) {
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
            List.of("tenant", "prefix", "by", "metric", "source", "state", "why"), filter.from());
    for (TenantGateway tenant : gateway.network().tenants()) {
      if (!filter.wantsTenant(tenant.name())) {
        continue;
      }
      for (RouteState<Way> each : gateway.routes().getOrDefault(tenant.id(), List.of())) {
        rows.add(
            Json.object()
                .put("tenant", tenant.name())
                .put("prefix", each.route().prefix().toString())
                .put("by", by(each.route().nextHop()))
                .put("metric", each.route().metric())
                .put("source", each.route().source().name().toLowerCase(Locale.ROOT))
                .put("state", state(each))
                .put("why", why(each)));
      }
    }
    return rows.toJson();
  }

  private static String by(Way way) {
    return switch (way.kind()) {
      case OWN -> "its own network";
      case CONNECTION -> "connection " + way;
      case TRANSLATED -> "translation to " + way;
      case NOWHERE -> "nowhere";
    };
  }

  private static String state(RouteState<Way> of) {
    return of.standing() == RouteState.Standing.BEST ? "in use" : "not in use";
  }

  private static String why(RouteState<Way> of) {
    return switch (of.standing()) {
      case BEST -> "";
      case UNREACHABLE -> "its next hop cannot be reached";
      case HIGHER_DISTANCE -> "another source is preferred";
      case HIGHER_METRIC -> "another one has a lower metric";
      case BEYOND_LIMIT -> "as good as others, but too many";
    };
  }

  /// What a row says of a neighbour.
  private record Seen(EdgePort port, String address, String mac, String state, boolean kept) {}

  /// The neighbours on every link to the outside.
  Json neighbors() throws Failure {
    Map<Integer, String> tenants = new HashMap<>();
    for (ConnectionView each : gateway.connections()) {
      EdgePort port = each.port();
      if (port != null) {
        tenants.put(port.number(), each.tenant().name());
      }
    }
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
    return rows.toJson();
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
