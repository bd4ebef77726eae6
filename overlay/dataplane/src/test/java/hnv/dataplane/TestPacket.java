// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import java.util.Arrays;
import java.util.Random;

/// A packet described by its fields, built into octets from nothing: every length and checksum is
/// computed anew. What the code under test edits in place, an oracle changes here and builds again.
final class TestPacket implements Cloneable {
  static final int ICMP = 1;
  static final int TCP = 6;
  static final int UDP = 17;
  static final int ICMPV6 = 58;

  static final int FIN = 1;
  static final int SYN = 2;
  static final int RST = 4;
  static final int PSH = 8;
  static final int ACK = 16;
  static final int ECE = 64;
  static final int CWR = 128;

  long destinationMac = 0x0200_0000_0002L;
  long sourceMac = 0x0200_0000_0001L;
  int[] tags = {};
  boolean ipv6;
  int trafficClass;
  int id = 0x1234;
  boolean dontFragment = true;
  int fragmentOffset;
  boolean moreFragments;
  int ttl = 64;
  int protocol = UDP;
  byte[] source = {10, 0, 0, 1};
  byte[] destination = {10, 0, 0, 2};
  int ipOptionWords;

  /// IPv6 extension headers before the fragment header, 8 octets each.
  int[] extensions = {};

  int sourcePort = 4_000;
  int destinationPort = 5_000;
  int sequence = 0x0102_0304;
  int flags = ACK;
  int tcpOptionWords;
  int icmpType = 8;
  int icmpCode;
  byte[] payload = {1, 2, 3, 4, 5};
  boolean noUdpChecksum;

  /// Only the pseudo header's sum stands in the checksum field.
  boolean partial;

  /// Octets behind the IP packet.
  int padding;

  static TestPacket udp4() {
    return new TestPacket();
  }

  static TestPacket tcp4() {
    TestPacket p = new TestPacket();
    p.protocol = TCP;
    return p;
  }

  static TestPacket icmp4(int type) {
    TestPacket p = new TestPacket();
    p.protocol = ICMP;
    p.icmpType = type;
    return p;
  }

  static TestPacket udp6() {
    TestPacket p = new TestPacket();
    p.ipv6 = true;
    p.source = Bytes.parse("20010db8000000000000000000000001");
    p.destination = Bytes.parse("20010db8000000000000000000000002");
    return p;
  }

  static TestPacket tcp6() {
    TestPacket p = udp6();
    p.protocol = TCP;
    return p;
  }

  static TestPacket icmp6(int type) {
    TestPacket p = udp6();
    p.protocol = ICMPV6;
    p.icmpType = type;
    return p;
  }

  /// A valid packet with everything about it at random, no fragment.
  static TestPacket random(Random random) {
    TestPacket p = random.nextBoolean() ? udp6() : udp4();
    p.protocol =
        switch (random.nextInt(8)) {
          case 0, 1, 2 -> TCP;
          case 3, 4, 5 -> UDP;
          case 6 -> p.ipv6 ? ICMPV6 : ICMP;
          default -> 132;
        };
    p.icmpType = p.ipv6 ? 128 : 8;
    random.nextBytes(p.source);
    random.nextBytes(p.destination);
    p.destinationMac = random.nextLong() & 0xFEFF_FFFF_FFFFL;
    p.sourceMac = random.nextLong() & 0xFEFF_FFFF_FFFFL;
    p.trafficClass = random.nextInt(256);
    p.id = random.nextInt(65_536);
    p.dontFragment = random.nextBoolean();
    p.ttl = 2 + random.nextInt(254);
    p.ipOptionWords = random.nextInt(4) == 0 ? random.nextInt(11) : 0;
    if (p.ipv6 && random.nextInt(4) == 0) {
      p.extensions = new int[] {0, 60, 43};
    }
    p.sourcePort = random.nextInt(65_536);
    p.destinationPort = random.nextInt(65_536);
    p.sequence = random.nextInt();
    p.flags = random.nextInt(256);
    p.tcpOptionWords = random.nextInt(11);
    p.payload = new byte[random.nextInt(200)];
    random.nextBytes(p.payload);
    p.noUdpChecksum = p.protocol == UDP && random.nextInt(5) == 0;
    p.partial = (p.protocol == TCP || p.protocol == UDP) && random.nextInt(3) == 0;
    if (p.partial) {
      p.noUdpChecksum = false;
    }
    return p;
  }

  @Override
  public TestPacket clone() {
    try {
      TestPacket copy = (TestPacket) super.clone();
      copy.source = source.clone();
      copy.destination = destination.clone();
      copy.payload = payload.clone();
      return copy;
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException(e);
    }
  }

  TestPacket payload(int length) {
    payload = new byte[length];
    for (int i = 0; i < length; i++) {
      payload[i] = (byte) (i * 7 + (i >>> 8));
    }
    return this;
  }

  // ---- offsets, counted from the Ethernet header ----

  int l3() {
    return 14 + 4 * tags.length;
  }

  boolean isFragment() {
    return moreFragments || fragmentOffset != 0;
  }

  int l4() {
    if (!ipv6) {
      return l3() + 20 + 4 * ipOptionWords;
    }
    return l3() + 40 + 8 * extensions.length + (isFragment() ? 8 : 0);
  }

  int transportHeaderLength() {
    return switch (protocol) {
      case TCP -> 20 + 4 * tcpOptionWords;
      case UDP, ICMP, ICMPV6 -> 8;
      default -> 0;
    };
  }

  int checksumOffset() {
    return switch (protocol) {
      case TCP -> 16;
      case UDP -> 6;
      default -> 2;
    };
  }

  // ---- building ----

  /// All octets from the Ethernet header on.
  byte[] bytes() {
    byte[] transport = fragmentOffset != 0 ? payload : transport();
    Bytes b = new Bytes().u48(destinationMac).u48(sourceMac);
    for (int tag : tags) {
      b.u16(tag).u16(0x0064);
    }
    b.u16(ipv6 ? 0x86DD : 0x0800);
    b.all(ipv6 ? ipv6Header(transport.length) : ipv4Header(transport.length));
    return b.all(transport).zeros(padding).array();
  }

  private byte[] ipv4Header(int transportLength) {
    int headerLength = 20 + 4 * ipOptionWords;
    int flagsAndOffset =
        (dontFragment && !isFragment() ? 0x4000 : 0)
            | (moreFragments ? 0x2000 : 0)
            | (fragmentOffset / 8);
    Bytes b =
        new Bytes()
            .u8(0x40 | (headerLength / 4))
            .u8(trafficClass)
            .u16(headerLength + transportLength)
            .u16(id)
            .u16(flagsAndOffset)
            .u8(ttl)
            .u8(protocol)
            .u16(0)
            .all(source)
            .all(destination);
    for (int i = 0; i < ipOptionWords; i++) {
      b.u32(0x01010101);
    }
    byte[] header = b.array();
    Bytes.put16(header, 10, ~Bytes.naiveSum(header, 0, header.length, 0));
    return header;
  }

  private byte[] ipv6Header(int transportLength) {
    int extensionLength = 8 * extensions.length + (isFragment() ? 8 : 0);
    int first = isFragment() ? 44 : protocol;
    Bytes b =
        new Bytes()
            .u32(6 << 28 | trafficClass << 20 | 0xABCDE)
            .u16(extensionLength + transportLength)
            .u8(extensions.length > 0 ? extensions[0] : first)
            .u8(ttl)
            .all(source)
            .all(destination);
    for (int i = 0; i < extensions.length; i++) {
      b.u8(i + 1 < extensions.length ? extensions[i + 1] : first).u8(0);
      // A routing header without segments left; PadN for the others.
      b.all(extensions[i] == 43 ? new byte[6] : Bytes.parse("010400000000"));
    }
    if (isFragment()) {
      b.u8(protocol).u8(0).u16(fragmentOffset | (moreFragments ? 1 : 0)).u32(id);
    }
    return b.array();
  }

  private byte[] transport() {
    Bytes b = new Bytes();
    switch (protocol) {
      case TCP -> {
        b.u16(sourcePort).u16(destinationPort).u32(sequence).u32(0x0A0B0C0D);
        b.u8((5 + tcpOptionWords) << 4).u8(flags).u16(0x7210).u16(0).u16(0);
        for (int i = 0; i < tcpOptionWords; i++) {
          b.u32(0x01010101);
        }
      }
      case UDP -> b.u16(sourcePort).u16(destinationPort).u16(8 + payload.length).u16(0);
      case ICMP, ICMPV6 -> b.u8(icmpType).u8(icmpCode).u16(0).u16(sourcePort).u16(1);
      default -> {}
    }
    byte[] t = b.all(payload).array();
    if (transportHeaderLength() > 0 && !(protocol == UDP && noUdpChecksum)) {
      Bytes.put16(t, checksumOffset(), transportChecksum(t));
    }
    return t;
  }

  private int transportChecksum(byte[] t) {
    int pseudo = protocol == ICMP ? 0 : Bytes.pseudoSum(source, destination, protocol, t.length);
    if (partial) {
      return pseudo;
    }
    int checksum = ~Bytes.naiveSum(t, 0, t.length, pseudo) & 0xFFFF;
    return protocol == UDP && checksum == 0 ? 0xFFFF : checksum;
  }

  // ---- frames ----

  /// A frame with these octets at the usual place, and the metadata of a partial checksum.
  Frame frame(FramePool pool) {
    Frame frame = frame(pool, bytes());
    if (partial) {
      frame.setPartialChecksum(l4(), checksumOffset());
    }
    return frame;
  }

  static Frame frame(FramePool pool, byte[] octets) {
    Frame frame = pool.acquire();
    if (frame == null) {
      throw new IllegalStateException("pool of the test is empty");
    }
    frame.reset(FramePool.HEADROOM, octets.length);
    for (int i = 0; i < octets.length; i++) {
      frame
          .memory()
          .set(java.lang.foreign.ValueLayout.JAVA_BYTE, FramePool.HEADROOM + i, octets[i]);
    }
    return frame;
  }

  /// The octets that a frame holds now.
  static byte[] octets(Frame frame) {
    return Bytes.of(frame.memory(), frame.start(), frame.length());
  }

  /// Whether the IPv4 header checksum and the transport checksum at these offsets are right, by the
  /// naive sum alone.
  static void assertChecksums(byte[] f, int l3, int l4, int protocol) {
    boolean v6 = (f[l3] >>> 4 & 0xF) == 6;
    if (!v6 && Bytes.naiveSum(f, l3, l3 + (f[l3] & 0xF) * 4, 0) != 0xFFFF) {
      throw new AssertionError("IPv4 checksum wrong in " + Bytes.hex(f));
    }
    int end = v6 ? l3 + 40 + Bytes.u16(f, l3 + 4) : l3 + Bytes.u16(f, l3 + 2);
    byte[] from = Arrays.copyOfRange(f, l3 + (v6 ? 8 : 12), l3 + (v6 ? 24 : 16));
    byte[] to = Arrays.copyOfRange(f, l3 + (v6 ? 24 : 16), l3 + (v6 ? 40 : 20));
    int pseudo = protocol == ICMP ? 0 : Bytes.pseudoSum(from, to, protocol, end - l4);
    if (Bytes.naiveSum(f, l4, end, pseudo) != 0xFFFF) {
      throw new AssertionError("transport checksum wrong in " + Bytes.hex(f));
    }
  }
}
