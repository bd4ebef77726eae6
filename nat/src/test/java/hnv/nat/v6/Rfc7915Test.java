// SPDX-License-Identifier: Apache-2.0
package hnv.nat.v6;

import static hnv.nat.v6.Packets.HOST4;
import static hnv.nat.v6.Packets.HOST6;
import static hnv.nat.v6.Packets.HOST_PORT4;
import static hnv.nat.v6.Packets.PEER4;
import static hnv.nat.v6.Packets.PEER6;
import static hnv.nat.v6.Packets.PEER_PORT;
import static hnv.nat.v6.Packets.ROUTER4;
import static hnv.nat.v6.Packets.ROUTER6;
import static hnv.nat.v6.Packets.allocate;
import static hnv.nat.v6.Packets.hostToPeer4;
import static hnv.nat.v6.Packets.hostToPeer6;
import static hnv.nat.v6.Packets.v4Error;
import static hnv.nat.v6.Packets.v4FromHost;
import static hnv.nat.v6.Packets.v6Error;
import static hnv.nat.v6.Packets.v6FromHost;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.wire.Icmpv4Header;
import hnv.wire.Icmpv6Header;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Header;
import hnv.wire.Octets;
import hnv.wire.UdpHeader;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// RFC 7915, IP/ICMP Translation Algorithm: what comes out is compared, octet by octet, with a
/// packet that was built for the other version.
class Rfc7915Test {
  private static final int[] PROTOCOLS = {
    IpProtocol.TCP, IpProtocol.UDP, IpProtocol.ICMP, IpProtocol.GRE
  };
  private static final int MTU = 1_500;

  private final MemorySegment to = allocate(70_000);

  private int to6(MemorySegment from, Ends6 ends, Ends6 quoted) {
    return ToIpv6.translate(from, 0, from.byteSize(), to, 0, 70_000, ends, quoted, MTU, MTU);
  }

  private int to4(MemorySegment from, Ends4 ends, Ends4 quoted) {
    return ToIpv4.translate(
        from, 0, from.byteSize(), to, 0, 70_000, ends, quoted, 0x1234, MTU, MTU);
  }

  private void assertBecame(MemorySegment wanted, int octets) {
    assertEquals(wanted.byteSize(), octets);
    assertEquals(
        -1, wanted.mismatch(to.asSlice(0, Math.max(octets, 0))), "first octet that differs");
  }

  @Test
  void section4HeadersAndTransportToIpv6() {
    for (int protocol : PROTOCOLS) {
      for (int more : new int[] {0, 1, 2, 77, 1_200}) {
        MemorySegment from = v4FromHost(protocol, more, Ipv4Header.FLAG_DF);
        Ends6 ends = protocol == IpProtocol.GRE ? withoutPorts6() : hostToPeer6();
        MemorySegment wanted = v6FromHost(protocol, more);
        if (protocol == IpProtocol.GRE) {
          MemorySegment.copy(from, 20, wanted, 40, from.byteSize() - 20);
        }
        assertBecame(wanted, to6(from, ends, new Ends6()));
      }
    }
  }

  @Test
  void section5HeadersAndTransportToIpv4() {
    for (int protocol : PROTOCOLS) {
      for (int more : new int[] {0, 1, 2, 77, 1_240}) {
        MemorySegment from = v6FromHost(protocol, more);
        Ends4 ends = protocol == IpProtocol.GRE ? withoutPorts4() : hostToPeer4();
        int flags = more == 1_240 ? Ipv4Header.FLAG_DF : 0;
        MemorySegment wanted = v4FromHost(protocol, more, flags);
        if (protocol == IpProtocol.GRE) {
          MemorySegment.copy(from, 40, wanted, 20, from.byteSize() - 40);
        }
        assertBecame(wanted, to4(from, ends, new Ends4()));
      }
    }
  }

  private static Ends6 withoutPorts6() {
    return new Ends6()
        .source(HOST6.high(), HOST6.low(), Ends4.SAME_PORT)
        .destination(PEER6.high(), PEER6.low(), Ends4.SAME_PORT);
  }

  private static Ends4 withoutPorts4() {
    return new Ends4().set(HOST4, Ends4.SAME_PORT, PEER4, Ends4.SAME_PORT);
  }

  /// §5.1: "If the size of the translated IPv4 packet is less than or equal to 1260 bytes, it is
  /// set to zero; otherwise, it is set to one."
  @Test
  void section51DontFragmentAbove1260() {
    to4(v6FromHost(IpProtocol.UDP, 1_260 - 28), hostToPeer4(), new Ends4());
    assertFalse(Ipv4Header.isDontFragment(to, 0));
    to4(v6FromHost(IpProtocol.UDP, 1_261 - 28), hostToPeer4(), new Ends4());
    assertTrue(Ipv4Header.isDontFragment(to, 0));
  }

  /// §4.1: options are ignored, but for "an unexpired source route option".
  @Test
  void section41OptionsAreIgnoredButSourceRoutes() {
    MemorySegment plain = v4FromHost(IpProtocol.UDP, 4, 0);
    for (int option : new int[] {7, 131, 137}) {
      MemorySegment f = allocate(plain.byteSize() + 8);
      MemorySegment.copy(plain, 0, f, 0, 20);
      MemorySegment.copy(plain, 20, f, 28, plain.byteSize() - 20);
      Octets.putU8(f, 0, 0x47);
      Octets.putU8(f, 20, 1);
      Octets.putU8(f, 21, option);
      Octets.putU8(f, 22, 7);
      Octets.putU8(f, 23, 4);
      Ipv4Header.setTotalLength(f, 0, (int) f.byteSize());
      Ipv4Header.writeChecksum(f, 0);
      int became = to6(f, hostToPeer6(), new Ends6());
      if (option == 7) {
        assertBecame(v6FromHost(IpProtocol.UDP, 4), became);
      } else {
        assertEquals(ToIpv6.SOURCE_ROUTED, became);
        // "The pointer is greater than the length": expired.
        Octets.putU8(f, 23, 8);
        assertTrue(to6(f, hostToPeer6(), new Ends6()) > 0);
      }
    }
  }

  /// §4.5: a UDP packet without a checksum is given one, or, if it is a fragment, dropped.
  @Test
  void section45UdpWithoutChecksum() {
    MemorySegment from = v4FromHost(IpProtocol.UDP, 33, 0);
    UdpHeader.setChecksum(from, 20, 0);
    assertBecame(v6FromHost(IpProtocol.UDP, 33), to6(from, hostToPeer6(), new Ends6()));
    Ipv4Header.setFragment(from, 0, Ipv4Header.FLAG_MF);
    assertEquals(ToIpv6.DROPPED, to6(from, hostToPeer6(), new Ends6()));
  }

  /// §4.1 and §5.1.1: fragments keep offset, "more", and the lower half of the identification.
  @Test
  void fragmentsThereAndBack() {
    for (int offset : new int[] {0, 185, 4_000}) {
      for (int more : new int[] {0, Ipv4Header.FLAG_MF}) {
        if (offset == 0 && more == 0) {
          continue;
        }
        MemorySegment from = v4FromHost(IpProtocol.TCP, 60, offset | more);
        Ends6 ends6 = hostToPeer6();
        int octets = to6(from, ends6, new Ends6());
        assertEquals(from.byteSize() + 28, octets);
        assertEquals(IpProtocol.FRAGMENT, Ipv6Header.nextHeader(to, 0));
        assertEquals(0x1234, Octets.u32(to, 44));
        assertEquals(offset << 3 | (more == 0 ? 0 : 1), Octets.u16(to, 42));
        MemorySegment v6 = allocate(octets);
        v6.copyFrom(to.asSlice(0, octets));
        assertBecame(from, to4(v6, hostToPeer4(), new Ends4()));
      }
    }
  }

  @Test
  void fragmentsOfIcmpAreNotTranslated() {
    MemorySegment from = v4FromHost(IpProtocol.ICMP, 8, Ipv4Header.FLAG_MF);
    assertEquals(ToIpv6.DROPPED, to6(from, hostToPeer6(), new Ends6()));
  }

  /// §4.1: a packet without DF that is longer than 1280 octets as IPv6 is fragmented.
  @Test
  void section41FragmentsThatFit1280() {
    MemorySegment from = v4FromHost(IpProtocol.UDP, 3_000, 0);
    int octets = to6(from, hostToPeer6(), new Ends6());
    MemorySegment whole = allocate(octets);
    whole.copyFrom(to.asSlice(0, octets));
    int pieces = Ipv6Fragments.count(whole, 0, octets, 1_280);
    assertEquals(3, pieces);
    MemorySegment joined = allocate(octets - 40);
    for (int i = 0; i < pieces; i++) {
      int n = Ipv6Fragments.write(whole, 0, octets, 1_280, 77, i, to, 0);
      assertTrue(n <= 1_280);
      assertEquals(n - 40, Ipv6Header.payloadLength(to, 0));
      assertEquals(IpProtocol.UDP, Octets.u8(to, 40));
      assertEquals(77, Octets.u32(to, 44));
      assertEquals(i < pieces - 1, (Octets.u16(to, 42) & 1) != 0);
      MemorySegment.copy(to, 48, joined, Octets.u16(to, 42) & ~7, n - 48);
    }
    assertEquals(-1, joined.mismatch(whole.asSlice(40)));
    assertEquals(1, Ipv6Fragments.count(whole, 0, 1_280, 1_280));
  }

  @Test
  void fragmentsOfFragmentsGoOnWhereTheyBegan() {
    MemorySegment from = v4FromHost(IpProtocol.UDP, 1_400, Ipv4Header.FLAG_MF | 100);
    int octets = to6(from, hostToPeer6(), new Ends6());
    MemorySegment whole = allocate(octets);
    whole.copyFrom(to.asSlice(0, octets));
    assertEquals(2, Ipv6Fragments.count(whole, 0, octets, 1_280));
    Ipv6Fragments.write(whole, 0, octets, 1_280, 77, 1, to, 0);
    assertEquals(800 + 1_232 | 1, Octets.u16(to, 42), "more follows, as before");
    assertEquals(0x1234, Octets.u32(to, 44));
  }

  /// §4.2: errors from IPv4 about what the host sent.
  @Test
  void section42ErrorsToIpv6() {
    int[][] rows = {
      // type, code, octets behind the checksum; type, code, octets behind the checksum
      {3, 0, 0, 1, 0, 0},
      {3, 1, 0, 1, 0, 0},
      {3, 2, 0, 4, 1, 6},
      {3, 3, 0, 1, 4, 0},
      {3, 4, 1_400, 2, 0, 1_420},
      {3, 4, 576, 2, 0, 1_280},
      {3, 5, 0, 1, 0, 0},
      {3, 9, 0, 1, 1, 0},
      {3, 10, 0, 1, 1, 0},
      {3, 11, 0, 1, 0, 0},
      {3, 13, 0, 1, 1, 0},
      {3, 15, 0, 1, 1, 0},
      {11, 0, 0, 3, 0, 0},
      {11, 1, 0, 3, 1, 0},
      {12, 0, 0, 4, 0, 0},
      {12, 0, 2 << 24, 4, 0, 4},
      {12, 2, 8 << 24, 4, 0, 7},
      {12, 0, 9 << 24, 4, 0, 6},
      {12, 0, 13 << 24, 4, 0, 8},
      {12, 0, 19 << 24, 4, 0, 24},
    };
    for (int protocol : new int[] {IpProtocol.TCP, IpProtocol.UDP, IpProtocol.ICMP}) {
      for (int[] row : rows) {
        MemorySegment from = v4Error(ROUTER4, row[0], row[1], row[2], v4FromHost(protocol, 40, 0));
        Ends6 ends =
            new Ends6()
                .source(ROUTER6.high(), ROUTER6.low(), Ends4.SAME_PORT)
                .destination(HOST6.high(), HOST6.low(), Ends4.SAME_PORT);
        int octets = to6(from, ends, hostToPeer6());
        MemorySegment wanted =
            v6Error(ROUTER6, HOST6, row[3], row[4], row[5], v6FromHost(protocol, 40));
        assertBecame(wanted, octets);
      }
    }
  }

  /// §4.2, §5.2: the least of what was told and of the next hops on both sides.
  @Test
  void mtuIsTheLeastOfThree() {
    MemorySegment v4 = v4Error(ROUTER4, 3, 4, 1_480, v4FromHost(IpProtocol.UDP, 40, 0));
    Ends6 six = hostToPeer6();
    ToIpv6.translate(v4, 0, v4.byteSize(), to, 0, 70_000, six, six, 1_400, 1_500);
    assertEquals(1_420, Octets.u32(to, 44));
    ToIpv6.translate(v4, 0, v4.byteSize(), to, 0, 70_000, six, six, 1_500, 1_300);
    assertEquals(1_300, Octets.u32(to, 44));
    MemorySegment v6 = v6Error(PEER6, HOST6, 2, 0, 1_490, v6FromHost(IpProtocol.UDP, 40));
    Ends4 four = hostToPeer4();
    ToIpv4.translate(v6, 0, v6.byteSize(), to, 0, 70_000, four, four, 0, 1_400, 1_500);
    assertEquals(1_400, Octets.u32(to, 24));
    ToIpv4.translate(v6, 0, v6.byteSize(), to, 0, 70_000, four, four, 0, 1_500, 1_350);
    assertEquals(1_330, Octets.u32(to, 24));
  }

  /// §4.2: what has no counterpart is dropped.
  @Test
  void section42MessagesWithoutCounterpart() {
    int[][] rows = {
      {3, 14, 0}, {3, 16, 0}, {4, 0, 0}, {5, 0, 0}, {12, 1, 0}, {12, 0, 4 << 24}, {12, 0, 30 << 24},
      {9, 0, 0}, {10, 0, 0}, {13, 0, 0}, {14, 0, 0}, {15, 0, 0}, {17, 0, 0}, {99, 0, 0}
    };
    for (int[] row : rows) {
      MemorySegment from =
          v4Error(ROUTER4, row[0], row[1], row[2], v4FromHost(IpProtocol.UDP, 4, 0));
      assertEquals(ToIpv6.DROPPED, to6(from, hostToPeer6(), hostToPeer6()), () -> "type " + row[0]);
    }
  }

  /// §4.2: an MTU of zero is guessed by the plateaus of RFC 1191.
  @Test
  void section42PlateausForRoutersThatTellNoMtu() {
    MemorySegment about = v4FromHost(IpProtocol.UDP, 1_472, Ipv4Header.FLAG_DF);
    MemorySegment from = v4Error(ROUTER4, 3, 4, 0, about.asSlice(0, 100));
    assertTrue(to6(from, hostToPeer6(), hostToPeer6()) > 0);
    assertEquals(MTU, Octets.u32(to, 44), "1492 + 20, but no more than the next hop takes");
  }

  /// §5.2: errors from IPv6 about what the peer sent to the host.
  @Test
  void section52ErrorsToIpv4() {
    int[][] rows = {
      {1, 0, 0, 3, 1, 0},
      {1, 1, 0, 3, 10, 0},
      {1, 2, 0, 3, 1, 0},
      {1, 3, 0, 3, 1, 0},
      {1, 4, 0, 3, 3, 0},
      {2, 0, 1_400, 3, 4, 1_380},
      {2, 0, 9_000, 3, 4, 1_480},
      {3, 0, 0, 11, 0, 0},
      {3, 1, 0, 11, 1, 0},
      {4, 0, 0, 12, 0, 0},
      {4, 0, 1, 12, 0, 1 << 24},
      {4, 0, 4, 12, 0, 2 << 24},
      {4, 0, 6, 12, 0, 9 << 24},
      {4, 0, 7, 12, 0, 8 << 24},
      {4, 0, 20, 12, 0, 12 << 24},
      {4, 0, 39, 12, 0, 16 << 24},
      {4, 1, 6, 3, 2, 0}
    };
    for (int protocol : new int[] {IpProtocol.TCP, IpProtocol.UDP, IpProtocol.ICMP}) {
      for (int[] row : rows) {
        // The quoted packet is one of the host's: only its ends matter here.
        MemorySegment from =
            v6Error(PEER6, HOST6, row[0], row[1], row[2], v6FromHost(protocol, 40));
        MemorySegment about = v4FromHost(protocol, 40, 0);
        Ipv4Header.setId(about, 0, 0);
        Ipv4Header.writeChecksum(about, 0);
        MemorySegment wanted = v4Error(PEER4, HOST4, row[3], row[4], row[5], about);
        Ipv4Header.setId(wanted, 0, 0x1234);
        Ipv4Header.writeChecksum(wanted, 0);
        Ends4 ends = new Ends4().set(PEER4, Ends4.SAME_PORT, HOST4, Ends4.SAME_PORT);
        assertBecame(wanted, to4(from, ends, hostToPeer4()));
      }
    }
  }

  @Test
  void section52MessagesWithoutCounterpart() {
    int[][] rows = {
      {1, 5, 0}, {4, 2, 0}, {4, 0, 2}, {4, 0, 40}, {4, 0, -1}, {130, 0, 0}, {135, 0, 0}, {137, 0, 0}
    };
    for (int[] row : rows) {
      MemorySegment from =
          v6Error(PEER6, HOST6, row[0], row[1], row[2], v6FromHost(IpProtocol.UDP, 4));
      assertEquals(ToIpv4.DROPPED, to4(from, hostToPeer4(), hostToPeer4()), () -> "type " + row[0]);
    }
  }

  /// An error with a wrong checksum would be given a right one.
  @Test
  void errorsWithWrongChecksumsAreDropped() {
    MemorySegment v4 = v4Error(ROUTER4, 3, 1, 0, v4FromHost(IpProtocol.UDP, 4, 0));
    Octets.putU16(v4, 22, ~Octets.u16(v4, 22));
    assertEquals(ToIpv6.DROPPED, to6(v4, hostToPeer6(), hostToPeer6()));
    MemorySegment v6 = v6Error(PEER6, HOST6, 1, 0, 0, v6FromHost(IpProtocol.UDP, 4));
    Octets.putU16(v6, 42, ~Octets.u16(v6, 42));
    assertEquals(ToIpv4.DROPPED, to4(v6, hostToPeer4(), hostToPeer4()));
  }

  @Test
  void errorsAboutErrorsAreDropped() {
    MemorySegment inner = v4Error(ROUTER4, 3, 1, 0, v4FromHost(IpProtocol.UDP, 4, 0));
    assertEquals(
        ToIpv6.DROPPED, to6(v4Error(ROUTER4, 3, 1, 0, inner), hostToPeer6(), hostToPeer6()));
  }

  /// A quote of 8 octets has no TCP checksum; one longer than the room is cut.
  @Test
  void quotesAreTranslatedAsFarAsTheyAreThere() {
    MemorySegment about = v4FromHost(IpProtocol.TCP, 0, 0).asSlice(0, 28);
    int octets = to6(v4Error(ROUTER4, 11, 0, 0, about), hostToPeer6(), hostToPeer6());
    assertEquals(40 + 8 + 40 + 8, octets);
    assertEquals(Packets.HOST_PORT6, Octets.u16(to, 88));
    assertTrue(
        Icmpv6Header.isChecksumValid(
            to, 40, octets - 40, Ipv6Header.pseudoHeader(to, 0, IpProtocol.ICMPV6, octets - 40)));
    MemorySegment longQuote = v6Error(PEER6, HOST6, 1, 4, 0, v6FromHost(IpProtocol.UDP, 1_100));
    int cut = to4(longQuote, hostToPeer4(), hostToPeer4());
    assertEquals(576, cut);
    assertTrue(Icmpv4Header.isChecksumValid(to, 20, cut - 20));
    assertEquals(HOST_PORT4, Octets.u16(to, 48));
    assertEquals(PEER_PORT, Octets.u16(to, 50));
  }

  /// §5.1: extension headers are skipped, but for "a Routing header with a non-zero Segments Left".
  @Test
  void section51ExtensionHeaders() {
    MemorySegment plain = v6FromHost(IpProtocol.UDP, 12);
    MemorySegment f = allocate(plain.byteSize() + 16);
    MemorySegment.copy(plain, 0, f, 0, 40);
    MemorySegment.copy(plain, 40, f, 56, plain.byteSize() - 40);
    Ipv6Header.setPayloadLength(f, 0, (int) f.byteSize() - 40);
    Octets.putU8(f, 6, IpProtocol.HOP_BY_HOP);
    Octets.putU8(f, 40, IpProtocol.ROUTING);
    Octets.putU8(f, 48, IpProtocol.UDP);
    assertBecame(v4FromHost(IpProtocol.UDP, 12, 0), to4(f, hostToPeer4(), new Ends4()));
    Octets.putU8(f, 51, 1);
    assertEquals(ToIpv4.SEGMENTS_LEFT, to4(f, hostToPeer4(), new Ends4()));
  }

  @Test
  void saysWhereThereIsNoRoom() {
    MemorySegment from = v4FromHost(IpProtocol.UDP, 100, 0);
    assertEquals(
        ToIpv6.TOO_LONG,
        ToIpv6.translate(
            from, 0, from.byteSize(), to, 0, 147, hostToPeer6(), new Ends6(), MTU, MTU));
    MemorySegment from6 = v6FromHost(IpProtocol.UDP, 100);
    assertEquals(
        ToIpv4.TOO_LONG,
        ToIpv4.translate(
            from6, 0, from6.byteSize(), to, 0, 127, hostToPeer4(), new Ends4(), 0, MTU, MTU));
  }

  /// Whatever the octets are, a translation ends, stays in its room, and throws nothing.
  @Test
  void survivesAnyOctets() {
    SplittableRandom random = new SplittableRandom(9);
    MemorySegment[] seeds = {
      v4FromHost(IpProtocol.TCP, 20, 0),
      v4Error(ROUTER4, 3, 4, 0, v4FromHost(IpProtocol.UDP, 20, 0)),
      v6FromHost(IpProtocol.UDP, 20),
      v6Error(PEER6, HOST6, 2, 0, 0, v6FromHost(IpProtocol.TCP, 20))
    };
    for (int i = 0; i < 100_000; i++) {
      MemorySegment seed = seeds[i & 3];
      MemorySegment f = allocate(seed.byteSize());
      f.copyFrom(seed);
      for (int n = random.nextInt(6); n >= 0; n--) {
        Octets.putU8(f, random.nextLong(f.byteSize()), random.nextInt(256));
      }
      fix(f);
      if (Ipv4Header.isValid(f, 0, f.byteSize())) {
        assertTrue(to6(f, hostToPeer6(), hostToPeer6()) <= 70_000);
      } else if (Ipv6Header.isValid(f, 0, f.byteSize())) {
        assertTrue(to4(f, hostToPeer4(), hostToPeer4()) <= 70_000);
      }
    }
  }

  /// Makes ICMP checksums right, so that what is behind them is reached.
  private static void fix(MemorySegment f) {
    if (Ipv4Header.isValid(f, 0, f.byteSize()) && Ipv4Header.protocol(f, 0) == IpProtocol.ICMP) {
      int header = Ipv4Header.headerLength(f, 0);
      int length = Ipv4Header.totalLength(f, 0) - header;
      if (length >= 8) {
        Icmpv4Header.writeChecksum(f, header, length);
      }
    } else if (Ipv6Header.isValid(f, 0, f.byteSize())
        && Ipv6Header.nextHeader(f, 0) == IpProtocol.ICMPV6) {
      int length = Ipv6Header.payloadLength(f, 0);
      if (length >= 8) {
        Icmpv6Header.writeChecksum(
            f, 40, length, Ipv6Header.pseudoHeader(f, 0, IpProtocol.ICMPV6, length));
      }
    }
  }
}
