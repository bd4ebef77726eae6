// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.wire.EthernetHeader;
import hnv.wire.Icmpv4Header;
import hnv.wire.Icmpv6Header;
import hnv.wire.IpAddress;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Address;
import hnv.wire.Ipv6Header;
import hnv.wire.NvgreHeader;
import hnv.wire.Octets;
import hnv.wire.TcpHeader;
import hnv.wire.UdpHeader;
import hnv.wire.VlanTag;
import hnv.wire.VxlanHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Consumer;

/// Packets of tests, by the fields that matter to them.
final class Packet implements Cloneable {
  static final int SYN = TcpHeader.SYN;
  static final int ACK = TcpHeader.ACK;
  static final int FIN = TcpHeader.FIN;
  static final int RST = TcpHeader.RST;

  private static final MemorySegment SCRATCH = Arena.global().allocate(70_000);

  private long from;
  private long to;
  private IpAddress source;
  private IpAddress destination;
  private int protocol;
  private int sourcePort;
  private int destinationPort;
  private int flags = ACK;
  private int ttl = 64;
  private int length = 32;
  private boolean tagged;
  private int fragment;
  private int id = 77;
  private byte[] quote = {};

  private Packet(IpAddress source, IpAddress destination) {
    this.source = source;
    this.destination = destination;
  }

  /// Between two hosts: TCP or UDP ports, or the identifier and type of an ICMP message.
  static Packet of(TestHost from, TestHost to, boolean ipv6, int protocol, int source, int target) {
    Packet p = new Packet(ipv6 ? from.ipv6() : from.ipv4(), ipv6 ? to.ipv6() : to.ipv4());
    p.from = from.mac();
    p.to = to.mac();
    p.protocol = protocol;
    p.sourcePort = source;
    p.destinationPort = target;
    return p;
  }

  static Packet udp(TestHost from, TestHost to, int source, int target) {
    return of(from, to, false, IpProtocol.UDP, source, target);
  }

  static Packet udp6(TestHost from, TestHost to, int source, int target) {
    return of(from, to, true, IpProtocol.UDP, source, target);
  }

  static Packet tcp(TestHost from, TestHost to, int source, int target, int flags) {
    return of(from, to, false, IpProtocol.TCP, source, target).flags(flags);
  }

  static Packet tcp6(TestHost from, TestHost to, int source, int target, int flags) {
    return of(from, to, true, IpProtocol.TCP, source, target).flags(flags);
  }

  /// An echo request (`reply` false) or reply with this identifier.
  static Packet ping(TestHost from, TestHost to, int id, boolean reply) {
    return of(from, to, false, IpProtocol.ICMP, id, reply ? 0 : 8);
  }

  static Packet ping6(TestHost from, TestHost to, int id, boolean reply) {
    return of(from, to, true, IpProtocol.ICMPV6, id, reply ? 129 : 128);
  }

  /// Destination unreachable, or packet too big over IPv6, about a packet.
  static Packet error(TestHost from, TestHost to, Packet about) {
    boolean six = about.isIpv6();
    byte[] whole = about.bytes();
    byte[] quote = new byte[whole.length - EthernetHeader.LENGTH];
    System.arraycopy(whole, EthernetHeader.LENGTH, quote, 0, quote.length);
    Packet p = of(from, to, six, six ? IpProtocol.ICMPV6 : IpProtocol.ICMP, 0, six ? 2 : 3);
    p.length = quote.length;
    p.quote = quote;
    return p;
  }

  boolean isIpv6() {
    return source instanceof Ipv6Address;
  }

  private Packet with(Consumer<Packet> change) {
    try {
      Packet copy = (Packet) clone();
      change.accept(copy);
      return copy;
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException(e);
    }
  }

  Packet flags(int value) {
    return with(p -> p.flags = value);
  }

  Packet ttl(int value) {
    return with(p -> p.ttl = value);
  }

  /// Octets of payload.
  Packet length(int value) {
    return with(p -> p.length = value);
  }

  Packet withVlanTag() {
    return with(p -> p.tagged = true);
  }

  /// IPv4 flags and fragment offset field.
  Packet fragment(int value) {
    return with(p -> p.fragment = value);
  }

  /// IPv4 identification.
  Packet id(int value) {
    return with(p -> p.id = value);
  }

  Packet fromMac(long mac) {
    return with(p -> p.from = mac);
  }

  Packet toMac(long mac) {
    return with(p -> p.to = mac);
  }

  Packet fromAddress(IpAddress address) {
    return with(p -> p.source = address);
  }

  Packet toAddress(IpAddress address) {
    return with(p -> p.destination = address);
  }

  byte[] bytes() {
    MemorySegment f = SCRATCH;
    int at = EthernetHeader.LENGTH;
    int etherType = isIpv6() ? EthernetHeader.IPV6 : EthernetHeader.IPV4;
    EthernetHeader.write(f, 0, to, from, tagged ? EthernetHeader.VLAN : etherType);
    if (tagged) {
      VlanTag.write(f, at, 100, etherType);
      at += VlanTag.LENGTH;
    }
    int l4 = at + (isIpv6() ? Ipv6Header.LENGTH : Ipv4Header.MIN_LENGTH);
    boolean later = (fragment & 0x1FFF) != 0;
    int upper = (later ? 0 : headerLength()) + length;
    if (source instanceof Ipv6Address a && destination instanceof Ipv6Address b) {
      Ipv6Header.write(f, at, 0, 0, upper, protocol, ttl, a.high(), a.low(), b.high(), b.low());
    } else if (source instanceof Ipv4Address a && destination instanceof Ipv4Address b) {
      Ipv4Header.write(f, at, 0, l4 - at + upper, id, fragment, ttl, protocol, a.bits(), b.bits());
    }
    for (int i = 0; i < length; i++) {
      byte octet = quote.length > 0 ? quote[i] : (byte) i;
      f.set(ValueLayout.JAVA_BYTE, l4 + upper - length + i, octet);
    }
    if (!later) {
      transport(f, at, l4, upper);
    }
    return f.asSlice(0, l4 + upper).toArray(ValueLayout.JAVA_BYTE);
  }

  private int headerLength() {
    return protocol == IpProtocol.TCP ? TcpHeader.MIN_LENGTH : 8;
  }

  private void transport(MemorySegment f, int l3, int l4, int octets) {
    int pseudo =
        isIpv6()
            ? Ipv6Header.pseudoHeader(f, l3, protocol, octets)
            : Ipv4Header.pseudoHeader(f, l3, protocol, octets);
    switch (protocol) {
      case IpProtocol.TCP -> {
        TcpHeader.write(f, l4, sourcePort, destinationPort, 1, 2, flags, 1_000);
        TcpHeader.writeChecksum(f, l4, octets, pseudo);
      }
      case IpProtocol.UDP -> {
        UdpHeader.write(f, l4, sourcePort, destinationPort, octets, 0);
        UdpHeader.writeChecksum(f, l4, pseudo);
      }
      case IpProtocol.ICMP -> {
        Icmpv4Header.writeQuery(f, l4, destinationPort, 0, sourcePort, 1);
        Icmpv4Header.writeChecksum(f, l4, octets);
      }
      case IpProtocol.ICMPV6 -> {
        Icmpv6Header.writeQuery(f, l4, destinationPort, sourcePort, 1);
        Icmpv6Header.writeChecksum(f, l4, octets, pseudo);
      }
      default -> Octets.putU64(f, l4, 0);
    }
  }

  /// The packet in a tunnel between two provider addresses (IPv4).
  static byte[] tunnel(byte[] inner, boolean vxlan, int vsid, Ipv4Address from, Ipv4Address to) {
    return tunnel(inner, vxlan, vsid, from, to, 0);
  }

  static byte[] tunnel(
      byte[] inner, boolean vxlan, int vsid, Ipv4Address from, Ipv4Address to, int ecn) {
    int l4 = EthernetHeader.LENGTH + Ipv4Header.MIN_LENGTH;
    int head = l4 + (vxlan ? UdpHeader.LENGTH + VxlanHeader.LENGTH : NvgreHeader.LENGTH);
    MemorySegment f = Arena.ofAuto().allocate(head + inner.length);
    EthernetHeader.write(f, 0, 0x02EE_0000_0001L, 0x02EE_0000_0002L, EthernetHeader.IPV4);
    Ipv4Header.write(
        f,
        EthernetHeader.LENGTH,
        ecn,
        head + inner.length - EthernetHeader.LENGTH,
        0,
        Ipv4Header.FLAG_DF,
        64,
        vxlan ? IpProtocol.UDP : IpProtocol.GRE,
        from.bits(),
        to.bits());
    if (vxlan) {
      UdpHeader.write(f, l4, 0xC001, 4789, head - l4 + inner.length, 0);
      VxlanHeader.write(f, l4 + UdpHeader.LENGTH, vsid);
    } else {
      NvgreHeader.write(f, l4, vsid, 1);
    }
    MemorySegment.copy(inner, 0, f, ValueLayout.JAVA_BYTE, head, inner.length);
    return f.toArray(ValueLayout.JAVA_BYTE);
  }
}
