// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import java.util.Random;

/// Outer headers of a tunnel packet, described by their fields and built from nothing.
final class TestTunnel {
  Encapsulation kind = Encapsulation.VXLAN;
  boolean ipv6;
  byte[] source = {(byte) 192, (byte) 168, 1, 10};
  byte[] destination = {(byte) 192, (byte) 168, 1, 20};
  long destinationMac = 0x0200_C0A8_0114L;
  long sourceMac = 0x0200_C0A8_010AL;
  int trafficClass;
  int ttl = 64;
  int fragment = 0x4000;
  int optionWords;
  int[] extensions = {};
  int udpPort = 4789;
  int vsid = 5001;
  int entropy = 0xC123;
  int udpChecksum;

  static TestTunnel vxlan4() {
    return new TestTunnel();
  }

  static TestTunnel nvgre4() {
    TestTunnel t = new TestTunnel();
    t.kind = Encapsulation.NVGRE;
    return t;
  }

  static TestTunnel of(Encapsulation kind, boolean ipv6) {
    TestTunnel t = new TestTunnel();
    t.kind = kind;
    if (ipv6) {
      t.ipv6 = true;
      t.source = Bytes.parse("fd000000000000000000000000000010");
      t.destination = Bytes.parse("fd000000000000000000000000000020");
    }
    return t;
  }

  static TestTunnel random(Random random) {
    TestTunnel t =
        of(random.nextBoolean() ? Encapsulation.VXLAN : Encapsulation.NVGRE, random.nextBoolean());
    t.vsid = 4096 + random.nextInt(0xFFFFFE - 4096);
    t.entropy = 0xC000 | random.nextInt(0x4000);
    t.ttl = 1 + random.nextInt(255);
    t.optionWords = random.nextInt(4) == 0 ? random.nextInt(11) : 0;
    t.trafficClass = random.nextInt(64) << 2;
    return t;
  }

  /// Octets before the inner frame.
  int length() {
    return l4() + (kind == Encapsulation.VXLAN ? 16 : 8);
  }

  int l4() {
    return 14 + (ipv6 ? 40 + 8 * extensions.length : 20 + 4 * optionWords);
  }

  byte[] wrap(byte[] inner) {
    Bytes tunnel = new Bytes();
    if (kind == Encapsulation.VXLAN) {
      tunnel.u16(entropy).u16(udpPort).u16(16 + inner.length).u16(udpChecksum);
      tunnel.u32(0x0800_0000).u24(vsid).u8(0);
    } else {
      tunnel.u16(0x2000).u16(0x6558).u24(vsid).u8(entropy);
    }
    tunnel.all(inner);
    int protocol = kind == Encapsulation.VXLAN ? 17 : 47;
    Bytes b = new Bytes().u48(destinationMac).u48(sourceMac).u16(ipv6 ? 0x86DD : 0x0800);
    if (ipv6) {
      b.u32(6 << 28 | trafficClass << 20);
      b.u16(8 * extensions.length + tunnel.length());
      b.u8(extensions.length > 0 ? extensions[0] : protocol).u8(ttl);
      b.all(source).all(destination);
      for (int i = 0; i < extensions.length; i++) {
        b.u8(i + 1 < extensions.length ? extensions[i + 1] : protocol).u8(0).zeros(6);
      }
    } else {
      Bytes h = new Bytes().u8(0x45 + optionWords).u8(trafficClass);
      h.u16(20 + 4 * optionWords + tunnel.length()).u16(0).u16(fragment).u8(ttl).u8(protocol);
      h.u16(0).all(source).all(destination);
      for (int i = 0; i < optionWords; i++) {
        h.u32(0x01010101);
      }
      byte[] header = h.array();
      Bytes.put16(header, 10, ~Bytes.naiveSum(header, 0, header.length, 0));
      b.all(header);
    }
    return b.all(tunnel.array()).array();
  }
}
