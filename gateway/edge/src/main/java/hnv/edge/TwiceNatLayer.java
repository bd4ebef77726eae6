// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.dataplane.DropReason;
import hnv.nat.TwiceNat;
import hnv.vswitch.Action;
import hnv.vswitch.Layer;
import hnv.vswitch.PacketContext;
import hnv.vswitch.QuotedPacket;
import hnv.vswitch.Verdict;
import hnv.wire.IpProtocol;
import java.util.List;

/// Twice-NAT, at a connection's port: in front of everything that knows the tenant's packets, so
/// that connections, the guard, meters and routes see both ends as the tenant does. Without state;
/// a record does it as well. What would be ambiguous untranslated does not pass.
public final class TwiceNatLayer {
  /// Name of the layer.
  public static final String NAME = "TWICE_NAT_LAYER";

  private TwiceNatLayer() {}

  /// The layer for one port.
  public static Layer layer(EdgePort port, Edge edge) {
    AddressTranslations toOthers = port.translations();
    if (toOthers.isEmpty()) {
      Action none = new Action.Allow();
      return new Layer(NAME, List.of(), List.of(), none, none, false);
    }
    AddressTranslations toTenant = toOthers.reversed();
    Action.Transposition inward =
        packet ->
            isIpv4(packet) && edge.keepalives().isQuestion(packet, port)
                ? Verdict.CONTINUE
                : translate(packet, toTenant);
    Action.Transposition outward = packet -> translate(packet, toOthers);
    return new Layer(NAME, List.of(), List.of(), inward, outward, false);
  }

  /// @param nat as the side has it that the packet comes from
  private static Verdict translate(PacketContext packet, AddressTranslations nat) {
    if (!isIpv4(packet)) {
      return Verdict.CONTINUE;
    }
    if (packet.frame().isIcmpError()) {
      return error(packet, nat);
    }
    int source = (int) packet.sourceLow();
    int destination = (int) packet.destinationLow();
    TwiceNat fits = nat.outbound(source, destination);
    if (fits == null) {
      return pass(packet, nat.isAmbiguous(source, destination));
    }
    rewrite(packet, fits.outboundSource(source), fits.outboundDestination(destination));
    return Verdict.CONTINUE;
  }

  /// The side that it goes to sent what is quoted. Who says the error may be any station on the
  /// way: it is seen as that side sees it, if there is a name for it.
  private static Verdict error(PacketContext packet, AddressTranslations nat) {
    QuotedPacket quoted = packet.quoted();
    int source = (int) packet.sourceLow();
    int destination = (int) packet.destinationLow();
    if (quoted == null) {
      return pass(packet, nat.isAmbiguous(source, destination));
    }
    int sender = (int) quoted.sourceLow();
    int receiver = (int) quoted.destinationLow();
    TwiceNat fits = nat.outbound(receiver, sender);
    if (fits == null || sender != destination) {
      boolean ambiguous =
          fits != null || nat.isAmbiguous(receiver, sender) || nat.isAmbiguous(source, destination);
      return pass(packet, ambiguous);
    }
    rewrite(quoted, fits.outboundDestination(sender), fits.outboundSource(receiver));
    rewrite(packet, nat.seenLocal(source), fits.outboundDestination(destination));
    return Verdict.CONTINUE;
  }

  private static boolean isIpv4(PacketContext packet) {
    return packet.isIp() && !packet.isIpv6();
  }

  private static Verdict pass(PacketContext packet, boolean ambiguous) {
    return ambiguous ? packet.drop(DropReason.TRANSLATION_MISSING) : Verdict.CONTINUE;
  }

  private static void rewrite(PacketContext packet, int source, int destination) {
    int port = packet.sourcePort();
    boolean isPing = packet.protocol() == IpProtocol.ICMP;
    packet.translateSource(source, port);
    packet.translateDestination(destination, isPing ? port : packet.destinationPort());
    if (packet.isTraced()) {
      packet.say("%s to %s".formatted(RouteLayer.source(packet), RouteLayer.destination(packet)));
    }
  }

  private static void rewrite(QuotedPacket quoted, int from, int to) {
    int port = quoted.sourcePort();
    boolean isPing = quoted.protocol() == IpProtocol.ICMP;
    quoted.translateSource(0, Integer.toUnsignedLong(from), port);
    quoted.translateDestination(
        0, Integer.toUnsignedLong(to), isPing ? port : quoted.destinationPort());
  }
}
