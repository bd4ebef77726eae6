// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.Direction;
import hnv.dataplane.Frame;
import hnv.wire.Icmpv4Header;
import hnv.wire.Icmpv6Header;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Extensions;
import hnv.wire.Ipv6Header;
import hnv.wire.TcpHeader;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Finds the connection that an ICMP error is about, by the packet that it quotes (RFC 792; RFC
/// 4443 §2.4). The quoted packet went the other way: it was sent by whom the error is for, and an
/// error that is for another is about nothing (RFC 5927 §4).
final class RelatedConnection {
  private static final int ICMP_HEADER = 8;

  private RelatedConnection() {}

  /// The connection of the quoted packet as the port's guest knows it, or null.
  static @Nullable Connection find(
      ConnectionTable connections, PacketContext packet, int port, Direction direction) {
    Frame frame = packet.frame();
    MemorySegment f = frame.memory();
    int at = frame.l4() + ICMP_HEADER;
    int limit = frame.l3() + frame.l3Length();
    return frame.isIpv6()
        ? quotedIpv6(connections, packet, f, at, limit, port, direction)
        : quotedIpv4(connections, packet, f, at, limit, port, direction);
  }

  private static @Nullable Connection quotedIpv4(
      ConnectionTable connections,
      PacketContext packet,
      MemorySegment f,
      int at,
      int limit,
      int port,
      Direction direction) {
    if (!Ipv4Header.isValidQuoted(f, at, limit)
        || Ipv4Header.isLaterFragment(f, at)
        || Ipv4Header.source(f, at) != (int) packet.destinationLow()) {
      return null;
    }
    int l4 = at + Ipv4Header.headerLength(f, at);
    if (l4 + ICMP_HEADER > limit) {
      return null;
    }
    return find(
        connections,
        f,
        l4,
        Ipv4Header.protocol(f, at),
        false,
        0,
        Ipv4Header.source(f, at) & 0xFFFF_FFFFL,
        0,
        Ipv4Header.destination(f, at) & 0xFFFF_FFFFL,
        port,
        direction);
  }

  private static @Nullable Connection quotedIpv6(
      ConnectionTable connections,
      PacketContext packet,
      MemorySegment f,
      int at,
      int limit,
      int port,
      Direction direction) {
    if (!Ipv6Header.isValidQuoted(f, at, limit)
        || Ipv6Header.sourceHigh(f, at) != packet.destinationHigh()
        || Ipv6Header.sourceLow(f, at) != packet.destinationLow()) {
      return null;
    }
    long walked = Ipv6Extensions.walk(f, at, limit);
    if (walked < 0 || Ipv6Extensions.isLaterFragment(walked)) {
      return null;
    }
    int l4 = at + Ipv6Extensions.upperLayerOffset(walked);
    if (l4 + ICMP_HEADER > limit) {
      return null;
    }
    return find(
        connections,
        f,
        l4,
        Ipv6Extensions.protocol(walked),
        true,
        Ipv6Header.sourceHigh(f, at),
        Ipv6Header.sourceLow(f, at),
        Ipv6Header.destinationHigh(f, at),
        Ipv6Header.destinationLow(f, at),
        port,
        direction);
  }

  private static @Nullable Connection find(
      ConnectionTable connections,
      MemorySegment f,
      int l4,
      int protocol,
      boolean ipv6,
      long sourceHigh,
      long sourceLow,
      long destinationHigh,
      long destinationLow,
      int port,
      Direction direction) {
    int sourcePort = 0;
    int destinationPort = 0;
    switch (protocol) {
      case IpProtocol.TCP, IpProtocol.UDP -> {
        // UDP has its ports in the same place; of the rest of the header nothing need be there.
        sourcePort = TcpHeader.sourcePort(f, l4);
        destinationPort = TcpHeader.destinationPort(f, l4);
      }
      case IpProtocol.ICMP, IpProtocol.ICMPV6 -> {
        int type = Icmpv4Header.type(f, l4);
        boolean reply = type == (ipv6 ? Icmpv6Header.ECHO_REPLY : Icmpv4Header.ECHO_REPLY);
        int id = Icmpv4Header.id(f, l4);
        sourcePort = reply ? 0 : id;
        destinationPort = reply ? id : 0;
      }
      default -> {
        // No ports in such a connection's key.
      }
    }
    // Toward the guest: it sent the quoted packet. From the guest: the quoted packet came to it.
    boolean guestSentIt = direction == Direction.INBOUND;
    return guestSentIt
        ? connections.find(
            port,
            ipv6,
            protocol,
            sourceHigh,
            sourceLow,
            sourcePort,
            destinationHigh,
            destinationLow,
            destinationPort)
        : connections.find(
            port,
            ipv6,
            protocol,
            destinationHigh,
            destinationLow,
            destinationPort,
            sourceHigh,
            sourceLow,
            sourcePort);
  }
}
