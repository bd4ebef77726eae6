// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class Ipv6ExtensionsTest {
  private static final String EIGHT_OF_OPTIONS = "00 0104 0000 0000";

  /// An IPv6 packet of this first Next Header value and these octets behind the fixed header.
  private static MemorySegment packet(int nextHeader, String rest) {
    String octets = rest.replaceAll("\\s", "");
    MemorySegment f = Hex.segment("00".repeat(Ipv6Header.LENGTH) + octets);
    Ipv6Header.write(f, 0, 0, 0, octets.length() / 2, nextHeader, 64, 1, 2, 3, 4);
    return f;
  }

  private static long walk(MemorySegment f) {
    return Ipv6Extensions.walk(f, 0, f.byteSize());
  }

  @Test
  void upperLayerFollowsTheFixedHeader() {
    long walked = walk(packet(IpProtocol.UDP, "00".repeat(8)));
    assertEquals(IpProtocol.UDP, Ipv6Extensions.protocol(walked));
    assertEquals(40, Ipv6Extensions.upperLayerOffset(walked));
    assertFalse(Ipv6Extensions.hasFragment(walked));
    assertFalse(Ipv6Extensions.isLaterFragment(walked));
    assertFalse(Ipv6Extensions.hasRouting(walked));
  }

  @Test
  void stepsOverEachKindOfHeader() {
    // Hop-by-Hop, Destination Options (16 octets), Routing, Fragment (atomic), AH of 24,
    // Destination
    // Options, then TCP.
    MemorySegment f =
        packet(
            IpProtocol.HOP_BY_HOP,
            "3c"
                + EIGHT_OF_OPTIONS
                + ("2b 01" + "0000 0000 0000" + "0000 0000 0000 0000")
                + ("2c 00" + "0400 0000 0000")
                + ("33 00" + "0000 1234 5678")
                + ("3c 04" + "00".repeat(22))
                + ("06" + EIGHT_OF_OPTIONS)
                + "00".repeat(20));
    long walked = walk(f);
    assertEquals(IpProtocol.TCP, Ipv6Extensions.protocol(walked));
    assertEquals(40 + 8 + 16 + 8 + 8 + 24 + 8, Ipv6Extensions.upperLayerOffset(walked));
    assertTrue(Ipv6Extensions.hasRouting(walked));
    assertTrue(Ipv6Extensions.hasFragment(walked));
    assertEquals(40 + 8 + 16 + 8, Ipv6Extensions.fragmentHeaderOffset(walked));
    assertFalse(Ipv6Extensions.isLaterFragment(walked));
  }

  @Test
  void readsTheFragmentHeader() {
    // Offset 1480, more fragments, id 0xdeadbeef.
    MemorySegment f = packet(IpProtocol.FRAGMENT, "11 00 05c9 dead beef" + "00".repeat(8));
    long walked = walk(f);
    long at = Ipv6Extensions.fragmentHeaderOffset(walked);
    assertEquals(1480, Ipv6FragmentHeader.offset(f, at));
    assertTrue(Ipv6FragmentHeader.isMoreFragments(f, at));
    assertEquals(0xDEAD_BEEF, Ipv6FragmentHeader.id(f, at));
  }

  @Test
  void walksNothingBehindALaterFragment() {
    // The octets behind are data, whatever they look like.
    MemorySegment f = packet(IpProtocol.FRAGMENT, "3c 00 05c8 0000 0001" + "ff".repeat(8));
    long walked = walk(f);
    assertTrue(Ipv6Extensions.isLaterFragment(walked));
    assertEquals(IpProtocol.DESTINATION_OPTIONS, Ipv6Extensions.protocol(walked));
    assertEquals(48, Ipv6Extensions.upperLayerOffset(walked));
  }

  @Test
  void walksOnBehindTheFirstFragment() {
    MemorySegment f =
        packet(IpProtocol.FRAGMENT, "3c 00 0001 0000 0001" + "11" + EIGHT_OF_OPTIONS + "0000");
    long walked = walk(f);
    assertFalse(Ipv6Extensions.isLaterFragment(walked));
    assertEquals(IpProtocol.UDP, Ipv6Extensions.protocol(walked));
    assertEquals(56, Ipv6Extensions.upperLayerOffset(walked));
  }

  @Test
  void espAndNoNextHeaderEndTheWalk() {
    assertEquals(
        IpProtocol.ESP, Ipv6Extensions.protocol(walk(packet(IpProtocol.ESP, "00".repeat(8)))));
    assertEquals(
        IpProtocol.NO_NEXT_HEADER,
        Ipv6Extensions.protocol(walk(packet(IpProtocol.NO_NEXT_HEADER, ""))));
  }

  @Test
  void refusesAHeaderThatIsCutOff() {
    assertEquals(
        Ipv6Extensions.TRUNCATED, walk(packet(IpProtocol.DESTINATION_OPTIONS, "06 00 0000 0000")));
    assertEquals(
        Ipv6Extensions.TRUNCATED,
        walk(packet(IpProtocol.DESTINATION_OPTIONS, "06 01" + "00".repeat(13))));
    assertEquals(Ipv6Extensions.TRUNCATED, walk(packet(IpProtocol.FRAGMENT, "06 00 0000 0000 00")));
    assertEquals(
        Ipv6Extensions.TRUNCATED, walk(packet(IpProtocol.AH, "06 ff" + "00".repeat(1023))));
  }

  @Test
  void refusesMoreHeadersThanTheBound() {
    String chain = "3c" + EIGHT_OF_OPTIONS;
    String last = "06" + EIGHT_OF_OPTIONS;
    long atTheBound =
        walk(
            packet(
                IpProtocol.DESTINATION_OPTIONS,
                chain.repeat(Ipv6Extensions.MAX_HEADERS - 1) + last));
    assertEquals(IpProtocol.TCP, Ipv6Extensions.protocol(atTheBound));
    assertEquals(
        Ipv6Extensions.TOO_MANY,
        walk(
            packet(
                IpProtocol.DESTINATION_OPTIONS, chain.repeat(Ipv6Extensions.MAX_HEADERS) + last)));
  }

  @Test
  void offsetsFitTheLongestChain() {
    String chain = "3cff" + "00".repeat(2046);
    String last = "06ff" + "00".repeat(2046);
    long walked =
        walk(
            packet(
                IpProtocol.DESTINATION_OPTIONS,
                chain.repeat(Ipv6Extensions.MAX_HEADERS - 1) + last));
    assertEquals(40 + 8 * 2048, Ipv6Extensions.upperLayerOffset(walked));
    assertEquals(IpProtocol.TCP, Ipv6Extensions.protocol(walked));
    assertFalse(Ipv6Extensions.hasFragment(walked));
  }

  @Test
  void refusesHopByHopOptionsElsewhereThanFirst() {
    assertEquals(
        Ipv6Extensions.MISPLACED,
        walk(
            packet(
                IpProtocol.DESTINATION_OPTIONS,
                "00" + EIGHT_OF_OPTIONS + "06" + EIGHT_OF_OPTIONS)));
  }

  @Test
  void refusesASecondFragmentHeader() {
    assertEquals(
        Ipv6Extensions.MISPLACED,
        walk(packet(IpProtocol.FRAGMENT, "2c 00 0001 0000 0001" + "06 00 0001 0000 0002")));
  }

  @Test
  void walksARealFrame() {
    MemorySegment f = Hex.segment(Frames.VXLAN_LISTENER_REPORT);
    long at = Frames.INNER + 14;
    long walked = Ipv6Extensions.walk(f, at, f.byteSize());
    assertEquals(IpProtocol.ICMPV6, Ipv6Extensions.protocol(walked));
    assertEquals(48, Ipv6Extensions.upperLayerOffset(walked));
    assertEquals(
        Icmpv6Header.MULTICAST_LISTENER_REPORT_V2,
        Icmpv6Header.type(f, at + Ipv6Extensions.upperLayerOffset(walked)));
  }

  private static long find(MemorySegment f, int wanted) {
    return Ipv6Extensions.find(f, 0, f.byteSize(), wanted);
  }

  @Test
  void findsAHeaderOfAKind() {
    // Hop-by-Hop, Routing of 24 octets with two segments left, AH of 24, then TCP.
    MemorySegment f =
        packet(
            IpProtocol.HOP_BY_HOP,
            "2b"
                + EIGHT_OF_OPTIONS
                + ("33 02 04 02" + "00".repeat(20))
                + ("06 04" + "00".repeat(22))
                + "00".repeat(20));
    assertEquals(40, find(f, IpProtocol.HOP_BY_HOP));
    assertEquals(48, find(f, IpProtocol.ROUTING));
    assertEquals(2, Ipv6Extensions.segmentsLeft(f, 48));
    assertEquals(72, find(f, IpProtocol.AH));
    assertEquals(0, find(f, IpProtocol.FRAGMENT));
    assertEquals(0, find(f, IpProtocol.TCP), "no extension header");
  }

  @Test
  void findsNothingBehindALaterFragment() {
    MemorySegment later = packet(IpProtocol.FRAGMENT, "33 00 05c8 0000 0001" + "00".repeat(24));
    assertEquals(40, find(later, IpProtocol.FRAGMENT));
    assertEquals(0, find(later, IpProtocol.AH));
    MemorySegment first = packet(IpProtocol.FRAGMENT, "33 00 0001 0000 0001" + "00".repeat(24));
    assertEquals(48, find(first, IpProtocol.AH));
  }
}
