// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import static hnv.nat.NatLab.address;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.wire.Icmpv4Header;
import hnv.wire.InternetChecksum;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Header;
import hnv.wire.Octets;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Every edit is compared with the octets of an error that was built from the wanted packet.
class IcmpErrorTest {
  private static final int ROUTER = address("192.0.2.1");
  private static final int REMOTE = address("198.51.100.9");
  private static final int PUBLIC = address("203.0.113.5");
  private static final int INSIDE = address("10.1.1.12");

  /// What an error quotes.
  ///
  /// @param options octets of IP options
  /// @param data octets behind the IP header that are quoted
  private record Quote(
      int protocol,
      int source,
      int sourcePort,
      int destination,
      int destinationPort,
      int options,
      int data,
      boolean withChecksum) {
    Quote from(int address, int port) {
      return new Quote(
          protocol, address, port, destination, destinationPort, options, data, withChecksum);
    }

    Quote to(int address, int port) {
      return new Quote(protocol, source, sourcePort, address, port, options, data, withChecksum);
    }
  }

  private static MemorySegment packet(Quote q, int packetLength) {
    MemorySegment p = Arena.ofAuto().allocate(packetLength);
    int header = 20 + q.options;
    Ipv4Header.write(p, 0, 0, packetLength, 77, 0, 3, q.protocol, q.source, q.destination);
    if (q.options > 0) {
      Octets.putU8(p, 0, 0x40 | header / 4);
      for (int i = 20; i < header; i++) {
        Octets.putU8(p, i, 1);
      }
      Ipv4Header.writeChecksum(p, 0);
    }
    for (int i = header; i < packetLength; i++) {
      Octets.putU8(p, i, i * 7);
    }
    int length = packetLength - header;
    switch (q.protocol) {
      case IpProtocol.UDP -> {
        Octets.putU16(p, header, q.sourcePort);
        Octets.putU16(p, header + 2, q.destinationPort);
        Octets.putU16(p, header + 4, length);
        checksum(p, header, header + 6, length, q);
      }
      case IpProtocol.TCP -> {
        Octets.putU16(p, header, q.sourcePort);
        Octets.putU16(p, header + 2, q.destinationPort);
        checksum(p, header, header + 16, length, q);
      }
      case IpProtocol.ICMP -> {
        Icmpv4Header.writeQuery(p, header, Icmpv4Header.ECHO_REQUEST, 0, q.sourcePort, 9);
        Icmpv4Header.writeChecksum(p, header, length);
      }
      default -> {}
    }
    return p;
  }

  private static void checksum(MemorySegment p, long at, long checksumAt, int length, Quote q) {
    Octets.putU16(p, checksumAt, 0);
    if (q.withChecksum) {
      int sum =
          InternetChecksum.add(
              InternetChecksum.pseudoHeader(q.source, q.destination, q.protocol, length),
              InternetChecksum.sum(p, at, length));
      int checksum = InternetChecksum.complement(sum);
      Octets.putU16(
          p, checksumAt, checksum == 0 && q.protocol == IpProtocol.UDP ? 0xFFFF : checksum);
    }
  }

  /// A Destination Unreachable about the packet.
  private static MemorySegment error(int source, int destination, Quote q) {
    MemorySegment quoted = packet(q, 20 + q.options + 64);
    int quote = 20 + q.options + q.data;
    MemorySegment e = Arena.ofAuto().allocate(20 + 8 + quote);
    Ipv4Header.write(e, 0, 0, (int) e.byteSize(), 5, 0, 60, IpProtocol.ICMP, source, destination);
    MemorySegment.copy(quoted, 0, e, 28, quote);
    Icmpv4Header.writeDestinationUnreachable(e, 20, 3, quote);
    return e;
  }

  private static void assertSame(MemorySegment wanted, MemorySegment got) {
    assertEquals(-1, wanted.mismatch(got), "first octet that differs");
  }

  @Test
  void leadsErrorsToTheInsideAsIfItsPacketHadNotBeenTranslated() {
    SplittableRandom random = new SplittableRandom(3);
    for (int protocol : new int[] {IpProtocol.UDP, IpProtocol.TCP, IpProtocol.ICMP, 47}) {
      for (int i = 0; i < 200; i++) {
        int options = random.nextInt(3) * 4;
        int data = random.nextBoolean() ? 8 : 8 + random.nextInt(28) * 2;
        boolean withChecksum = protocol != IpProtocol.UDP || random.nextBoolean();
        int port = protocol == 47 ? 0 : random.nextInt(65_536);
        int publicPort = protocol == 47 ? 0 : random.nextInt(65_536);
        Quote sent = new Quote(protocol, INSIDE, port, REMOTE, 53, options, data, withChecksum);
        Quote seen = sent.from(PUBLIC, publicPort);
        MemorySegment e = error(ROUTER, PUBLIC, seen);
        assertTrue(IcmpError.isTranslatable(e, 0, e.byteSize()));
        assertEquals(PUBLIC, IcmpError.quotedSource(e, 0));
        assertEquals(REMOTE, IcmpError.quotedDestination(e, 0));
        assertEquals(publicPort, IcmpError.quotedSourcePort(e, 0));
        IcmpError.toInside(e, 0, e.byteSize(), INSIDE, port);
        assertSame(error(ROUTER, INSIDE, sent), e);
        assertTrue(IcmpError.isTranslatable(e, 0, e.byteSize()), "its checksums are right");
      }
    }
  }

  @Test
  void leadsErrorsToTheOutside() {
    Quote got = new Quote(IpProtocol.TCP, REMOTE, 4_000, INSIDE, 80, 0, 20, true);
    MemorySegment e = error(INSIDE, REMOTE, got);
    assertEquals(80, IcmpError.quotedDestinationPort(e, 0));
    IcmpError.toOutside(e, 0, e.byteSize(), PUBLIC, PUBLIC, 8_080);
    assertSame(error(PUBLIC, REMOTE, got.to(PUBLIC, 8_080)), e);
  }

  @Test
  void leavesExtensionsAlone() {
    Quote sent = new Quote(IpProtocol.TCP, PUBLIC, 1_000, REMOTE, 80, 0, 64, true);
    // The quote is said to be 8 words: 20 octets of IP, 12 of TCP; then comes what is no checksum.
    MemorySegment e = error(ROUTER, PUBLIC, sent);
    Octets.putU8(e, 20 + 5, 8);
    for (int i = 28 + 32; i < e.byteSize(); i++) {
      Octets.putU8(e, i, 0x5A);
    }
    Icmpv4Header.writeChecksum(e, 20, (int) e.byteSize() - 20);
    assertTrue(IcmpError.isTranslatable(e, 0, e.byteSize()));
    IcmpError.toInside(e, 0, e.byteSize(), INSIDE, 2_000);
    for (int i = 28 + 32; i < e.byteSize(); i++) {
      assertEquals(0x5A, Octets.u8(e, i));
    }
    assertTrue(IcmpError.isTranslatable(e, 0, e.byteSize()));
  }

  @Test
  void keepsAWrongQuotedTransportChecksumWrong() {
    Quote sent = new Quote(IpProtocol.UDP, PUBLIC, 1_000, REMOTE, 80, 0, 8, true);
    MemorySegment e = error(ROUTER, PUBLIC, sent);
    Octets.putU16(e, 28 + 20 + 6, 0x1234);
    Icmpv4Header.writeChecksum(e, 20, (int) e.byteSize() - 20);
    assertTrue(IcmpError.isTranslatable(e, 0, e.byteSize()));
    IcmpError.toInside(e, 0, e.byteSize(), INSIDE, 2_000);
    int difference =
        InternetChecksum.add(
            InternetChecksum.difference32(PUBLIC, INSIDE),
            InternetChecksum.difference16(1_000, 2_000));
    assertEquals(InternetChecksum.updateUdp(0x1234, difference), Octets.u16(e, 28 + 20 + 6));
  }

  @Test
  void refusesWhatItMustNotTranslate() {
    Quote udp = new Quote(IpProtocol.UDP, PUBLIC, 1_000, REMOTE, 80, 0, 8, true);
    MemorySegment good = error(ROUTER, PUBLIC, udp);
    assertTrue(IcmpError.isTranslatable(good, 0, good.byteSize()));
    assertFalse(IcmpError.isTranslatable(good, 0, good.byteSize() - 1), "cut off");

    MemorySegment badSum = error(ROUTER, PUBLIC, udp);
    Octets.putU16(badSum, 22, ~Octets.u16(badSum, 22));
    assertFalse(IcmpError.isTranslatable(badSum, 0, badSum.byteSize()));

    MemorySegment badQuoted = error(ROUTER, PUBLIC, udp);
    Octets.putU16(badQuoted, 28 + 10, ~Octets.u16(badQuoted, 28 + 10));
    Icmpv4Header.writeChecksum(badQuoted, 20, (int) badQuoted.byteSize() - 20);
    assertFalse(IcmpError.isTranslatable(badQuoted, 0, badQuoted.byteSize()));

    MemorySegment tiny =
        error(ROUTER, PUBLIC, new Quote(IpProtocol.UDP, PUBLIC, 1, REMOTE, 2, 0, 4, true));
    assertFalse(IcmpError.isTranslatable(tiny, 0, tiny.byteSize()));

    MemorySegment redirect = error(ROUTER, PUBLIC, udp);
    Octets.putU8(redirect, 20, Icmpv4Header.REDIRECT);
    Icmpv4Header.writeChecksum(redirect, 20, (int) redirect.byteSize() - 20);
    assertFalse(IcmpError.isTranslatable(redirect, 0, redirect.byteSize()));

    MemorySegment aboutError =
        error(ROUTER, PUBLIC, new Quote(IpProtocol.ICMP, PUBLIC, 1, REMOTE, 2, 0, 8, true));
    Octets.putU8(aboutError, 28 + 20, Icmpv4Header.TIME_EXCEEDED);
    Icmpv4Header.writeChecksum(aboutError, 20, (int) aboutError.byteSize() - 20);
    assertFalse(IcmpError.isTranslatable(aboutError, 0, aboutError.byteSize()));
  }
}
