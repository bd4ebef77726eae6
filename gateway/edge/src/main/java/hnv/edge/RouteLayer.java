// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.dataplane.DropReason;
import hnv.dataplane.FlowRecordExecutor;
import hnv.edge.Way.Kind;
import hnv.nat.v6.Prefix64;
import hnv.routing.Fib;
import hnv.vswitch.Action;
import hnv.vswitch.Condition;
import hnv.vswitch.ConnectionBindings;
import hnv.vswitch.Group;
import hnv.vswitch.Layer;
import hnv.vswitch.PacketContext;
import hnv.vswitch.PortRole;
import hnv.vswitch.Rule;
import hnv.vswitch.Verdict;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import java.util.List;

/// Where a packet goes that came from one of the gateway's ports: a question of its tenant's own
/// table, and of no other. TTL − 1. Between equal ways the flow's hash decides once; the connection
/// remembers.
public final class RouteLayer {
  /// Name of the layer.
  public static final String NAME = "GW_ROUTE_LAYER";

  private static final int IPV4_LINK_LOCAL = 0xA9FE;
  private static final int PRIME = 0x0100_0193;

  private RouteLayer() {}

  /// The layer for one port.
  public static Layer layer(EdgePort port, Edge edge) {
    Action.Transposition route = packet -> route(packet, port, edge);
    List<Condition> any = List.of(new Condition.Any());
    return new Layer(
        NAME,
        List.of(
            new Group("GW_ROUTE_GROUP_OUT", List.of(new Rule("route", 100, any, route))),
            // What is routed once is a connection from then on, whoever began it.
            new Group(
                "GW_CONNECTION_GROUP_OUT",
                List.of(new Rule("connection", 100, any, new Action.StatefulAllow())))),
        List.of(),
        new Action.Allow(),
        new Action.Allow(),
        false);
  }

  private static Verdict route(PacketContext packet, EdgePort from, Edge edge) {
    TenantEdge tenant = edge.state().tenant(edge.walkTenant());
    if (tenant == null) {
      return packet.drop(DropReason.NO_TENANT);
    }
    IpAddress destination = destination(packet);
    if (!isForwardable(destination)) {
      return packet.drop(DropReason.NOT_FORWARDABLE);
    }
    if (tenant.own().contains(destination)) {
      return from.role() == PortRole.OUTSIDE
          ? packet.drop(DropReason.ROUTER_NOT_ADDRESSED)
          : EdgeAnswers.echo(packet, from);
    }
    if (FlowRecordExecutor.ttl(packet.frame()) <= 1) {
      return EdgeAnswers.timeExceeded(packet, from);
    }
    int group = tenant.fib().lookup(destination);
    Prefix64 prefix64 = tenant.ipv6().prefix64();
    if (prefix64 != null && tenant.ipv6().isNat64(destination)) {
      group = Nat64Translator.routes(tenant, prefix64, packet, group);
    }
    if (group == Fib.NO_ROUTE) {
      return EdgeAnswers.noRoute(packet, from, DropReason.GATEWAY_NO_ROUTE);
    }
    int number = choose(packet, tenant.fib(), group, edge);
    Way way = tenant.fib().nextHop(number);
    if (way.kind() == Kind.NOWHERE) {
      return packet.drop(DropReason.ROUTE_BLACKHOLE);
    }
    if (way.port() == from.number()) {
      // Back to where it came from: what is behind a tunnel must not lead into it.
      return EdgeAnswers.noRoute(packet, from, DropReason.ROUTE_BACK);
    }
    packet.choose(number);
    packet.transposition().decrementTtl();
    packet.deliverTo(way.port());
    if (packet.isTraced()) {
      packet.say("%s: route to %s, TTL - 1".formatted(tenant.name(), way));
    }
    return Verdict.CONTINUE;
  }

  /// The number of the way in the table. A translated connection stays in the outside network that
  /// knows it.
  private static int choose(PacketContext packet, Fib<Way> fib, int group, Edge edge) {
    int count = fib.count(group);
    if (count == 1) {
      return fib.member(group, 0);
    }
    if (packet.binding() != ConnectionBindings.NO_BINDING) {
      OutsideEdge bound = edge.state().outside(edge.nat().network(packet.binding()));
      for (int i = 0; bound != null && i < count; i++) {
        if (fib.nextHop(fib.member(group, i)).port() == bound.port().number()) {
          return fib.member(group, i);
        }
      }
    }
    return fib.choose(group, flowHash(packet), packet.choice());
  }

  /// What tells a flow from others, in all its packets the same; FNV-1a over addresses and ports.
  static int flowHash(PacketContext packet) {
    int h = 0x811C_9DC5;
    h = mix(h, packet.sourceHigh());
    h = mix(h, packet.sourceLow());
    h = mix(h, packet.destinationHigh());
    h = mix(h, packet.destinationLow());
    int ports = packet.hasPorts() ? (packet.sourcePort() << 16) | packet.destinationPort() : 0;
    return mix(h, ((long) packet.protocol() << 32) | (ports & 0xFFFF_FFFFL));
  }

  private static int mix(int h, long value) {
    return ((h ^ (int) value) * PRIME ^ (int) (value >>> 32)) * PRIME;
  }

  static IpAddress destination(PacketContext packet) {
    return packet.isIpv6()
        ? new Ipv6Address(packet.destinationHigh(), packet.destinationLow())
        : new Ipv4Address((int) packet.destinationLow());
  }

  static IpAddress source(PacketContext packet) {
    return packet.isIpv6()
        ? new Ipv6Address(packet.sourceHigh(), packet.sourceLow())
        : new Ipv4Address((int) packet.sourceLow());
  }

  /// RFC 1812 §5.3.7, RFC 3927 §7, RFC 4291 §2.5.6: what no router passes on.
  static boolean isForwardable(IpAddress address) {
    boolean linkLocal =
        switch (address) {
          case Ipv4Address v4 -> v4.bits() >>> 16 == IPV4_LINK_LOCAL;
          case Ipv6Address v6 -> v6.isLinkLocal();
        };
    return address.isUnicast() && !address.isLoopback() && !linkLocal;
  }
}
