// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import hnv.dataplane.DropReason;
import hnv.vswitch.Action;
import hnv.vswitch.Condition;
import hnv.vswitch.Group;
import hnv.vswitch.Layer;
import hnv.vswitch.Rule;
import hnv.vswitch.Verdict;
import hnv.wire.Cidr;
import hnv.wire.CustomerAddress;
import hnv.wire.EthernetHeader;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// A VM sends only from what policy gave it (MAC, customer addresses, no VLAN tag), and gets only
/// what is for it.
public final class PortGuard {
  /// Name of the layer.
  public static final String NAME = "PORT_GUARD_LAYER";

  private static final Cidr IPV4_UNSPECIFIED = Cidr.parse("0.0.0.0/32");
  private static final Cidr IPV6_UNSPECIFIED = Cidr.parse("::/128");
  private static final Cidr IPV6_LINK_LOCAL = Cidr.parse("fe80::/10");

  private PortGuard() {}

  /// The layer for one adapter.
  public static Layer layer(AdapterView view) {
    return new Layer(
        NAME,
        List.of(new Group("PORT_GUARD_GROUP_OUT", outbound(view))),
        List.of(new Group("PORT_GUARD_GROUP_IN", inbound(view))),
        new Action.Deny(DropReason.SOURCE_CA_SPOOFED),
        new Action.Deny(DropReason.DESTINATION_MAC_MISMATCH),
        false);
  }

  private static List<Rule> outbound(AdapterView view) {
    long mac = view.adapter().mac().bits();
    boolean anyMac = view.adapter().macSpoofing();
    Condition arp = new Condition.EtherType(EthernetHeader.ARP);
    Condition unspecified = new Condition.SourceIn(IPV4_UNSPECIFIED);
    Condition linkLocal =
        new Condition.AnyOf(
            List.of(
                new Condition.SourceIn(IPV6_UNSPECIFIED), new Condition.SourceIn(IPV6_LINK_LOCAL)));
    Condition known =
        new Condition.AnyOf(
            List.of(
                new Condition.EtherType(EthernetHeader.IPV4),
                new Condition.EtherType(EthernetHeader.IPV6),
                arp));
    List<Rule> rules = new ArrayList<>();
    rules.add(deny("vlan-tag", 100, DropReason.VLAN_TAG_FROM_VM, new Condition.VlanTagged()));
    rules.add(deny("ethertype", 110, DropReason.UNSUPPORTED_ETHERTYPE, new Condition.Not(known)));
    if (!anyMac) {
      rules.add(
          deny(
              "source-mac",
              120,
              DropReason.SOURCE_MAC_SPOOFED,
              new Condition.Not(new Condition.SourceMac(mac))));
    }
    rules.add(
        new Rule(
            "customer-address",
            130,
            List.of(anyOf(view, Condition.SourceIn::new)),
            anyMac ? new Action.Allow() : bindMac(mac)));
    // RFC 5227 §1.1: a probe has no sender address yet.
    rules.add(new Rule("arp-probe", 140, List.of(arp, unspecified), new Action.Allow()));
    rules.add(
        new Rule(
            "neighbor-discovery",
            150,
            List.of(new Condition.NeighborDiscovery(), linkLocal),
            new Action.Allow()));
    rules.add(deny("link-local", 160, DropReason.NOT_FORWARDABLE, linkLocal));
    rules.add(deny("unconfigured", 170, DropReason.NOT_FORWARDABLE, unspecified));
    return rules;
  }

  private static List<Rule> inbound(AdapterView view) {
    return List.of(
        new Rule(
            "customer-address",
            100,
            List.of(anyOf(view, Condition.DestinationIn::new)),
            new Action.Allow()),
        new Rule("group", 110, List.of(new Condition.GroupDestination()), new Action.Allow()));
  }

  private static Condition anyOf(AdapterView view, Function<Cidr, Condition> condition) {
    List<Condition> conditions = new ArrayList<>();
    for (CustomerAddress address : view.adapter().addresses()) {
      conditions.add(
          condition.apply(Cidr.containing(address.address(), address.address().width())));
    }
    return new Condition.AnyOf(conditions);
  }

  private static Rule deny(String id, int priority, DropReason reason, Condition condition) {
    return new Rule(id, priority, List.of(condition), new Action.Deny(reason));
  }

  private static Action bindMac(long mac) {
    return (Action.Transposition)
        packet -> {
          packet.transposition().expectSourceMac(mac);
          if (packet.isTraced()) {
            packet.say("allow; frames of this flow bear the adapter's MAC");
          }
          return Verdict.CONTINUE;
        };
  }
}
