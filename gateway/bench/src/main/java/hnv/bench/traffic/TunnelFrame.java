// SPDX-License-Identifier: Apache-2.0
package hnv.bench.traffic;

import hnv.dataplane.Encapsulation;
import hnv.wire.EthernetHeader;
import hnv.wire.GreHeader;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Header;
import hnv.wire.NvgreHeader;
import hnv.wire.UdpHeader;
import hnv.wire.VxlanHeader;
import java.lang.foreign.MemorySegment;

/// A {@link MarkedFrame} in VXLAN (RFC 7348 §5) or NVGRE (RFC 7637 §3.2) over IPv4.
public final class TunnelFrame {
  /// Where the outer UDP header of VXLAN stands.
  public static final int UDP_AT = EthernetHeader.LENGTH + Ipv4Header.MIN_LENGTH;

  /// Where the VXLAN header stands.
  public static final int VXLAN_AT = UDP_AT + UdpHeader.LENGTH;

  /// Where the GRE header of NVGRE stands.
  public static final int GRE_AT = UDP_AT;

  /// Octets before the inner frame in VXLAN.
  public static final int HEADER_LENGTH = VXLAN_AT + VxlanHeader.LENGTH;

  /// Octets of the whole in VXLAN.
  public static final int LENGTH = HEADER_LENGTH + MarkedFrame.LENGTH;

  private static final int TTL = 64;

  private TunnelFrame() {}

  /// Octets before the inner frame.
  public static int headerLength(Encapsulation encapsulation) {
    return switch (encapsulation) {
      case NONE -> 0;
      case VXLAN -> HEADER_LENGTH;
      case NVGRE -> GRE_AT + NvgreHeader.LENGTH;
      case GRE -> throw new IllegalArgumentException("no virtual subnet's frame is in GRE");
    };
  }

  /// Octets of the whole.
  public static int lengthOf(Encapsulation encapsulation) {
    return headerLength(encapsulation) + MarkedFrame.LENGTH;
  }

  /// Writes the outer headers of VXLAN; the inner frame stands behind them already.
  ///
  /// @param source MAC address in the low 48 bits
  /// @param from provider address as a bit pattern
  /// @param entropy UDP source port
  public static void writeVxlan(
      MemorySegment f,
      long at,
      long destination,
      long source,
      int from,
      int to,
      int entropy,
      int vsid) {
    int length = LENGTH - EthernetHeader.LENGTH;
    writeIp(f, at, destination, source, from, to, length, IpProtocol.UDP);
    UdpHeader.write(
        f, at + UDP_AT, entropy, VxlanHeader.UDP_PORT, length - Ipv4Header.MIN_LENGTH, 0);
    VxlanHeader.write(f, at + VXLAN_AT, vsid);
  }

  /// Writes the outer headers of NVGRE; the inner frame stands behind them already.
  ///
  /// @param flowId 0…255
  public static void writeNvgre(
      MemorySegment f,
      long at,
      long destination,
      long source,
      int from,
      int to,
      int flowId,
      int vsid) {
    int length = lengthOf(Encapsulation.NVGRE) - EthernetHeader.LENGTH;
    writeIp(f, at, destination, source, from, to, length, IpProtocol.GRE);
    NvgreHeader.write(f, at + GRE_AT, vsid, flowId);
  }

  /// Octets before the place of an inner Ethernet header in GRE with a key. GRE has none: its place
  /// is in the outer headers.
  public static final int GRE_HEADER_LENGTH =
      GRE_AT + GreHeader.lengthOf(GreHeader.KEY_PRESENT) - EthernetHeader.LENGTH;

  /// Writes the outer headers of GRE with a key (RFC 2784, RFC 2890), over the Ethernet header of
  /// the frame that stands {@link #GRE_HEADER_LENGTH} octets behind `at`.
  public static void writeGre(
      MemorySegment f, long at, long destination, long source, int from, int to, int key) {
    int length = GRE_HEADER_LENGTH + TranslatedFrame.LENGTH - EthernetHeader.LENGTH;
    writeIp(f, at, destination, source, from, to, length, IpProtocol.GRE);
    GreHeader.write(f, at + GRE_AT, GreHeader.KEY_PRESENT, EthernetHeader.IPV4, key, 0);
  }

  private static void writeIp(
      MemorySegment f,
      long at,
      long destination,
      long source,
      int from,
      int to,
      int length,
      int protocol) {
    EthernetHeader.write(f, at, destination, source, EthernetHeader.IPV4);
    long ip = at + EthernetHeader.LENGTH;
    Ipv4Header.write(f, ip, 0, length, 0, Ipv4Header.FLAG_DF, TTL, protocol, from, to);
    Ipv4Header.writeChecksum(f, ip);
  }

  /// Whether outer headers of VXLAN lead from one provider address to the other in this virtual
  /// subnet.
  public static boolean isFor(MemorySegment f, long at, int from, int to, int vsid) {
    long ip = at + EthernetHeader.LENGTH;
    return EthernetHeader.etherType(f, at) == EthernetHeader.IPV4
        && Ipv4Header.isChecksumValid(f, ip)
        && Ipv4Header.totalLength(f, ip) == LENGTH - EthernetHeader.LENGTH
        && Ipv4Header.protocol(f, ip) == IpProtocol.UDP
        && Ipv4Header.source(f, ip) == from
        && Ipv4Header.destination(f, ip) == to
        && UdpHeader.destinationPort(f, at + UDP_AT) == VxlanHeader.UDP_PORT
        && UdpHeader.length(f, at + UDP_AT) == LENGTH - UDP_AT
        && VxlanHeader.flags(f, at + VXLAN_AT) == VxlanHeader.VNI_PRESENT
        && VxlanHeader.vni(f, at + VXLAN_AT) == vsid;
  }
}
