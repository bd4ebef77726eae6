// SPDX-License-Identifier: Apache-2.0
package hnv.lab.netns;

import hnv.wire.EthernetHeader;
import hnv.wire.GreHeader;
import hnv.wire.Icmpv4Header;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Address;
import hnv.wire.Ipv6Header;
import hnv.wire.MacAddress;
import hnv.wire.UdpHeader;
import hnv.wire.VxlanHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/// Packets in packets, put together from the inside out: each method gives the octets of one layer
/// around those of the next. All checksums are right; every address may lie.
public final class Onion {
  private static final int ANY_PORT = 40_010;

  private Onion() {}

  private interface Header {
    void write(MemorySegment packet, int length);
  }

  private static byte[] around(byte[] inner, int header, Header writer) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment packet = arena.allocate(header + inner.length);
      MemorySegment.copy(inner, 0, packet, ValueLayout.JAVA_BYTE, header, inner.length);
      writer.write(packet, header + inner.length);
      return packet.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  /// An echo request, whose data is the text.
  public static byte[] echo(String text) {
    return around(
        text.getBytes(StandardCharsets.US_ASCII),
        Icmpv4Header.LENGTH,
        (packet, length) -> {
          Icmpv4Header.writeQuery(packet, 0, Icmpv4Header.ECHO_REQUEST, 0, 1, 1);
          Icmpv4Header.writeChecksum(packet, 0, length);
        });
  }

  /// A UDP datagram without checksum.
  public static byte[] udp(int port, byte[] data) {
    return around(
        data,
        UdpHeader.LENGTH,
        (packet, length) -> UdpHeader.write(packet, 0, ANY_PORT, port, length, 0));
  }

  /// An IPv4 packet.
  public static byte[] ipv4(
      Ipv4Address from, Ipv4Address to, int protocol, int ttl, byte[] payload) {
    return around(
        payload,
        Ipv4Header.MIN_LENGTH,
        (packet, length) ->
            Ipv4Header.write(packet, 0, 0, length, 0, 0, ttl, protocol, from.bits(), to.bits()));
  }

  /// An IPv6 packet.
  public static byte[] ipv6(Ipv6Address from, Ipv6Address to, int protocol, byte[] payload) {
    return around(
        payload,
        Ipv6Header.LENGTH,
        (packet, length) ->
            Ipv6Header.write(
                packet,
                0,
                0,
                0,
                payload.length,
                protocol,
                64,
                from.high(),
                from.low(),
                to.high(),
                to.low()));
  }

  /// GRE with a key.
  ///
  /// @param type EtherType of what is inside
  public static byte[] gre(int key, int type, byte[] payload) {
    return around(
        payload,
        GreHeader.MIN_LENGTH + 4,
        (packet, length) -> GreHeader.write(packet, 0, GreHeader.KEY_PRESENT, type, key, 0));
  }

  /// GRE without anything.
  public static byte[] gre(int type, byte[] payload) {
    return around(
        payload,
        GreHeader.MIN_LENGTH,
        (packet, length) -> GreHeader.write(packet, 0, 0, type, 0, 0));
  }

  /// VXLAN around an Ethernet frame.
  public static byte[] vxlan(int vni, byte[] frame) {
    return around(frame, VxlanHeader.LENGTH, (packet, length) -> VxlanHeader.write(packet, 0, vni));
  }

  /// An Ethernet frame.
  public static byte[] ethernet(MacAddress to, MacAddress from, int type, byte[] payload) {
    return around(
        payload,
        EthernetHeader.LENGTH,
        (packet, length) -> EthernetHeader.write(packet, 0, to.bits(), from.bits(), type));
  }

  /// Levels of GRE with a key in one another, from one address to another, around a packet.
  ///
  /// @param levels 1 to 30
  public static byte[] nested(
      int levels, Ipv4Address from, Ipv4Address to, int key, byte[] innermost) {
    byte[] packet = innermost;
    for (int i = 0; i < levels; i++) {
      packet = ipv4(from, to, IpProtocol.GRE, 64, gre(key, EthernetHeader.IPV4, packet));
    }
    return packet;
  }
}
