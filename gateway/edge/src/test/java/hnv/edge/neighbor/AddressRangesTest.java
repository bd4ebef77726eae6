// SPDX-License-Identifier: Apache-2.0
package hnv.edge.neighbor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.edge.neighbor.AddressRanges.Range;
import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class AddressRangesTest {
  @Test
  void holdsWhatItsRangesHold() {
    SplittableRandom random = new SplittableRandom(7);
    for (int round = 0; round < 200; round++) {
      List<Range> given = new ArrayList<>();
      for (int i = random.nextInt(12); i >= 0; i--) {
        int first = random.nextInt(200);
        int last = first + random.nextInt(30);
        boolean ipv6 = random.nextBoolean();
        given.add(new Range(address(ipv6, first), address(ipv6, last)));
      }
      AddressRanges ranges = AddressRanges.of(given);
      for (int i = 0; i < 240; i++) {
        for (boolean ipv6 : new boolean[] {false, true}) {
          IpAddress address = address(ipv6, i);
          boolean expected =
              given.stream()
                  .anyMatch(
                      r ->
                          r.first().width() == address.width()
                              && r.first().compareTo(address) <= 0
                              && r.last().compareTo(address) >= 0);
          assertEquals(expected, ranges.contains(address), given + " and " + address);
        }
      }
    }
  }

  /// IPv4 and IPv6 on either side of the place where signs change.
  private static IpAddress address(boolean ipv6, int i) {
    return ipv6 ? new Ipv6Address(0, Long.MAX_VALUE - 100 + i) : new Ipv4Address(0x7FFF_FFA0 + i);
  }

  @Test
  void holdsPrefixesWhole() {
    AddressRanges ranges =
        AddressRanges.of(
            List.of(Range.of(Cidr.parse("2001:db8::/64")), Range.of(Cidr.parse("192.0.2.0/30"))));
    assertTrue(ranges.contains(IpAddress.parse("2001:db8::ffff:ffff:ffff:ffff")));
    assertFalse(ranges.contains(IpAddress.parse("2001:db8:0:1::")));
    assertTrue(ranges.contains(IpAddress.parse("192.0.2.3")));
    assertFalse(ranges.contains(IpAddress.parse("192.0.2.4")));
  }

  @Test
  void isLessByWhatIsTakenAway() {
    AddressRanges ranges =
        AddressRanges.of(
            List.of(
                Range.of(Cidr.parse("192.0.2.0/30")),
                Range.of(IpAddress.parse("192.0.2.9")),
                Range.of(Cidr.parse("2001:db8::/126"))));
    assertEquals(ranges, ranges.without(List.of()));
    assertEquals(ranges, ranges.without(List.of(IpAddress.parse("192.0.2.8"))));
    AddressRanges less =
        ranges.without(
            List.of(
                IpAddress.parse("192.0.2.0"),
                IpAddress.parse("192.0.2.2"),
                IpAddress.parse("192.0.2.9"),
                IpAddress.parse("2001:db8::3")));
    assertEquals(
        AddressRanges.of(
            List.of(
                Range.of(IpAddress.parse("192.0.2.1")),
                Range.of(IpAddress.parse("192.0.2.3")),
                new Range(IpAddress.parse("2001:db8::"), IpAddress.parse("2001:db8::2")))),
        less);
  }

  @Test
  void isCoveredByTheFewestPrefixes() {
    AddressRanges ranges =
        AddressRanges.of(
            List.of(
                new Range(IpAddress.parse("192.0.2.1"), IpAddress.parse("192.0.2.6")),
                new Range(IpAddress.parse("255.255.255.254"), IpAddress.parse("255.255.255.255")),
                Range.of(Cidr.parse("2001:db8::/64"))));
    assertEquals(
        Set.of(
            Cidr.parse("192.0.2.1/32"),
            Cidr.parse("192.0.2.2/31"),
            Cidr.parse("192.0.2.4/31"),
            Cidr.parse("192.0.2.6/32"),
            Cidr.parse("255.255.255.254/31"),
            Cidr.parse("2001:db8::/64")),
        ranges.prefixes());
    assertEquals(
        Set.of(Cidr.parse("0.0.0.0/0"), Cidr.parse("::/0")),
        AddressRanges.of(List.of(Range.of(Cidr.parse("::/0")), Range.of(Cidr.parse("0.0.0.0/0"))))
            .prefixes());
  }

  @Test
  void refusesWhatIsNoRange() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new Range(IpAddress.parse("192.0.2.2"), IpAddress.parse("192.0.2.1")));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Range(IpAddress.parse("192.0.2.2"), IpAddress.parse("2001:db8::1")));
  }
}
