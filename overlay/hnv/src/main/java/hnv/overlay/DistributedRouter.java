// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import hnv.dataplane.DropReason;
import hnv.dataplane.FlowRecordExecutor;
import hnv.vswitch.Action;
import hnv.vswitch.Condition;
import hnv.vswitch.Group;
import hnv.vswitch.Layer;
import hnv.vswitch.Mapping;
import hnv.vswitch.PacketContext;
import hnv.vswitch.Rule;
import hnv.vswitch.Verdict;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import hnv.wire.MacAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The router that every host is for its VMs: what a VM sends to the router's MAC is routed here
/// and at once to where the destination is, within the routing domain: to the adapter that has it,
/// or to a gateway of the domain. TTL − 1, MACs and VSID rewritten.
public final class DistributedRouter {
  /// Name of the layer, as operators of the original know it.
  public static final String NAME = "VNET_DR_REDIRECTION_LAYER";

  private static final int IPV4_LINK_LOCAL = 0xA9FE;

  private DistributedRouter() {}

  /// The layer for one adapter.
  public static Layer layer(AdapterView view) {
    Action route =
        view.routerEnabled()
            ? (Action.Transposition) packet -> route(packet, view)
            : new Action.Deny(DropReason.ROUTER_DISABLED);
    Rule toRouter =
        new Rule("to-router", 100, List.of(new Condition.DestinationMac(RouterMac.BITS)), route);
    return new Layer(
        NAME,
        List.of(new Group("VNET_DR_REDIRECTION_GROUP_OUT", List.of(toRouter))),
        List.of(),
        new Action.Allow(),
        new Action.Allow(),
        false);
  }

  private static Verdict route(PacketContext packet, AdapterView view) {
    IpAddress destination = DomainView.destination(packet);
    if (!isForwardable(destination)) {
      return packet.drop(DropReason.NOT_FORWARDABLE);
    }
    if (FlowRecordExecutor.ttl(packet.frame()) <= 1) {
      return IcmpAnswers.timeExceeded(packet, view);
    }
    Mapping mapping = view.domain().space().byDestination(packet);
    if (mapping == null) {
      mapping = gateway(packet, destination, view);
    }
    if (mapping == null) {
      return packet.drop(
          view.domain().routes().covers(destination)
              ? DropReason.DESTINATION_LOCATOR_MISSING
              : DropReason.NO_ROUTE);
    }
    packet.route(mapping.vsid(), mapping.mac(), RouterMac.BITS);
    if (packet.isTraced()) {
      packet.say(
          "route to VSID %d, %s at %s, TTL - 1"
              .formatted(mapping.vsid(), mapping.name(), new MacAddress(mapping.mac())));
    }
    return Verdict.CONTINUE;
  }

  /// The gateway on the way there, of which there may be several: a connection stays with its own,
  /// since it may be translated there.
  private static @Nullable Mapping gateway(
      PacketContext packet, IpAddress destination, AdapterView view) {
    Mapping gateway =
        view.domain().routes().gateway(packet, destination, view.adapter().name(), packet.choice());
    if (gateway != null && gateway.peer() != packet.choice()) {
      packet.choose(gateway.peer());
    }
    return gateway;
  }

  /// RFC 1812 §5.3.7, RFC 3927 §7, RFC 4291 §2.5.6: what no router passes on.
  private static boolean isForwardable(IpAddress destination) {
    boolean linkLocal =
        switch (destination) {
          case Ipv4Address v4 -> v4.bits() >>> 16 == IPV4_LINK_LOCAL;
          case Ipv6Address v6 -> v6.isLinkLocal();
        };
    return destination.isUnicast() && !destination.isLoopback() && !linkLocal;
  }
}
