// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.dataplane.Segmenter;
import hnv.vswitch.PacketContext;
import hnv.vswitch.Verdict;
import hnv.wire.EthernetHeader;
import hnv.wire.Icmpv4Header;
import hnv.wire.Icmpv6Header;
import hnv.wire.IpAddress;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Address;
import hnv.wire.Ipv6Header;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// What the distributed router says to a VM by ICMP. The offending packet stays where it is in the
/// frame and becomes the quotation; the headers of the answer are written before it.
final class IcmpAnswers {
  private static final int TTL = 64;
  private static final int MIN_IPV6_MTU = 1_280;

  private IcmpAnswers() {}

  /// TTL or hop limit used up (RFC 792; RFC 4443 §3.3).
  static Verdict timeExceeded(PacketContext packet, AdapterView view) {
    IpAddress router = view.domain().router(view.vsid(), packet.isIpv6());
    if (!mayAnswer(packet, view, router)) {
      return packet.drop(DropReason.TTL_EXPIRED);
    }
    Frame frame = packet.frame();
    MemorySegment f = frame.memory();
    int quote = quote(frame);
    int at = frame.l3() - Icmpv4Header.LENGTH;
    // Read first: the answer's headers are written over it.
    long to = EthernetHeader.source(f, frame.l2());
    if (router instanceof Ipv4Address from) {
      writeIpv4(packet, from, to, quote);
      Icmpv4Header.writeTimeExceeded(f, at, quote);
    } else if (router instanceof Ipv6Address from) {
      Icmpv6Header.writeTimeExceeded(f, at, quote, writeIpv6(packet, from, to, quote));
    }
    return packet.answer(DropReason.TTL_EXPIRED);
  }

  /// The path carries IP packets of `mtu` octets only (RFC 1191 §4; RFC 4443 §3.2).
  static Verdict tooBig(PacketContext packet, AdapterView view, int mtu) {
    IpAddress router = view.domain().router(view.vsid(), packet.isIpv6());
    if (!mayAnswer(packet, view, router)) {
      return packet.drop(DropReason.MTU_EXCEEDED);
    }
    Frame frame = packet.frame();
    MemorySegment f = frame.memory();
    int quote = quote(frame);
    int at = frame.l3() - Icmpv4Header.LENGTH;
    // Read first: the answer's headers are written over it.
    long to = EthernetHeader.source(f, frame.l2());
    if (router instanceof Ipv4Address from) {
      writeIpv4(packet, from, to, quote);
      Icmpv4Header.writeFragmentationNeeded(f, at, mtu, quote);
    } else if (router instanceof Ipv6Address from) {
      // RFC 8200 §5: no link's MTU is below 1280.
      int said = Math.max(mtu, MIN_IPV6_MTU);
      Icmpv6Header.writePacketTooBig(f, at, said, quote, writeIpv6(packet, from, to, quote));
    }
    return packet.answer(DropReason.MTU_EXCEEDED);
  }

  /// The router answers a ping (RFC 1122 §3.2.2.6, RFC 4443 §4.2).
  static Verdict echo(PacketContext packet) {
    Frame frame = packet.frame();
    MemorySegment f = frame.memory();
    int type = frame.destinationPort() >>> 8;
    boolean request =
        packet.isIpv6()
            ? packet.protocol() == IpProtocol.ICMPV6 && type == Icmpv6Header.ECHO_REQUEST
            : packet.protocol() == IpProtocol.ICMP && type == Icmpv4Header.ECHO_REQUEST;
    if (!request || frame.isFragment()) {
      return packet.drop(DropReason.ROUTER_NOT_ADDRESSED);
    }
    Segmenter.completeChecksum(frame);
    int l3 = frame.l3();
    if (packet.isIpv6()) {
      Icmpv6Header.turnIntoEchoReply(f, frame.l4());
      Ipv6Header.setSource(f, l3, packet.destinationHigh(), packet.destinationLow());
      Ipv6Header.setDestination(f, l3, packet.sourceHigh(), packet.sourceLow());
      Ipv6Header.setHopLimit(f, l3, TTL);
    } else {
      Icmpv4Header.turnIntoEchoReply(f, frame.l4());
      Ipv4Header.setSource(f, l3, (int) packet.destinationLow());
      Ipv4Header.setDestination(f, l3, (int) packet.sourceLow());
      Ipv4Header.setTtl(f, l3, TTL);
      Ipv4Header.writeChecksum(f, l3);
    }
    EthernetHeader.setDestination(f, frame.l2(), packet.sourceMac());
    EthernetHeader.setSource(f, frame.l2(), RouterMac.BITS);
    return packet.answer(DropReason.NONE);
  }

  /// RFC 1122 §3.2.2, RFC 4443 §2.4 (e): no error about an error, a later fragment, or a packet to
  /// or from many.
  private static boolean mayAnswer(
      PacketContext packet, AdapterView view, @Nullable IpAddress router) {
    return router != null
        && !packet.frame().isIcmpError()
        && !packet.isLaterFragment()
        && !packet.isGroupAddressed()
        && (packet.isDryRun() || view.answers().admit(packet.nowNs()));
  }

  private static int quote(Frame frame) {
    int most = frame.isIpv6() ? Icmpv6Header.MAX_QUOTE : Icmpv4Header.MAX_QUOTE;
    return Math.min(frame.l3Length(), most);
  }

  private static void writeIpv4(PacketContext packet, Ipv4Address from, long toMac, int quote) {
    Frame frame = packet.frame();
    MemorySegment f = frame.memory();
    int ip = frame.l3() - Icmpv4Header.LENGTH - Ipv4Header.MIN_LENGTH;
    int length = Ipv4Header.MIN_LENGTH + Icmpv4Header.LENGTH + quote;
    int to = (int) packet.sourceLow();
    Ipv4Header.write(f, ip, 0, length, 0, 0, TTL, IpProtocol.ICMP, from.bits(), to);
    Ipv4Header.writeChecksum(f, ip);
    writeEthernet(frame, toMac, ip, length, EthernetHeader.IPV4);
  }

  /// Writes the headers and says the sum of the pseudo header.
  private static int writeIpv6(PacketContext packet, Ipv6Address from, long toMac, int quote) {
    Frame frame = packet.frame();
    MemorySegment f = frame.memory();
    int ip = frame.l3() - Icmpv6Header.LENGTH - Ipv6Header.LENGTH;
    int payload = Icmpv6Header.LENGTH + quote;
    Ipv6Header.write(
        f,
        ip,
        0,
        0,
        payload,
        IpProtocol.ICMPV6,
        TTL,
        from.high(),
        from.low(),
        packet.sourceHigh(),
        packet.sourceLow());
    writeEthernet(frame, toMac, ip, Ipv6Header.LENGTH + payload, EthernetHeader.IPV6);
    return Ipv6Header.pseudoHeader(f, ip, IpProtocol.ICMPV6, payload);
  }

  private static void writeEthernet(Frame frame, long toMac, int ip, int length, int etherType) {
    int start = ip - EthernetHeader.LENGTH;
    EthernetHeader.write(frame.memory(), start, toMac, RouterMac.BITS, etherType);
    frame.reset(start, EthernetHeader.LENGTH + length);
  }
}
