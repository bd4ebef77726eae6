// SPDX-License-Identifier: Apache-2.0
package hnv.nat.v6;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.wire.Cidr;
import hnv.wire.Icmpv6Header;
import hnv.wire.InternetChecksum;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv6Address;
import hnv.wire.Ipv6Header;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Sentences and the example of RFC 6296.
class PrefixTranslationTest {
  private static final PrefixTranslation EXAMPLE =
      new PrefixTranslation(Cidr.parse("fd01:203:405::/48"), Cidr.parse("2001:db8:1::/48"));

  private static Ipv6Address external(PrefixTranslation t, String internal) {
    Ipv6Address a = Ipv6Address.parse(internal);
    return new Ipv6Address(t.externalHigh(a.high(), a.low()), t.externalLow(a.high(), a.low()));
  }

  private static Ipv6Address internal(PrefixTranslation t, Ipv6Address a) {
    return new Ipv6Address(t.internalHigh(a.high(), a.low()), t.internalLow(a.high(), a.low()));
  }

  /// Appendix B: FD01:0203:0405:0001::1234 is 2001:0DB8:0001:D550::1234 outside.
  @Test
  void translatesTheExampleOfTheAppendix() {
    Ipv6Address outside = external(EXAMPLE, "fd01:203:405:1::1234");
    assertEquals(Ipv6Address.parse("2001:db8:1:d550::1234"), outside);
    assertEquals(Ipv6Address.parse("fd01:203:405:1::1234"), internal(EXAMPLE, outside));
  }

  /// §2.6: "the translated address has the same checksum"; and both ways it is the same address.
  @Test
  void isChecksumNeutralAndReversible() {
    SplittableRandom random = new SplittableRandom(5);
    String[][] pairs = {
      {"fd01:203:405::/48", "2001:db8:1::/48"},
      {"fd01:203:405::/48", "2001:db8:1:ff00::/56"},
      {"fd01:203:405:10::/60", "2001:db8::/32"},
      {"fd01:203:405:77::/64", "2001:db8:1:2::/64"},
      {"fd00::/8", "2001:db8::/44"}
    };
    for (String[] pair : pairs) {
      Cidr inner = Cidr.parse(pair[0]);
      Cidr outer = Cidr.parse(pair[1]);
      PrefixTranslation t = new PrefixTranslation(inner, outer);
      int length = Math.max(inner.prefixLength(), outer.prefixLength());
      long hostBits = length == 64 ? 0 : -1L >>> length;
      Ipv6Address network = (Ipv6Address) inner.network();
      for (int i = 0; i < 2_000; i++) {
        long high = network.high() | (random.nextLong() & hostBits);
        long low = random.nextInt(3) == 0 ? -1L << random.nextInt(64) : random.nextLong();
        if (!t.isTranslatable(high, low)) {
          continue;
        }
        long eh = t.externalHigh(high, low);
        long el = t.externalLow(high, low);
        assertTrue(t.isExternal(eh));
        assertEquals(sum(high, low), sum(eh, el));
        assertEquals(high, t.internalHigh(eh, el));
        assertEquals(low, t.internalLow(eh, el));
      }
    }
  }

  /// Of sums, 0 and 0xFFFF are the same number.
  private static int sum(long high, long low) {
    return InternetChecksum.pseudoHeader(high, low, 0, 0, 0, 0) % 0xFFFF;
  }

  /// §3.4: of a /48, the subnet 0xFFFF has no translation.
  @Test
  void refusesTheSubnetOfAllOnes() {
    assertFalse(EXAMPLE.isTranslatable(0xFD01_0203_0405_FFFFL, 1));
    assertTrue(EXAMPLE.isTranslatable(0xFD01_0203_0405_FFFEL, 1));
  }

  /// §3.5: "the first that is not initially 0xFFFF" of the words behind the 64th bit.
  @Test
  void adjustsTheFirstWordThatIsNotAllOnes() {
    PrefixTranslation t =
        new PrefixTranslation(Cidr.parse("fd01:203:405:100::/56"), Cidr.parse("2001:db8:1::/56"));
    Ipv6Address a = external(t, "fd01:203:405:101:ffff:ffff:1:2");
    assertEquals(0xFFFF_FFFFL, a.low() >>> 32);
    assertEquals(2, a.low() & 0xFFFF);
    assertEquals(0x2001_0DB8_0001_0001L, a.high());
    assertFalse(t.isTranslatable(0xFD01_0203_0405_0101L, -1L));
    assertTrue(t.isTranslatable(0xFD01_0203_0405_FFFFL, 1));
  }

  @Test
  void refusesPrefixesThatCannotBe() {
    Cidr good = Cidr.parse("2001:db8::/48");
    assertThrows(
        IllegalArgumentException.class,
        () -> new PrefixTranslation(Cidr.parse("10.0.0.0/8"), good));
    assertThrows(
        IllegalArgumentException.class,
        () -> new PrefixTranslation(good, Cidr.parse("2001:db8::/65")));
  }

  @Test
  void translatesErrorsAndWhatTheyQuoteWithoutTouchingAChecksum() {
    Ipv6Address host = Ipv6Address.parse("fd01:203:405:1::1234");
    Ipv6Address peer = Ipv6Address.parse("2001:db8:ffff::9");
    Ipv6Address outside = external(EXAMPLE, "fd01:203:405:1::1234");
    int length = 40 + 8 + 40 + 8;
    MemorySegment f = Arena.ofAuto().allocate(length);
    write(f, 0, IpProtocol.ICMPV6, length - 40, host, peer);
    write(f, 48, IpProtocol.UDP, 8, peer, host);
    Icmpv6Header.writeDestinationUnreachable(
        f, 40, 4, 48, Ipv6Header.pseudoHeader(f, 0, IpProtocol.ICMPV6, length - 40));
    assertTrue(EXAMPLE.outbound(f, 0, length));
    assertEquals(outside.high(), Ipv6Header.sourceHigh(f, 0));
    assertEquals(outside.high(), Ipv6Header.destinationHigh(f, 48));
    assertTrue(isRight(f, length));
    // The error comes back to where it began, as an error to it would.
    write(f, 0, IpProtocol.ICMPV6, length - 40, peer, outside);
    write(f, 48, IpProtocol.UDP, 8, outside, peer);
    Icmpv6Header.writeDestinationUnreachable(
        f, 40, 4, 48, Ipv6Header.pseudoHeader(f, 0, IpProtocol.ICMPV6, length - 40));
    assertTrue(EXAMPLE.inbound(f, 0, length));
    assertEquals(host.high(), Ipv6Header.destinationHigh(f, 0));
    assertEquals(host.high(), Ipv6Header.sourceHigh(f, 48));
    assertTrue(isRight(f, length));
    assertFalse(EXAMPLE.inbound(f, 0, length), "not for the external prefix any more");
  }

  private static void write(
      MemorySegment f, long at, int protocol, int payload, Ipv6Address from, Ipv6Address to) {
    Ipv6Header.write(
        f, at, 0, 0, payload, protocol, 64, from.high(), from.low(), to.high(), to.low());
  }

  private static boolean isRight(MemorySegment f, int length) {
    return Icmpv6Header.isChecksumValid(
        f, 40, length - 40, Ipv6Header.pseudoHeader(f, 0, IpProtocol.ICMPV6, length - 40));
  }
}
