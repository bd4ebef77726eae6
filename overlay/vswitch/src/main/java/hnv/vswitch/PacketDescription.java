// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.Encapsulation;
import hnv.dataplane.Frame;
import hnv.wire.ArpPacket;
import hnv.wire.EthernetHeader;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Address;
import hnv.wire.Ipv6Header;
import hnv.wire.MacAddress;
import java.lang.foreign.MemorySegment;

/// One line for people about a parsed frame. Never on the packet path.
public final class PacketDescription {
  private PacketDescription() {}

  /// Says what the frame is: tunnel, MACs, addresses, protocol, ports, length.
  public static String of(Frame frame) {
    MemorySegment f = frame.memory();
    StringBuilder text = new StringBuilder();
    if (frame.encapsulation() != Encapsulation.NONE) {
      text.append(frame.encapsulation())
          .append(' ')
          .append(frame.tunnelVsid())
          .append(' ')
          .append(frame.isOuterIpv6() ? ipv6Pair(f, frame.outerL3()) : ipv4Pair(f, frame.outerL3()))
          .append(" | ");
    }
    text.append(new MacAddress(EthernetHeader.source(f, frame.l2())))
        .append(" > ")
        .append(new MacAddress(EthernetHeader.destination(f, frame.l2())))
        .append(frame.isVlanTagged() ? " tagged " : " ");
    switch (frame.etherType()) {
      case EthernetHeader.IPV4 -> text.append(ipv4Pair(f, frame.l3()));
      case EthernetHeader.IPV6 -> text.append(ipv6Pair(f, frame.l3()));
      case EthernetHeader.ARP -> {
        return text.append("ARP ")
            .append(ArpPacket.operation(f, frame.l3()) == ArpPacket.REQUEST ? "who has " : "reply ")
            .append(new Ipv4Address(ArpPacket.targetIp(f, frame.l3())))
            .append(" tell ")
            .append(new Ipv4Address(ArpPacket.senderIp(f, frame.l3())))
            .toString();
      }
      default -> {
        return text.append("EtherType 0x%04x".formatted(frame.etherType())).toString();
      }
    }
    return text.append(' ').append(transport(frame)).toString();
  }

  private static String transport(Frame frame) {
    String name =
        switch (frame.protocol()) {
          case IpProtocol.TCP -> "TCP";
          case IpProtocol.UDP -> "UDP";
          case IpProtocol.ICMP -> "ICMP";
          case IpProtocol.ICMPV6 -> "ICMPv6";
          default -> "protocol " + frame.protocol();
        };
    if (frame.isLaterFragment()) {
      return name + " later fragment, length " + frame.l3Length();
    }
    String ports =
        switch (frame.protocol()) {
          case IpProtocol.TCP ->
              " %d > %d flags 0x%02x"
                  .formatted(frame.sourcePort(), frame.destinationPort(), frame.tcpFlags());
          case IpProtocol.UDP -> " %d > %d".formatted(frame.sourcePort(), frame.destinationPort());
          case IpProtocol.ICMP, IpProtocol.ICMPV6 ->
              " type %d code %d"
                  .formatted(frame.destinationPort() >>> 8, frame.destinationPort() & 0xFF);
          default -> "";
        };
    return name + ports + ", length " + frame.l3Length();
  }

  private static String ipv4Pair(MemorySegment f, int at) {
    return new Ipv4Address(Ipv4Header.source(f, at))
        + " > "
        + new Ipv4Address(Ipv4Header.destination(f, at));
  }

  private static String ipv6Pair(MemorySegment f, int at) {
    return new Ipv6Address(Ipv6Header.sourceHigh(f, at), Ipv6Header.sourceLow(f, at))
        + " > "
        + new Ipv6Address(Ipv6Header.destinationHigh(f, at), Ipv6Header.destinationLow(f, at));
  }
}
