// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.dataplane.DropReason;
import hnv.edge.Way.Kind;
import hnv.nat.v6.PrefixTranslation;
import hnv.routing.Fib;
import hnv.vswitch.PacketContext;
import hnv.vswitch.QuotedPacket;
import hnv.vswitch.Verdict;
import hnv.wire.IpProtocol;
import org.jspecify.annotations.Nullable;

/// Prefix translation of IPv6 (NPTv6, RFC 6296) at the port of an outside network. It has no state:
/// the prefix of an address says whose it is and what it becomes. No port and, since the sum of an
/// address stays, no checksum changes.
final class PrefixTranslator {
  private PrefixTranslator() {}

  // ---- from the outside ----

  static Verdict fromOutside(PacketContext packet, EdgePort port, Edge edge) {
    ExternalPrefixes prefixes = edge.state().externalPrefixes(port.network());
    TenantPrefix to = prefixes.find(packet.destinationHigh());
    TenantEdge tenant = to == null ? null : edge.state().tenant(to.slot());
    if (to == null || tenant == null) {
      return packet.drop(DropReason.NAT_NO_MAPPING);
    }
    if (prefixes.find(packet.sourceHigh()) != null || isOfTheInside(packet, tenant)) {
      return packet.drop(DropReason.NAT_SOURCE_SPOOFED);
    }
    if (!isTranslatable(to, packet.destinationHigh(), packet.destinationLow())) {
      return EdgeAnswers.hostUnreachable(packet, port, DropReason.NAT_PREFIX_ADDRESS);
    }
    answerBy(port, packet, tenant);
    return translateDestination(packet, to, edge);
  }

  /// Whether a packet from outside says that it is from the tenant's own network or from behind one
  /// of its connections.
  private static boolean isOfTheInside(PacketContext packet, TenantEdge tenant) {
    int group = tenant.fib().lookup(RouteLayer.source(packet));
    if (group == Fib.NO_ROUTE) {
      return false;
    }
    Kind kind = tenant.fib().nextHop(tenant.fib().member(group, 0)).kind();
    return kind == Kind.OWN || kind == Kind.CONNECTION;
  }

  /// Of equal ways answers take that into the network that the question came from: another knows
  /// the tenant by another prefix, or not at all.
  private static void answerBy(EdgePort port, PacketContext packet, TenantEdge tenant) {
    Fib<Way> fib = tenant.fib();
    int group = fib.lookup(RouteLayer.source(packet));
    int count = group == Fib.NO_ROUTE ? 0 : fib.count(group);
    for (int i = 0; i < count; i++) {
      if (fib.nextHop(fib.member(group, i)).port() == port.number()) {
        packet.chooseForAnswers(fib.member(group, i));
        return;
      }
    }
  }

  private static Verdict translateDestination(PacketContext packet, TenantPrefix to, Edge edge) {
    PrefixTranslation translation = to.translation();
    long high = packet.destinationHigh();
    long low = packet.destinationLow();
    long internalHigh = translation.internalHigh(high, low);
    long internalLow = translation.internalLow(high, low);
    if (packet.frame().isIcmpError()) {
      // An error is for who sent what it quotes.
      QuotedPacket quoted = packet.quoted();
      if (quoted == null || quoted.sourceHigh() != high || quoted.sourceLow() != low) {
        return packet.drop(DropReason.NAT_ERROR_OF_NOTHING);
      }
      quoted.translateSource(internalHigh, internalLow, quoted.sourcePort());
    }
    packet.translateDestination(internalHigh, internalLow, portOf(packet));
    edge.translatedFor(to.slot());
    if (packet.isTraced()) {
      packet.say("to %s of tenant %d".formatted(RouteLayer.destination(packet), to.slot()));
    }
    return Verdict.CONTINUE;
  }

  /// The port that stays; of an ICMP query the identifier.
  private static int portOf(PacketContext packet) {
    return packet.hasPorts() ? packet.destinationPort() : packet.sourcePort();
  }

  // ---- to the outside ----

  static Verdict toOutside(PacketContext packet, EdgePort port, Edge edge) {
    TenantEdge tenant = edge.state().tenant(edge.walkTenant());
    TenantPrefix from =
        tenant == null ? null : tenant.ipv6().internal(port.network(), packet.sourceHigh());
    if (from == null) {
      return refuse(packet, edge);
    }
    long high = packet.sourceHigh();
    long low = packet.sourceLow();
    if (!isTranslatable(from, high, low)) {
      EdgePort by = ExitLayer.answerer(packet, edge);
      return by == null
          ? packet.drop(DropReason.NAT_PREFIX_ADDRESS)
          : EdgeAnswers.hostUnreachable(packet, by, DropReason.NAT_PREFIX_ADDRESS);
    }
    if (packet.frame().isIcmpError() && !translateQuoted(packet, port, tenant)) {
      return packet.drop(DropReason.NAT_ERROR_OF_NOTHING);
    }
    PrefixTranslation translation = from.translation();
    packet.translateSource(
        translation.externalHigh(high, low),
        translation.externalLow(high, low),
        packet.sourcePort());
    if (packet.isTraced()) {
      packet.say("from " + RouteLayer.source(packet));
    }
    TenantPrefix back =
        edge.state().externalPrefixes(port.network()).find(packet.destinationHigh());
    return back == null ? Verdict.CONTINUE : turnBack(packet, back, edge);
  }

  private static boolean isTranslatable(TenantPrefix prefix, long high, long low) {
    return prefix.translation().isTranslatable(high, low);
  }

  /// What a packet of the tenant's is about came to an address of one of its prefixes.
  private static boolean translateQuoted(
      PacketContext packet, EdgePort port, @Nullable TenantEdge tenant) {
    QuotedPacket quoted = packet.quoted();
    if (quoted == null || tenant == null) {
      return false;
    }
    long high = quoted.destinationHigh();
    long low = quoted.destinationLow();
    TenantPrefix of = tenant.ipv6().internal(port.network(), high);
    if (of == null
        || !isTranslatable(of, high, low)
        || quoted.sourceHigh() != packet.destinationHigh()
        || quoted.sourceLow() != packet.destinationLow()) {
      return false;
    }
    quoted.translateDestination(
        of.translation().externalHigh(high, low),
        of.translation().externalLow(high, low),
        quoted.protocol() == IpProtocol.ICMPV6 ? quoted.sourcePort() : quoted.destinationPort());
    return true;
  }

  /// A tenant's source that no prefix has does not leave, and its sender is told (RFC 4443 §3.1).
  private static Verdict refuse(PacketContext packet, Edge edge) {
    EdgePort by = ExitLayer.answerer(packet, edge);
    return by == null
        ? packet.drop(DropReason.NAT_PREFIX_SOURCE)
        : EdgeAnswers.prohibited(packet, by, DropReason.NAT_PREFIX_SOURCE);
  }

  /// RFC 6296 §2.4, hairpin: between two of our prefixes both ends are translated.
  private static Verdict turnBack(PacketContext packet, TenantPrefix to, Edge edge) {
    if (!isTranslatable(to, packet.destinationHigh(), packet.destinationLow())) {
      EdgePort by = ExitLayer.answerer(packet, edge);
      return by == null
          ? packet.drop(DropReason.NAT_PREFIX_ADDRESS)
          : EdgeAnswers.hostUnreachable(packet, by, DropReason.NAT_PREFIX_ADDRESS);
    }
    Verdict known = translateDestination(packet, to, edge);
    return known == Verdict.CONTINUE ? TranslationLayer.routeBack(packet, edge) : known;
  }
}
