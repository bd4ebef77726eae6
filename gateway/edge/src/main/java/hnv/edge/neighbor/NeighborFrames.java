// SPDX-License-Identifier: Apache-2.0
package hnv.edge.neighbor;

import hnv.dataplane.Frame;
import hnv.dataplane.FramePool;
import hnv.wire.ArpPacket;
import hnv.wire.EthernetHeader;
import hnv.wire.Icmpv6Header;
import hnv.wire.IpAddress;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import hnv.wire.Ipv6Header;
import hnv.wire.NeighborAdvertisement;
import hnv.wire.NeighborSolicitation;
import java.lang.foreign.MemorySegment;

/// Writes the frames that this package sends. Stateless but for the frame.
final class NeighborFrames {
  static final Ipv6Address ALL_NODES = Ipv6Address.parse("ff02::1");

  private static final long SOLICITED_NODE_HIGH = 0xFF02_0000_0000_0000L;
  private static final long SOLICITED_NODE_LOW = 0x1_FF00_0000L;
  private static final long SOLICITED_NODE_MASK = 0xFF_FFFFL;
  private static final long IPV6_GROUP_MAC = 0x3333_0000_0000L;
  private static final int ND_LENGTH =
      EthernetHeader.LENGTH + Ipv6Header.LENGTH + NeighborSolicitation.LENGTH;

  private NeighborFrames() {}

  /// RFC 4291 §2.7.1.
  static Ipv6Address solicitedNode(Ipv6Address address) {
    return new Ipv6Address(
        SOLICITED_NODE_HIGH, SOLICITED_NODE_LOW | (address.low() & SOLICITED_NODE_MASK));
  }

  /// RFC 2464 §7.
  static long groupMac(Ipv6Address group) {
    return IPV6_GROUP_MAC | (group.low() & 0xFFFF_FFFFL);
  }

  /// Who has `target`? Asked of one, or of everybody (RFC 826; RFC 4861 §7.2.2).
  ///
  /// @param mac of the one, or negative
  static void writeSolicitation(Frame frame, OutsideLink link, IpAddress target, long mac) {
    switch (target) {
      case Ipv4Address v4 -> {
        long to = mac < 0 ? EthernetHeader.BROADCAST : mac;
        int from = link.sourceFor(v4) instanceof Ipv4Address own ? own.bits() : 0;
        writeArp(frame, ArpPacket.REQUEST, link.mac().bits(), from, to, 0, v4.bits());
      }
      case Ipv6Address v6 -> {
        Ipv6Address from = link.sourceFor(v6) instanceof Ipv6Address own ? own : link.linkLocal();
        Ipv6Address to = mac < 0 ? solicitedNode(v6) : v6;
        int l4 = writeIpv6(frame, link.mac().bits(), from, mac < 0 ? groupMac(to) : mac, to);
        MemorySegment f = frame.memory();
        NeighborSolicitation.write(
            f, l4, v6.high(), v6.low(), link.mac().bits(), pseudoHeader(frame));
      }
    }
  }

  /// `address` is here, to all who care: a gratuitous ARP request (RFC 5227 §2.3, which knows that
  /// some look at requests only), an unsolicited advertisement (RFC 4861 §7.2.6).
  static void writeAnnouncement(Frame frame, long mac, IpAddress address) {
    switch (address) {
      case Ipv4Address v4 ->
          writeArp(
              frame, ArpPacket.REQUEST, mac, v4.bits(), EthernetHeader.BROADCAST, 0, v4.bits());
      case Ipv6Address v6 ->
          writeAdvertisement(
              frame, mac, v6, groupMac(ALL_NODES), ALL_NODES, NeighborAdvertisement.OVERRIDE);
    }
  }

  /// `target` is at `mac`, said to one or to all nodes.
  ///
  /// @param flags of {@link NeighborAdvertisement}; it is a router's always
  static void writeAdvertisement(
      Frame frame, long mac, Ipv6Address target, long toMac, Ipv6Address to, int flags) {
    int l4 = writeIpv6(frame, mac, target, toMac, to);
    NeighborAdvertisement.write(
        frame.memory(),
        l4,
        flags | NeighborAdvertisement.ROUTER,
        target.high(),
        target.low(),
        mac,
        pseudoHeader(frame));
  }

  private static void writeArp(
      Frame frame, int operation, long mac, int from, long to, long targetMac, int target) {
    int start = FramePool.HEADROOM;
    frame.reset(start, EthernetHeader.LENGTH + ArpPacket.LENGTH);
    EthernetHeader.write(frame.memory(), start, to, mac, EthernetHeader.ARP);
    ArpPacket.write(
        frame.memory(), start + EthernetHeader.LENGTH, operation, mac, from, targetMac, target);
  }

  /// Writes the headers before a message of neighbour discovery.
  ///
  /// @return where the message begins
  private static int writeIpv6(
      Frame frame, long mac, Ipv6Address from, long toMac, Ipv6Address to) {
    int start = FramePool.HEADROOM;
    frame.reset(start, ND_LENGTH);
    MemorySegment f = frame.memory();
    EthernetHeader.write(f, start, toMac, mac, EthernetHeader.IPV6);
    int l3 = start + EthernetHeader.LENGTH;
    Ipv6Header.write(
        f,
        l3,
        0,
        0,
        NeighborSolicitation.LENGTH,
        IpProtocol.ICMPV6,
        Icmpv6Header.ND_HOP_LIMIT,
        from.high(),
        from.low(),
        to.high(),
        to.low());
    return l3 + Ipv6Header.LENGTH;
  }

  private static int pseudoHeader(Frame frame) {
    return Ipv6Header.pseudoHeader(
        frame.memory(),
        frame.start() + (long) EthernetHeader.LENGTH,
        IpProtocol.ICMPV6,
        NeighborSolicitation.LENGTH);
  }
}
