// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import hnv.wire.EthernetHeader;
import hnv.wire.InternetChecksum;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Address;
import hnv.wire.Ipv6Header;
import hnv.wire.MacAddress;
import hnv.wire.NvgreHeader;
import hnv.wire.ProviderAddress;
import hnv.wire.UdpHeader;
import hnv.wire.VxlanHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// A ready-made outer header: all octets of Ethernet, IP, UDP or GRE, and VXLAN that do not depend
/// on the packet. The executor fills in lengths, ECN, checksum, entropy and VSID.
///
/// Outer TTL 64 unless policy says otherwise, identification 0 with DF set (RFC 6864 §4.1: an
/// atomic datagram's ID has no meaning), DSCP 0 (RFC 2983 pipe model: a tenant cannot choose the
/// priority of the underlay), UDP checksum 0 (RFC 7348 §5; RFC 6935 over IPv6).
public final class OuterHeader {
  /// Outer TTL unless said otherwise.
  public static final int DEFAULT_TTL = 64;

  private final Encapsulation encapsulation;
  private final boolean ipv6;
  private final int length;
  private final int baseSum;
  private final MemorySegment octets = Arena.ofAuto().allocate(NextHopTable.MAX_HEADER_LENGTH, 8);

  private OuterHeader(
      Encapsulation encapsulation,
      ProviderAddress source,
      ProviderAddress destination,
      MacAddress sourceMac,
      MacAddress destinationMac,
      int ttl,
      int udpPort) {
    this.encapsulation = encapsulation;
    this.ipv6 = source.address() instanceof Ipv6Address;
    int protocol = encapsulation == Encapsulation.VXLAN ? IpProtocol.UDP : IpProtocol.GRE;
    int at = EthernetHeader.LENGTH;
    EthernetHeader.write(
        octets,
        0,
        destinationMac.bits(),
        sourceMac.bits(),
        ipv6 ? EthernetHeader.IPV6 : EthernetHeader.IPV4);
    if (source.address() instanceof Ipv4Address from
        && destination.address() instanceof Ipv4Address to) {
      Ipv4Header.write(
          octets, at, 0, 0, 0, Ipv4Header.FLAG_DF, ttl, protocol, from.bits(), to.bits());
      Ipv4Header.setChecksum(octets, at, 0);
      baseSum = InternetChecksum.sum(octets, at, Ipv4Header.MIN_LENGTH);
      at += Ipv4Header.MIN_LENGTH;
    } else if (source.address() instanceof Ipv6Address from
        && destination.address() instanceof Ipv6Address to) {
      Ipv6Header.write(
          octets, at, 0, 0, 0, protocol, ttl, from.high(), from.low(), to.high(), to.low());
      baseSum = 0;
      at += Ipv6Header.LENGTH;
    } else {
      throw new IllegalArgumentException(
          "provider addresses of different families: " + source + " and " + destination);
    }
    if (encapsulation == Encapsulation.VXLAN) {
      UdpHeader.write(octets, at, 0, udpPort, 0, 0);
      at += UdpHeader.LENGTH;
      VxlanHeader.write(octets, at, 0);
      at += VxlanHeader.LENGTH;
    } else {
      NvgreHeader.write(octets, at, 0, 0);
      at += NvgreHeader.LENGTH;
    }
    length = at;
  }

  /// The header for frames from `source` to `destination`, which must be of one family.
  ///
  /// @param udpPort VXLAN's destination port; not used by NVGRE
  /// @throws IllegalArgumentException where the families differ or there is no encapsulation
  public static OuterHeader of(
      Encapsulation encapsulation,
      ProviderAddress source,
      ProviderAddress destination,
      MacAddress sourceMac,
      MacAddress destinationMac,
      int ttl,
      int udpPort) {
    if (encapsulation == Encapsulation.NONE) {
      throw new IllegalArgumentException("an outer header needs an encapsulation");
    }
    return new OuterHeader(
        encapsulation, source, destination, sourceMac, destinationMac, ttl, udpPort);
  }

  Encapsulation encapsulation() {
    return encapsulation;
  }

  boolean isIpv6() {
    return ipv6;
  }

  /// Octets of the header.
  public int length() {
    return length;
  }

  int outerL3() {
    return EthernetHeader.LENGTH;
  }

  int baseSum() {
    return baseSum;
  }

  MemorySegment octets() {
    return octets;
  }

  /// Largest inner IP packet where the link carries IP packets of `linkMtu` octets: the link's,
  /// less the outer IP, UDP or GRE, VXLAN and the inner Ethernet header, which is as long as the
  /// outer; 0 where nothing is left.
  public int innerMtu(int linkMtu) {
    return Math.max(0, Math.min(linkMtu, 0xFFFF) - length);
  }
}
