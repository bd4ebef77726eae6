// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import hnv.dataplane.DropReason;
import hnv.dataplane.FlowRecordExecutor;
import hnv.dataplane.Frame;
import hnv.dataplane.NextHopTable;
import hnv.vswitch.Action;
import hnv.vswitch.Condition;
import hnv.vswitch.Group;
import hnv.vswitch.Layer;
import hnv.vswitch.Mapping;
import hnv.vswitch.PacketContext;
import hnv.vswitch.Rule;
import hnv.vswitch.Verdict;
import hnv.wire.EthernetHeader;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Header;
import hnv.wire.TcpHeader;
import java.util.List;

/// Between customer and provider addresses. Outbound: where the destination is, by policy; a port
/// of this host or a tunnel. Inbound: a packet of a tunnel is taken only where outer source, VSID,
/// inner address and inner MAC agree with policy.
public final class EncapsulationLayer {
  /// Name of the layer, as operators of the original know it.
  public static final String NAME = "VNET_ENCAP_LAYER";

  private static final int TCP_HEADER = TcpHeader.MIN_LENGTH;

  private EncapsulationLayer() {}

  /// The layer for one adapter.
  public static Layer layer(AdapterView view) {
    Rule group =
        new Rule(
            "replicate",
            100,
            List.of(new Condition.GroupDestination()),
            (Action.Transposition)
                packet -> {
                  if (packet.isTraced()) {
                    packet.say("one copy to each port and host of VSID " + packet.vsid());
                  }
                  return packet.replicate(view.replication(), FlowEntropy.of(packet));
                });
    Action.Transposition encapsulate = packet -> encapsulate(packet, view);
    Action.Transposition decapsulate = packet -> decapsulate(packet, view);
    return new Layer(
        NAME,
        List.of(new Group("VNET_ENCAP_GROUP_OUT", List.of(group))),
        List.of(),
        encapsulate,
        decapsulate,
        false);
  }

  private static Verdict encapsulate(PacketContext packet, AdapterView view) {
    Mapping mapping = view.domain().space().byMac(packet.vsid(), packet.destinationMac());
    if (mapping == null) {
      return packet.drop(DropReason.DESTINATION_MAC_UNKNOWN);
    }
    if (!mapping.equals(view.domain().space().byDestination(packet))) {
      return packet.drop(DropReason.DESTINATION_MAC_MISMATCH);
    }
    if (mapping.host().isEmpty()) {
      return packet.drop(DropReason.DESTINATION_LOCATOR_MISSING);
    }
    if (mapping.name().equals(view.adapter().name())) {
      return packet.drop(DropReason.SAME_PORT);
    }
    NextHopTable nextHops = packet.arrays().nextHops();
    int nextHop = mapping.nextHop();
    if (nextHop == NextHopTable.NONE) {
      return packet.drop(DropReason.PORT_DOWN);
    }
    if (!nextHops.isResolved(nextHop)) {
      return packet.drop(DropReason.NEXT_HOP_UNRESOLVED);
    }
    int mtu = nextHops.mtu(nextHop);
    Frame frame = packet.frame();
    if (FlowRecordExecutor.largestPacket(frame) > mtu) {
      return IcmpAnswers.tooBig(packet, view, mtu);
    }
    int ipHeader = packet.isIpv6() ? Ipv6Header.LENGTH : Ipv4Header.MIN_LENGTH;
    packet.limitMss(mtu - ipHeader - TCP_HEADER);
    if (mapping.isLocal()) {
      packet.transposition().deliver(nextHop);
      packet.deliverTo(mapping.port());
      if (packet.isTraced()) {
        packet.say("deliver on this host to " + mapping.name());
      }
    } else {
      packet.transposition().push(nextHop, packet.vsid(), FlowEntropy.of(packet));
      if (packet.isTraced()) {
        packet.say(
            "%s %d to %s for %s"
                .formatted(view.encapsulation(), packet.vsid(), mapping.host(), mapping.name()));
      }
    }
    return Verdict.CONTINUE;
  }

  private static Verdict decapsulate(PacketContext packet, AdapterView view) {
    if (packet.source() != null) {
      // From a port of this host, whose guard has seen it.
      return Verdict.CONTINUE;
    }
    Frame frame = packet.frame();
    if (frame.encapsulation() != view.encapsulation()) {
      return packet.drop(DropReason.ENCAPSULATION_MISMATCH);
    }
    int etherType = packet.etherType();
    if (etherType == EthernetHeader.ARP) {
      return packet.drop(DropReason.LINK_LOCAL_SERVICE_ON_UNDERLAY);
    }
    if (!packet.isIp()) {
      return packet.drop(DropReason.UNSUPPORTED_ETHERTYPE);
    }
    Mapping source = view.domain().space().bySource(packet);
    if (source == null) {
      return packet.drop(DropReason.SOURCE_LOCATOR_MISSING);
    }
    if (!packet.arrays().peers().sourceMatches(source.peer(), frame)) {
      return packet.drop(DropReason.SOURCE_PA_MISMATCH);
    }
    if (!packet.arrays().peers().destinationMatches(source.peer(), frame)) {
      return packet.drop(DropReason.OUTER_DESTINATION_NOT_LOCAL);
    }
    long mac = packet.sourceMac();
    boolean routed = mac == RouterMac.BITS;
    boolean bridged = mac == source.mac() && source.vsid() == packet.vsid();
    if (!routed && !bridged) {
      return packet.drop(DropReason.SOURCE_MAC_MISMATCH);
    }
    packet.transposition().pop(frame.encapsulation(), source.peer());
    packet.transposition().expectSourceMac(mac);
    packet.transposition().deliver(view.nextHop());
    int ipHeader = packet.isIpv6() ? Ipv6Header.LENGTH : Ipv4Header.MIN_LENGTH;
    packet.limitMss(packet.arrays().nextHops().mtu(view.nextHop()) - ipHeader - TCP_HEADER);
    if (packet.isTraced()) {
      packet.say(
          "%s from %s, sent by %s".formatted(frame.encapsulation(), source.host(), source.name()));
    }
    return Verdict.CONTINUE;
  }
}
