// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.dataplane.DropReason;
import hnv.edge.neighbor.Neighbor;
import hnv.nat.Nat64;
import hnv.nat.NatEngine;
import hnv.nat.NatVerdict;
import hnv.routing.Fib;
import hnv.vswitch.Action;
import hnv.vswitch.Layer;
import hnv.vswitch.PacketContext;
import hnv.vswitch.QuotedPacket;
import hnv.vswitch.Verdict;
import hnv.wire.IpAddress;
import hnv.wire.IpProtocol;
import java.util.List;

/// Translation, at the port of an outside network. What comes from there is somebody's only by its
/// session: the destination is replaced, and from then on the packet has a tenant. What goes there
/// gets a public source. What goes there and is for a public address of our own turns back, with
/// both ends translated, to the tenant that has the address (RFC 4787 §6).
public final class TranslationLayer {
  /// Name of the layer, as operators of the original know it.
  public static final String NAME = "SLB_NAT_LAYER";

  private TranslationLayer() {}

  /// The layer for the port of an outside network.
  public static Layer layer(EdgePort port, Edge edge) {
    Action.Transposition fromOutside = packet -> fromOutside(packet, port, edge);
    Action.Transposition toOutside = packet -> toOutside(packet, port, edge);
    return new Layer(NAME, List.of(), List.of(), fromOutside, toOutside, false);
  }

  // ---- from the outside ----

  private static Verdict fromOutside(PacketContext packet, EdgePort port, Edge edge) {
    edge.beginWalk(port.tenant());
    if (packet.isIpv6()) {
      return PrefixTranslator.fromOutside(packet, port, edge);
    }
    if (packet.frame().isIcmpError()) {
      return errorFromOutside(packet, port.network(), edge);
    }
    NatEngine nat = edge.nat();
    int session = known(packet, port.network(), nat);
    if (session == 0) {
      session = beginInbound(packet, port.network(), nat);
      if (session < 0) {
        edge.unsolicited().note(packet, port);
        return packet.drop(reasonOf(session));
      }
      packet.bind(session);
    }
    return translateDestination(packet, session, edge);
  }

  /// The session of a packet to a public address, or 0.
  private static int known(PacketContext packet, int network, NatEngine nat) {
    return nat.findOutside(
        network,
        packet.protocol(),
        (int) packet.sourceLow(),
        packet.sourcePort(),
        (int) packet.destinationLow(),
        publicPort(packet));
  }

  /// An ICMP query has one identifier.
  private static int publicPort(PacketContext packet) {
    return packet.protocol() == IpProtocol.ICMP ? packet.sourcePort() : packet.destinationPort();
  }

  /// A new session of a packet to a public address, where one may begin.
  private static int beginInbound(PacketContext packet, int network, NatEngine nat) {
    if (packet.isDryRun()) {
      packet.say("no session; whether one may begin is not tried");
      return NatVerdict.NO_MAPPING.code();
    }
    return nat.inbound(
        network,
        packet.protocol(),
        (int) packet.sourceLow(),
        packet.sourcePort(),
        (int) packet.destinationLow(),
        publicPort(packet),
        packet.frame().tcpFlags(),
        packet.nowNs());
  }

  private static Verdict translateDestination(PacketContext packet, int session, Edge edge) {
    NatEngine nat = edge.nat();
    if (nat.isIpv6(session)) {
      return Nat64Translator.toHost(packet, session, edge);
    }
    packet.translateDestination(nat.insideAddress(session), nat.insidePort(session));
    edge.translatedFor(nat.tenant(session));
    if (packet.isTraced()) {
      packet.say(
          "to %s port %d of tenant %d, session %d"
              .formatted(
                  RouteLayer.destination(packet),
                  nat.insidePort(session),
                  nat.tenant(session),
                  session));
    }
    return Verdict.CONTINUE;
  }

  /// RFC 5508 REQ-4: who sent the quoted packet gets the error, as if the packet had never been
  /// translated.
  private static Verdict errorFromOutside(PacketContext packet, int network, Edge edge) {
    QuotedPacket quoted = packet.quoted();
    if (quoted == null || quoted.sourceLow() != packet.destinationLow()) {
      return packet.drop(DropReason.NAT_ERROR_OF_NOTHING);
    }
    if (!quoted.isIntact()) {
      return packet.drop(DropReason.NAT_ERROR_DAMAGED);
    }
    NatEngine nat = edge.nat();
    int session =
        nat.findOutside(
            network,
            quoted.protocol(),
            (int) quoted.destinationLow(),
            quoted.destinationPort(),
            (int) quoted.sourceLow(),
            quoted.sourcePort());
    if (session == 0) {
      return packet.drop(DropReason.NAT_ERROR_OF_NOTHING);
    }
    if (nat.isIpv6(session)) {
      return Nat64Translator.errorToHost(packet, quoted, session, edge);
    }
    quoted.translateSource(
        0, Integer.toUnsignedLong(nat.insideAddress(session)), nat.insidePort(session));
    packet.translateDestination(nat.insideAddress(session), 0);
    edge.translatedFor(nat.tenant(session));
    return Verdict.CONTINUE;
  }

  // ---- to the outside ----

  private static Verdict toOutside(PacketContext packet, EdgePort port, Edge edge) {
    if (packet.isIpv6()) {
      Nat64 nat64 = edge.nat64(edge.walkTenant());
      return nat64 != null
              && nat64.prefix().contains(packet.destinationHigh(), packet.destinationLow())
          ? Nat64Translator.toOutside(packet, port, edge, nat64)
          : PrefixTranslator.toOutside(packet, port, edge);
    }
    if (packet.frame().isIcmpError()) {
      return errorToOutside(packet, port.network(), edge);
    }
    NatEngine nat = edge.nat();
    int network = port.network();
    int tenant = edge.walkTenant();
    int source = (int) packet.sourceLow();
    int destination = (int) packet.destinationLow();
    int destinationPort = packet.destinationPort();
    int session =
        nat.findInside(
            tenant,
            network,
            packet.protocol(),
            source,
            packet.sourcePort(),
            destination,
            destinationPort);
    boolean turnsBack = nat.isPublic(network, destination);
    if (session == 0) {
      if (!turnsBack) {
        Verdict ready = waitForNeighbor(packet, port, RouteLayer.destination(packet), edge);
        if (ready != Verdict.CONTINUE) {
          return ready;
        }
      }
      session = begin(packet, tenant, network, nat);
      if (session < 0) {
        return refuse(packet, session, edge);
      }
    }
    if (session > 0) {
      packet.translateSource(nat.publicAddress(session), nat.publicPort(session));
      if (packet.isTraced()) {
        packet.say(
            "from %s port %d, session %d"
                .formatted(RouteLayer.source(packet), nat.publicPort(session), session));
      }
    }
    return turnsBack ? turnBack(packet, port, session, edge) : Verdict.CONTINUE;
  }

  /// A new session; 0 in a dry run, which begins none.
  private static int begin(PacketContext packet, int tenant, int network, NatEngine nat) {
    if (packet.isDryRun()) {
      packet.say("a new session would begin");
      return 0;
    }
    int session =
        nat.outbound(
            tenant,
            network,
            packet.protocol(),
            (int) packet.sourceLow(),
            packet.sourcePort(),
            (int) packet.destinationLow(),
            packet.destinationPort(),
            packet.frame().tcpFlags(),
            packet.nowNs());
    if (session > 0) {
      packet.bind(session);
    }
    return session;
  }

  /// No session begins for a packet that cannot leave yet: it would hold a public port for nothing.
  static Verdict waitForNeighbor(
      PacketContext packet, EdgePort port, IpAddress destination, Edge edge) {
    if (ExitLayer.isToOurselves(destination, port, edge)) {
      return ExitLayer.unreachable(packet, edge, DropReason.ROUTER_NOT_ADDRESSED);
    }
    OutsideEdge outside = edge.state().outside(port.network());
    IpAddress toward =
        outside == null ? null : outside.neighborToward(destination, RouteLayer.flowHash(packet));
    if (toward == null || packet.isDryRun()) {
      return Verdict.CONTINUE;
    }
    int tenant = edge.walkTenant();
    Neighbor neighbor = edge.neighbors().resolve(port.link(), toward, tenant, packet.nowNs());
    return neighbor == null || neighbor.isResolved()
        ? Verdict.CONTINUE
        : ExitLayer.waitFor(packet, neighbor, edge);
  }

  /// RFC 5508 REQ-5: the error's source becomes the public address of the quoted packet's receiver.
  private static Verdict errorToOutside(PacketContext packet, int network, Edge edge) {
    QuotedPacket quoted = packet.quoted();
    NatEngine nat = edge.nat();
    int session =
        quoted == null
            ? 0
            : nat.findInside(
                edge.walkTenant(),
                network,
                quoted.protocol(),
                (int) quoted.destinationLow(),
                localPort(quoted),
                (int) quoted.sourceLow(),
                quoted.sourcePort());
    if (quoted == null || session == 0 || quoted.sourceLow() != packet.destinationLow()) {
      return packet.drop(DropReason.NAT_ERROR_OF_NOTHING);
    }
    if (!quoted.isIntact()) {
      return packet.drop(DropReason.NAT_ERROR_DAMAGED);
    }
    int address = nat.publicAddress(session);
    quoted.translateDestination(0, Integer.toUnsignedLong(address), nat.publicPort(session));
    packet.translateSource(address, 0);
    return errorBack(packet, network, edge);
  }

  /// RFC 5508 REQ-7: about a packet that turned back the error does, too.
  static Verdict errorBack(PacketContext packet, int network, Edge edge) {
    if (!edge.nat().isPublic(network, (int) packet.destinationLow())) {
      return Verdict.CONTINUE;
    }
    Verdict known = errorFromOutside(packet, network, edge);
    return known == Verdict.CONTINUE ? routeBack(packet, edge) : known;
  }

  /// Port of the tenant's end in a packet that came to it; a query's identifier stands elsewhere.
  static int localPort(QuotedPacket quoted) {
    return switch (quoted.protocol()) {
      case IpProtocol.ICMP, IpProtocol.ICMPV6 -> quoted.sourcePort();
      default -> quoted.destinationPort();
    };
  }

  // ---- hairpin ----

  /// @param session of the sender, which bears the receiver's from here on
  static Verdict turnBack(PacketContext packet, EdgePort port, int session, Edge edge) {
    NatEngine nat = edge.nat();
    int other = known(packet, port.network(), nat);
    if (other == 0) {
      other = beginInbound(packet, port.network(), nat);
      if (other < 0) {
        return packet.drop(reasonOf(other));
      }
      nat.pair(session, other);
    }
    Verdict known = translateDestination(packet, other, edge);
    return known == Verdict.CONTINUE ? routeBack(packet, edge) : known;
  }

  /// To whom the translated destination belongs, by that tenant's routes.
  static Verdict routeBack(PacketContext packet, Edge edge) {
    edge.turnBack();
    TenantEdge tenant = edge.state().tenant(edge.walkTenant());
    int group = tenant == null ? Fib.NO_ROUTE : tenant.fib().lookup(RouteLayer.destination(packet));
    if (tenant == null || group == Fib.NO_ROUTE) {
      return packet.drop(DropReason.GATEWAY_NO_ROUTE);
    }
    int number = tenant.fib().choose(group, RouteLayer.flowHash(packet));
    Way way = tenant.fib().nextHop(number);
    if (way.kind() != Way.Kind.OWN && way.kind() != Way.Kind.CONNECTION) {
      // Out again, untranslated, or nowhere.
      return packet.drop(DropReason.GATEWAY_NO_ROUTE);
    }
    packet.choose(number);
    packet.deliverTo(way.port());
    return Verdict.CONTINUE;
  }

  // ---- refusals ----

  static Verdict refuse(PacketContext packet, int code, Edge edge) {
    EdgePort from = ExitLayer.answerer(packet, edge);
    DropReason reason = reasonOf(code);
    // RFC 5508 REQ-8, RFC 6888 REQ-11: the sender is told, as often as the limit allows.
    return from == null || NatVerdict.of(code) == NatVerdict.RESET_OF_NOTHING
        ? packet.drop(reason)
        : EdgeAnswers.prohibited(packet, from, reason);
  }

  private static DropReason reasonOf(int code) {
    return switch (NatVerdict.of(code)) {
      case NO_RULE -> DropReason.NAT_NO_RULE;
      case NOT_TRANSLATABLE -> DropReason.NAT_NOT_TRANSLATABLE;
      case SUBSCRIBER_PORTS -> DropReason.NAT_SUBSCRIBER_PORTS;
      case POOL_PORTS -> DropReason.NAT_POOL_PORTS;
      case TENANT_PORTS -> DropReason.NAT_TENANT_PORTS;
      case TENANT_SESSIONS -> DropReason.NAT_TENANT_SESSIONS;
      case TABLE_FULL -> DropReason.NAT_TABLE_FULL;
      case NO_MAPPING -> DropReason.NAT_NO_MAPPING;
      case FILTERED -> DropReason.NAT_FILTERED;
      case RESET_OF_NOTHING -> DropReason.NAT_RESET_OF_NOTHING;
      case SUBSCRIBER_SESSIONS -> DropReason.NAT_SUBSCRIBER_SESSIONS;
    };
  }
}
