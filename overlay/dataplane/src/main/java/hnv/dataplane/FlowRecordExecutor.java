// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import hnv.wire.Ecn;
import hnv.wire.EthernetHeader;
import hnv.wire.GreHeader;
import hnv.wire.InternetChecksum;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Header;
import hnv.wire.NvgreHeader;
import hnv.wire.Octets;
import hnv.wire.TcpHeader;
import hnv.wire.UdpHeader;
import hnv.wire.VxlanHeader;
import java.lang.foreign.MemorySegment;

/// Executes a {@link FlowRecord} on a frame: the same steps in the same order as the kernel's
/// program. It first checks everything that a record earned by one packet must not carry for
/// another, and changes nothing where a check fails. Owned by one Worker.
public final class FlowRecordExecutor {
  /// The record does not fit this frame: walk the layers, which will name the reason.
  public static final int MISFIT = -1;

  /// Over a meter's limit: drop.
  public static final int METERED = -2;

  /// Outer CE over an inner packet that is not ECN-capable: drop (RFC 6040 §4.2).
  public static final int ECN_DROP = -3;

  /// The super-frame would outgrow the outer IP length field, or each of its segments needs a
  /// number or checksum of its own in GRE: cut it first.
  public static final int TOO_LONG_TO_PUSH = -4;

  /// Segment sizes below this are refused: the kernel accepts even 1, at 64,000 packets a frame.
  public static final int MIN_GSO_SIZE = 256;

  private static final int MAX_IP_LENGTH = 65_535;

  private final FlowArrays arrays;

  public FlowRecordExecutor(FlowArrays arrays) {
    this.arrays = arrays;
  }

  /// Applies the record at `at` to a parsed frame and counts it there.
  ///
  /// @return the number of the port to leave by, or one of the negative verdicts
  public int apply(Frame frame, MemorySegment records, long at, long nowNs) {
    int operations = FlowRecord.operations(records, at);
    int nextHop = FlowRecord.nextHop(records, at);
    if (!fits(frame, records, at, operations, nextHop)) {
      return MISFIT;
    }
    int headerLength = arrays.nextHops().headerLength(nextHop);
    if ((operations & FlowRecord.PUSH) != 0 && isToBeCut(frame, nextHop, headerLength)) {
      return TOO_LONG_TO_PUSH;
    }
    MemorySegment f = frame.memory();
    int innerEcn = ecn(frame);
    int ecn = innerEcn;
    if ((operations & FlowRecord.POP) != 0) {
      ecn = Ecn.decapsulate(innerEcn, outerEcn(frame));
      if (ecn == Ecn.DROP) {
        return ECN_DROP;
      }
    }
    int packets = frame.packetCount();
    int octets = frame.end() - frame.l2();
    if (FlowRecord.isMetered(records, at) && !meter(records, at, packets, octets, nowNs)) {
      return METERED;
    }
    FlowRecord.count(records, at, packets, octets, nowNs);

    if ((operations & FlowRecord.POP) != 0) {
      pop(frame);
      if (ecn != innerEcn) {
        replaceEcn(frame, ecn);
      }
    }
    if ((operations & FlowRecord.REWRITE_MACS) != 0) {
      MemorySegment.copy(records, at + FlowRecord.NEW_DESTINATION_MAC, f, frame.l2(), 12);
    }
    if ((operations & FlowRecord.DECREMENT_TTL) != 0) {
      if (frame.isIpv6()) {
        Ipv6Header.decrementHopLimit(f, frame.l3());
      } else {
        Ipv4Header.decrementTtl(f, frame.l3());
      }
    }
    if ((operations & FlowRecord.TRANSLATE) != 0) {
      translate(frame, records, at, operations);
    }
    if ((operations & FlowRecord.PUSH) != 0) {
      push(frame, records, at, nextHop, headerLength, ecn);
    }
    return arrays.nextHops().exit(nextHop);
  }

  private boolean isToBeCut(Frame frame, int nextHop, int headerLength) {
    NextHopTable nextHops = arrays.nextHops();
    boolean gre = nextHops.encapsulation(nextHop) == Encapsulation.GRE;
    int inner = frame.end() - (gre ? frame.l3() : frame.l2());
    return inner + headerLength - EthernetHeader.LENGTH > MAX_IP_LENGTH
        || (frame.isSuperFrame() && nextHops.isNumbered(nextHop));
  }

  /// What came in GRE gets an Ethernet header, without addresses yet.
  private static void pop(Frame frame) {
    frame.pull(frame.l2() - frame.start());
    frame.setTunnelGso(false);
    if (frame.encapsulation() == Encapsulation.GRE) {
      EthernetHeader.write(frame.memory(), frame.l2(), 0, 0, frame.etherType());
    }
    frame.encapsulation = Encapsulation.NONE;
  }

  private boolean fits(Frame frame, MemorySegment records, long at, int operations, int nextHop) {
    NextHopTable nextHops = arrays.nextHops();
    if (!nextHops.isResolved(nextHop) || frame.isVlanTagged()) {
      return false;
    }
    if ((operations & FlowRecord.POP) != 0) {
      Encapsulation encapsulation = frame.encapsulation();
      if ((operations & popOf(encapsulation)) == 0) {
        return false;
      }
      // The peer of a GRE tunnel was told already: the context in the flow's key is its own.
      if (encapsulation != Encapsulation.GRE
          && !arrays.peers().matches(FlowRecord.peer(records, at), frame)) {
        return false;
      }
    }
    if ((operations & FlowRecord.CHECK_SOURCE_MAC) != 0
        && sourceMac(frame) != Octets.u48(records, at + FlowRecord.EXPECTED_SOURCE_MAC)) {
      return false;
    }
    int limit = Math.min(FlowRecord.mtu(records, at), nextHops.mtu(nextHop));
    if (largestPacket(frame) > limit) {
      return false;
    }
    if (frame.isSuperFrame() && frame.gsoSize() < MIN_GSO_SIZE) {
      return false;
    }
    if ((operations & FlowRecord.DECREMENT_TTL) != 0 && ttl(frame) <= 1) {
      return false;
    }
    return (operations & FlowRecord.PUSH) == 0 || canPush(frame, nextHop);
  }

  /// What comes in GRE has none: 0.
  private static long sourceMac(Frame frame) {
    return frame.encapsulation() == Encapsulation.GRE
        ? 0
        : EthernetHeader.source(frame.memory(), frame.l2());
  }

  private boolean canPush(Frame frame, int nextHop) {
    NextHopTable nextHops = arrays.nextHops();
    boolean ip =
        frame.etherType() == EthernetHeader.IPV4 || frame.etherType() == EthernetHeader.IPV6;
    return frame.headroom() >= nextHops.headerLength(nextHop)
        && (ip || nextHops.encapsulation(nextHop) != Encapsulation.GRE);
  }

  private static int popOf(Encapsulation encapsulation) {
    return switch (encapsulation) {
      case NONE -> 0;
      case VXLAN -> FlowRecord.POP_VXLAN;
      case NVGRE -> FlowRecord.POP_NVGRE;
      case GRE -> FlowRecord.POP_GRE;
    };
  }

  /// Octets of the largest IP packet that the frame stands for.
  public static int largestPacket(Frame frame) {
    if (!frame.isSuperFrame()) {
      return frame.l3Length();
    }
    return Math.min(frame.l3Length(), frame.payloadOffset() - frame.l3() + frame.gsoSize());
  }

  /// TTL or hop limit of the inner packet.
  public static int ttl(Frame frame) {
    return frame.isIpv6()
        ? Ipv6Header.hopLimit(frame.memory(), frame.l3())
        : Ipv4Header.ttl(frame.memory(), frame.l3());
  }

  /// The inner ECN field; what is not IP has none and counts as not ECN-capable.
  private static int ecn(Frame frame) {
    return switch (frame.etherType()) {
      case EthernetHeader.IPV4 -> Ipv4Header.ecn(frame.memory(), frame.l3());
      case EthernetHeader.IPV6 -> Ipv6Header.ecn(frame.memory(), frame.l3());
      default -> Ecn.NOT_ECT;
    };
  }

  private static int outerEcn(Frame frame) {
    return frame.isOuterIpv6()
        ? Ipv6Header.ecn(frame.memory(), frame.outerL3())
        : Ipv4Header.ecn(frame.memory(), frame.outerL3());
  }

  private static void replaceEcn(Frame frame, int ecn) {
    if (frame.isIpv6()) {
      Ipv6Header.replaceEcn(frame.memory(), frame.l3(), ecn);
    } else {
      Ipv4Header.replaceEcn(frame.memory(), frame.l3(), ecn);
    }
  }

  private boolean meter(MemorySegment records, long at, int packets, int octets, long nowNs) {
    int outbound = FlowRecord.outboundMeter(records, at);
    if (outbound != MeterTable.NONE && !arrays.meters().admit(outbound, packets, octets, nowNs)) {
      return false;
    }
    int inbound = FlowRecord.inboundMeter(records, at);
    return inbound == MeterTable.NONE || arrays.meters().admit(inbound, packets, octets, nowNs);
  }

  private static void translate(Frame frame, MemorySegment records, long at, int operations) {
    MemorySegment f = frame.memory();
    int l3 = frame.l3();
    if (frame.isIpv6()) {
      if ((operations & FlowRecord.REWRITE_SOURCE_ADDRESS) != 0) {
        MemorySegment.copy(
            records, at + FlowRecord.NEW_SOURCE_ADDRESS, f, l3 + Ipv6Header.SOURCE_AT, 16);
      }
      if ((operations & FlowRecord.REWRITE_DESTINATION_ADDRESS) != 0) {
        MemorySegment.copy(
            records,
            at + FlowRecord.NEW_DESTINATION_ADDRESS,
            f,
            l3 + Ipv6Header.DESTINATION_AT,
            16);
      }
    } else {
      if ((operations & FlowRecord.REWRITE_SOURCE_ADDRESS) != 0) {
        MemorySegment.copy(
            records, at + FlowRecord.NEW_SOURCE_ADDRESS, f, l3 + Ipv4Header.SOURCE_AT, 4);
      }
      if ((operations & FlowRecord.REWRITE_DESTINATION_ADDRESS) != 0) {
        MemorySegment.copy(
            records, at + FlowRecord.NEW_DESTINATION_ADDRESS, f, l3 + Ipv4Header.DESTINATION_AT, 4);
      }
      InternetChecksum.updateAt(
          f, l3 + Ipv4Header.CHECKSUM_AT, FlowRecord.addressDifference(records, at));
    }
    if (!frame.isLaterFragment()) {
      translateTransport(frame, records, at, operations);
    }
  }

  private static void translateTransport(
      Frame frame, MemorySegment records, long at, int operations) {
    MemorySegment f = frame.memory();
    int l4 = frame.l4();
    int addresses = FlowRecord.addressDifference(records, at);
    int ports = FlowRecord.portDifference(records, at);
    switch (checksummedProtocol(frame)) {
      case IpProtocol.TCP, IpProtocol.UDP -> {
        if ((operations & FlowRecord.REWRITE_SOURCE_PORT) != 0) {
          MemorySegment.copy(records, at + FlowRecord.NEW_SOURCE_PORT, f, l4, 2);
        }
        if ((operations & FlowRecord.REWRITE_DESTINATION_PORT) != 0) {
          MemorySegment.copy(records, at + FlowRecord.NEW_DESTINATION_PORT, f, l4 + 2L, 2);
        }
        boolean tcp = frame.protocol() == IpProtocol.TCP;
        long field = l4 + (tcp ? TcpHeader.CHECKSUM_AT : UdpHeader.CHECKSUM_AT);
        int checksum = Octets.u16(f, field);
        if (frame.isTransportChecksumPartial()) {
          // Only the pseudo header is in the field; the ports are summed when it is completed.
          Octets.putU16(f, field, InternetChecksum.updatePartial(checksum, addresses));
        } else {
          int difference = InternetChecksum.add(addresses, ports);
          Octets.putU16(
              f,
              field,
              tcp
                  ? InternetChecksum.update(checksum, difference)
                  : InternetChecksum.updateUdp(checksum, difference));
        }
      }
      case IpProtocol.ICMP -> {
        // The identifier of a query; no pseudo header in ICMPv4.
        if ((operations & FlowRecord.REWRITE_SOURCE_PORT) != 0) {
          MemorySegment.copy(records, at + FlowRecord.NEW_SOURCE_PORT, f, l4 + 4L, 2);
          InternetChecksum.updateAt(f, l4 + 2L, ports);
        }
      }
      case IpProtocol.ICMPV6 -> {
        if ((operations & FlowRecord.REWRITE_SOURCE_PORT) != 0) {
          MemorySegment.copy(records, at + FlowRecord.NEW_SOURCE_PORT, f, l4 + 4L, 2);
        }
        InternetChecksum.updateAt(f, l4 + 2L, InternetChecksum.add(addresses, ports));
      }
      default -> {
        // No checksum that covers addresses is known for it.
      }
    }
  }

  /// The upper-layer protocol, or -1 where the number means another in the packet's family.
  private static int checksummedProtocol(Frame frame) {
    int protocol = frame.protocol();
    return protocol == (frame.isIpv6() ? IpProtocol.ICMP : IpProtocol.ICMPV6) ? -1 : protocol;
  }

  private void push(
      Frame frame, MemorySegment records, long at, int nextHop, int headerLength, int ecn) {
    NextHopTable nextHops = arrays.nextHops();
    MemorySegment f = frame.memory();
    Encapsulation encapsulation = nextHops.encapsulation(nextHop);
    if (encapsulation == Encapsulation.GRE) {
      frame.pull(frame.l3() - frame.start());
    }
    frame.push(headerLength);
    int start = frame.start();
    MemorySegment.copy(
        nextHops.entries(), nextHops.at(nextHop) + NextHopTable.HEADER, f, start, headerLength);
    int outerL3 = start + nextHops.outerL3(nextHop);
    int ipLength = frame.end() - outerL3;
    int outerEcn = Ecn.encapsulate(ecn);
    int tunnel;
    if (nextHops.isIpv6(nextHop)) {
      Ipv6Header.setPayloadLength(f, outerL3, ipLength - Ipv6Header.LENGTH);
      Ipv6Header.replaceEcn(f, outerL3, outerEcn);
      tunnel = outerL3 + Ipv6Header.LENGTH;
    } else {
      Octets.putU8(f, outerL3 + Ipv4Header.TRAFFIC_CLASS_AT, outerEcn);
      Ipv4Header.setTotalLength(f, outerL3, ipLength);
      Ipv4Header.setChecksum(
          f,
          outerL3,
          InternetChecksum.complement(
              InternetChecksum.fold((long) nextHops.baseSum(nextHop) + ipLength + outerEcn)));
      tunnel = outerL3 + Ipv4Header.MIN_LENGTH;
    }
    int vsid = FlowRecord.vsid(records, at);
    int entropy = FlowRecord.entropy(records, at);
    switch (encapsulation) {
      case VXLAN -> {
        UdpHeader.setSourcePort(f, tunnel, entropy);
        UdpHeader.setLength(f, tunnel, frame.end() - tunnel);
        VxlanHeader.write(f, tunnel + UdpHeader.LENGTH, vsid);
      }
      case NVGRE -> NvgreHeader.write(f, tunnel, vsid, entropy & 0xFF);
      case GRE -> finishGre(frame, nextHop, tunnel);
      case NONE -> throw new IllegalStateException("next hop " + nextHop + " is no tunnel");
    }
    frame.setTunnelGso(frame.isSuperFrame());
    frame.encapsulation = encapsulation;
    frame.outerIpv6 = nextHops.isIpv6(nextHop);
    frame.outerL3 = outerL3;
    frame.tunnelVsid = vsid;
  }

  private void finishGre(Frame frame, int nextHop, int gre) {
    MemorySegment f = frame.memory();
    frame.l2 = frame.l3() - EthernetHeader.LENGTH;
    GreHeader.setProtocolType(f, gre, frame.etherType());
    if (GreHeader.hasSequence(f, gre)) {
      GreHeader.setSequence(f, gre, arrays.nextHops().nextSequence(nextHop));
    }
    if (GreHeader.hasChecksum(f, gre)) {
      // It covers the checksum inside, which nobody behind us could finish without spoiling it.
      Segmenter.completeChecksum(frame);
      GreHeader.writeChecksum(f, gre, frame.end() - gre);
    }
  }
}
