// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.dataplane.Encapsulation;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// Ethernet frames and tunnels as tests see them, made and read by code of its own.
final class Wire {
  private static final int VXLAN_PORT = 4_789;
  private static final int GRE_KEY = 0x2000;

  private Wire() {}

  /// A frame with an IP packet.
  static byte[] ethernet(long toMac, long fromMac, Packet packet) {
    byte[] ip = packet.octets();
    ByteBuffer b = ByteBuffer.allocate(14 + ip.length);
    putMac(b, toMac);
    putMac(b, fromMac);
    b.putShort((short) (packet.isIpv6() ? 0x86DD : 0x0800)).put(ip);
    return b.array();
  }

  /// The IP packet of a frame.
  static Packet packet(byte[] frame) {
    return Packet.parse(Arrays.copyOfRange(frame, 14, frame.length));
  }

  static long destinationMac(byte[] frame) {
    return ByteBuffer.wrap(frame).getLong(0) >>> 16;
  }

  static long sourceMac(byte[] frame) {
    return ByteBuffer.wrap(frame).getLong(4) & 0xFFFF_FFFF_FFFFL;
  }

  /// An overlay packet between two provider addresses.
  static byte[] overlay(
      Encapsulation encapsulation, String fromPa, String toPa, int vsid, byte[] inner) {
    Packet outer;
    if (encapsulation == Encapsulation.VXLAN) {
      ByteBuffer b = ByteBuffer.allocate(8 + inner.length);
      b.putInt(0x0800_0000).putInt(vsid << 8).put(inner);
      outer = Packet.udp(fromPa, 50_000, toPa, VXLAN_PORT, b.array());
    } else {
      ByteBuffer b = ByteBuffer.allocate(8 + inner.length);
      b.putShort((short) GRE_KEY).putShort((short) 0x6558).putInt(vsid << 8).put(inner);
      outer = Packet.of(fromPa, toPa, Packet.GRE, b.array());
    }
    return ethernet(1, 2, outer);
  }

  /// The inner frame of an overlay packet.
  static byte[] inner(byte[] frame) {
    Packet outer = packet(frame);
    int at = outer.protocol() == Packet.UDP ? 16 : 8;
    return Arrays.copyOfRange(outer.body(), at, outer.body().length);
  }

  /// VSID of an overlay packet.
  static int vsid(byte[] frame) {
    Packet outer = packet(frame);
    int at = outer.protocol() == Packet.UDP ? 12 : 4;
    return ByteBuffer.wrap(outer.body()).getInt(at) >>> 8;
  }

  /// GRE with a key, of an IP packet.
  static Packet gre(String from, String to, int key, Packet inner) {
    byte[] ip = inner.octets();
    ByteBuffer b = ByteBuffer.allocate(8 + ip.length);
    b.putShort((short) GRE_KEY).putShort((short) (inner.isIpv6() ? 0x86DD : 0x0800));
    b.putInt(key).put(ip);
    return Packet.of(from, to, Packet.GRE, b.array());
  }

  /// One that has a number, too.
  static Packet gre(String from, String to, int key, int sequence, Packet inner) {
    byte[] ip = inner.octets();
    ByteBuffer b = ByteBuffer.allocate(12 + ip.length);
    b.putShort((short) (GRE_KEY | 0x1000)).putShort((short) (inner.isIpv6() ? 0x86DD : 0x0800));
    b.putInt(key).putInt(sequence).put(ip);
    return Packet.of(from, to, Packet.GRE, b.array());
  }

  /// Key of a GRE packet.
  static int greKey(Packet outer) {
    if ((outer.body()[0] & 0x20) == 0) {
      throw new AssertionError("no key");
    }
    return ByteBuffer.wrap(outer.body()).getInt(4);
  }

  /// The packet in a GRE packet with a key.
  static Packet inGre(Packet outer) {
    return Packet.parse(Arrays.copyOfRange(outer.body(), 8, outer.body().length));
  }

  static boolean isArpRequest(byte[] frame) {
    return frame.length >= 42 && Packet.get16(frame, 12) == 0x0806 && frame[21] == 1;
  }

  /// ARP, or neighbour discovery: what is said to the link itself.
  static boolean isLinkLocalService(byte[] frame) {
    int type = Packet.get16(frame, 12);
    return type == 0x0806
        || (type == 0x86DD
            && frame[20] == Packet.ICMPV6
            && (frame[54] & 0xFF) >= 133
            && (frame[54] & 0xFF) <= 137);
  }

  static boolean isNeighborSolicitation(byte[] frame) {
    return Packet.get16(frame, 12) == 0x86DD
        && frame[20] == Packet.ICMPV6
        && (frame[54] & 0xFF) == 135;
  }

  /// The address that a neighbour solicitation asks for.
  static String solicited(byte[] frame) {
    ByteBuffer b = ByteBuffer.wrap(frame);
    return new Ipv6Address(b.getLong(62), b.getLong(70)).toString();
  }

  /// A question for the neighbour with an address.
  static byte[] solicitation(String from, long fromMac, String target) {
    ByteBuffer b = ByteBuffer.allocate(32);
    b.putInt(0x8700_0000).putInt(0).put(Packet.octetsOf(IpAddress.parse(target)));
    b.put((byte) 1).put((byte) 1);
    putMac(b, fromMac);
    Packet packet = Packet.of(from, target, Packet.ICMPV6, b.array()).checksummed().withTtl(255);
    return ethernet(0x3333_FF00_0001L, fromMac, packet);
  }

  /// The answer to a neighbour solicitation.
  static byte[] advertisement(byte[] solicitation, long mac) {
    Packet asked = packet(solicitation);
    ByteBuffer b = ByteBuffer.allocate(32);
    b.putInt(0x8800_0000).putInt(0x6000_0000).put(solicitation, 62, 16);
    b.put((byte) 2).put((byte) 1);
    putMac(b, mac);
    Packet packet =
        Packet.of(solicited(solicitation), asked.source().toString(), Packet.ICMPV6, b.array());
    return ethernet(sourceMac(solicitation), mac, packet.checksummed().withTtl(255));
  }

  /// The address that an ARP request asks for.
  static String arpTarget(byte[] frame) {
    return new Ipv4Address(ByteBuffer.wrap(frame).getInt(38)).toString();
  }

  /// The answer to an ARP request.
  static byte[] arpReply(byte[] request, long mac) {
    ByteBuffer asked = ByteBuffer.wrap(request);
    long asking = sourceMac(request);
    ByteBuffer b = ByteBuffer.allocate(42);
    putMac(b, asking);
    putMac(b, mac);
    b.putShort((short) 0x0806).putShort((short) 1).putShort((short) 0x0800);
    b.put((byte) 6).put((byte) 4).putShort((short) 2);
    putMac(b, mac);
    b.putInt(asked.getInt(38));
    putMac(b, asking);
    b.putInt(asked.getInt(28));
    return b.array();
  }

  /// An ARP announcement (RFC 5227 §3): whose the address is, it says.
  static byte[] arpAnnouncement(String address, long mac) {
    return arpRequest(address, mac, address);
  }

  /// A question by ARP, to all.
  static byte[] arpRequest(String from, long fromMac, String target) {
    ByteBuffer b = ByteBuffer.allocate(42);
    putMac(b, 0xFFFF_FFFF_FFFFL);
    putMac(b, fromMac);
    b.putShort((short) 0x0806).putShort((short) 1).putShort((short) 0x0800);
    b.put((byte) 6).put((byte) 4).putShort((short) 1);
    putMac(b, fromMac);
    b.put(Packet.octetsOf(IpAddress.parse(from)));
    putMac(b, 0);
    b.put(Packet.octetsOf(IpAddress.parse(target)));
    return b.array();
  }

  private static void putMac(ByteBuffer b, long mac) {
    b.putShort((short) (mac >>> 32)).putInt((int) mac);
  }
}
