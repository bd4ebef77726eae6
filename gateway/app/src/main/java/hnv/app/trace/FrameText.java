// SPDX-License-Identifier: Apache-2.0
package hnv.app.trace;

import hnv.wire.ArpPacket;
import hnv.wire.EthernetHeader;
import hnv.wire.Icmpv4Header;
import hnv.wire.Icmpv6Header;
import hnv.wire.IpAddress;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Address;
import hnv.wire.Ipv6Header;
import hnv.wire.NeighborSolicitation;
import hnv.wire.TcpHeader;
import hnv.wire.UdpHeader;
import hnv.wire.VlanTag;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Locale;

/// A frame with every field decided, and its octets. Owned by one builder.
final class FrameText {
  static final int TCP = IpProtocol.TCP;
  static final int UDP = IpProtocol.UDP;
  static final int ICMP = IpProtocol.ICMP;
  static final int ICMPV6 = IpProtocol.ICMPV6;

  /// Not protocol numbers of IP.
  static final int ARP = 1_000;

  static final int NEIGHBOR_SOLICITATION = 1_001;

  static final int NO_VLAN = -1;

  private static final int ETHERNET_MTU = 1_500;
  private static final String FLAG_LETTERS = "FSRPAUEC";
  private static final String[] FLAG_NAMES = {
    "fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr"
  };

  IpAddress source = new Ipv4Address(0);
  IpAddress destination = new Ipv4Address(0);
  int protocol = TCP;
  int sourcePort;
  int destinationPort;
  int flags;
  int ttl;

  /// Octets of the IP packet; 0 for as many as there are headers.
  int size;

  int vlan = NO_VLAN;
  boolean fragmentable;
  long sourceMac;
  long destinationMac;

  /// Flags of TCP from letters, names or a number; SYN where nothing is said; -1 for what is none.
  static int flags(String text) {
    String lower = text.toLowerCase(Locale.ROOT).strip();
    if (lower.isEmpty()) {
      return TcpHeader.SYN;
    }
    if (lower.matches("0x[0-9a-f]{1,2}")) {
      return Integer.parseInt(lower.substring(2), 16);
    }
    int flags = 0;
    for (String part : lower.split("[,|+]", -1)) {
      int named = -1;
      for (int i = 0; i < FLAG_NAMES.length; i++) {
        if (FLAG_NAMES[i].equals(part)) {
          named = 1 << i;
        }
      }
      if (named < 0) {
        named = letters(part);
      }
      if (named < 0) {
        return -1;
      }
      flags |= named;
    }
    return flags;
  }

  private static int letters(String part) {
    int flags = 0;
    for (char letter : part.toUpperCase(Locale.ROOT).toCharArray()) {
      int bit = FLAG_LETTERS.indexOf(letter);
      if (bit < 0) {
        return -1;
      }
      flags |= 1 << bit;
    }
    return flags;
  }

  /// The octets of the frame, checksums right.
  byte[] octets() {
    try (Arena arena = Arena.ofConfined()) {
      int ethernet = EthernetHeader.LENGTH + (vlan == NO_VLAN ? 0 : VlanTag.LENGTH);
      int length = ethernet + (protocol == ARP ? ArpPacket.LENGTH : packetLength());
      MemorySegment f = arena.allocate(length, 8);
      int etherType =
          protocol == ARP
              ? EthernetHeader.ARP
              : source instanceof Ipv6Address ? EthernetHeader.IPV6 : EthernetHeader.IPV4;
      if (vlan == NO_VLAN) {
        EthernetHeader.write(f, 0, destinationMac, sourceMac, etherType);
      } else {
        EthernetHeader.write(f, 0, destinationMac, sourceMac, EthernetHeader.VLAN);
        VlanTag.write(f, EthernetHeader.LENGTH, vlan, etherType);
      }
      write(f, ethernet);
      return f.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  private void write(MemorySegment f, int at) {
    if (protocol == ARP) {
      ArpPacket.write(f, at, ArpPacket.REQUEST, sourceMac, ipv4(source), 0, ipv4(destination));
      return;
    }
    int length = packetLength();
    if (source instanceof Ipv6Address from && destination instanceof Ipv6Address to) {
      Ipv6Address outer = protocol == NEIGHBOR_SOLICITATION ? solicitedNode(to) : to;
      int payload = length - Ipv6Header.LENGTH;
      Ipv6Header.write(
          f,
          at,
          0,
          0,
          payload,
          ipProtocol(),
          protocol == NEIGHBOR_SOLICITATION ? Icmpv6Header.ND_HOP_LIMIT : ttl,
          from.high(),
          from.low(),
          outer.high(),
          outer.low());
      int pseudo = Ipv6Header.pseudoHeader(f, at, ipProtocol(), payload);
      writeTransport(f, at + Ipv6Header.LENGTH, payload, pseudo);
    } else {
      Ipv4Header.write(
          f,
          at,
          0,
          length,
          0,
          fragmentable ? 0 : Ipv4Header.FLAG_DF,
          ttl,
          ipProtocol(),
          ipv4(source),
          ipv4(destination));
      int payload = length - Ipv4Header.MIN_LENGTH;
      int pseudo = Ipv4Header.pseudoHeader(f, at, ipProtocol(), payload);
      writeTransport(f, at + Ipv4Header.MIN_LENGTH, payload, pseudo);
    }
  }

  private int ipProtocol() {
    return protocol == NEIGHBOR_SOLICITATION ? ICMPV6 : protocol;
  }

  private void writeTransport(MemorySegment f, int at, int length, int pseudo) {
    switch (protocol) {
      case TCP -> {
        TcpHeader.write(f, at, sourcePort, destinationPort, 1, 0, flags, 65_535);
        if ((flags & TcpHeader.SYN) != 0) {
          writeMss(f, at);
        }
        TcpHeader.writeChecksum(f, at, length, pseudo);
      }
      case UDP -> {
        UdpHeader.write(f, at, sourcePort, destinationPort, length, 0);
        UdpHeader.writeChecksum(f, at, pseudo);
      }
      case ICMP -> {
        Icmpv4Header.writeQuery(f, at, Icmpv4Header.ECHO_REQUEST, 0, sourcePort, 1);
        Icmpv4Header.writeChecksum(f, at, length);
      }
      case ICMPV6 -> {
        Icmpv6Header.writeQuery(f, at, Icmpv6Header.ECHO_REQUEST, sourcePort, 1);
        Icmpv6Header.writeChecksum(f, at, length, pseudo);
      }
      case NEIGHBOR_SOLICITATION -> {
        if (destination instanceof Ipv6Address target) {
          NeighborSolicitation.write(f, at, target.high(), target.low(), sourceMac, pseudo);
        }
      }
      default -> {
        // Zeros: the addresses and the protocol are the flow.
      }
    }
  }

  /// The option that a SYN has: what an MTU of 1500 allows.
  private void writeMss(MemorySegment f, int at) {
    int headers =
        (source instanceof Ipv6Address ? Ipv6Header.LENGTH : Ipv4Header.MIN_LENGTH)
            + TcpHeader.MIN_LENGTH;
    TcpHeader.writeMssOption(f, at, ETHERNET_MTU - headers);
  }

  private int packetLength() {
    int header = source instanceof Ipv6Address ? Ipv6Header.LENGTH : Ipv4Header.MIN_LENGTH;
    int transport =
        switch (protocol) {
          case TCP ->
              TcpHeader.MIN_LENGTH
                  + ((flags & TcpHeader.SYN) != 0 ? TcpHeader.MSS_OPTION_LENGTH : 0);
          case UDP -> UdpHeader.LENGTH;
          case ICMP -> Icmpv4Header.LENGTH;
          case ICMPV6 -> Icmpv6Header.LENGTH;
          case NEIGHBOR_SOLICITATION -> NeighborSolicitation.LENGTH;
          default -> 0;
        };
    return protocol == NEIGHBOR_SOLICITATION
        ? header + transport
        : Math.max(size, header + transport);
  }

  private static int ipv4(IpAddress address) {
    return address instanceof Ipv4Address(int bits) ? bits : 0;
  }

  /// RFC 4291 §2.7.1.
  private static Ipv6Address solicitedNode(Ipv6Address target) {
    return new Ipv6Address(0xFF02L << 48, 0x1_FF00_0000L | (target.low() & 0xFF_FFFFL));
  }
}
