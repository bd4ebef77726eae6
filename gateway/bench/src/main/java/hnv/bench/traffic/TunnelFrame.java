// SPDX-License-Identifier: Apache-2.0
package hnv.bench.traffic;

import hnv.wire.EthernetHeader;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Header;
import hnv.wire.UdpHeader;
import hnv.wire.VxlanHeader;
import java.lang.foreign.MemorySegment;

/// A {@link MarkedFrame} in VXLAN over IPv4 (RFC 7348 §5).
public final class TunnelFrame {
  /// Octets before the inner frame.
  public static final int HEADER_LENGTH = 50;

  /// Octets of the whole.
  public static final int LENGTH = HEADER_LENGTH + MarkedFrame.LENGTH;

  /// Where the outer UDP header stands.
  public static final int UDP_AT = EthernetHeader.LENGTH + Ipv4Header.MIN_LENGTH;

  /// Where the VXLAN header stands.
  public static final int VXLAN_AT = UDP_AT + UdpHeader.LENGTH;

  private static final int TTL = 64;

  private TunnelFrame() {}

  /// Writes the outer headers; the inner frame stands behind them already.
  ///
  /// @param source MAC address in the low 48 bits
  /// @param from provider address as a bit pattern
  /// @param entropy UDP source port
  public static void writeHeaders(
      MemorySegment f,
      long at,
      long destination,
      long source,
      int from,
      int to,
      int entropy,
      int vsid) {
    EthernetHeader.write(f, at, destination, source, EthernetHeader.IPV4);
    long ip = at + EthernetHeader.LENGTH;
    int length = LENGTH - EthernetHeader.LENGTH;
    Ipv4Header.write(f, ip, 0, length, 0, Ipv4Header.FLAG_DF, TTL, IpProtocol.UDP, from, to);
    Ipv4Header.writeChecksum(f, ip);
    UdpHeader.write(
        f, at + UDP_AT, entropy, VxlanHeader.UDP_PORT, length - Ipv4Header.MIN_LENGTH, 0);
    VxlanHeader.write(f, at + VXLAN_AT, vsid);
  }

  /// Whether the outer headers lead from one provider address to the other in this virtual subnet.
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
