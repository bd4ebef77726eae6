// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import java.util.Arrays;
import java.util.OptionalInt;

/// A GRE packet of another site, described by its fields and built from nothing.
final class TestGre {
  static final int CONNECTION = 7;

  boolean ipv6;
  byte[] source = {(byte) 198, 51, 100, 10};
  byte[] destination = {(byte) 203, 0, 113, 20};
  int trafficClass;
  int fragment = 0x4000;
  int extension;
  int flags;
  int key;
  int sequence;
  int type = -1;
  boolean spoilChecksum;

  static TestGre over4() {
    return new TestGre();
  }

  static TestGre over6() {
    TestGre t = new TestGre();
    t.ipv6 = true;
    t.source = Bytes.parse("20010db8000000000000000000000010");
    t.destination = Bytes.parse("20010db8000000000000000000000020");
    return t;
  }

  TestGre key(int value) {
    flags |= 0x2000;
    key = value;
    return this;
  }

  TestGre sequence(int value) {
    flags |= 0x1000;
    sequence = value;
    return this;
  }

  TestGre checksum() {
    flags |= 0x8000;
    return this;
  }

  TestGre type(int value) {
    type = value;
    return this;
  }

  static IpAddress address(byte[] octets) {
    return octets.length == 4
        ? new Ipv4Address(Bytes.u32(octets, 0))
        : new Ipv6Address(long64(octets, 0), long64(octets, 8));
  }

  private static long long64(byte[] octets, int at) {
    return ((long) Bytes.u32(octets, at) << 32) | (Bytes.u32(octets, at + 4) & 0xFFFF_FFFFL);
  }

  /// Our end of the tunnel that the packet comes in.
  TunnelEndpoints.Endpoint endpoint(int port, boolean ordered) {
    return new TunnelEndpoints.Endpoint(
        address(source),
        address(destination),
        (flags & 0x2000) != 0 ? OptionalInt.of(key) : OptionalInt.empty(),
        port,
        ordered);
  }

  TunnelEndpoints.Endpoint endpoint() {
    return endpoint(CONNECTION, false);
  }

  /// Octets before the inner packet.
  int length() {
    return 14 + (ipv6 ? 40 : 20) + (extension != 0 ? 8 : 0) + greLength();
  }

  private int greLength() {
    return 4 + 4 * Integer.bitCount(flags & 0xB000);
  }

  /// A frame with the IP packet of another frame, as the tunnel's other end sends it.
  byte[] wrap(TestPacket packet) {
    byte[] frame = packet.bytes();
    return wrap(packet.ipv6 ? 0x86DD : 0x0800, Arrays.copyOfRange(frame, 14, frame.length));
  }

  byte[] wrap(int protocolType, byte[] packet) {
    Bytes g = new Bytes().u16(flags).u16(type >= 0 ? type : protocolType);
    if ((flags & 0x8000) != 0) {
      g.u32(0);
    }
    if ((flags & 0x2000) != 0) {
      g.u32(key);
    }
    if ((flags & 0x1000) != 0) {
      g.u32(sequence);
    }
    byte[] gre = g.all(packet).array();
    if ((flags & 0x8000) != 0) {
      int sum = ~Bytes.naiveSum(gre, 0, gre.length, 0) & 0xFFFF;
      Bytes.put16(gre, 4, spoilChecksum ? sum ^ 1 : sum);
    }
    Bytes b = new Bytes().u48(0x0200_CB00_7114L).u48(0x0200_C633_640AL);
    if (ipv6) {
      b.u16(0x86DD).u32(6 << 28 | trafficClass << 20);
      b.u16(gre.length + (extension != 0 ? 8 : 0)).u8(extension != 0 ? extension : 47).u8(64);
      b.all(source).all(destination);
      if (extension != 0) {
        b.u8(47).u8(0).u16(extension == 44 ? 1 : 0).zeros(4);
      }
    } else {
      byte[] header =
          new Bytes()
              .u8(0x45)
              .u8(trafficClass)
              .u16(20 + gre.length)
              .u16(0)
              .u16(fragment)
              .u8(64)
              .u8(47)
              .u16(0)
              .all(source)
              .all(destination)
              .array();
      Bytes.put16(header, 10, ~Bytes.naiveSum(header, 0, header.length, 0));
      b.u16(0x0800).all(header);
    }
    return b.all(gre).array();
  }
}
