// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import static hnv.dataplane.DropReason.IPV4_CHECKSUM_INVALID;
import static hnv.dataplane.DropReason.MALFORMED_ARP;
import static hnv.dataplane.DropReason.MALFORMED_ETHERNET;
import static hnv.dataplane.DropReason.MALFORMED_ICMP;
import static hnv.dataplane.DropReason.MALFORMED_IPV4;
import static hnv.dataplane.DropReason.MALFORMED_IPV6;
import static hnv.dataplane.DropReason.MALFORMED_TRANSPORT;
import static hnv.dataplane.DropReason.MALFORMED_VLAN;
import static hnv.dataplane.DropReason.NONE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// Frames as a VM sends them: what is let in, with which offsets, and what is refused for which
/// reason.
class FrameParserTest {
  private static final int ARP_LENGTH = 28;

  private final FramePool pool = new FramePool(1);
  private final Frame frame = TestPacket.udp4().frame(pool);

  private DropReason parse(byte[] octets) {
    frame.release();
    Frame same = TestPacket.frame(pool, octets);
    assertEquals(frame, same);
    return FrameParser.parsePlain(frame);
  }

  private DropReason parse(TestPacket packet) {
    return parse(packet.bytes());
  }

  private DropReason parse(TestPacket packet, int length) {
    return parse(Arrays.copyOf(packet.bytes(), length));
  }

  /// The packet with a change to its octets; `at` counts from the IP header.
  private DropReason parseWith(TestPacket packet, int at, int value) {
    byte[] octets = packet.bytes();
    int ip = packet.l3();
    octets[ip + at] = (byte) value;
    if (!packet.ipv6) {
      Bytes.put16(octets, ip + 10, 0);
      int end = Math.min(octets.length, ip + (octets[ip] & 0xF) * 4);
      Bytes.put16(octets, ip + 10, ~Bytes.naiveSum(octets, ip, end, 0));
    }
    return parse(octets);
  }

  private void assertOffsets(TestPacket packet) {
    int start = frame.start();
    assertEquals(start, frame.l2());
    assertEquals(start + packet.l3(), frame.l3());
    assertEquals(start + packet.l4(), frame.l4());
    assertEquals(packet.bytes().length - packet.padding - packet.l3(), frame.l3Length());
    assertEquals(packet.ipv6, frame.isIpv6());
    assertEquals(packet.ipv6 ? 0x86DD : 0x0800, frame.etherType());
    assertEquals(packet.protocol, frame.protocol());
    assertEquals(packet.tags.length > 0, frame.isVlanTagged());
    assertEquals(Encapsulation.NONE, frame.encapsulation());
  }

  private void assertPorts(TestPacket packet) {
    assertOffsets(packet);
    assertEquals(packet.sourcePort, frame.sourcePort());
    assertEquals(packet.destinationPort, frame.destinationPort());
    assertEquals(packet.protocol == TestPacket.TCP ? packet.flags : 0, frame.tcpFlags());
    assertFalse(frame.isFragment());
    assertFalse(frame.isLaterFragment());
    assertFalse(frame.isIcmpError());
  }

  private static TestPacket with(TestPacket packet, Consumer<TestPacket> change) {
    change.accept(packet);
    return packet;
  }

  // ---- Ethernet ----

  @Test
  void refusesAFrameShorterThanEthernet() {
    for (int length = 0; length < 14; length++) {
      assertEquals(MALFORMED_ETHERNET, parse(TestPacket.udp4(), length), "length " + length);
    }
  }

  @Test
  void passesOtherEtherTypesUnread() {
    assertEquals(NONE, parse(Bytes.parse("020000000002 020000000001 88CC")));
    assertEquals(0x88CC, frame.etherType());
    assertEquals(0, frame.l4());
    // A length, not a type (IEEE 802.3 §3.2.6).
    assertEquals(NONE, parse(Bytes.parse("0180C2000000 020000000001 0026 424203")));
    assertEquals(0x0026, frame.etherType());
  }

  @Test
  void looksBehindOneVlanTag() {
    for (int type : new int[] {0x8100, 0x88A8}) {
      TestPacket p = with(TestPacket.udp4(), x -> x.tags = new int[] {type});
      assertEquals(NONE, parse(p));
      assertPorts(p);
      assertTrue(frame.isVlanTagged());
    }
  }

  @Test
  void doesNotLookBehindASecondVlanTag() {
    assertEquals(NONE, parse(with(TestPacket.udp4(), x -> x.tags = new int[] {0x88A8, 0x8100})));
    assertTrue(frame.isVlanTagged());
    assertEquals(0x8100, frame.etherType());
    assertEquals(0, frame.l4());
  }

  @Test
  void refusesAVlanTagCutShort() {
    TestPacket p = with(TestPacket.udp4(), x -> x.tags = new int[] {0x8100});
    for (int length = 14; length < 18; length++) {
      assertEquals(MALFORMED_VLAN, parse(p, length), "length " + length);
    }
  }

  // ---- ARP ----

  private static byte[] arp() {
    return Bytes.parse(
        "FFFFFFFFFFFF 020000000001 0806 0001 0800 06 04 0001"
            + "020000000001 0A000001 000000000000 0A000002");
  }

  @Test
  void letsArpIn() {
    assertEquals(NONE, parse(arp()));
    assertEquals(frame.start() + 14, frame.l3());
    assertEquals(ARP_LENGTH, frame.l3Length());
    assertEquals(0, frame.l4());
    assertEquals(NONE, parse(Arrays.copyOf(arp(), 60)), "padded");
  }

  @Test
  void refusesBrokenArp() {
    for (int length = 14; length < 14 + ARP_LENGTH; length++) {
      assertEquals(MALFORMED_ARP, parse(Arrays.copyOf(arp(), length)), "length " + length);
    }
    // Hardware space, protocol space, both lengths.
    for (int at : new int[] {15, 16, 17, 18, 19}) {
      byte[] octets = arp();
      octets[at] ^= 0x10;
      assertEquals(MALFORMED_ARP, parse(octets), "octet " + at);
    }
  }

  // ---- IPv4 ----

  @Test
  void letsIpv4In() {
    assertEquals(NONE, parse(TestPacket.udp4()));
    assertPorts(TestPacket.udp4());
    assertEquals(NONE, parse(TestPacket.tcp4()));
    assertPorts(TestPacket.tcp4());
  }

  @Test
  void stepsOverIpv4Options() {
    for (int words = 0; words <= 10; words++) {
      int count = words;
      TestPacket p = with(TestPacket.tcp4(), x -> x.ipOptionWords = count);
      assertEquals(NONE, parse(p));
      assertPorts(p);
    }
  }

  @Test
  void refusesBrokenIpv4() {
    TestPacket p = TestPacket.udp4();
    assertEquals(MALFORMED_IPV4, parseWith(p, 0, 0x55), "version 5");
    assertEquals(MALFORMED_IPV4, parseWith(p, 0, 0x65), "version 6");
    assertEquals(MALFORMED_IPV4, parseWith(p, 0, 0x44), "header of 16 octets");
    assertEquals(MALFORMED_IPV4, parseWith(p, 0, 0x4F), "header longer than the packet");
    assertEquals(MALFORMED_IPV4, parseWith(p, 3, 19), "total length below the header");
    assertEquals(MALFORMED_IPV4, parseWith(p, 2, 0x01), "total length beyond the frame");
    assertEquals(MALFORMED_IPV4, parseWith(p, 3, p.bytes().length - 14 + 1), "one too long");
    for (int length = 14; length < p.bytes().length; length++) {
      assertEquals(MALFORMED_IPV4, parse(p, length), "length " + length);
    }
  }

  @Test
  void refusesAWrongIpv4Checksum() {
    byte[] octets = TestPacket.udp4().bytes();
    octets[14 + 8]--;
    assertEquals(IPV4_CHECKSUM_INVALID, parse(octets));
  }

  /// RFC 894: padding "is not part of the IP packet and is not included in the total length field".
  @Test
  void cutsPaddingOff() {
    for (TestPacket p : new TestPacket[] {TestPacket.udp4(), TestPacket.udp6()}) {
      p.padding = 13;
      int length = p.bytes().length;
      assertEquals(NONE, parse(p));
      assertPorts(p);
      assertEquals(length - 13, frame.length());
    }
  }

  // ---- IPv6 ----

  @Test
  void letsIpv6In() {
    assertEquals(NONE, parse(TestPacket.udp6()));
    assertPorts(TestPacket.udp6());
    assertEquals(NONE, parse(TestPacket.tcp6()));
    assertPorts(TestPacket.tcp6());
  }

  @Test
  void stepsOverExtensionHeaders() {
    TestPacket p = with(TestPacket.tcp6(), x -> x.extensions = new int[] {0, 60, 43, 60, 135});
    assertEquals(NONE, parse(p));
    assertPorts(p);
  }

  @Test
  void refusesMoreThanEightExtensionHeaders() {
    int[] eight = {0, 60, 60, 60, 60, 60, 60, 60};
    assertEquals(NONE, parse(with(TestPacket.tcp6(), x -> x.extensions = eight)));
    int[] nine = {0, 60, 60, 60, 60, 60, 60, 60, 60};
    assertEquals(MALFORMED_IPV6, parse(with(TestPacket.tcp6(), x -> x.extensions = nine)));
  }

  @Test
  void refusesBrokenIpv6() {
    TestPacket p = TestPacket.udp6();
    assertEquals(MALFORMED_IPV6, parseWith(p, 0, 0x50), "version 5");
    assertEquals(MALFORMED_IPV6, parseWith(p, 4, 1), "payload longer than the frame");
    for (int length = 14; length < p.bytes().length; length++) {
      assertEquals(MALFORMED_IPV6, parse(p, length), "length " + length);
    }
    TestPacket chain = with(TestPacket.udp6(), x -> x.extensions = new int[] {60});
    assertEquals(MALFORMED_IPV6, parseWith(chain, 41, 200), "extension beyond the packet");
    // RFC 8200 §4.1: Hop-by-Hop Options directly after the IPv6 header only.
    assertEquals(
        MALFORMED_IPV6, parse(with(TestPacket.udp6(), x -> x.extensions = new int[] {60, 0})));
  }

  // ---- transport ----

  @Test
  void refusesTransportCutShort() {
    for (TestPacket p :
        new TestPacket[] {
          TestPacket.tcp4(), TestPacket.udp4(), TestPacket.tcp6(), TestPacket.udp6()
        }) {
      for (int left = 0; left < p.transportHeaderLength(); left++) {
        TestPacket cut = p.clone();
        cut.protocol = 132;
        cut.payload(left);
        byte[] octets = cut.bytes();
        octets[14 + (p.ipv6 ? 6 : 9)] = (byte) p.protocol;
        fixChecksum(p, octets);
        assertEquals(MALFORMED_TRANSPORT, parse(octets), p.protocol + " of " + left + " octets");
      }
    }
  }

  private static void fixChecksum(TestPacket p, byte[] octets) {
    if (!p.ipv6) {
      Bytes.put16(octets, 24, 0);
      Bytes.put16(octets, 24, ~Bytes.naiveSum(octets, 14, 34, 0));
    }
  }

  @Test
  void refusesImpossibleTransportLengths() {
    TestPacket tcp = TestPacket.tcp4();
    assertEquals(MALFORMED_TRANSPORT, parseWith(tcp, 20 + 12, 0x40), "data offset 4");
    assertEquals(MALFORMED_TRANSPORT, parseWith(tcp, 20 + 12, 0xF0), "data offset beyond");
    TestPacket udp = TestPacket.udp4();
    assertEquals(MALFORMED_TRANSPORT, parseWith(udp, 20 + 5, 7), "UDP length 7");
    assertEquals(MALFORMED_TRANSPORT, parseWith(udp, 20 + 5, 14), "UDP length beyond");
    assertEquals(NONE, parseWith(udp, 20 + 5, 12), "UDP length short of the packet's end");
  }

  @Test
  void readsPings() {
    for (int type : new int[] {8, 0, 13}) {
      assertEquals(NONE, parse(TestPacket.icmp4(type)));
      assertOffsets(TestPacket.icmp4(type));
      assertEquals(4_000, frame.sourcePort());
      assertEquals(type << 8, frame.destinationPort());
      assertFalse(frame.isIcmpError());
    }
    for (int type : new int[] {128, 129}) {
      assertEquals(NONE, parse(TestPacket.icmp6(type)));
      assertOffsets(TestPacket.icmp6(type));
      assertEquals(4_000, frame.sourcePort());
      assertEquals(type << 8, frame.destinationPort());
      assertFalse(frame.isIcmpError());
    }
  }

  @Test
  void knowsIcmpErrors() {
    for (int type : new int[] {3, 4, 5, 11, 12}) {
      TestPacket p = with(TestPacket.icmp4(type), x -> x.icmpCode = 1);
      assertEquals(NONE, parse(p));
      assertTrue(frame.isIcmpError(), "type " + type);
      assertEquals(0, frame.sourcePort());
      assertEquals(type << 8 | 1, frame.destinationPort());
    }
    for (int type : new int[] {1, 2, 3, 4, 100}) {
      assertEquals(NONE, parse(TestPacket.icmp6(type)));
      assertTrue(frame.isIcmpError(), "type " + type);
    }
    assertEquals(NONE, parse(TestPacket.icmp6(135)));
    assertFalse(frame.isIcmpError(), "neighbour solicitation");
  }

  @Test
  void refusesIcmpCutShort() {
    for (int left = 0; left < 8; left++) {
      TestPacket p = TestPacket.udp4().payload(left);
      p.protocol = 132;
      byte[] octets = p.bytes();
      octets[14 + 9] = 1;
      fixChecksum(p, octets);
      assertEquals(MALFORMED_ICMP, parse(octets));
      TestPacket p6 = TestPacket.udp6().payload(left);
      p6.protocol = 132;
      octets = p6.bytes();
      octets[14 + 6] = 58;
      assertEquals(MALFORMED_ICMP, parse(octets));
    }
  }

  @Test
  void takesIcmpOfTheOtherFamilyForAnyProtocol() {
    TestPacket p = TestPacket.udp4().payload(3);
    p.protocol = 58;
    assertEquals(NONE, parse(p.clone().payload(0)));
    TestPacket p6 = TestPacket.udp6().payload(3);
    p6.protocol = 1;
    assertEquals(NONE, parse(p6));
    assertEquals(0, frame.destinationPort());
  }

  // ---- fragments ----

  @Test
  void readsPortsOfTheFirstFragmentOnly() {
    for (TestPacket p : new TestPacket[] {TestPacket.udp4(), TestPacket.udp6()}) {
      p.payload(64).moreFragments = true;
      assertEquals(NONE, parse(p));
      assertOffsets(p);
      assertTrue(frame.isFragment());
      assertFalse(frame.isLaterFragment());
      assertEquals(4_000, frame.sourcePort());
      p.fragmentOffset = 72;
      assertEquals(NONE, parse(p));
      assertTrue(frame.isFragment());
      assertTrue(frame.isLaterFragment());
      assertEquals(0, frame.l4());
      assertEquals(0, frame.sourcePort());
      assertEquals(TestPacket.UDP, frame.protocol());
    }
  }

  @Test
  void acceptsAUdpLengthBeyondTheFirstFragment() {
    TestPacket p = TestPacket.udp4().payload(64);
    p.moreFragments = true;
    byte[] octets = p.bytes();
    Bytes.put16(octets, p.l4() + 4, 1_400);
    assertEquals(NONE, parse(octets));
  }

  /// RFC 1858 §3, RFC 7112 §5: the first fragment must hold the whole transport header.
  @Test
  void refusesTinyFirstFragments() {
    for (TestPacket p : new TestPacket[] {TestPacket.tcp4(), TestPacket.tcp6()}) {
      TestPacket tiny = p.clone();
      tiny.protocol = 132;
      tiny.payload(16).moreFragments = true;
      byte[] octets = tiny.bytes();
      octets[p.ipv6 ? 14 + 40 : 14 + 9] = TestPacket.TCP;
      fixChecksum(p, octets);
      assertEquals(MALFORMED_TRANSPORT, parse(octets));
    }
  }

  /// RFC 1858 §4.2, RFC 3128 §2: "IF PROTOCOL=TCP and FRAGMENT OFFSET=1 THEN DROP": it would lie
  /// over the flags of the first.
  @Test
  void refusesTcpFragmentsThatOverlapTheHeader() {
    TestPacket p = TestPacket.tcp4().payload(64);
    p.fragmentOffset = 8;
    assertEquals(MALFORMED_TRANSPORT, parse(p));
    p.fragmentOffset = 16;
    assertEquals(MALFORMED_TRANSPORT, parse(p), "the last word of the fixed header");
    p.fragmentOffset = 24;
    assertEquals(NONE, parse(p));
    TestPacket six = TestPacket.tcp6().payload(64);
    six.fragmentOffset = 8;
    assertEquals(MALFORMED_TRANSPORT, parse(six));
    TestPacket udp = TestPacket.udp4().payload(64);
    udp.fragmentOffset = 8;
    assertEquals(NONE, parse(udp), "behind the whole header of UDP");
  }

  @Test
  void forgetsTheFrameBefore() {
    TestPacket p = with(TestPacket.tcp6(), x -> x.tags = new int[] {0x8100});
    assertEquals(NONE, parse(p));
    assertEquals(NONE, parse(arp()));
    assertFalse(frame.isIpv6());
    assertFalse(frame.isVlanTagged());
    assertEquals(0, frame.l4());
    assertEquals(0, frame.protocol());
    assertEquals(0, frame.sourcePort());
    assertEquals(0, frame.destinationPort());
    assertEquals(0, frame.tcpFlags());
  }
}
