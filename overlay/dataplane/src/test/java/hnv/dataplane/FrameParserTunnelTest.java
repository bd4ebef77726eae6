// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import static hnv.dataplane.DropReason.GRE_HEADER_UNSUPPORTED;
import static hnv.dataplane.DropReason.INNER_VLAN_TAG;
import static hnv.dataplane.DropReason.IPV4_CHECKSUM_INVALID;
import static hnv.dataplane.DropReason.MALFORMED_ETHERNET;
import static hnv.dataplane.DropReason.MALFORMED_OUTER;
import static hnv.dataplane.DropReason.MALFORMED_TRANSPORT;
import static hnv.dataplane.DropReason.NONE;
import static hnv.dataplane.DropReason.NOT_A_TUNNEL_PACKET;
import static hnv.dataplane.DropReason.OUTER_FRAGMENT;
import static hnv.dataplane.DropReason.OUTER_VLAN_TAG;
import static hnv.dataplane.DropReason.VXLAN_I_FLAG_MISSING;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.wire.VirtioNetHeader;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// Packets of the underlay: VXLAN (RFC 7348) and NVGRE (RFC 7637) over IPv4 and IPv6.
class FrameParserTunnelTest {
  private static final int PORT = 4789;

  private final FramePool pool = new FramePool(1);
  private final Frame frame = TestPacket.udp4().frame(pool);

  private DropReason parse(byte[] octets) {
    frame.release();
    TestPacket.frame(pool, octets);
    return FrameParser.parseTunnel(frame, PORT);
  }

  private static TestTunnel[] all() {
    return new TestTunnel[] {
      TestTunnel.vxlan4(),
      TestTunnel.nvgre4(),
      TestTunnel.of(Encapsulation.VXLAN, true),
      TestTunnel.of(Encapsulation.NVGRE, true)
    };
  }

  private static TestPacket[] inner() {
    return new TestPacket[] {
      TestPacket.udp4(), TestPacket.tcp4(), TestPacket.udp6(), TestPacket.tcp6()
    };
  }

  @Test
  void findsEveryHeader() {
    for (TestTunnel t : all()) {
      for (TestPacket p : inner()) {
        assertEquals(NONE, parse(t.wrap(p.bytes())));
        int start = frame.start();
        assertEquals(t.kind, frame.encapsulation());
        assertEquals(t.ipv6, frame.isOuterIpv6());
        assertEquals(start + 14, frame.outerL3());
        assertEquals(t.vsid, frame.tunnelVsid());
        assertEquals(start + t.length(), frame.l2());
        assertEquals(start + t.length() + p.l3(), frame.l3());
        assertEquals(start + t.length() + p.l4(), frame.l4());
        assertEquals(p.ipv6, frame.isIpv6());
        assertEquals(p.protocol, frame.protocol());
        assertEquals(p.sourcePort, frame.sourcePort());
        assertEquals(p.destinationPort, frame.destinationPort());
      }
    }
  }

  @Test
  void stepsOverOuterOptionsAndExtensions() {
    for (int words = 0; words <= 10; words++) {
      TestTunnel t = TestTunnel.nvgre4();
      t.optionWords = words;
      assertEquals(NONE, parse(t.wrap(TestPacket.udp4().bytes())));
      assertEquals(frame.start() + t.length(), frame.l2());
    }
    TestTunnel t = TestTunnel.of(Encapsulation.VXLAN, true);
    t.extensions = new int[] {0, 60};
    assertEquals(NONE, parse(t.wrap(TestPacket.udp4().bytes())));
    assertEquals(frame.start() + t.length(), frame.l2());
  }

  @Test
  void cutsEthernetPaddingOff() {
    for (TestTunnel t : all()) {
      byte[] octets = t.wrap(TestPacket.udp4().bytes());
      assertEquals(NONE, parse(Arrays.copyOf(octets, octets.length + 20)));
      assertEquals(octets.length, frame.length());
    }
  }

  @Test
  void refusesOuterHeadersCutShort() {
    for (TestTunnel t : all()) {
      byte[] octets = t.wrap(TestPacket.udp4().bytes());
      for (int length = 0; length < octets.length; length++) {
        assertEquals(MALFORMED_OUTER, parse(Arrays.copyOf(octets, length)), "length " + length);
      }
    }
  }

  @Test
  void refusesATunnelHeaderBeyondTheOuterPacket() {
    for (TestTunnel t : all()) {
      // The outer packet ends within the UDP, GRE or VXLAN header; the frame does not.
      for (int left = 0; left < t.length() - t.l4(); left++) {
        byte[] octets = t.wrap(TestPacket.udp4().bytes());
        setOuterLength(t, octets, t.l4() + left - 14);
        DropReason expected =
            t.kind == Encapsulation.NVGRE && left >= 4 ? GRE_HEADER_UNSUPPORTED : MALFORMED_OUTER;
        assertEquals(expected, parse(octets), t.kind + " " + left);
      }
    }
  }

  private static void setOuterLength(TestTunnel t, byte[] octets, int length) {
    if (t.ipv6) {
      Bytes.put16(octets, 18, length - 40);
    } else {
      Bytes.put16(octets, 16, length);
      Bytes.put16(octets, 24, 0);
      Bytes.put16(octets, 24, ~Bytes.naiveSum(octets, 14, 34, 0));
    }
  }

  @Test
  void refusesAnInnerFrameBeyondTheOuterPacket() {
    for (TestTunnel t : all()) {
      byte[] octets = t.wrap(TestPacket.udp4().bytes());
      setOuterLength(t, octets, t.length() + 13 - 14);
      if (t.kind == Encapsulation.VXLAN) {
        Bytes.put16(octets, t.l4() + 4, 16 + 13);
      }
      assertEquals(MALFORMED_ETHERNET, parse(octets));
    }
  }

  @Test
  void refusesUdpLengthsThatDisagree() {
    TestTunnel t = TestTunnel.vxlan4();
    byte[] octets = t.wrap(TestPacket.udp4().bytes());
    Bytes.put16(octets, t.l4() + 4, Bytes.u16(octets, t.l4() + 4) + 1);
    assertEquals(MALFORMED_OUTER, parse(octets), "beyond the packet");
    Bytes.put16(octets, t.l4() + 4, 7);
    assertEquals(MALFORMED_OUTER, parse(octets), "below the header");
    // Too short for a VXLAN header: what stands behind it is not of the datagram.
    for (int length = 8; length < 16; length++) {
      Bytes.put16(octets, t.l4() + 4, length);
      assertEquals(MALFORMED_OUTER, parse(octets), "UDP length " + length);
    }
  }

  @Test
  void refusesAWrongOuterChecksum() {
    byte[] octets = TestTunnel.vxlan4().wrap(TestPacket.udp4().bytes());
    octets[22]++;
    assertEquals(IPV4_CHECKSUM_INVALID, parse(octets));
  }

  /// RFC 7348 §4.3: "The destination VTEP MAY silently discard such VXLAN fragments"; RFC 7637 §4.
  @Test
  void refusesOuterFragments() {
    for (int fragment : new int[] {0x2000, 0x0001, 0x2001}) {
      TestTunnel t = TestTunnel.vxlan4();
      t.fragment = fragment;
      assertEquals(OUTER_FRAGMENT, parse(t.wrap(TestPacket.udp4().bytes())));
    }
    TestTunnel six = TestTunnel.of(Encapsulation.NVGRE, true);
    six.extensions = new int[] {44};
    assertEquals(OUTER_FRAGMENT, parse(six.wrap(TestPacket.udp4().bytes())));
  }

  @Test
  void refusesWhatIsNoTunnel() {
    TestTunnel t = TestTunnel.vxlan4();
    t.udpPort = 4790;
    assertEquals(NOT_A_TUNNEL_PACKET, parse(t.wrap(TestPacket.udp4().bytes())));
    assertEquals(NOT_A_TUNNEL_PACKET, parse(TestPacket.tcp4().bytes()));
    assertEquals(NOT_A_TUNNEL_PACKET, parse(TestPacket.icmp6(128).bytes()));
    assertEquals(
        NOT_A_TUNNEL_PACKET, parse(Bytes.parse("020000000002 020000000001 0806 00010800")));
  }

  @Test
  void receivesVxlanOnTheConfiguredPort() {
    TestTunnel t = TestTunnel.vxlan4();
    t.udpPort = 8472;
    frame.release();
    TestPacket.frame(pool, t.wrap(TestPacket.udp4().bytes()));
    assertEquals(NONE, FrameParser.parseTunnel(frame, 8472));
  }

  @Test
  void refusesOuterVlanTags() {
    byte[] octets = TestTunnel.vxlan4().wrap(TestPacket.udp4().bytes());
    for (int type : new int[] {0x8100, 0x88A8}) {
      Bytes.put16(octets, 12, type);
      assertEquals(OUTER_VLAN_TAG, parse(octets));
    }
  }

  /// RFC 7348 §5: "the I flag MUST be set to 1 for a valid VXLAN Network ID"; the other bits are
  /// "ignored on receipt".
  @Test
  void wantsTheVxlanIFlagAndNoOther() {
    TestTunnel t = TestTunnel.vxlan4();
    for (int flags = 0; flags < 256; flags++) {
      byte[] octets = t.wrap(TestPacket.udp4().bytes());
      octets[t.l4() + 8] = (byte) flags;
      octets[t.l4() + 9] = (byte) 0xFF;
      octets[t.l4() + 15] = (byte) 0xFF;
      assertEquals((flags & 8) != 0 ? NONE : VXLAN_I_FLAG_MISSING, parse(octets));
    }
  }

  /// RFC 7637 §3.2: C and S MUST be zero, K MUST be one, the protocol type MUST be 0x6558.
  @Test
  void wantsTheGreHeaderOfNvgre() {
    TestTunnel t = TestTunnel.nvgre4();
    for (int flags : new int[] {0x0000, 0xA000, 0x3000, 0x2001, 0x2007, 0x6000, 0x2800, 0x2400}) {
      byte[] octets = t.wrap(TestPacket.udp4().bytes());
      Bytes.put16(octets, t.l4(), flags);
      assertEquals(GRE_HEADER_UNSUPPORTED, parse(octets), "flags " + Integer.toHexString(flags));
    }
    byte[] octets = t.wrap(TestPacket.udp4().bytes());
    Bytes.put16(octets, t.l4() + 2, 0x0800);
    assertEquals(GRE_HEADER_UNSUPPORTED, parse(octets), "IPv4 in GRE");
    // RFC 2784 §2.1: bits 6 to 12 "MUST be ignored on receipt".
    octets = t.wrap(TestPacket.udp4().bytes());
    Bytes.put16(octets, t.l4(), 0x2000 | 0x03F8);
    assertEquals(NONE, parse(octets));
  }

  /// RFC 7348 §5: a UDP checksum other than zero MAY be verified; it is not looked at here.
  @Test
  void acceptsAnyOuterUdpChecksum() {
    TestTunnel t = TestTunnel.vxlan4();
    t.udpChecksum = 0xBAD0;
    assertEquals(NONE, parse(t.wrap(TestPacket.udp4().bytes())));
  }

  /// RFC 7637 §3.3: the inner tag "MUST NOT be present"; RFC 7348 §6.1.
  @Test
  void refusesInnerVlanTags() {
    for (TestTunnel t : all()) {
      TestPacket p = TestPacket.udp4();
      p.tags = new int[] {0x8100};
      assertEquals(INNER_VLAN_TAG, parse(t.wrap(p.bytes())));
      p.tags = new int[] {0x88A8, 0x8100};
      assertEquals(INNER_VLAN_TAG, parse(t.wrap(p.bytes())));
    }
  }

  @Test
  void namesWhatIsWrongInside() {
    byte[] broken = TestPacket.udp4().bytes();
    broken[14 + 8]++;
    assertEquals(IPV4_CHECKSUM_INVALID, parse(TestTunnel.vxlan4().wrap(broken)));
  }

  @Test
  void opensOneLevelOnly() {
    byte[] twice = TestTunnel.nvgre4().wrap(TestTunnel.vxlan4().wrap(TestPacket.udp4().bytes()));
    assertEquals(NONE, parse(twice));
    assertEquals(Encapsulation.NVGRE, frame.encapsulation());
    assertEquals(TestPacket.UDP, frame.protocol());
    assertEquals(PORT, frame.destinationPort());
  }

  @Test
  void letsSuperFramesIn() {
    for (TestTunnel t : all()) {
      TestPacket p = TestPacket.tcp4().payload(10_000);
      frame.release();
      TestPacket.frame(pool, t.wrap(p.bytes()));
      frame.setGso(VirtioNetHeader.GSO_TCPV4, 1_000);
      frame.setTunnelGso(true);
      frame.setPartialChecksum(t.length() + p.l4(), 16);
      assertEquals(NONE, FrameParser.parseTunnel(frame, PORT));
      assertEquals(10, frame.packetCount());
      frame.setGso(VirtioNetHeader.GSO_TCPV6, 1_000);
      assertEquals(MALFORMED_TRANSPORT, FrameParser.parseTunnel(frame, PORT));
    }
  }

  /// The outer UDP checksum may be the one that is left to complete: it goes with the outer
  /// headers.
  @Test
  void acceptsAPartialOuterChecksum() {
    TestTunnel t = TestTunnel.vxlan4();
    frame.release();
    TestPacket.frame(pool, t.wrap(TestPacket.udp4().bytes()));
    frame.setPartialChecksum(t.l4(), 6);
    assertEquals(NONE, FrameParser.parseTunnel(frame, PORT));
    frame.setPartialChecksum(t.l4(), 8);
    assertEquals(MALFORMED_TRANSPORT, FrameParser.parseTunnel(frame, PORT));
  }

  @Test
  void leavesNoTunnelBehind() {
    assertEquals(NONE, parse(TestTunnel.vxlan4().wrap(TestPacket.udp4().bytes())));
    assertEquals(NOT_A_TUNNEL_PACKET, parse(TestPacket.tcp4().bytes()));
    assertEquals(Encapsulation.NONE, frame.encapsulation());
    assertFalse(frame.isTunnelGso());
    assertTrue(frame.length() > 0);
  }
}
