// SPDX-License-Identifier: Apache-2.0
package hnv.edge.neighbor;

import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.vswitch.Action;
import hnv.vswitch.Condition;
import hnv.vswitch.Group;
import hnv.vswitch.Layer;
import hnv.vswitch.PacketContext;
import hnv.vswitch.Rule;
import hnv.vswitch.Verdict;
import hnv.wire.ArpPacket;
import hnv.wire.EthernetHeader;
import hnv.wire.Icmpv4Header;
import hnv.wire.Icmpv6Header;
import hnv.wire.IpAddress;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import hnv.wire.Ipv6Header;
import hnv.wire.MacAddress;
import hnv.wire.NeighborAdvertisement;
import hnv.wire.NeighborSolicitation;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// What an outside network says to the gateway itself: questions for the gateway's own addresses
/// and for public ones are answered, others' are not; what neighbours say of themselves goes to the
/// {@link NeighborTable}. The first layer of the port. Owned by one Worker.
public final class OutsideResponder {
  /// Name of the layer.
  public static final String NAME = "ADDRESS_RESOLUTION_LAYER";

  private final NeighborTable table;

  public OutsideResponder(NeighborTable table) {
    this.table = table;
  }

  /// The layer for the port of one network, by its number in the table.
  ///
  /// @param toUs done with IP packets for the gateway's own addresses, where they are not for a
  ///     service that is reached by one of them
  public Layer layer(int network, Action.Transposition toUs) {
    List<Rule> outbound =
        List.of(
            new Rule(
                "vlan-tag",
                10,
                List.of(new Condition.VlanTagged()),
                new Action.Deny(DropReason.VLAN_UNKNOWN)),
            new Rule(
                "arp",
                100,
                List.of(new Condition.EtherType(EthernetHeader.ARP)),
                (Action.Transposition) p -> arp(p, network)),
            new Rule(
                "neighbor-discovery",
                110,
                List.of(new Condition.NeighborDiscovery()),
                (Action.Transposition) p -> neighborDiscovery(p, network)),
            new Rule(
                "addressee",
                120,
                List.of(new Condition.Any()),
                (Action.Transposition) p -> addressee(p, network, toUs)));
    return new Layer(
        NAME,
        List.of(new Group("ADDRESS_RESOLUTION_GROUP_OUT", outbound)),
        List.of(),
        new Action.Allow(),
        new Action.Allow(),
        false);
  }

  // ---- IP ----

  private Verdict addressee(PacketContext packet, int network, Action.Transposition toUs) {
    OutsideLink link = table.link(network);
    if (link == null) {
      return packet.drop(DropReason.PORT_DOWN);
    }
    if (!packet.isIp()) {
      return packet.drop(DropReason.UNSUPPORTED_ETHERTYPE);
    }
    if (packet.isGroupAddressed()) {
      return packet.drop(DropReason.NOT_FORWARDABLE);
    }
    if (packet.destinationMac() != link.mac().bits()) {
      // A switch that floods, or a device that listens to all.
      return packet.drop(DropReason.DESTINATION_MAC_UNKNOWN);
    }
    IpAddress destination = destinationOf(packet);
    if (!link.isOwn(destination)) {
      return Verdict.CONTINUE;
    }
    boolean service = link.publicAddresses().contains(destination) && !isEchoRequest(packet);
    return service ? Verdict.CONTINUE : toUs.apply(packet);
  }

  private static boolean isEchoRequest(PacketContext packet) {
    int type = packet.destinationPort() >>> 8;
    return !packet.isLaterFragment()
        && (packet.isIpv6()
            ? packet.protocol() == IpProtocol.ICMPV6 && type == Icmpv6Header.ECHO_REQUEST
            : packet.protocol() == IpProtocol.ICMP && type == Icmpv4Header.ECHO_REQUEST);
  }

  private static IpAddress destinationOf(PacketContext packet) {
    return packet.isIpv6()
        ? new Ipv6Address(packet.destinationHigh(), packet.destinationLow())
        : new Ipv4Address((int) packet.destinationLow());
  }

  // ---- ARP (RFC 826, RFC 5227) ----

  private Verdict arp(PacketContext packet, int network) {
    NeighborNetwork known = table.network(network);
    if (known == null) {
      return packet.drop(DropReason.PORT_DOWN);
    }
    Frame frame = packet.frame();
    MemorySegment f = frame.memory();
    int at = frame.l3();
    IpAddress sender = new Ipv4Address(ArpPacket.senderIp(f, at));
    IpAddress target = new Ipv4Address(ArpPacket.targetIp(f, at));
    long mac = ArpPacket.senderMac(f, at);
    long ours = known.link.mac().bits();
    int operation = ArpPacket.operation(f, at);
    if (mac == ours || (operation != ArpPacket.REQUEST && operation != ArpPacket.REPLY)) {
      return packet.drop(DropReason.ARP_NOT_A_REQUEST);
    }
    if (isOurs(known.link, sender)) {
      return contested(packet, known, sender, mac);
    }
    boolean reply = operation == ArpPacket.REPLY;
    if (!packet.isDryRun() && sender.isUnicast()) {
      // A reply that is said to all answers nobody.
      if (reply && !packet.isGroupAddressed()) {
        table.claims().replied(known, sender, mac, packet.nowNs());
      } else {
        table.claims().claimed(known, sender, mac, packet.nowNs());
      }
    }
    if (reply || sender.equals(target)) {
      return take(packet, sender, mac);
    }
    if (!isOurs(known.link, target)) {
      return packet.drop(DropReason.ARP_TARGET_UNKNOWN);
    }
    long asking = packet.sourceMac();
    ArpPacket.write(
        f,
        at,
        ArpPacket.REPLY,
        ours,
        ((Ipv4Address) target).bits(),
        mac,
        ((Ipv4Address) sender).bits());
    EthernetHeader.setDestination(f, frame.l2(), asking);
    EthernetHeader.setSource(f, frame.l2(), ours);
    return answered(packet, target, ours);
  }

  private static boolean isOurs(OutsideLink link, IpAddress address) {
    return link.isOwn(address) || link.publicAddresses().contains(address);
  }

  // ---- neighbour discovery (RFC 4861) ----

  private Verdict neighborDiscovery(PacketContext packet, int network) {
    NeighborNetwork known = table.network(network);
    if (known == null) {
      return packet.drop(DropReason.PORT_DOWN);
    }
    Frame frame = packet.frame();
    if (!isWhole(frame)) {
      return packet.drop(DropReason.ND_NOT_A_SOLICITATION);
    }
    MemorySegment f = frame.memory();
    int at = frame.l4();
    int end = frame.l3() + frame.l3Length();
    if (NeighborSolicitation.isValid(f, at, end)) {
      return solicitation(packet, known, f, at, end);
    }
    if (NeighborAdvertisement.isValid(f, at, end)) {
      return advertisement(packet, known, f, at, end);
    }
    // Routers say of themselves (RFC 4861 §6), redirects: the gateway's routes are policy's.
    return packet.drop(DropReason.ND_NOT_A_SOLICITATION);
  }

  /// RFC 4861 §7.1.1 and §7.1.2: the hop limit that no router leaves, the checksum; RFC 6980 §5: a
  /// fragmented one is ignored.
  private static boolean isWhole(Frame frame) {
    MemorySegment f = frame.memory();
    int l3 = frame.l3();
    if (frame.isFragment() || Ipv6Header.hopLimit(f, l3) != Icmpv6Header.ND_HOP_LIMIT) {
      return false;
    }
    int length = l3 + frame.l3Length() - frame.l4();
    return frame.isChecksumValid()
        || Icmpv6Header.isChecksumValid(
            f, frame.l4(), length, Ipv6Header.pseudoHeader(f, l3, IpProtocol.ICMPV6, length));
  }

  private Verdict solicitation(
      PacketContext packet, NeighborNetwork known, MemorySegment f, int at, int end) {
    Ipv6Address target =
        new Ipv6Address(
            NeighborSolicitation.targetHigh(f, at), NeighborSolicitation.targetLow(f, at));
    Ipv6Address source = new Ipv6Address(packet.sourceHigh(), packet.sourceLow());
    long mac = NeighborSolicitation.sourceMac(f, at, end);
    long ours = known.link.mac().bits();
    if (packet.sourceMac() == ours || (source.isUnspecified() && mac >= 0)) {
      // Our own that came back, or one that RFC 4861 §7.1.1 has us discard.
      return packet.drop(DropReason.ND_NOT_A_SOLICITATION);
    }
    if (isOurs(known.link, source)) {
      return contested(packet, known, source, packet.sourceMac());
    }
    if (mac >= 0 && !packet.isDryRun()) {
      table.claims().claimed(known, source, mac, packet.nowNs());
    }
    if (!isOurs(known.link, target)) {
      return packet.drop(DropReason.ND_TARGET_UNKNOWN);
    }
    // RFC 4861 §7.2.4: to all nodes and unsolicited where the asker has no address yet, who thus
    // learns that the address is taken.
    boolean anonymous = source.isUnspecified();
    long toMac =
        anonymous
            ? NeighborFrames.groupMac(NeighborFrames.ALL_NODES)
            : mac >= 0 ? mac : packet.sourceMac();
    int flags = NeighborAdvertisement.OVERRIDE | (anonymous ? 0 : NeighborAdvertisement.SOLICITED);
    NeighborFrames.writeAdvertisement(
        packet.frame(), ours, target, toMac, anonymous ? NeighborFrames.ALL_NODES : source, flags);
    return answered(packet, target, ours);
  }

  private Verdict advertisement(
      PacketContext packet, NeighborNetwork known, MemorySegment f, int at, int end) {
    Ipv6Address target =
        new Ipv6Address(
            NeighborAdvertisement.targetHigh(f, at), NeighborAdvertisement.targetLow(f, at));
    int flags = NeighborAdvertisement.flags(f, at);
    long mac = NeighborAdvertisement.targetMac(f, at, end);
    boolean solicited = (flags & NeighborAdvertisement.SOLICITED) != 0;
    boolean group = packet.destinationHigh() >>> 56 == 0xFF;
    boolean returned = packet.sourceMac() == known.link.mac().bits();
    if (returned || (solicited && group)) {
      return packet.drop(DropReason.ND_NOT_A_SOLICITATION);
    }
    if (isOurs(known.link, target)) {
      return contested(packet, known, target, mac >= 0 ? mac : packet.sourceMac());
    }
    if (!packet.isDryRun()) {
      boolean override = (flags & NeighborAdvertisement.OVERRIDE) != 0;
      table.claims().advertised(known, target, mac, solicited, override, packet.nowNs());
    }
    return take(packet, target, mac >= 0 ? mac : packet.sourceMac());
  }

  // ---- ends ----

  /// Somebody else uses an address of ours.
  private Verdict contested(
      PacketContext packet, NeighborNetwork known, IpAddress address, long mac) {
    if (!packet.isDryRun()) {
      table.contested(known, address, mac, packet.nowNs());
    }
    return packet.drop(DropReason.ADDRESS_CONTESTED);
  }

  /// The message has been read.
  private static Verdict take(PacketContext packet, IpAddress address, long mac) {
    if (packet.isTraced()) {
      packet.say(address + " says that it is at " + text(mac));
    }
    if (!packet.isDryRun()) {
      packet.frame().release();
    }
    return Verdict.TAKEN;
  }

  private static Verdict answered(PacketContext packet, IpAddress address, long mac) {
    if (packet.isTraced()) {
      packet.say("answer " + address + " is at " + text(mac));
    }
    return packet.answer(DropReason.NONE);
  }

  private static String text(long mac) {
    return new MacAddress(mac & EthernetHeader.BROADCAST).toString();
  }
}
