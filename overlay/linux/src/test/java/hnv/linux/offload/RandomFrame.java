// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import java.nio.ByteBuffer;
import java.util.Random;

/// A frame with IP in it, described by its fields and built from nothing: valid to begin with, then
/// perhaps broken on purpose. For comparing executors; what is right is not asked of it.
final class RandomFrame implements Cloneable {
  static final int ICMP = 1;
  static final int TCP = 6;
  static final int UDP = 17;
  static final int ICMPV6 = 58;
  static final int VXLAN = 1;
  static final int NVGRE = 2;
  static final int L3_GRE = 3;
  static final int VXLAN_PORT = 4789;

  private static final int SCTP = 132;
  static final int GRE = 47;

  final Random random;
  long destinationMac;
  long sourceMac;
  boolean ipv6;
  int trafficClass;
  int ttl;
  int protocol;
  byte[] source;
  byte[] destination;
  int optionWords;
  boolean extension;
  int sourcePort;
  int destinationPort;
  int tcpFlags;
  int tcpOptionWords;
  int icmpType;
  byte[] payload;
  boolean noUdpChecksum;

  /// Only the pseudo header's sum stands in the checksum field.
  boolean partial;

  /// 0 for a frame outside any tunnel.
  int tunnel;

  boolean outerIpv6;
  byte[] outerSource;
  byte[] outerDestination;
  int outerTrafficClass;
  int outerOptionWords;
  int outerFragment;
  int vsid;
  int udpChecksum;

  /// First 16 bits of a GRE header, whose key is then a number of 32 bits.
  int greFlags;

  int greKey;

  private boolean fixed;

  RandomFrame(Random random, int tunnel, boolean outerIpv6) {
    this.random = random;
    this.tunnel = tunnel;
    this.outerIpv6 = outerIpv6;
    ipv6 = random.nextBoolean();
    source = octets(ipv6 ? 16 : 4);
    destination = octets(ipv6 ? 16 : 4);
    destinationMac = random.nextLong() & 0xFEFF_FFFF_FFFFL;
    sourceMac = random.nextLong() & 0xFEFF_FFFF_FFFFL;
    trafficClass = random.nextInt(256);
    ttl = random.nextInt(16) == 0 ? random.nextInt(2) : 2 + random.nextInt(254);
    protocol =
        switch (random.nextInt(16)) {
          case 0, 1, 2, 3, 4, 5 -> TCP;
          case 6, 7, 8, 9, 10, 11 -> UDP;
          case 12, 13 -> ipv6 ? ICMPV6 : ICMP;
          case 14 -> random.nextInt(256);
          default -> SCTP;
        };
    icmpType = ipv6 ? 128 + random.nextInt(2) : 8 * random.nextInt(2);
    if (random.nextInt(8) == 0) {
      icmpType = random.nextInt(256);
    }
    optionWords = random.nextInt(16) == 0 ? random.nextInt(11) : 0;
    extension = random.nextInt(16) == 0;
    sourcePort = random.nextInt(65_536);
    destinationPort = random.nextInt(65_536);
    tcpFlags = random.nextInt(8) == 0 ? random.nextInt(256) : 0x10;
    tcpOptionWords = random.nextInt(11);
    payload = octets(random.nextInt(8) == 0 ? random.nextInt(1_400) : random.nextInt(60));
    noUdpChecksum = random.nextInt(4) == 0;
    outerTrafficClass = random.nextInt(256);
    outerOptionWords = random.nextInt(32) == 0 ? random.nextInt(11) : 0;
    vsid = 4096 + random.nextInt(1 << 20);
    greFlags = random.nextInt(3) == 0 ? 0 : 0x2000;
    greKey = random.nextInt();
    udpChecksum = random.nextInt(4) == 0 ? random.nextInt(65_536) : 0;
    outerSource = octets(outerIpv6 ? 16 : 4);
    outerDestination = octets(outerIpv6 ? 16 : 4);
  }

  @Override
  public RandomFrame clone() {
    try {
      return (RandomFrame) super.clone();
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Has {@link #build} give the same octets each time, as it does not while numbers of packets are
  /// drawn there.
  void fixIds() {
    fixed = true;
  }

  private int number(int bound) {
    return fixed ? 0x1234 : random.nextInt(bound);
  }

  byte[] octets(int count) {
    byte[] result = new byte[count];
    random.nextBytes(result);
    return result;
  }

  /// Octets before the inner frame, in GRE less 14.
  int outerLength() {
    if (tunnel == 0) {
      return 0;
    }
    int ip = outerIpv6 ? 40 : 20 + 4 * outerOptionWords;
    return switch (tunnel) {
      case VXLAN -> 14 + ip + 16;
      case NVGRE -> 14 + ip + 8;
      // Its packet has no Ethernet header: where that would be is in the outer ones.
      default -> ip + 4 + 4 * Integer.bitCount(greFlags & 0xB000);
    };
  }

  int l3() {
    return outerLength() + 14;
  }

  int l4() {
    return l3() + (ipv6 ? 40 + (extension ? 8 : 0) : 20 + 4 * optionWords);
  }

  int checksumAt() {
    return protocol == TCP ? 16 : 6;
  }

  boolean hasPorts() {
    return protocol == TCP || protocol == UDP;
  }

  boolean isEcho() {
    return ipv6
        ? protocol == ICMPV6 && (icmpType == 128 || icmpType == 129)
        : protocol == ICMP && (icmpType == 8 || icmpType == 0);
  }

  /// All octets.
  byte[] build() {
    byte[] inner = inner();
    return tunnel == 0 ? inner : wrap(inner);
  }

  private byte[] inner() {
    byte[] transport = transport();
    int header = ipv6 ? 40 + (extension ? 8 : 0) : 20 + 4 * optionWords;
    ByteBuffer b = ByteBuffer.allocate(14 + header + transport.length);
    mac(b, destinationMac);
    mac(b, sourceMac);
    b.putShort((short) (ipv6 ? 0x86DD : 0x0800));
    if (ipv6) {
      b.putInt(6 << 28 | trafficClass << 20 | random.nextInt(1 << 20));
      b.putShort((short) (header - 40 + transport.length));
      b.put((byte) (extension ? 60 : protocol)).put((byte) ttl).put(source).put(destination);
      if (extension) {
        b.put((byte) protocol).put((byte) 0).putInt(0x01040000).putShort((short) 0);
      }
    } else {
      ipv4(
          b,
          trafficClass,
          header + transport.length,
          fixed || random.nextBoolean() ? 0x4000 : 0,
          ttl,
          protocol,
          source,
          destination,
          optionWords);
    }
    return b.put(transport).array();
  }

  private void ipv4(
      ByteBuffer b,
      int tos,
      int length,
      int fragment,
      int timeToLive,
      int upper,
      byte[] from,
      byte[] to,
      int words) {
    int at = b.position();
    b.put((byte) (0x45 + words)).put((byte) tos).putShort((short) length);
    b.putShort((short) number(65_536)).putShort((short) fragment);
    b.put((byte) timeToLive).put((byte) upper).putShort((short) 0).put(from).put(to);
    for (int i = 0; i < words; i++) {
      b.putInt(0x01010101);
    }
    byte[] header = new byte[b.position() - at];
    b.get(at, header);
    repairIpv4(header, 0);
    b.put(at, header);
  }

  private byte[] transport() {
    int header = protocol == TCP ? 20 + 4 * tcpOptionWords : protocol == UDP || isIcmp() ? 8 : 0;
    ByteBuffer b = ByteBuffer.allocate(header + payload.length);
    int checksumAt = -1;
    if (protocol == TCP) {
      b.putShort((short) sourcePort).putShort((short) destinationPort);
      b.putInt(number(Integer.MAX_VALUE)).putInt(number(Integer.MAX_VALUE));
      b.put((byte) (header << 2)).put((byte) tcpFlags).putShort((short) 0x7210).putInt(0);
      for (int i = 0; i < tcpOptionWords; i++) {
        b.putInt(0x01010101);
      }
      checksumAt = 16;
    } else if (protocol == UDP) {
      b.putShort((short) sourcePort).putShort((short) destinationPort);
      b.putShort((short) (8 + payload.length)).putShort((short) 0);
      checksumAt = noUdpChecksum ? -1 : 6;
    } else if (isIcmp()) {
      b.put((byte) icmpType).put((byte) (random.nextInt(8) == 0 ? 1 : 0)).putShort((short) 0);
      b.putShort((short) sourcePort).putShort((short) 1);
      checksumAt = 2;
    }
    byte[] all = b.put(payload).array();
    if (checksumAt >= 0) {
      int start = protocol == ICMP ? 0 : pseudoSum(all.length);
      int checksum = partial ? start : ~sum(all, 0, all.length, start) & 0xFFFF;
      put16(all, checksumAt, checksum == 0 && protocol == UDP ? 0xFFFF : checksum);
    }
    return all;
  }

  private boolean isIcmp() {
    return protocol == (ipv6 ? ICMPV6 : ICMP);
  }

  /// Sum of the pseudo header for an upper layer of so many octets.
  int pseudoSum(int length) {
    byte[] rest = ByteBuffer.allocate(8).putInt(length).putInt(protocol).array();
    int sum = sum(source, 0, source.length, 0);
    return sum(rest, 0, 8, sum(destination, 0, destination.length, sum));
  }

  private byte[] wrap(byte[] inner) {
    boolean vxlan = tunnel == VXLAN;
    ByteBuffer b = ByteBuffer.allocate(outerLength() + inner.length);
    int ip = outerIpv6 ? 40 : 20 + 4 * outerOptionWords;
    int tunnelLength = b.capacity() - 14 - ip;
    mac(b, 0x0200_0000_0001L);
    mac(b, 0x0200_0000_0002L);
    b.putShort((short) (outerIpv6 ? 0x86DD : 0x0800));
    int upper = vxlan ? UDP : GRE;
    if (outerIpv6) {
      b.putInt(6 << 28 | outerTrafficClass << 20).putShort((short) tunnelLength);
      b.put((byte) upper).put((byte) 64).put(outerSource).put(outerDestination);
    } else {
      int length = 20 + 4 * outerOptionWords + tunnelLength;
      ipv4(
          b,
          outerTrafficClass,
          length,
          outerFragment,
          64,
          upper,
          outerSource,
          outerDestination,
          outerOptionWords);
    }
    if (vxlan) {
      b.putShort((short) 50_000).putShort((short) VXLAN_PORT).putShort((short) tunnelLength);
      b.putShort((short) udpChecksum).putInt(0x0800_0000).putInt(vsid << 8);
    } else if (tunnel == NVGRE) {
      b.putInt(0x2000_6558).putInt(vsid << 8 | 7);
    } else {
      b.putShort((short) greFlags).putShort((short) (ipv6 ? 0x86DD : 0x0800));
      if ((greFlags & 0x8000) != 0) {
        b.putInt(0);
      }
      if ((greFlags & 0x2000) != 0) {
        b.putInt(greKey);
      }
      if ((greFlags & 0x1000) != 0) {
        b.putInt(random.nextInt());
      }
      return b.put(inner, 14, inner.length - 14).array();
    }
    return b.put(inner).array();
  }

  // ---- octets ----

  private static void mac(ByteBuffer b, long mac) {
    b.putShort((short) (mac >>> 32)).putInt((int) mac);
  }

  static int u8(byte[] b, int at) {
    return b[at] & 0xFF;
  }

  static int u16(byte[] b, int at) {
    return u8(b, at) << 8 | u8(b, at + 1);
  }

  static void put16(byte[] b, int at, int value) {
    b[at] = (byte) (value >>> 8);
    b[at + 1] = (byte) value;
  }

  /// Makes the checksum of an IPv4 header right again, if the header is there.
  static void repairIpv4(byte[] b, int at) {
    int length = (b[at] & 0xF) * 4;
    if (at + length <= b.length && length >= 20) {
      put16(b, at + 10, 0);
      put16(b, at + 10, ~sum(b, at, at + length, 0));
    }
  }

  /// Sum of 16-bit words, word by word (RFC 1071 §1 read literally).
  static int sum(byte[] b, int from, int to, int start) {
    int sum = start;
    for (int i = from; i < to; i += 2) {
      sum += u8(b, i) << 8 | (i + 1 < to ? u8(b, i + 1) : 0);
      sum = sum > 0xFFFF ? sum - 0xFFFF : sum;
    }
    return sum;
  }
}
