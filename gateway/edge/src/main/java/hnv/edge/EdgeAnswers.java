// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.dataplane.Frame;
import hnv.dataplane.Segmenter;
import hnv.overlay.AdapterView;
import hnv.vswitch.Mapping;
import hnv.vswitch.PacketContext;
import hnv.vswitch.Space;
import hnv.vswitch.Verdict;
import hnv.wire.EthernetHeader;
import hnv.wire.Icmpv4Header;
import hnv.wire.Icmpv6Header;
import hnv.wire.IpAddress;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Address;
import hnv.wire.Ipv6Header;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// What the gateway says by ICMP to who sent a packet: always by the port that the packet came
/// from, about the packet as it came there, from the gateway's own address there. So nothing that a
/// translation knows can be told to the wrong side. The offending packet stays where it is in the
/// frame and becomes the quotation; the headers of the answer are written before it.
final class EdgeAnswers {
  private static final int TTL = 64;
  private static final int MIN_IPV6_MTU = 1_280;

  /// RFC 7348 §5: source ports of VXLAN are dynamic ones.
  private static final int MIN_ENTROPY = 0xC000;

  /// What is said.
  private enum Message {
    TIME_EXCEEDED,
    TOO_BIG,
    NO_ROUTE,
    HOST_UNREACHABLE,
    PROHIBITED,
    SOURCE_ROUTE_FAILED,
    SEGMENTS_LEFT
  }

  private EdgeAnswers() {}

  /// TTL or hop limit used up (RFC 792; RFC 4443 §3.3).
  static Verdict timeExceeded(PacketContext packet, EdgePort by) {
    return say(packet, by, Message.TIME_EXCEEDED, 0, DropReason.TTL_EXPIRED);
  }

  /// The path carries IP packets of `mtu` octets only (RFC 1191 §4; RFC 4443 §3.2).
  static Verdict tooBig(PacketContext packet, EdgePort by, int mtu) {
    return say(packet, by, Message.TOO_BIG, mtu, DropReason.MTU_EXCEEDED);
  }

  /// No route there (RFC 792 code 0; RFC 4443 §3.1 code 0).
  static Verdict noRoute(PacketContext packet, EdgePort by, DropReason reason) {
    return say(packet, by, Message.NO_ROUTE, 0, reason);
  }

  /// A route, but who would take the packet is not there (RFC 792 code 1; RFC 4443 §3.1 code 3).
  static Verdict hostUnreachable(PacketContext packet, EdgePort by, DropReason reason) {
    return say(packet, by, Message.HOST_UNREACHABLE, 0, reason);
  }

  /// Not let through (RFC 1812 §5.2.7.1 code 13, as RFC 5508 REQ-8 wants where no session can be
  /// had; RFC 4443 §3.1 code 1).
  static Verdict prohibited(PacketContext packet, EdgePort by, DropReason reason) {
    return say(packet, by, Message.PROHIBITED, 0, reason);
  }

  /// A source route that is not at its end (RFC 7915 §4.1): of IPv4 only.
  static Verdict sourceRouteFailed(PacketContext packet, EdgePort by) {
    return say(packet, by, Message.SOURCE_ROUTE_FAILED, 0, DropReason.NAT_NO_COUNTERPART);
  }

  /// A Routing header that is not at its end (RFC 7915 §5.1): of IPv6 only.
  ///
  /// @param pointer offset of the field in the packet
  static Verdict segmentsLeft(PacketContext packet, EdgePort by, int pointer) {
    return say(packet, by, Message.SEGMENTS_LEFT, pointer, DropReason.NAT_NO_COUNTERPART);
  }

  /// @param value an MTU or a pointer; else 0
  private static Verdict say(
      PacketContext packet, EdgePort by, Message message, int value, DropReason reason) {
    IpAddress from = by.translations().seenLocal(by.own(packet.frame().isIpv6()));
    if (!mayAnswer(packet, by, from)) {
      return packet.drop(reason);
    }
    Frame frame = packet.frame();
    Mapping sender = sender(frame, by);
    if (by.view() != null && sender == null) {
      return packet.drop(reason);
    }
    int quote = quote(frame);
    // Read first: the answer's headers are written over it.
    long toMac = sender == null ? sourceMac(frame) : sender.mac();
    if (from instanceof Ipv4Address v4) {
      writeIpv4(frame, v4, toMac, by.mac(), message, value, quote);
    } else if (from instanceof Ipv6Address v6) {
      writeIpv6(frame, v6, toMac, by.mac(), message, value, quote);
    }
    return send(packet, by, sender, reason);
  }

  /// Back by the port that the packet came from: in its tunnel, or by its device.
  private static Verdict send(
      PacketContext packet, EdgePort by, @Nullable Mapping sender, DropReason reason) {
    if (sender != null) {
      return packet.answerInTunnel(
          reason,
          sender.nextHop(),
          sender.vsid(),
          (RouteLayer.flowHash(packet) & 0x3FFF) | MIN_ENTROPY);
    }
    return by.isTunnel()
        ? packet.answerInTunnel(reason, by.nextHop(), 0, 0)
        : packet.answer(reason);
  }

  /// The adapter that sent a packet of the tenant's own network, as the packet came; null where the
  /// port is another, or where another host's gateway sent it.
  private static @Nullable Mapping sender(Frame frame, EdgePort by) {
    AdapterView view = by.view();
    if (view == null) {
      return null;
    }
    MemorySegment f = frame.memory();
    int l3 = frame.l3();
    Space space = view.domain().space();
    return frame.isIpv6()
        ? space.byIpv6(Ipv6Header.sourceHigh(f, l3), Ipv6Header.sourceLow(f, l3))
        : space.byIpv4(Ipv4Header.source(f, l3));
  }

  /// What comes in a GRE tunnel has no Ethernet header: its answer's goes away with the push.
  private static long sourceMac(Frame frame) {
    return frame.encapsulation() == Encapsulation.GRE
        ? 0
        : EthernetHeader.source(frame.memory(), frame.l2());
  }

  /// The gateway answers a ping of its own address (RFC 1122 §3.2.2.6, RFC 4443 §4.2); whatever
  /// else is for it has nobody here.
  static Verdict echo(PacketContext packet, EdgePort by) {
    Frame frame = packet.frame();
    MemorySegment f = frame.memory();
    int type = frame.destinationPort() >>> 8;
    boolean request =
        packet.isIpv6()
            ? packet.protocol() == IpProtocol.ICMPV6 && type == Icmpv6Header.ECHO_REQUEST
            : packet.protocol() == IpProtocol.ICMP && type == Icmpv4Header.ECHO_REQUEST;
    boolean limited = !packet.isDryRun() && !by.answers().admit(packet.nowNs());
    Mapping sender = sender(frame, by);
    boolean nobody = by.view() != null && sender == null;
    if (!request || frame.isFragment() || packet.isGroupAddressed() || limited || nobody) {
      return packet.drop(DropReason.ROUTER_NOT_ADDRESSED);
    }
    long toMac = sender == null ? sourceMac(frame) : sender.mac();
    Segmenter.completeChecksum(frame);
    int l3 = frame.l3();
    if (packet.isIpv6()) {
      Icmpv6Header.turnIntoEchoReply(f, frame.l4());
      Ipv6Header.setSource(f, l3, packet.destinationHigh(), packet.destinationLow());
      Ipv6Header.setDestination(f, l3, packet.sourceHigh(), packet.sourceLow());
      Ipv6Header.setHopLimit(f, l3, TTL);
    } else {
      Icmpv4Header.turnIntoEchoReply(f, frame.l4());
      // As the packet came: a connection's other side may know either end by another address.
      int asker = Ipv4Header.source(f, l3);
      Ipv4Header.setSource(f, l3, Ipv4Header.destination(f, l3));
      Ipv4Header.setDestination(f, l3, asker);
      Ipv4Header.setTtl(f, l3, TTL);
      Ipv4Header.writeChecksum(f, l3);
    }
    writeEthernet(frame, toMac, by.mac(), l3, frame.l3Length(), frame.etherType());
    return send(packet, by, sender, DropReason.NONE);
  }

  /// RFC 1122 §3.2.2, RFC 4443 §2.4 (e): no error about an error, a later fragment, or a packet to
  /// or from many; nor, by RFC 1812 §4.3.2.7, to a source that is nobody's.
  private static boolean mayAnswer(PacketContext packet, EdgePort by, @Nullable IpAddress from) {
    Frame frame = packet.frame();
    return from != null
        && !frame.isIcmpError()
        && !frame.isLaterFragment()
        && !packet.isGroupAddressed()
        && isOneHost(frame)
        && (packet.isDryRun() || by.answers().admit(packet.nowNs()));
  }

  private static boolean isOneHost(Frame frame) {
    MemorySegment f = frame.memory();
    IpAddress source =
        frame.isIpv6()
            ? new Ipv6Address(
                Ipv6Header.sourceHigh(f, frame.l3()), Ipv6Header.sourceLow(f, frame.l3()))
            : new Ipv4Address(Ipv4Header.source(f, frame.l3()));
    return source.isUnicast() && !source.isLoopback();
  }

  private static int quote(Frame frame) {
    int most = frame.isIpv6() ? Icmpv6Header.MAX_QUOTE : Icmpv4Header.MAX_QUOTE;
    return Math.min(frame.l3Length(), most);
  }

  private static void writeIpv4(
      Frame frame,
      Ipv4Address from,
      long toMac,
      long fromMac,
      Message message,
      int value,
      int quote) {
    MemorySegment f = frame.memory();
    int to = Ipv4Header.source(f, frame.l3());
    int icmp = frame.l3() - Icmpv4Header.LENGTH;
    int ip = icmp - Ipv4Header.MIN_LENGTH;
    int length = Ipv4Header.MIN_LENGTH + Icmpv4Header.LENGTH + quote;
    Ipv4Header.write(f, ip, 0, length, 0, 0, TTL, IpProtocol.ICMP, from.bits(), to);
    Ipv4Header.writeChecksum(f, ip);
    switch (message) {
      case TIME_EXCEEDED -> Icmpv4Header.writeTimeExceeded(f, icmp, quote);
      case TOO_BIG -> Icmpv4Header.writeFragmentationNeeded(f, icmp, value, quote);
      case NO_ROUTE -> unreachable(f, icmp, Icmpv4Header.NETWORK_UNREACHABLE, quote);
      case HOST_UNREACHABLE -> unreachable(f, icmp, Icmpv4Header.HOST_UNREACHABLE, quote);
      case PROHIBITED -> unreachable(f, icmp, Icmpv4Header.ADMINISTRATIVELY_PROHIBITED, quote);
      case SOURCE_ROUTE_FAILED, SEGMENTS_LEFT ->
          unreachable(f, icmp, Icmpv4Header.SOURCE_ROUTE_FAILED, quote);
    }
    writeEthernet(frame, toMac, fromMac, ip, length, EthernetHeader.IPV4);
  }

  private static void unreachable(MemorySegment f, int icmp, int code, int quote) {
    Icmpv4Header.writeDestinationUnreachable(f, icmp, code, quote);
  }

  private static void writeIpv6(
      Frame frame,
      Ipv6Address from,
      long toMac,
      long fromMac,
      Message message,
      int value,
      int quote) {
    MemorySegment f = frame.memory();
    long toHigh = Ipv6Header.sourceHigh(f, frame.l3());
    long toLow = Ipv6Header.sourceLow(f, frame.l3());
    int icmp = frame.l3() - Icmpv6Header.LENGTH;
    int ip = icmp - Ipv6Header.LENGTH;
    int payload = Icmpv6Header.LENGTH + quote;
    Ipv6Header.write(
        f, ip, 0, 0, payload, IpProtocol.ICMPV6, TTL, from.high(), from.low(), toHigh, toLow);
    int sum = Ipv6Header.pseudoHeader(f, ip, IpProtocol.ICMPV6, payload);
    switch (message) {
      case TIME_EXCEEDED -> Icmpv6Header.writeTimeExceeded(f, icmp, quote, sum);
      // RFC 8200 §5: no link's MTU is below 1280.
      case TOO_BIG ->
          Icmpv6Header.writePacketTooBig(f, icmp, Math.max(value, MIN_IPV6_MTU), quote, sum);
      case NO_ROUTE -> unreachable6(f, icmp, Icmpv6Header.NO_ROUTE, quote, sum);
      case HOST_UNREACHABLE -> unreachable6(f, icmp, Icmpv6Header.ADDRESS_UNREACHABLE, quote, sum);
      case PROHIBITED ->
          unreachable6(f, icmp, Icmpv6Header.ADMINISTRATIVELY_PROHIBITED, quote, sum);
      case SOURCE_ROUTE_FAILED, SEGMENTS_LEFT ->
          Icmpv6Header.writeError(f, icmp, Icmpv6Header.PARAMETER_PROBLEM, 0, value, quote, sum);
    }
    writeEthernet(frame, toMac, fromMac, ip, Ipv6Header.LENGTH + payload, EthernetHeader.IPV6);
  }

  private static void unreachable6(MemorySegment f, int icmp, int code, int quote, int sum) {
    Icmpv6Header.writeDestinationUnreachable(f, icmp, code, quote, sum);
  }

  private static void writeEthernet(
      Frame frame, long toMac, long fromMac, int ip, int length, int etherType) {
    int start = ip - EthernetHeader.LENGTH;
    EthernetHeader.write(frame.memory(), start, toMac, fromMac, etherType);
    frame.reset(start, EthernetHeader.LENGTH + length);
  }
}
