// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import hnv.dataplane.DropReason;
import hnv.vswitch.Action;
import hnv.vswitch.Condition;
import hnv.vswitch.Group;
import hnv.vswitch.Layer;
import hnv.vswitch.Mapping;
import hnv.vswitch.PacketContext;
import hnv.vswitch.Rule;
import hnv.vswitch.Verdict;
import java.util.List;

/// Between customer and provider addresses. Outbound: where the destination is, by policy; a port
/// of this host or a tunnel. Inbound: a packet of a tunnel is taken only where outer source, VSID,
/// inner address and inner MAC agree with policy.
public final class EncapsulationLayer {
  /// Name of the layer, as operators of the original know it.
  public static final String NAME = "VNET_ENCAP_LAYER";

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
    Mapping holder = view.domain().space().byDestination(packet);
    boolean isFor =
        holder == null
            ? view.domain().routes().leadsTo(mapping, DomainView.destination(packet))
            : mapping.equals(holder);
    if (!isFor) {
      return packet.drop(DropReason.DESTINATION_MAC_MISMATCH);
    }
    if (mapping.name().equals(view.adapter().name())) {
      return packet.drop(DropReason.SAME_PORT);
    }
    return Tunnels.send(packet, mapping, (it, mtu) -> IcmpAnswers.tooBig(it, view, mtu));
  }

  private static Verdict decapsulate(PacketContext packet, AdapterView view) {
    if (packet.source() != null) {
      // From a port of this host, whose guard has seen it.
      return Verdict.CONTINUE;
    }
    Verdict verdict = Tunnels.admit(packet, view);
    if (verdict == Verdict.CONTINUE) {
      packet.transposition().deliver(view.nextHop());
      Tunnels.limitMss(packet, packet.arrays().nextHops().mtu(view.nextHop()));
      if (view.domain().space().bySource(packet) == null) {
        // What is answered goes back by the same gateway, since it may translate.
        Mapping gateway = view.domain().routes().sender(packet, DomainView.source(packet));
        packet.chooseForAnswers(gateway == null ? PacketContext.NO_CHOICE : gateway.peer());
      }
    }
    return verdict;
  }
}
