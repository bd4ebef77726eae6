// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import hnv.wire.ArpPacket;
import hnv.wire.EthernetHeader;
import hnv.wire.GreHeader;
import hnv.wire.Icmpv4Header;
import hnv.wire.Icmpv6Header;
import hnv.wire.InternetChecksum;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Extensions;
import hnv.wire.Ipv6FragmentHeader;
import hnv.wire.Ipv6Header;
import hnv.wire.NvgreHeader;
import hnv.wire.Octets;
import hnv.wire.TcpHeader;
import hnv.wire.UdpHeader;
import hnv.wire.VirtioNetHeader;
import hnv.wire.VlanTag;
import hnv.wire.VxlanHeader;
import java.lang.foreign.MemorySegment;

/// The only header walker and the single trust boundary: after it said {@link DropReason#NONE},
/// every offset in the frame is inside the packet and every header that they name is valid, so that
/// the accessors of `hnv.wire` may be used without further checks.
///
/// It also checks what came with the frame: a super-frame is of the type that its headers say, and
/// a partial checksum stands where a checksum may stand.
///
/// At most one level of encapsulation is ever opened.
public final class FrameParser {
  private FrameParser() {}

  /// Parses a frame as a VM sends it. Octets behind the IP packet (Ethernet padding) are cut off.
  public static DropReason parsePlain(Frame frame) {
    frame.encapsulation = Encapsulation.NONE;
    return parseInner(frame, frame.start());
  }

  /// Parses a frame of an outside network: plain, or a GRE packet to the end of a tunnel of ours,
  /// which must be of a known peer. What else speaks GRE is a plain packet, and so is what was sent
  /// to a group of stations (RFC 1122 §3.3.6).
  public static DropReason parseOutside(Frame frame, TunnelEndpoints endpoints) {
    frame.encapsulation = Encapsulation.NONE;
    if (endpoints.isEmpty()) {
      return parseInner(frame, frame.start());
    }
    DropReason reason = parseHeaders(frame, frame.start());
    if (reason == DropReason.NONE
        && frame.protocol == IpProtocol.GRE
        && !frame.vlanTagged
        && !EthernetHeader.isMulticast(EthernetHeader.destination(frame.memory(), frame.l2))
        && endpoints.isLocal(frame.memory(), frame.l3, frame.ipv6)) {
      reason = openGre(frame, endpoints);
    }
    return checkOffloads(frame, reason);
  }

  /// Goes on from the outer packet to that in the tunnel.
  private static DropReason openGre(Frame frame, TunnelEndpoints endpoints) {
    if (frame.fragment) {
      return DropReason.OUTER_FRAGMENT;
    }
    MemorySegment f = frame.memory();
    int gre = frame.l4;
    int end = frame.end();
    if (end - gre < GreHeader.MIN_LENGTH) {
      return DropReason.MALFORMED_OUTER;
    }
    if (!GreHeader.isValid(f, gre, end)) {
      return DropReason.GRE_HEADER_UNSUPPORTED;
    }
    int place = endpoints.find(f, frame.l3, frame.ipv6, gre, frame.ingressPort());
    if (place == TunnelEndpoints.NONE) {
      return DropReason.GRE_PEER_UNKNOWN;
    }
    if (!isGreChecksumValid(frame, gre)) {
      return DropReason.GRE_CHECKSUM_INVALID;
    }
    frame.encapsulation = Encapsulation.GRE;
    frame.outerIpv6 = frame.ipv6;
    frame.outerL3 = frame.l3;
    frame.tunnelPort = endpoints.port(place);
    frame.tunnelPlace = place;
    frame.tunnelSequenced = GreHeader.hasSequence(f, gre);
    frame.tunnelSequence = frame.tunnelSequenced ? GreHeader.sequence(f, gre) : 0;
    int inner = gre + GreHeader.headerLength(f, gre);
    forget(frame, inner - EthernetHeader.LENGTH);
    return parseNetwork(frame, GreHeader.protocolType(f, gre), inner);
  }

  /// A checksum inside that is not complete yet counts as what it will be: all octets that it
  /// covers then add up to the complement of the pseudo header's sum.
  private static boolean isGreChecksumValid(Frame frame, int gre) {
    MemorySegment f = frame.memory();
    if (!GreHeader.hasChecksum(f, gre)) {
      return true;
    }
    int from = frame.start() + frame.checksumStart();
    int field = from + frame.checksumOffset();
    if (frame.isChecksumPartial() && from == gre && field == gre + GreHeader.CHECKSUM_AT) {
      // Of the kernel's own GRE, which leaves this checksum to a device: nobody has made it yet.
      frame.setChecksumComplete();
      return true;
    }
    if (!frame.isChecksumPartial() || from < gre || field + 2 > frame.end()) {
      return GreHeader.isChecksumValid(f, gre, frame.end() - gre);
    }
    int before = InternetChecksum.sum(f, gre, from - gre);
    return InternetChecksum.add(before, ~Octets.u16(f, field) & 0xFFFF) == 0xFFFF;
  }

  /// Parses a packet of the underlay: outer headers, tunnel header, inner frame. Octets behind the
  /// outer IP packet (Ethernet padding) are cut off.
  ///
  /// @param udpPort VXLAN's destination port
  public static DropReason parseTunnel(Frame frame, int udpPort) {
    frame.encapsulation = Encapsulation.NONE;
    MemorySegment f = frame.memory();
    int at = frame.start();
    if (!EthernetHeader.isValid(f, at, frame.end())) {
      return DropReason.MALFORMED_OUTER;
    }
    int etherType = EthernetHeader.etherType(f, at);
    frame.outerL3 = at + EthernetHeader.LENGTH;
    return switch (etherType) {
      case EthernetHeader.IPV4 -> parseOuterIpv4(frame, udpPort);
      case EthernetHeader.IPV6 -> parseOuterIpv6(frame, udpPort);
      case EthernetHeader.VLAN, EthernetHeader.QINQ -> DropReason.OUTER_VLAN_TAG;
      default -> DropReason.NOT_A_TUNNEL_PACKET;
    };
  }

  private static DropReason parseOuterIpv4(Frame frame, int udpPort) {
    MemorySegment f = frame.memory();
    int at = frame.outerL3;
    if (!Ipv4Header.isValid(f, at, frame.end())) {
      return DropReason.MALFORMED_OUTER;
    }
    if (!Ipv4Header.isChecksumValid(f, at)) {
      return DropReason.IPV4_CHECKSUM_INVALID;
    }
    if (Ipv4Header.isFragment(f, at)) {
      // RFC 7348 §4.3: "The destination VTEP MAY silently discard such VXLAN fragments."
      return DropReason.OUTER_FRAGMENT;
    }
    frame.outerIpv6 = false;
    frame.trimTo(at + Ipv4Header.totalLength(f, at));
    return parseTunnelHeader(
        frame, at + Ipv4Header.headerLength(f, at), Ipv4Header.protocol(f, at), udpPort);
  }

  private static DropReason parseOuterIpv6(Frame frame, int udpPort) {
    MemorySegment f = frame.memory();
    int at = frame.outerL3;
    if (!Ipv6Header.isValid(f, at, frame.end())) {
      return DropReason.MALFORMED_OUTER;
    }
    int end = at + Ipv6Header.LENGTH + Ipv6Header.payloadLength(f, at);
    long walked = Ipv6Extensions.walk(f, at, end);
    if (walked < 0) {
      return DropReason.MALFORMED_OUTER;
    }
    if (Ipv6Extensions.hasFragment(walked)) {
      return DropReason.OUTER_FRAGMENT;
    }
    frame.outerIpv6 = true;
    frame.trimTo(end);
    return parseTunnelHeader(
        frame,
        at + Ipv6Extensions.upperLayerOffset(walked),
        Ipv6Extensions.protocol(walked),
        udpPort);
  }

  private static DropReason parseTunnelHeader(Frame frame, int at, int protocol, int udpPort) {
    MemorySegment f = frame.memory();
    int end = frame.end();
    int inner;
    if (protocol == IpProtocol.UDP) {
      if (!UdpHeader.isValid(f, at, end)) {
        return DropReason.MALFORMED_OUTER;
      }
      if (UdpHeader.destinationPort(f, at) != udpPort) {
        return DropReason.NOT_A_TUNNEL_PACKET;
      }
      // RFC 7348 §5: a UDP checksum of zero MUST be accepted, another MAY be verified; it is not.
      int vxlan = at + UdpHeader.LENGTH;
      end = at + UdpHeader.length(f, at);
      if (vxlan + VxlanHeader.LENGTH > end) {
        return DropReason.MALFORMED_OUTER;
      }
      if (!VxlanHeader.isValid(f, vxlan, end)) {
        return DropReason.VXLAN_I_FLAG_MISSING;
      }
      frame.trimTo(end);
      frame.encapsulation = Encapsulation.VXLAN;
      frame.tunnelVsid = VxlanHeader.vni(f, vxlan);
      inner = vxlan + VxlanHeader.LENGTH;
    } else if (protocol == IpProtocol.GRE) {
      if (at + GreHeader.MIN_LENGTH > end) {
        return DropReason.MALFORMED_OUTER;
      }
      if (!NvgreHeader.isValid(f, at, end)) {
        return DropReason.GRE_HEADER_UNSUPPORTED;
      }
      frame.encapsulation = Encapsulation.NVGRE;
      frame.tunnelVsid = NvgreHeader.vsid(f, at);
      inner = at + NvgreHeader.LENGTH;
    } else {
      return DropReason.NOT_A_TUNNEL_PACKET;
    }
    DropReason reason = parseInner(frame, inner);
    if (reason == DropReason.NONE && frame.vlanTagged) {
      // RFC 7637 §3.3: the tag MUST NOT be present; RFC 7348 §6.1: SHOULD discard.
      return DropReason.INNER_VLAN_TAG;
    }
    return reason;
  }

  /// Gives a parsed frame another IP packet, of either version, in place of its own, and parses
  /// that. The headers before it, those of a tunnel included, stay what they are and move along.
  /// For frames that are no super-frames and have a complete checksum.
  ///
  /// @param packet begins with it
  /// @param length octets of it
  public static DropReason replacePacket(Frame frame, MemorySegment packet, int length) {
    MemorySegment f = frame.memory();
    int shift = frame.l3Length - length;
    int l3 = frame.l3 + shift;
    if (shift < -frame.start()) {
      return DropReason.NO_HEADROOM;
    }
    int headers = frame.l3 - frame.start();
    MemorySegment.copy(f, frame.start(), f, frame.start() + (long) shift, headers);
    MemorySegment.copy(packet, 0, f, l3, length);
    frame.pull(shift);
    frame.outerL3 += shift;
    boolean ipv6 = Octets.u8(packet, 0) >>> 4 == 6;
    int etherType = ipv6 ? EthernetHeader.IPV6 : EthernetHeader.IPV4;
    forget(frame, l3 - EthernetHeader.LENGTH);
    if (frame.encapsulation != Encapsulation.GRE) {
      EthernetHeader.setEtherType(f, frame.l2, etherType);
    }
    return parseNetwork(frame, etherType, l3);
  }

  private static DropReason parseInner(Frame frame, int at) {
    return checkOffloads(frame, parseHeaders(frame, at));
  }

  private static DropReason checkOffloads(Frame frame, DropReason reason) {
    // A tagged frame goes nowhere, and behind two tags no header is known to check by.
    boolean unknown = frame.vlanTagged && frame.l4 == 0;
    return reason == DropReason.NONE && !unknown ? checkOffloads(frame) : reason;
  }

  private static DropReason parseHeaders(Frame frame, int at) {
    MemorySegment f = frame.memory();
    forget(frame, at);
    if (!EthernetHeader.isValid(f, at, frame.end())) {
      return DropReason.MALFORMED_ETHERNET;
    }
    int etherType = EthernetHeader.etherType(f, at);
    int l3 = at + EthernetHeader.LENGTH;
    if (EthernetHeader.isVlan(etherType)) {
      // The tag itself decides the packet's fate, whatever is behind it; it is only measured here.
      if (!VlanTag.isValid(f, l3, frame.end())) {
        return DropReason.MALFORMED_VLAN;
      }
      frame.vlanTagged = true;
      etherType = VlanTag.etherType(f, l3);
      l3 += VlanTag.LENGTH;
    }
    return parseNetwork(frame, etherType, l3);
  }

  private static void forget(Frame frame, int l2) {
    frame.l2 = l2;
    frame.l4 = 0;
    frame.protocol = 0;
    frame.sourcePort = 0;
    frame.destinationPort = 0;
    frame.tcpFlags = 0;
    frame.ipv6 = false;
    frame.fragment = false;
    frame.laterFragment = false;
    frame.vlanTagged = false;
    frame.icmpError = false;
  }

  private static DropReason parseNetwork(Frame frame, int etherType, int l3) {
    frame.etherType = etherType;
    frame.l3 = l3;
    frame.l3Length = frame.end() - l3;
    boolean inGre = frame.encapsulation == Encapsulation.GRE;
    return switch (etherType) {
      case EthernetHeader.IPV4 -> parseIpv4(frame);
      case EthernetHeader.IPV6 -> parseIpv6(frame);
      case GreHeader.KEEPALIVE -> DropReason.NONE;
      default -> {
        if (inGre) {
          yield DropReason.GRE_PROTOCOL_UNSUPPORTED;
        }
        yield etherType != EthernetHeader.ARP || ArpPacket.isValid(frame.memory(), l3, frame.end())
            ? DropReason.NONE
            : DropReason.MALFORMED_ARP;
      }
    };
  }

  private static DropReason parseIpv4(Frame frame) {
    MemorySegment f = frame.memory();
    int at = frame.l3;
    if (!Ipv4Header.isValid(f, at, frame.end())) {
      return DropReason.MALFORMED_IPV4;
    }
    if (!Ipv4Header.isChecksumValid(f, at)) {
      // RFC 1812 §5.2.2: a router MUST verify it and discard.
      return DropReason.IPV4_CHECKSUM_INVALID;
    }
    frame.l3Length = Ipv4Header.totalLength(f, at);
    frame.trimTo(at + frame.l3Length);
    frame.protocol = Ipv4Header.protocol(f, at);
    frame.fragment = Ipv4Header.isFragment(f, at);
    frame.laterFragment = Ipv4Header.isLaterFragment(f, at);
    if (frame.laterFragment) {
      return parseLaterFragment(frame, Ipv4Header.fragmentOffset(f, at));
    }
    frame.l4 = at + Ipv4Header.headerLength(f, at);
    return parseTransport(frame);
  }

  private static DropReason parseIpv6(Frame frame) {
    MemorySegment f = frame.memory();
    int at = frame.l3;
    if (!Ipv6Header.isValid(f, at, frame.end())) {
      return DropReason.MALFORMED_IPV6;
    }
    frame.ipv6 = true;
    frame.l3Length = Ipv6Header.LENGTH + Ipv6Header.payloadLength(f, at);
    frame.trimTo(at + frame.l3Length);
    long walked = Ipv6Extensions.walk(f, at, at + frame.l3Length);
    if (walked < 0) {
      return DropReason.MALFORMED_IPV6;
    }
    frame.protocol = Ipv6Extensions.protocol(walked);
    frame.fragment = Ipv6Extensions.hasFragment(walked);
    frame.laterFragment = Ipv6Extensions.isLaterFragment(walked);
    if (frame.laterFragment) {
      int fragment = at + Ipv6Extensions.fragmentHeaderOffset(walked);
      return parseLaterFragment(frame, Ipv6FragmentHeader.offset(f, fragment));
    }
    frame.l4 = at + Ipv6Extensions.upperLayerOffset(walked);
    return parseTransport(frame);
  }

  /// RFC 3128 §2: a fragment that begins within the TCP header would lie over the flags by which
  /// the first was judged.
  private static DropReason parseLaterFragment(Frame frame, int offset) {
    return frame.protocol == IpProtocol.TCP && offset < TcpHeader.MIN_LENGTH
        ? DropReason.MALFORMED_TRANSPORT
        : DropReason.NONE;
  }

  /// Reads what a flow key needs. The transport header must be whole; of a first fragment only what
  /// is there is measured, so a header cut by fragmentation is malformed (RFC 7112 §5 for IPv6; the
  /// tiny fragments of RFC 1858 for IPv4).
  private static DropReason parseTransport(Frame frame) {
    MemorySegment f = frame.memory();
    int at = frame.l4;
    int end = frame.l3 + frame.l3Length;
    switch (frame.protocol) {
      case IpProtocol.TCP -> {
        if (!TcpHeader.isValid(f, at, end)) {
          return DropReason.MALFORMED_TRANSPORT;
        }
        frame.sourcePort = TcpHeader.sourcePort(f, at);
        frame.destinationPort = TcpHeader.destinationPort(f, at);
        frame.tcpFlags = TcpHeader.flags(f, at);
      }
      case IpProtocol.UDP -> {
        if (at + UdpHeader.LENGTH > end) {
          return DropReason.MALFORMED_TRANSPORT;
        }
        int length = UdpHeader.length(f, at);
        boolean whole = !frame.fragment && !frame.isSuperFrame();
        if (length < UdpHeader.LENGTH || (whole && at + length > end)) {
          return DropReason.MALFORMED_TRANSPORT;
        }
        frame.sourcePort = UdpHeader.sourcePort(f, at);
        frame.destinationPort = UdpHeader.destinationPort(f, at);
      }
      case IpProtocol.ICMP -> {
        return parseIcmpv4(frame, at, end);
      }
      case IpProtocol.ICMPV6 -> {
        return parseIcmpv6(frame, at, end);
      }
      default -> {
        // No ports: the addresses and the protocol are the flow.
      }
    }
    return DropReason.NONE;
  }

  private static DropReason parseIcmpv4(Frame frame, int at, int end) {
    MemorySegment f = frame.memory();
    if (frame.ipv6 || !Icmpv4Header.isValid(f, at, end)) {
      return frame.ipv6 ? DropReason.NONE : DropReason.MALFORMED_ICMP;
    }
    int type = Icmpv4Header.type(f, at);
    frame.icmpError = Icmpv4Header.isError(type);
    if (Icmpv4Header.isQuery(type)) {
      frame.sourcePort = Icmpv4Header.id(f, at);
    }
    frame.destinationPort = (type << 8) | Icmpv4Header.code(f, at);
    return DropReason.NONE;
  }

  private static DropReason parseIcmpv6(Frame frame, int at, int end) {
    MemorySegment f = frame.memory();
    if (!frame.ipv6 || !Icmpv6Header.isValid(f, at, end)) {
      return frame.ipv6 ? DropReason.MALFORMED_ICMP : DropReason.NONE;
    }
    int type = Icmpv6Header.type(f, at);
    frame.icmpError = Icmpv6Header.isError(type);
    if (Icmpv6Header.isQuery(type)) {
      frame.sourcePort = Octets.u16(f, at + Icmpv6Header.ID_AT);
    }
    frame.destinationPort = (type << 8) | Icmpv6Header.code(f, at);
    return DropReason.NONE;
  }

  /// What the sender said of its frame beside the octets: a VM says it, too, so that it must agree
  /// with the headers before anybody cuts or completes by it.
  private static DropReason checkOffloads(Frame frame) {
    if (frame.isSuperFrame() && frame.gsoSize() == 0) {
      return DropReason.GSO_SIZE_REFUSED;
    }
    if ((frame.isSuperFrame() && !isOfItsGsoType(frame))
        || (frame.isChecksumPartial() && !isChecksumInPlace(frame))) {
      return DropReason.MALFORMED_TRANSPORT;
    }
    return DropReason.NONE;
  }

  private static boolean isOfItsGsoType(Frame frame) {
    if (frame.l4 == 0 || frame.fragment) {
      return false;
    }
    return switch (frame.gsoType()) {
      case VirtioNetHeader.GSO_TCPV4 -> frame.protocol == IpProtocol.TCP && !frame.ipv6;
      case VirtioNetHeader.GSO_TCPV6 -> frame.protocol == IpProtocol.TCP && frame.ipv6;
      case VirtioNetHeader.GSO_UDP_L4 -> frame.protocol == IpProtocol.UDP;
      default -> false;
    };
  }

  /// A partial checksum is that of TCP or UDP, that of the outer UDP, or one within the payload,
  /// where the guest has a tunnel of its own. Anywhere else, completing it would overwrite what has
  /// been checked: an address, a port.
  private static boolean isChecksumInPlace(Frame frame) {
    int at = frame.start() + frame.checksumStart();
    int offset = frame.checksumOffset();
    if (frame.encapsulation == Encapsulation.VXLAN
        && at == frame.l2 - VxlanHeader.LENGTH - UdpHeader.LENGTH) {
      return offset == UdpHeader.CHECKSUM_AT;
    }
    if (frame.l4 == 0 || frame.fragment || at + offset + 2 > frame.end()) {
      return false;
    }
    return switch (frame.protocol) {
      case IpProtocol.TCP ->
          isChecksumInPlace(
              frame,
              at,
              offset,
              TcpHeader.CHECKSUM_AT,
              TcpHeader.headerLength(frame.memory(), frame.l4));
      case IpProtocol.UDP ->
          isChecksumInPlace(frame, at, offset, UdpHeader.CHECKSUM_AT, UdpHeader.LENGTH);
      case IpProtocol.ICMP, IpProtocol.ICMPV6 -> at >= frame.l4 + Icmpv4Header.LENGTH;
      default -> at >= frame.l4;
    };
  }

  private static boolean isChecksumInPlace(
      Frame frame, int at, int offset, int field, int headerLength) {
    return at == frame.l4 ? offset == field : at >= frame.l4 + headerLength;
  }
}
