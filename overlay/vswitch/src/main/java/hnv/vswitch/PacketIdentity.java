// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.Frame;
import hnv.wire.ArpPacket;
import hnv.wire.EthernetHeader;
import hnv.wire.Icmpv4Header;
import hnv.wire.Icmpv6Header;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Header;
import java.lang.foreign.MemorySegment;

/// Who speaks to whom: addresses, protocol and ports of a packet at one place of its way. IPv4
/// addresses stand in the low halves. Mutable; owned by a {@link PacketContext}.
final class PacketIdentity {
  private static final int ICMP_ECHO_REPLY = 0;
  private static final int ICMPV6_ECHO_REPLY = 129;

  boolean ipv6;

  /// Behind a VLAN tag if there is one.
  int etherType;

  int protocol;
  long sourceHigh;
  long sourceLow;
  long destinationHigh;
  long destinationLow;

  /// Transport port, or the identifier of an ICMP query.
  int sourcePort;

  /// Transport port, or type << 8 | code of an ICMP query.
  int destinationPort;

  /// That of a parsed frame, as it is.
  void read(Frame frame) {
    ipv6 = frame.isIpv6();
    etherType = frame.etherType();
    protocol = frame.protocol();
    sourcePort = frame.sourcePort();
    destinationPort = frame.destinationPort();
    sourceHigh = 0;
    sourceLow = 0;
    destinationHigh = 0;
    destinationLow = 0;
    MemorySegment f = frame.memory();
    int l3 = frame.l3();
    if (ipv6) {
      sourceHigh = Ipv6Header.sourceHigh(f, l3);
      sourceLow = Ipv6Header.sourceLow(f, l3);
      destinationHigh = Ipv6Header.destinationHigh(f, l3);
      destinationLow = Ipv6Header.destinationLow(f, l3);
    } else if (frame.etherType() == EthernetHeader.IPV4) {
      sourceLow = Ipv4Header.source(f, l3) & 0xFFFF_FFFFL;
      destinationLow = Ipv4Header.destination(f, l3) & 0xFFFF_FFFFL;
    } else if (frame.etherType() == EthernetHeader.ARP) {
      sourceLow = ArpPacket.senderIp(f, l3) & 0xFFFF_FFFFL;
      destinationLow = ArpPacket.targetIp(f, l3) & 0xFFFF_FFFFL;
    }
  }

  void copy(PacketIdentity other) {
    ipv6 = other.ipv6;
    etherType = other.etherType;
    protocol = other.protocol;
    sourceHigh = other.sourceHigh;
    sourceLow = other.sourceLow;
    destinationHigh = other.destinationHigh;
    destinationLow = other.destinationLow;
    sourcePort = other.sourcePort;
    destinationPort = other.destinationPort;
  }

  /// That of a connection's first packet; ports as the connection has them.
  void copy(Connection of) {
    ipv6 = of.isIpv6();
    etherType = ipv6 ? EthernetHeader.IPV6 : EthernetHeader.IPV4;
    protocol = of.protocol();
    sourceHigh = of.sourceHigh();
    sourceLow = of.sourceLow();
    destinationHigh = of.destinationHigh();
    destinationLow = of.destinationLow();
    sourcePort = of.sourcePort();
    destinationPort = of.destinationPort();
  }

  /// The same packet in the other version of IP; of ICMP's queries echoes alone have a counterpart.
  /// Its addresses are to follow.
  void changeVersion() {
    if (isIcmp()) {
      int type = destinationPort >>> 8;
      protocol = ipv6 ? IpProtocol.ICMP : IpProtocol.ICMPV6;
      destinationPort = ipv6 ? echoInIpv4(type) << 8 : echoInIpv6(type) << 8;
    }
    ipv6 = !ipv6;
    etherType = ipv6 ? EthernetHeader.IPV6 : EthernetHeader.IPV4;
  }

  private static int echoInIpv4(int type) {
    return switch (type) {
      case Icmpv6Header.ECHO_REQUEST -> Icmpv4Header.ECHO_REQUEST;
      case Icmpv6Header.ECHO_REPLY -> ICMP_ECHO_REPLY;
      default -> type;
    };
  }

  private static int echoInIpv6(int type) {
    return switch (type) {
      case Icmpv4Header.ECHO_REQUEST -> Icmpv6Header.ECHO_REQUEST;
      case ICMP_ECHO_REPLY -> Icmpv6Header.ECHO_REPLY;
      default -> type;
    };
  }

  boolean isSame(PacketIdentity other) {
    return ipv6 == other.ipv6
        && protocol == other.protocol
        && sourceHigh == other.sourceHigh
        && sourceLow == other.sourceLow
        && destinationHigh == other.destinationHigh
        && destinationLow == other.destinationLow
        && sourcePort == other.sourcePort
        && destinationPort == other.destinationPort;
  }

  /// Whether a connection's packets bear it where they go the way of its initiator (`forward`), or
  /// the other way.
  boolean isOf(Connection c, boolean forward) {
    return c.isIpv6() == ipv6
        && c.protocol() == protocol
        && (forward ? c.sourceHigh() : c.destinationHigh()) == sourceHigh
        && (forward ? c.sourceLow() : c.destinationLow()) == sourceLow
        && (forward ? c.destinationHigh() : c.sourceHigh()) == destinationHigh
        && (forward ? c.destinationLow() : c.sourceLow()) == destinationLow
        && (forward ? c.sourcePort() : c.destinationPort()) == connectionSourcePort()
        && (forward ? c.destinationPort() : c.sourcePort()) == connectionDestinationPort();
  }

  boolean hasPorts() {
    return protocol == IpProtocol.TCP || protocol == IpProtocol.UDP;
  }

  boolean isIcmp() {
    return protocol == (ipv6 ? IpProtocol.ICMPV6 : IpProtocol.ICMP);
  }

  /// An ICMP message that bears an identifier.
  boolean isQuery() {
    int type = destinationPort >>> 8;
    return isIcmp() && (ipv6 ? Icmpv6Header.isQuery(type) : Icmpv4Header.isQuery(type));
  }

  /// Port that names the sender's end of the connection. A ping's identifier stands at the end that
  /// asked, so that question and answer are one connection and two pings of one identifier are not.
  int connectionSourcePort() {
    return isPing() && isEchoReply() ? 0 : sourcePort;
  }

  /// Port that names the receiver's end of the connection.
  int connectionDestinationPort() {
    if (!isPing()) {
      return destinationPort;
    }
    return isEchoReply() ? sourcePort : 0;
  }

  private boolean isPing() {
    return protocol == IpProtocol.ICMP || protocol == IpProtocol.ICMPV6;
  }

  /// A ping's answer: it never starts a connection.
  boolean isEchoReply() {
    return isEchoReply(protocol, destinationPort >>> 8);
  }

  static boolean isEchoReply(int protocol, int type) {
    return (protocol == IpProtocol.ICMP && type == ICMP_ECHO_REPLY)
        || (protocol == IpProtocol.ICMPV6 && type == ICMPV6_ECHO_REPLY);
  }
}
