// SPDX-License-Identifier: Apache-2.0
package hnv.edge.neighbor;

import hnv.wire.ArpPacket;
import hnv.wire.EthernetHeader;
import hnv.wire.Icmpv6Header;
import hnv.wire.IpAddress;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Address;
import hnv.wire.Ipv6Header;
import hnv.wire.NeighborAdvertisement;
import hnv.wire.NeighborSolicitation;
import hnv.wire.UdpHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Frames as neighbours send them, and looks into frames that the gateway sent.
final class Frames {
  private static final int L3 = EthernetHeader.LENGTH;
  private static final int L4 = L3 + Ipv6Header.LENGTH;

  private Frames() {}

  static byte[] octets(MemorySegment f, int length) {
    return f.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
  }

  private static MemorySegment memory() {
    return Arena.ofAuto().allocate(256, 8);
  }

  static int bits(String address) {
    return Ipv4Address.parse(address).bits();
  }

  /// @param toMac Ethernet destination
  static byte[] arp(int operation, long mac, String sender, long toMac, String target) {
    MemorySegment f = memory();
    EthernetHeader.write(f, 0, toMac, mac, EthernetHeader.ARP);
    long targetMac = operation == ArpPacket.REQUEST ? 0 : toMac;
    ArpPacket.write(f, L3, operation, mac, bits(sender), targetMac, bits(target));
    return octets(f, L3 + ArpPacket.LENGTH);
  }

  static byte[] solicitation(long mac, String from, long toMac, String to, String target) {
    MemorySegment f = memory();
    Ipv6Address asked = Ipv6Address.parse(target);
    int sum = ipv6(f, mac, from, toMac, to, NeighborSolicitation.LENGTH);
    NeighborSolicitation.write(f, L4, asked.high(), asked.low(), mac, sum);
    return octets(f, L4 + NeighborSolicitation.LENGTH);
  }

  /// Duplicate address detection: no source, no option (RFC 4862 §5.4.2).
  static byte[] duplicateAddressDetection(long mac, String target) {
    MemorySegment f = memory();
    Ipv6Address asked = Ipv6Address.parse(target);
    Ipv6Address group = NeighborFrames.solicitedNode(asked);
    int length = NeighborSolicitation.OPTIONS_AT;
    ipv6(f, mac, "::", NeighborFrames.groupMac(group), group.toString(), length);
    f.set(ValueLayout.JAVA_BYTE, L4, (byte) Icmpv6Header.NEIGHBOR_SOLICITATION);
    putAddress(f, L4 + NeighborSolicitation.TARGET_AT, asked);
    int sum = Ipv6Header.pseudoHeader(f, L3, IpProtocol.ICMPV6, length);
    Icmpv6Header.writeChecksum(f, L4, length, sum);
    return octets(f, L4 + length);
  }

  private static void putAddress(MemorySegment f, long at, Ipv6Address address) {
    var layout = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(java.nio.ByteOrder.BIG_ENDIAN);
    f.set(layout, at, address.high());
    f.set(layout, at + 8, address.low());
  }

  static byte[] advertisement(
      long mac, String from, long toMac, String to, String target, int flags) {
    MemorySegment f = memory();
    Ipv6Address said = Ipv6Address.parse(target);
    int sum = ipv6(f, mac, from, toMac, to, NeighborAdvertisement.LENGTH);
    NeighborAdvertisement.write(f, L4, flags, said.high(), said.low(), mac, sum);
    return octets(f, L4 + NeighborAdvertisement.LENGTH);
  }

  private static int ipv6(
      MemorySegment f, long mac, String from, long toMac, String to, int length) {
    EthernetHeader.write(f, 0, toMac, mac, EthernetHeader.IPV6);
    Ipv6Address source = Ipv6Address.parse(from);
    Ipv6Address destination = Ipv6Address.parse(to);
    Ipv6Header.write(
        f,
        L3,
        0,
        0,
        length,
        IpProtocol.ICMPV6,
        255,
        source.high(),
        source.low(),
        destination.high(),
        destination.low());
    return Ipv6Header.pseudoHeader(f, L3, IpProtocol.ICMPV6, length);
  }

  static byte[] udp(long mac, String from, long toMac, String to) {
    MemorySegment f = memory();
    EthernetHeader.write(f, 0, toMac, mac, EthernetHeader.IPV4);
    int length = Ipv4Header.MIN_LENGTH + UdpHeader.LENGTH + 8;
    Ipv4Header.write(f, L3, 0, length, 1, 0, 64, IpProtocol.UDP, bits(from), bits(to));
    Ipv4Header.writeChecksum(f, L3);
    UdpHeader.write(f, L3 + Ipv4Header.MIN_LENGTH, 1_000, 2_000, UdpHeader.LENGTH + 8, 0);
    return octets(f, L3 + length);
  }

  // ---- what was sent ----

  static long destination(byte[] frame) {
    return EthernetHeader.destination(of(frame), 0);
  }

  static long source(byte[] frame) {
    return EthernetHeader.source(of(frame), 0);
  }

  static boolean isArp(byte[] frame, int operation) {
    MemorySegment f = of(frame);
    return EthernetHeader.etherType(f, 0) == EthernetHeader.ARP
        && ArpPacket.isValid(f, L3, frame.length)
        && ArpPacket.operation(f, L3) == operation;
  }

  /// What an ARP packet or a message of neighbour discovery is about.
  static IpAddress target(byte[] frame) {
    MemorySegment f = of(frame);
    if (EthernetHeader.etherType(f, 0) == EthernetHeader.ARP) {
      return new Ipv4Address(ArpPacket.targetIp(f, L3));
    }
    return new Ipv6Address(
        NeighborSolicitation.targetHigh(f, L4), NeighborSolicitation.targetLow(f, L4));
  }

  static IpAddress sender(byte[] frame) {
    MemorySegment f = of(frame);
    if (EthernetHeader.etherType(f, 0) == EthernetHeader.ARP) {
      return new Ipv4Address(ArpPacket.senderIp(f, L3));
    }
    return new Ipv6Address(Ipv6Header.sourceHigh(f, L3), Ipv6Header.sourceLow(f, L3));
  }

  static Ipv6Address receiver(byte[] frame) {
    MemorySegment f = of(frame);
    return new Ipv6Address(Ipv6Header.destinationHigh(f, L3), Ipv6Header.destinationLow(f, L3));
  }

  /// Whether it is one that RFC 4861 §7.1 has a node accept.
  static boolean isValidDiscovery(byte[] frame, int type) {
    MemorySegment f = of(frame);
    int length = frame.length - L4;
    return EthernetHeader.etherType(f, 0) == EthernetHeader.IPV6
        && Ipv6Header.isValid(f, L3, frame.length)
        && Ipv6Header.hopLimit(f, L3) == 255
        && Icmpv6Header.isChecksumValid(
            f, L4, length, Ipv6Header.pseudoHeader(f, L3, IpProtocol.ICMPV6, length))
        && (type == Icmpv6Header.NEIGHBOR_SOLICITATION
            ? NeighborSolicitation.isValid(f, L4, frame.length)
            : NeighborAdvertisement.isValid(f, L4, frame.length));
  }

  static int flags(byte[] frame) {
    return NeighborAdvertisement.flags(of(frame), L4);
  }

  static long targetMac(byte[] frame) {
    return NeighborAdvertisement.targetMac(of(frame), L4, frame.length);
  }

  private static MemorySegment of(byte[] frame) {
    MemorySegment f = Arena.ofAuto().allocate(frame.length, 8);
    MemorySegment.copy(frame, 0, f, ValueLayout.JAVA_BYTE, 0, frame.length);
    return f;
  }
}
