// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import hnv.wire.ArpPacket;
import hnv.wire.EthernetHeader;
import hnv.wire.Icmpv4Header;
import hnv.wire.Icmpv6Header;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Address;
import hnv.wire.Ipv6Header;
import hnv.wire.NeighborSolicitation;
import hnv.wire.TcpHeader;
import hnv.wire.UdpHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Builds packets as a VM sends them.
final class Packets {
  static final int IP = EthernetHeader.LENGTH;

  private Packets() {}

  static byte[] tcp(
      long fromMac, long toMac, String from, String to, int sport, int dport, int flags, int data) {
    int length = TcpHeader.MIN_LENGTH + data;
    MemorySegment f = ipv4(fromMac, toMac, from, to, IpProtocol.TCP, length);
    int l4 = IP + Ipv4Header.MIN_LENGTH;
    TcpHeader.write(f, l4, sport, dport, 1, 1, flags, 65_535);
    fill(f, l4 + TcpHeader.MIN_LENGTH);
    TcpHeader.writeChecksum(f, l4, length, Ipv4Header.pseudoHeader(f, IP, IpProtocol.TCP, length));
    return octets(f);
  }

  static byte[] udp(
      long fromMac, long toMac, String from, String to, int sport, int dport, int data) {
    int length = UdpHeader.LENGTH + data;
    MemorySegment f = ipv4(fromMac, toMac, from, to, IpProtocol.UDP, length);
    int l4 = IP + Ipv4Header.MIN_LENGTH;
    UdpHeader.write(f, l4, sport, dport, length, 0);
    fill(f, l4 + UdpHeader.LENGTH);
    UdpHeader.writeChecksum(f, l4, Ipv4Header.pseudoHeader(f, IP, IpProtocol.UDP, length));
    return octets(f);
  }

  static byte[] ping(long fromMac, long toMac, String from, String to, int id) {
    int length = Icmpv4Header.LENGTH + 16;
    MemorySegment f = ipv4(fromMac, toMac, from, to, IpProtocol.ICMP, length);
    int l4 = IP + Ipv4Header.MIN_LENGTH;
    Icmpv4Header.writeQuery(f, l4, Icmpv4Header.ECHO_REQUEST, 0, id, 1);
    fill(f, l4 + Icmpv4Header.LENGTH);
    Icmpv4Header.writeChecksum(f, l4, length);
    return octets(f);
  }

  static byte[] ping6(long fromMac, long toMac, String from, String to, int id) {
    int length = Icmpv6Header.LENGTH + 16;
    MemorySegment f = ipv6(fromMac, toMac, from, to, IpProtocol.ICMPV6, length, 64);
    int l4 = IP + Ipv6Header.LENGTH;
    Icmpv6Header.writeQuery(f, l4, Icmpv6Header.ECHO_REQUEST, id, 1);
    fill(f, l4 + Icmpv6Header.LENGTH);
    Icmpv6Header.writeChecksum(
        f, l4, length, Ipv6Header.pseudoHeader(f, IP, IpProtocol.ICMPV6, length));
    return octets(f);
  }

  static byte[] solicitation(long fromMac, String from, String target) {
    Ipv6Address wanted = Ipv6Address.parse(target);
    long low = wanted.low() & 0xFF_FFFF;
    Ipv6Address group = new Ipv6Address(0xFF02_0000_0000_0000L, 0x0001_FF00_0000L | low);
    MemorySegment f =
        ipv6(
            fromMac,
            0x3333_FF00_0000L | low,
            from,
            group.toString(),
            IpProtocol.ICMPV6,
            NeighborSolicitation.LENGTH,
            255);
    NeighborSolicitation.write(
        f,
        IP + Ipv6Header.LENGTH,
        wanted.high(),
        wanted.low(),
        fromMac,
        Ipv6Header.pseudoHeader(f, IP, IpProtocol.ICMPV6, NeighborSolicitation.LENGTH));
    return octets(f);
  }

  static byte[] arp(long fromMac, String from, String target) {
    MemorySegment f = Arena.ofAuto().allocate(EthernetHeader.LENGTH + ArpPacket.LENGTH);
    EthernetHeader.write(f, 0, EthernetHeader.BROADCAST, fromMac, EthernetHeader.ARP);
    ArpPacket.write(
        f,
        EthernetHeader.LENGTH,
        ArpPacket.REQUEST,
        fromMac,
        Ipv4Address.parse(from).bits(),
        0,
        Ipv4Address.parse(target).bits());
    return octets(f);
  }

  private static MemorySegment ipv4(
      long fromMac, long toMac, String from, String to, int protocol, int payload) {
    MemorySegment f = Arena.ofAuto().allocate(IP + Ipv4Header.MIN_LENGTH + payload);
    EthernetHeader.write(f, 0, toMac, fromMac, EthernetHeader.IPV4);
    Ipv4Header.write(
        f,
        IP,
        0,
        Ipv4Header.MIN_LENGTH + payload,
        7,
        Ipv4Header.FLAG_DF,
        64,
        protocol,
        Ipv4Address.parse(from).bits(),
        Ipv4Address.parse(to).bits());
    Ipv4Header.writeChecksum(f, IP);
    return f;
  }

  private static MemorySegment ipv6(
      long fromMac, long toMac, String from, String to, int protocol, int payload, int hopLimit) {
    MemorySegment f = Arena.ofAuto().allocate(IP + Ipv6Header.LENGTH + payload);
    EthernetHeader.write(f, 0, toMac, fromMac, EthernetHeader.IPV6);
    Ipv6Address source = Ipv6Address.parse(from);
    Ipv6Address destination = Ipv6Address.parse(to);
    Ipv6Header.write(
        f,
        IP,
        0,
        0,
        payload,
        protocol,
        hopLimit,
        source.high(),
        source.low(),
        destination.high(),
        destination.low());
    return f;
  }

  private static void fill(MemorySegment f, long from) {
    for (long i = from; i < f.byteSize(); i++) {
      f.set(ValueLayout.JAVA_BYTE, i, (byte) i);
    }
  }

  private static byte[] octets(MemorySegment f) {
    return f.toArray(ValueLayout.JAVA_BYTE);
  }

  static MemorySegment segment(byte[] packet) {
    MemorySegment f = Arena.ofAuto().allocate(packet.length);
    MemorySegment.copy(packet, 0, f, ValueLayout.JAVA_BYTE, 0, packet.length);
    return f;
  }
}
