// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.vswitch.Action;
import hnv.vswitch.Condition;
import hnv.vswitch.Group;
import hnv.vswitch.Layer;
import hnv.vswitch.Mapping;
import hnv.vswitch.PacketContext;
import hnv.vswitch.Rule;
import hnv.vswitch.Verdict;
import hnv.wire.ArpPacket;
import hnv.wire.Cidr;
import hnv.wire.EthernetHeader;
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
import java.util.ArrayList;
import java.util.List;

/// Answers what a VM asks of its link, from policy and on its own host: ARP, neighbour
/// solicitations, and pings of the router. Nothing of it ever reaches the underlay; what policy
/// does not know gets no answer.
public final class AddressResolution {
  /// Name of the layer.
  public static final String NAME = "ADDRESS_RESOLUTION_LAYER";

  private static final Ipv6Address ALL_NODES = Ipv6Address.parse("ff02::1");
  private static final long ALL_NODES_MAC = 0x3333_0000_0001L;
  private static final long NOT_FOUND = -1;

  private AddressResolution() {}

  /// The layer for one adapter.
  public static Layer layer(AdapterView view) {
    Condition arp = new Condition.EtherType(EthernetHeader.ARP);
    Condition neighbor = new Condition.NeighborDiscovery();
    List<Rule> outbound = new ArrayList<>();
    outbound.add(
        new Rule("arp", 100, List.of(arp), (Action.Transposition) p -> answerArp(p, view)));
    outbound.add(
        new Rule(
            "neighbor-discovery",
            110,
            List.of(neighbor),
            (Action.Transposition) p -> answerNeighbor(p, view)));
    List<Condition> routers = routers(view);
    if (!routers.isEmpty()) {
      outbound.add(
          new Rule(
              "router",
              120,
              List.of(new Condition.AnyOf(routers)),
              (Action.Transposition) IcmpAnswers::echo));
    }
    Action refuse = new Action.Deny(DropReason.LINK_LOCAL_SERVICE_ON_UNDERLAY);
    List<Rule> inbound =
        List.of(
            new Rule("arp", 100, List.of(arp), refuse),
            new Rule("neighbor-discovery", 110, List.of(neighbor), refuse));
    return new Layer(
        NAME,
        List.of(new Group("ADDRESS_RESOLUTION_GROUP_OUT", outbound)),
        List.of(new Group("ADDRESS_RESOLUTION_GROUP_IN", inbound)),
        new Action.Allow(),
        new Action.Allow(),
        false);
  }

  private static List<Condition> routers(AdapterView view) {
    List<Condition> routers = new ArrayList<>();
    if (view.routerEnabled()) {
      for (OverlayNetwork.Subnet subnet : view.domain().subnets()) {
        for (Cidr prefix : subnet.prefixes()) {
          IpAddress address = prefix.lowestHost();
          routers.add(new Condition.DestinationIn(Cidr.containing(address, address.width())));
        }
      }
    }
    return routers;
  }

  private static Verdict answerArp(PacketContext packet, AdapterView view) {
    Frame frame = packet.frame();
    MemorySegment f = frame.memory();
    int at = frame.l3();
    int target = ArpPacket.targetIp(f, at);
    int sender = ArpPacket.senderIp(f, at);
    if (ArpPacket.operation(f, at) != ArpPacket.REQUEST || target == sender) {
      return packet.drop(DropReason.ARP_NOT_A_REQUEST);
    }
    long mac = macOf(new Ipv4Address(target), view);
    if (mac == NOT_FOUND) {
      return packet.drop(DropReason.ARP_TARGET_UNKNOWN);
    }
    long asking = packet.sourceMac();
    ArpPacket.write(f, at, ArpPacket.REPLY, mac, target, asking, sender);
    EthernetHeader.setDestination(f, frame.l2(), asking);
    EthernetHeader.setSource(f, frame.l2(), mac);
    if (packet.isTraced()) {
      packet.say("answer " + new Ipv4Address(target) + " is at " + macText(mac));
    }
    return packet.answer(DropReason.NONE);
  }

  private static Verdict answerNeighbor(PacketContext packet, AdapterView view) {
    Frame frame = packet.frame();
    MemorySegment f = frame.memory();
    int at = frame.l4();
    // RFC 6980 §5: a fragmented one is ignored.
    boolean solicitation =
        !frame.isFragment()
            && NeighborSolicitation.isValid(f, at, frame.l3() + frame.l3Length())
            && Ipv6Header.hopLimit(f, frame.l3()) == Icmpv6Header.ND_HOP_LIMIT;
    if (!solicitation) {
      return packet.drop(DropReason.ND_NOT_A_SOLICITATION);
    }
    Ipv6Address target =
        new Ipv6Address(
            NeighborSolicitation.targetHigh(f, at), NeighborSolicitation.targetLow(f, at));
    long mac = macOf(target, view);
    if (mac == NOT_FOUND) {
      return packet.drop(DropReason.ND_TARGET_UNKNOWN);
    }
    writeAdvertisement(packet, target, mac);
    if (packet.isTraced()) {
      packet.say("answer " + target + " is at " + macText(mac));
    }
    return packet.answer(DropReason.NONE);
  }

  /// RFC 4861 §7.2.4; to all nodes and unsolicited where the asker has no address yet.
  private static void writeAdvertisement(PacketContext packet, Ipv6Address target, long mac) {
    Frame frame = packet.frame();
    MemorySegment f = frame.memory();
    boolean anonymous = packet.sourceHigh() == 0 && packet.sourceLow() == 0;
    long toMac = anonymous ? ALL_NODES_MAC : packet.sourceMac();
    long toHigh = anonymous ? ALL_NODES.high() : packet.sourceHigh();
    long toLow = anonymous ? ALL_NODES.low() : packet.sourceLow();
    int flags =
        NeighborAdvertisement.OVERRIDE
            | (anonymous ? 0 : NeighborAdvertisement.SOLICITED)
            | (mac == RouterMac.BITS ? NeighborAdvertisement.ROUTER : 0);
    int start = frame.start();
    int l3 = start + EthernetHeader.LENGTH;
    EthernetHeader.write(f, start, toMac, mac, EthernetHeader.IPV6);
    Ipv6Header.write(
        f,
        l3,
        0,
        0,
        NeighborAdvertisement.LENGTH,
        IpProtocol.ICMPV6,
        Icmpv6Header.ND_HOP_LIMIT,
        target.high(),
        target.low(),
        toHigh,
        toLow);
    int pseudo = Ipv6Header.pseudoHeader(f, l3, IpProtocol.ICMPV6, NeighborAdvertisement.LENGTH);
    NeighborAdvertisement.write(
        f, l3 + Ipv6Header.LENGTH, flags, target.high(), target.low(), mac, pseudo);
    frame.reset(start, EthernetHeader.LENGTH + Ipv6Header.LENGTH + NeighborAdvertisement.LENGTH);
  }

  /// The MAC that an address of the adapter's virtual subnet has: another adapter's or the
  /// router's; never the adapter's own, so that duplicate address detection finds no duplicate.
  private static long macOf(IpAddress address, AdapterView view) {
    if (view.routerEnabled()
        && address.equals(view.domain().router(view.vsid(), address instanceof Ipv6Address))) {
      return RouterMac.BITS;
    }
    Mapping mapping =
        switch (address) {
          case Ipv4Address v4 -> view.domain().space().byIpv4(v4.bits());
          case Ipv6Address v6 -> view.domain().space().byIpv6(v6.high(), v6.low());
        };
    if (mapping == null
        || mapping.vsid() != view.vsid()
        || mapping.name().equals(view.adapter().name())) {
      return NOT_FOUND;
    }
    return mapping.mac();
  }

  private static String macText(long mac) {
    return new MacAddress(mac).toString();
  }
}
