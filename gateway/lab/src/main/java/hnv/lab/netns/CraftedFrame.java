// SPDX-License-Identifier: Apache-2.0
package hnv.lab.netns;

import hnv.wire.EthernetHeader;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv4Header;
import hnv.wire.MacAddress;
import hnv.wire.NvgreHeader;
import hnv.wire.UdpHeader;
import hnv.wire.VlanTag;
import hnv.wire.VxlanHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/// A UDP datagram in an Ethernet frame, made octet by octet: any field can lie.
///
/// @param vlan 802.1Q tag control information, or -1 for no tag
/// @param text the data, by which the frame is found again in a capture
public record CraftedFrame(
    MacAddress source,
    MacAddress destination,
    int vlan,
    Ipv4Address from,
    Ipv4Address to,
    String text) {
  /// The discard service.
  private static final int DISCARD_PORT = 9;

  private static final int SOURCE_PORT = 40_009;
  private static final int TTL = 64;

  /// A frame without tag.
  public CraftedFrame(
      MacAddress source, MacAddress destination, Ipv4Address from, Ipv4Address to, String text) {
    this(source, destination, -1, from, to, text);
  }

  public CraftedFrame withSource(MacAddress other) {
    return new CraftedFrame(other, destination, vlan, from, to, text);
  }

  public CraftedFrame withDestination(MacAddress other) {
    return new CraftedFrame(source, other, vlan, from, to, text);
  }

  public CraftedFrame withVlan(int other) {
    return new CraftedFrame(source, destination, other, from, to, text);
  }

  public CraftedFrame withFrom(Ipv4Address other) {
    return new CraftedFrame(source, destination, vlan, other, to, text);
  }

  public CraftedFrame withText(String other) {
    return new CraftedFrame(source, destination, vlan, from, to, other);
  }

  /// The filter of tshark that finds frames with this text, bare or in a tunnel. An ICMP error that
  /// quotes it does not count.
  public static String withText(String filter, String text) {
    return (filter.isEmpty() ? "" : filter + " && ") + "!icmp && frame contains \"" + text + "\"";
  }

  /// The frame.
  public byte[] octets() {
    byte[] data = text.getBytes(StandardCharsets.US_ASCII);
    int tag = vlan < 0 ? 0 : VlanTag.LENGTH;
    int ip = EthernetHeader.LENGTH + tag;
    int udp = ip + Ipv4Header.MIN_LENGTH;
    int end = udp + UdpHeader.LENGTH + data.length;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment f = arena.allocate(end);
      EthernetHeader.write(
          f,
          0,
          destination.bits(),
          source.bits(),
          vlan < 0 ? EthernetHeader.IPV4 : EthernetHeader.VLAN);
      if (vlan >= 0) {
        VlanTag.write(f, EthernetHeader.LENGTH, vlan, EthernetHeader.IPV4);
      }
      Ipv4Header.write(
          f, ip, 0, end - ip, 0, Ipv4Header.FLAG_DF, TTL, IpProtocol.UDP, from.bits(), to.bits());
      UdpHeader.write(f, udp, SOURCE_PORT, DISCARD_PORT, end - udp, 0);
      MemorySegment.copy(data, 0, f, ValueLayout.JAVA_BYTE, udp + UdpHeader.LENGTH, data.length);
      UdpHeader.writeChecksum(f, udp, Ipv4Header.pseudoHeader(f, ip, IpProtocol.UDP, end - udp));
      return f.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  /// The headers that carry a frame from one provider address to another.
  ///
  /// @param source MAC of the sender on this link
  /// @param destination MAC of the next hop
  public record Tunnel(
      MacAddress source,
      MacAddress destination,
      Ipv4Address from,
      Ipv4Address to,
      boolean nvgre,
      int vsid) {
    private static final int ENTROPY_PORT = 0xC009;

    public Tunnel withFrom(Ipv4Address other) {
      return new Tunnel(source, destination, other, to, nvgre, vsid);
    }

    public Tunnel withVsid(int other) {
      return new Tunnel(source, destination, from, to, nvgre, other);
    }

    /// The frame in its tunnel.
    public byte[] carry(CraftedFrame frame) {
      byte[] inner = frame.octets();
      int l4 = EthernetHeader.LENGTH + Ipv4Header.MIN_LENGTH;
      int shim = nvgre ? l4 : l4 + UdpHeader.LENGTH;
      int payload = shim + (nvgre ? NvgreHeader.LENGTH : VxlanHeader.LENGTH);
      int end = payload + inner.length;
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment f = arena.allocate(end);
        EthernetHeader.write(f, 0, destination.bits(), source.bits(), EthernetHeader.IPV4);
        Ipv4Header.write(
            f,
            EthernetHeader.LENGTH,
            0,
            end - EthernetHeader.LENGTH,
            0,
            Ipv4Header.FLAG_DF,
            TTL,
            nvgre ? IpProtocol.GRE : IpProtocol.UDP,
            from.bits(),
            to.bits());
        if (nvgre) {
          NvgreHeader.write(f, shim, vsid, 0);
        } else {
          // RFC 7348 §5: the UDP checksum SHOULD be sent as zero.
          UdpHeader.write(f, l4, ENTROPY_PORT, VxlanHeader.UDP_PORT, end - l4, 0);
          VxlanHeader.write(f, shim, vsid);
        }
        MemorySegment.copy(inner, 0, f, ValueLayout.JAVA_BYTE, payload, inner.length);
        return f.toArray(ValueLayout.JAVA_BYTE);
      }
    }
  }
}
