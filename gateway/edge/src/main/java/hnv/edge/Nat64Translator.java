// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.nat.Nat64;
import hnv.nat.NatEngine;
import hnv.nat.v6.Prefix64;
import hnv.routing.Fib;
import hnv.vswitch.PacketContext;
import hnv.vswitch.QuotedPacket;
import hnv.vswitch.Verdict;
import hnv.wire.Icmpv6Header;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Extensions;
import java.lang.foreign.MemorySegment;

/// NAT64 (RFC 6146) at the port of an outside network: tenants' IPv6 hosts reach IPv4 there. The
/// sessions are those of the one engine; its {@link NatEngine#isIpv6} tells whose inside is a host
/// of IPv6. What changes is who speaks to whom; the octets follow at the end of the walk ({@link
/// VersionConverter}).
final class Nat64Translator {
  private static final int SEGMENTS_LEFT_AT = 3;

  private Nat64Translator() {}

  // ---- where to ----

  /// By which routes a packet to an address of the prefix goes: those of the IPv4 address in it,
  /// where the tenant's table has such; into its own networks none leads.
  ///
  /// @param group the routes of the IPv6 address
  static int routes(TenantEdge tenant, Prefix64 prefix, PacketContext packet, int group) {
    int address = prefix.extract(packet.destinationHigh(), packet.destinationLow());
    int byIpv4 = tenant.fib().lookup(address);
    if (group == Fib.NO_ROUTE || byIpv4 == Fib.NO_ROUTE) {
      return group;
    }
    return switch (tenant.fib().nextHop(tenant.fib().member(byIpv4, 0)).kind()) {
      case TRANSLATED, NOWHERE -> byIpv4;
      case OWN, CONNECTION -> Fib.NO_ROUTE;
    };
  }

  // ---- to the outside ----

  static Verdict toOutside(PacketContext packet, EdgePort port, Edge edge, Nat64 nat64) {
    if (packet.frame().isIcmpError()) {
      return errorToOutside(packet, port, edge, nat64);
    }
    int segmentsLeft = segmentsLeft(packet.frame());
    EdgePort by = ExitLayer.answerer(packet, edge);
    if (segmentsLeft != 0 && by != null) {
      return EdgeAnswers.segmentsLeft(packet, by, segmentsLeft);
    }
    if (!hasCounterpart(packet)) {
      return packet.drop(DropReason.NAT_NO_COUNTERPART);
    }
    int remote = nat64.prefix().extract(packet.destinationHigh(), packet.destinationLow());
    if (!nat64.prefix().mayEmbed(remote) || !RouteLayer.isForwardable(new Ipv4Address(remote))) {
      return packet.drop(DropReason.NOT_FORWARDABLE);
    }
    boolean turnsBack = edge.nat().isPublic(port.network(), remote);
    int session = find(packet, port, edge, nat64);
    if (session == 0 && !turnsBack) {
      Verdict ready = TranslationLayer.waitForNeighbor(packet, port, new Ipv4Address(remote), edge);
      if (ready != Verdict.CONTINUE) {
        return ready;
      }
    }
    if (session == 0) {
      session = begin(packet, port, edge, nat64);
      if (session < 0) {
        return TranslationLayer.refuse(packet, session, edge);
      }
    }
    becomeIpv4(packet, session, remote, edge);
    return turnsBack ? TranslationLayer.turnBack(packet, port, session, edge) : Verdict.CONTINUE;
  }

  /// In a dry run there may be no session; the source is nobody's then.
  private static void becomeIpv4(PacketContext packet, int session, int remote, Edge edge) {
    NatEngine nat = edge.nat();
    int source = session > 0 ? nat.publicAddress(session) : 0;
    int port = session > 0 ? nat.publicPort(session) : packet.sourcePort();
    packet.conversion().toIpv4(edge.converter(), source, port, remote, packet.destinationPort());
    if (packet.isTraced()) {
      packet.say(
          "IPv4 from %s port %d to %s, session %d"
              .formatted(RouteLayer.source(packet), port, RouteLayer.destination(packet), session));
    }
  }

  private static int find(PacketContext packet, EdgePort port, Edge edge, Nat64 nat64) {
    return nat64.findInside(
        edge.walkTenant(),
        port.network(),
        packet.protocol(),
        packet.sourceHigh(),
        packet.sourceLow(),
        packet.sourcePort(),
        packet.destinationHigh(),
        packet.destinationLow(),
        packet.destinationPort());
  }

  private static int begin(PacketContext packet, EdgePort port, Edge edge, Nat64 nat64) {
    if (packet.isDryRun()) {
      return 0;
    }
    int session =
        nat64.outbound(
            edge.walkTenant(),
            port.network(),
            packet.protocol(),
            packet.sourceHigh(),
            packet.sourceLow(),
            packet.sourcePort(),
            packet.destinationHigh(),
            packet.destinationLow(),
            packet.destinationPort(),
            packet.frame().tcpFlags(),
            packet.nowNs());
    if (session > 0) {
      packet.bind(session);
    }
    return session;
  }

  /// Of ICMPv6 echoes have a counterpart, and errors; what IPv4 says by ICMP nobody says in IPv6.
  private static boolean hasCounterpart(PacketContext packet) {
    return switch (packet.protocol()) {
      case IpProtocol.ICMP -> false;
      case IpProtocol.ICMPV6 ->
          packet.isLaterFragment() || Icmpv6Header.isQuery(packet.destinationPort() >>> 8);
      default -> true;
    };
  }

  /// Offset in the packet of the field of a Routing header that says that there are nodes still to
  /// be visited; 0 where there is none.
  private static int segmentsLeft(Frame frame) {
    MemorySegment f = frame.memory();
    int l3 = frame.l3();
    int end = l3 + frame.l3Length();
    long routing = Ipv6Extensions.find(f, l3, end, IpProtocol.ROUTING);
    return routing != 0 && Ipv6Extensions.segmentsLeft(f, routing) != 0
        ? (int) routing - l3 + SEGMENTS_LEFT_AT
        : 0;
  }

  /// What an IPv6 host, or a router on the way to it, says about a packet from outside: its source
  /// becomes the public address of that packet's receiver.
  private static Verdict errorToOutside(
      PacketContext packet, EdgePort port, Edge edge, Nat64 nat64) {
    QuotedPacket quoted = packet.quoted();
    int session =
        quoted == null
            ? 0
            : nat64.findInside(
                edge.walkTenant(),
                port.network(),
                quoted.protocol(),
                quoted.destinationHigh(),
                quoted.destinationLow(),
                TranslationLayer.localPort(quoted),
                quoted.sourceHigh(),
                quoted.sourceLow(),
                quoted.sourcePort());
    if (quoted == null
        || session == 0
        || quoted.sourceHigh() != packet.destinationHigh()
        || quoted.sourceLow() != packet.destinationLow()) {
      return packet.drop(DropReason.NAT_ERROR_OF_NOTHING);
    }
    NatEngine nat = edge.nat();
    int remote = nat.remoteAddress(session);
    int address = nat.publicAddress(session);
    quoted.changeVersion();
    quoted.translateSource(0, Integer.toUnsignedLong(remote), quoted.sourcePort());
    quoted.translateDestination(0, Integer.toUnsignedLong(address), nat.publicPort(session));
    packet.conversion().toIpv4(edge.converter(), address, 0, remote, 0);
    return TranslationLayer.errorBack(packet, port.network(), edge);
  }

  // ---- from the outside ----

  /// A packet of a session of an IPv6 host becomes one to that host.
  static Verdict toHost(PacketContext packet, int session, Edge edge) {
    NatEngine nat = edge.nat();
    Nat64 nat64 = edge.nat64(nat.tenant(session));
    if (nat64 == null) {
      return packet.drop(DropReason.NAT_NO_MAPPING);
    }
    Frame frame = packet.frame();
    if (!frame.isIpv6() && Ipv4Header.isSourceRouted(frame.memory(), frame.l3())) {
      EdgePort by = ExitLayer.answerer(packet, edge);
      return by == null
          ? packet.drop(DropReason.NAT_NO_COUNTERPART)
          : EdgeAnswers.sourceRouteFailed(packet, by);
    }
    int source = (int) packet.sourceLow();
    int insidePort = nat.insidePort(session);
    packet
        .conversion()
        .toIpv6(
            edge.converter(),
            nat64.prefix().embedHigh(source),
            nat64.prefix().embedLow(source),
            packet.hasPorts() ? packet.sourcePort() : insidePort,
            nat64.insideHigh(session),
            nat64.insideLow(session),
            insidePort);
    edge.translatedFor(nat.tenant(session));
    if (packet.isTraced()) {
      packet.say(
          "IPv6 to %s port %d of tenant %d, session %d"
              .formatted(RouteLayer.destination(packet), insidePort, nat.tenant(session), session));
    }
    return Verdict.CONTINUE;
  }

  /// An error about what an IPv6 host sent becomes one that the host understands.
  static Verdict errorToHost(PacketContext packet, QuotedPacket quoted, int session, Edge edge) {
    NatEngine nat = edge.nat();
    Nat64 nat64 = edge.nat64(nat.tenant(session));
    if (nat64 == null) {
      return packet.drop(DropReason.NAT_ERROR_OF_NOTHING);
    }
    Prefix64 prefix = nat64.prefix();
    int remote = nat.remoteAddress(session);
    int reporter = (int) packet.sourceLow();
    long hostHigh = nat64.insideHigh(session);
    long hostLow = nat64.insideLow(session);
    int insidePort = nat.insidePort(session);
    boolean isQuery = quoted.protocol() == IpProtocol.ICMP;
    int remotePort = isQuery ? insidePort : quoted.destinationPort();
    quoted.changeVersion();
    quoted.translateSource(hostHigh, hostLow, insidePort);
    quoted.translateDestination(prefix.embedHigh(remote), prefix.embedLow(remote), remotePort);
    packet
        .conversion()
        .toIpv6(
            edge.converter(),
            prefix.embedHigh(reporter),
            prefix.embedLow(reporter),
            0,
            hostHigh,
            hostLow,
            0);
    edge.translatedFor(nat.tenant(session));
    return Verdict.CONTINUE;
  }
}
