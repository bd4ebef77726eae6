// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import hnv.wire.EthernetHeader;
import hnv.wire.GreHeader;
import hnv.wire.InternetChecksum;
import hnv.wire.IpAddress;
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
import java.util.OptionalInt;

/// A ready-made outer header: all octets of Ethernet, IP, UDP or GRE, and VXLAN that do not depend
/// on the packet. The executor fills in lengths, ECN, checksum, entropy and VSID, and of GRE the
/// protocol type, the checksum and the sequence number.
///
/// Outer TTL 64 unless policy says otherwise, identification 0 with DF set (RFC 6864 §4.1: an
/// atomic datagram's ID has no meaning), DSCP 0 (RFC 2983 pipe model: a tenant cannot choose the
/// priority of the underlay), UDP checksum 0 (RFC 7348 §5; RFC 6935 over IPv6).
public final class OuterHeader {
  /// Outer TTL unless said otherwise.
  public static final int DEFAULT_TTL = 64;

  private final Encapsulation encapsulation;
  private final boolean ipv6;
  private final int baseSum;
  private int length;
  private boolean numbered;
  private final MemorySegment octets = Arena.ofAuto().allocate(NextHopTable.MAX_HEADER_LENGTH, 8);

  private OuterHeader(
      Encapsulation encapsulation,
      IpAddress source,
      IpAddress destination,
      MacAddress sourceMac,
      MacAddress destinationMac,
      int ttl) {
    this.encapsulation = encapsulation;
    this.ipv6 = source instanceof Ipv6Address;
    int protocol = encapsulation == Encapsulation.VXLAN ? IpProtocol.UDP : IpProtocol.GRE;
    int at = EthernetHeader.LENGTH;
    EthernetHeader.write(
        octets,
        0,
        destinationMac.bits(),
        sourceMac.bits(),
        ipv6 ? EthernetHeader.IPV6 : EthernetHeader.IPV4);
    if (source instanceof Ipv4Address from && destination instanceof Ipv4Address to) {
      Ipv4Header.write(
          octets, at, 0, 0, 0, Ipv4Header.FLAG_DF, ttl, protocol, from.bits(), to.bits());
      Ipv4Header.setChecksum(octets, at, 0);
      baseSum = InternetChecksum.sum(octets, at, Ipv4Header.MIN_LENGTH);
      length = at + Ipv4Header.MIN_LENGTH;
    } else if (source instanceof Ipv6Address from && destination instanceof Ipv6Address to) {
      Ipv6Header.write(
          octets, at, 0, 0, 0, protocol, ttl, from.high(), from.low(), to.high(), to.low());
      baseSum = 0;
      length = at + Ipv6Header.LENGTH;
    } else {
      throw new IllegalArgumentException(
          "outer addresses of different families: " + source + " and " + destination);
    }
  }

  /// The header for frames from `source` to `destination`, which must be of one family.
  ///
  /// @param encapsulation VXLAN or NVGRE
  /// @param udpPort VXLAN's destination port; not used by NVGRE
  /// @throws IllegalArgumentException where the families differ or the encapsulation is neither
  public static OuterHeader of(
      Encapsulation encapsulation,
      ProviderAddress source,
      ProviderAddress destination,
      MacAddress sourceMac,
      MacAddress destinationMac,
      int ttl,
      int udpPort) {
    OuterHeader header =
        new OuterHeader(
            encapsulation, source.address(), destination.address(), sourceMac, destinationMac, ttl);
    switch (encapsulation) {
      case VXLAN -> {
        UdpHeader.write(header.octets, header.length, 0, udpPort, 0, 0);
        header.length += UdpHeader.LENGTH;
        VxlanHeader.write(header.octets, header.length, 0);
        header.length += VxlanHeader.LENGTH;
      }
      case NVGRE -> {
        NvgreHeader.write(header.octets, header.length, 0, 0);
        header.length += NvgreHeader.LENGTH;
      }
      case NONE, GRE -> throw new IllegalArgumentException("no outer header for " + encapsulation);
    }
    return header;
  }

  /// The header for IP packets in a GRE tunnel from `source` to `destination`, which must be of one
  /// family.
  ///
  /// @param key what all packets bear (RFC 2890 §2.1); empty: none
  /// @param checksum whether packets have one (RFC 2784 §2.1); such are Java's to send
  /// @param sequence whether packets are numbered (RFC 2890 §2.2); such are Java's to send
  /// @throws IllegalArgumentException where the families differ
  public static OuterHeader ofGre(
      IpAddress source,
      IpAddress destination,
      MacAddress sourceMac,
      MacAddress destinationMac,
      int ttl,
      OptionalInt key,
      boolean checksum,
      boolean sequence) {
    OuterHeader header =
        new OuterHeader(Encapsulation.GRE, source, destination, sourceMac, destinationMac, ttl);
    int flags = key.isPresent() ? GreHeader.KEY_PRESENT : 0;
    flags |= checksum ? GreHeader.CHECKSUM_PRESENT : 0;
    flags |= sequence ? GreHeader.SEQUENCE_PRESENT : 0;
    GreHeader.write(header.octets, header.length, flags, 0, key.orElse(0), 0);
    header.length += GreHeader.lengthOf(flags);
    header.numbered = checksum || sequence;
    return header;
  }

  Encapsulation encapsulation() {
    return encapsulation;
  }

  boolean isIpv6() {
    return ipv6;
  }

  /// Whether each packet has a checksum or a number of its own.
  boolean isNumbered() {
    return numbered;
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
  /// less the outer IP, UDP or GRE, VXLAN and the inner Ethernet header, which GRE has not; 0 where
  /// nothing is left.
  public int innerMtu(int linkMtu) {
    // An inner Ethernet header is as long as the outer, which the link does not count.
    int octets = encapsulation == Encapsulation.GRE ? length - EthernetHeader.LENGTH : length;
    return Math.max(0, Math.min(linkMtu, 0xFFFF) - octets);
  }
}
