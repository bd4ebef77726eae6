// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import hnv.dataplane.DropReason;
import hnv.dataplane.FlowRecordExecutor;
import hnv.dataplane.Frame;
import hnv.dataplane.NextHopTable;
import hnv.vswitch.Mapping;
import hnv.vswitch.PacketContext;
import hnv.vswitch.Verdict;
import hnv.wire.EthernetHeader;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Header;
import hnv.wire.TcpHeader;
import org.jspecify.annotations.Nullable;

/// Into the tunnels between hosts and out of them, for whatever port of a domain: a VM's or a
/// gateway's.
public final class Tunnels {
  private static final int TCP_HEADER = TcpHeader.MIN_LENGTH;

  /// What becomes of a packet that is too long for its path and may not be cut.
  @FunctionalInterface
  public interface TooLong {
    /// Drops or answers it.
    ///
    /// @param mtu octets of the longest IP packet that the path carries
    Verdict answer(PacketContext packet, int mtu);
  }

  private Tunnels() {}

  /// Takes a packet out of its tunnel where outer source, encapsulation, inner source and inner MAC
  /// agree with policy: the inner source is an adapter of the sending host, or such that a route of
  /// the domain leads from there to a gateway on it.
  public static Verdict admit(PacketContext packet, AdapterView view) {
    Frame frame = packet.frame();
    if (packet.etherType() == EthernetHeader.ARP) {
      return packet.drop(DropReason.LINK_LOCAL_SERVICE_ON_UNDERLAY);
    }
    if (!packet.isIp()) {
      return packet.drop(DropReason.UNSUPPORTED_ETHERTYPE);
    }
    Mapping source = sender(packet, view.domain());
    if (source == null) {
      return packet.drop(DropReason.SOURCE_LOCATOR_MISSING);
    }
    if (frame.encapsulation() != source.encapsulation()) {
      return packet.drop(DropReason.ENCAPSULATION_MISMATCH);
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
    if (packet.isTraced()) {
      packet.say(
          "%s from %s, sent by %s".formatted(frame.encapsulation(), source.host(), source.name()));
    }
    return Verdict.CONTINUE;
  }

  /// The adapter that a packet of a tunnel claims to be from, by its inner source alone; null where
  /// the domain has no such address. What a mapping has, no route gives to a gateway.
  private static @Nullable Mapping sender(PacketContext packet, DomainView domain) {
    Mapping mapping = domain.space().bySource(packet);
    return mapping != null ? mapping : domain.routes().sender(packet, DomainView.source(packet));
  }

  /// The adapter that gets a packet: the one with its destination, else a gateway on the way there.
  ///
  /// @param view the adapter that the packet is sent by: it does not get its own packets back
  /// @return null where neither is
  public static @Nullable Mapping receiver(PacketContext packet, AdapterView view) {
    DomainView domain = view.domain();
    Mapping mapping = domain.space().byDestination(packet);
    if (mapping != null) {
      return mapping;
    }
    IpAddress destination = DomainView.destination(packet);
    return domain.routes().gateway(packet, destination, view.adapter().name(), 0);
  }

  /// Sends a packet to another adapter of the domain, whose virtual subnet and MAC it bears
  /// already: to its port where it is on this host, else into the tunnel to its host.
  public static Verdict send(PacketContext packet, Mapping mapping, TooLong tooLong) {
    if (mapping.host().isEmpty()) {
      return packet.drop(DropReason.DESTINATION_LOCATOR_MISSING);
    }
    NextHopTable nextHops = packet.arrays().nextHops();
    int nextHop = mapping.nextHop();
    if (nextHop == NextHopTable.NONE) {
      boolean elsewhere = mapping.peer() != 0;
      return packet.drop(elsewhere ? DropReason.ENCAPSULATION_MISMATCH : DropReason.PORT_DOWN);
    }
    if (!nextHops.isResolved(nextHop)) {
      return packet.drop(DropReason.NEXT_HOP_UNRESOLVED);
    }
    int mtu = nextHops.mtu(nextHop);
    if (isTooLong(packet, mtu)) {
      return tooLong.answer(packet, mtu);
    }
    limitMss(packet, mtu);
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
                .formatted(mapping.encapsulation(), packet.vsid(), mapping.host(), mapping.name()));
      }
    }
    return Verdict.CONTINUE;
  }

  /// Whether a packet is too long for a path and must not be cut on its way: the engine cuts the
  /// others.
  ///
  /// @param mtu octets of the longest IP packet that the path carries
  public static boolean isTooLong(PacketContext packet, int mtu) {
    int length = FlowRecordExecutor.largestPacket(packet.frame()) + packet.conversion().growth();
    return length > mtu && !packet.isFragmentable();
  }

  /// TCP is told of segments that fit.
  ///
  /// @param mtu octets of the longest IP packet
  public static void limitMss(PacketContext packet, int mtu) {
    int ipHeader = packet.isIpv6() ? Ipv6Header.LENGTH : Ipv4Header.MIN_LENGTH;
    packet.limitMss(mtu - ipHeader - TCP_HEADER);
  }
}
