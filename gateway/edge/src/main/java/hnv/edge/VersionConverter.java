// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.dataplane.FlowRecordExecutor;
import hnv.dataplane.Fragmenter;
import hnv.dataplane.Frame;
import hnv.nat.v6.Ends4;
import hnv.nat.v6.Ends6;
import hnv.nat.v6.Ipv6Fragments;
import hnv.nat.v6.ToIpv4;
import hnv.nat.v6.ToIpv6;
import hnv.vswitch.PacketContext;
import hnv.vswitch.PacketConverter;
import hnv.vswitch.QuotedPacket;
import hnv.vswitch.VPort;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Extensions;
import hnv.wire.Ipv6FragmentHeader;
import hnv.wire.Ipv6Header;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Makes IPv4 packets of IPv6 ones and back (RFC 7915), between the ends that translation has given
/// them. Owned by one Worker.
final class VersionConverter implements PacketConverter {
  private static final int MOST = 65_535;

  /// The other side tells of its own limits.
  private static final int UNKNOWN_MTU = 65_535;

  private final MemorySegment made = Arena.global().allocate(MOST, 8);
  private final Ends4 ends4 = new Ends4();
  private final Ends4 quoted4 = new Ends4();
  private final Ends6 ends6 = new Ends6();
  private final Ends6 quoted6 = new Ends6();

  // What was made last.
  private int length;
  private int count;
  private int id;

  @Override
  public int growth(Frame frame) {
    MemorySegment f = frame.memory();
    int l3 = frame.l3();
    if (frame.isIpv6()) {
      long walked = Ipv6Extensions.walk(f, l3, l3 + (long) frame.l3Length());
      return Ipv4Header.MIN_LENGTH - Ipv6Extensions.upperLayerOffset(walked);
    }
    int fragment = Ipv4Header.isFragment(f, l3) ? Ipv6FragmentHeader.LENGTH : 0;
    return Ipv6Header.LENGTH + fragment - Ipv4Header.headerLength(f, l3);
  }

  /// RFC 7915 §5.1: DF is not set in what would fit the least MTU of IPv6, nor in fragments. §4.1:
  /// what has no DF is cut into fragments of that size.
  @Override
  public boolean isFragmentable(Frame frame) {
    if (!frame.isIpv6()) {
      return Fragmenter.isFragmentable(frame);
    }
    int longest = FlowRecordExecutor.largestPacket(frame) + growth(frame);
    return frame.isFragment() || longest <= ToIpv4.LONGEST_WITHOUT_DF;
  }

  @Override
  public int convert(PacketContext packet, Frame frame, int mtu) {
    length = frame.isIpv6() ? toIpv4(packet, frame, mtu) : toIpv6(packet, frame, mtu);
    count = length > 0 ? 1 : 0;
    if (count > 0 && !frame.isIpv6() && Fragmenter.isFragmentable(frame) && !frame.isIcmpError()) {
      id = Ipv4Header.id(frame.memory(), frame.l3());
      count = Ipv6Fragments.count(made, 0, length, Ipv6Fragments.LEAST_MTU);
    }
    return count;
  }

  @Override
  public int write(int piece, MemorySegment to) {
    if (count > 1) {
      return Ipv6Fragments.write(made, 0, length, Ipv6Fragments.LEAST_MTU, id, piece, to, 0);
    }
    MemorySegment.copy(made, 0, to, 0, length);
    return length;
  }

  private int toIpv4(PacketContext packet, Frame frame, int mtu) {
    int protocol = packet.protocol();
    ends4.set(
        (int) packet.sourceLow(),
        sourcePort(protocol, packet.sourcePort()),
        (int) packet.destinationLow(),
        destinationPort(protocol, packet.destinationPort()));
    QuotedPacket quoted = packet.quoted();
    if (quoted != null) {
      int of = quoted.protocol();
      quoted4.set(
          (int) quoted.sourceLow(),
          sourcePort(of, quoted.sourcePort()),
          (int) quoted.destinationLow(),
          destinationPort(of, quoted.destinationPort()));
    }
    int at = frame.l3();
    int end = at + frame.l3Length();
    MemorySegment f = frame.memory();
    return ToIpv4.translate(f, at, end, made, 0, MOST, ends4, quoted4, 0, mtu, UNKNOWN_MTU);
  }

  private int toIpv6(PacketContext packet, Frame frame, int mtu) {
    int protocol = packet.protocol();
    ends6
        .source(packet.sourceHigh(), packet.sourceLow(), sourcePort(protocol, packet.sourcePort()))
        .destination(
            packet.destinationHigh(),
            packet.destinationLow(),
            destinationPort(protocol, packet.destinationPort()));
    QuotedPacket quoted = packet.quoted();
    if (quoted != null) {
      int of = quoted.protocol();
      quoted6
          .source(quoted.sourceHigh(), quoted.sourceLow(), sourcePort(of, quoted.sourcePort()))
          .destination(
              quoted.destinationHigh(),
              quoted.destinationLow(),
              destinationPort(of, quoted.destinationPort()));
    }
    VPort from = packet.source();
    int mtu4 = from == null ? UNKNOWN_MTU : packet.arrays().nextHops().mtu(from.nextHop());
    int at = frame.l3();
    int end = at + frame.l3Length();
    return ToIpv6.translate(frame.memory(), at, end, made, 0, MOST, ends6, quoted6, mtu4, mtu);
  }

  private static boolean hasPorts(int protocol) {
    return protocol == IpProtocol.TCP || protocol == IpProtocol.UDP;
  }

  /// Of a query its identifier.
  private static int sourcePort(int protocol, int port) {
    boolean isIcmp = protocol == IpProtocol.ICMP || protocol == IpProtocol.ICMPV6;
    return hasPorts(protocol) || isIcmp ? port : Ends4.SAME_PORT;
  }

  private static int destinationPort(int protocol, int port) {
    return hasPorts(protocol) ? port : Ends4.SAME_PORT;
  }
}
