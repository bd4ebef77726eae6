// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {
  @ParameterizedTest
  @CsvSource({
    // prefix, lowest host, highest address
    "10.1.1.0/24, 10.1.1.1, 10.1.1.255",
    "0.0.0.0/0, 0.0.0.1, 255.255.255.255",
    "10.1.1.4/30, 10.1.1.5, 10.1.1.7",
    "10.1.1.4/31, 10.1.1.4, 10.1.1.5",
    "10.1.1.4/32, 10.1.1.4, 10.1.1.4",
    "255.255.255.0/24, 255.255.255.1, 255.255.255.255",
    "2001:db8:1::/64, 2001:db8:1::1, 2001:db8:1:0:ffff:ffff:ffff:ffff",
    "2001:db8:1::/48, 2001:db8:1::1, 2001:db8:1:ffff:ffff:ffff:ffff:ffff",
    "2001:db8::8000:0/97, 2001:db8::8000:1, 2001:db8::ffff:ffff",
    "::/0, ::1, ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "2001:db8::10/127, 2001:db8::10, 2001:db8::11",
    "2001:db8::10/128, 2001:db8::10, 2001:db8::10"
  })
  void readsAPrefixAndItsEnds(String text, String lowest, String highest) {
    Cidr cidr = Cidr.parse(text);
    assertEquals(text, cidr.toString());
    assertEquals(lowest, cidr.lowestHost().toString());
    assertEquals(highest, cidr.highest().toString());
    assertTrue(cidr.contains(cidr.network()));
    assertTrue(cidr.contains(cidr.highest()));
    assertEquals(cidr.prefixLength() == cidr.network().width(), cidr.isHost());
  }

  @ParameterizedTest
  @CsvSource({
    "10.1.1.1/24, the network is 10.1.1.0/24",
    "10.1.1.0/33, 0 to 32",
    "10.1.1.0/999, 0 to 32",
    "2001:db8::1/64, the network is 2001:db8::/64",
    "::/129, 0 to 128",
    "10.1.1.0, an address",
    "10.1.1.0/, decimal",
    "10.1.1.0/024, decimal",
    "10.1.1.0/+8, decimal",
    "10.1.1.0/24/8, decimal",
    "10.1.1.0/1000, decimal",
    "10.1.1/24, is not an IPv4 address",
    "/24, is not an IPv4 address",
    "1:2/64, is not an IPv6 address"
  })
  void refusesAPrefixThatIsNoneAndSaysWhy(String text, String rule) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> Cidr.parse(text)).getMessage();
    assertTrue(message.contains(rule), message);
  }

  @ParameterizedTest
  @CsvSource({
    "10.1.1.0/24, 10.1.1.255, true",
    "10.1.1.0/24, 10.1.2.0, false",
    "10.1.1.0/24, 10.1.0.255, false",
    "0.0.0.0/0, 255.1.2.3, true",
    "0.0.0.0/0, ::1, false",
    "::/0, 1.2.3.4, false",
    "2001:db8::/63, 2001:db8:0:1::1, true",
    "2001:db8::/64, 2001:db8:0:1::1, false",
    "2001:db8::/65, 2001:db8::8000:0:0:0, false"
  })
  void containsAddressesOfItsFamily(String cidr, String address, boolean expected) {
    assertEquals(expected, Cidr.parse(cidr).contains(IpAddress.parse(address)));
  }

  @ParameterizedTest
  @CsvSource({
    "10.1.0.0/16, 10.1.1.0/24, true",
    "10.1.1.0/24, 10.1.0.0/16, true",
    "10.1.1.0/24, 10.1.1.0/24, true",
    "10.1.1.0/24, 10.1.2.0/24, false",
    "0.0.0.0/0, ::/0, false",
    "2001:db8::/32, 2001:db8:1::/48, true"
  })
  void overlapsWhereOneHoldsTheOther(String a, String b, boolean expected) {
    assertEquals(expected, Cidr.parse(a).overlaps(Cidr.parse(b)));
    assertEquals(expected, Cidr.parse(b).overlaps(Cidr.parse(a)));
  }

  @Test
  void containsNarrowerPrefixesOnly() {
    assertTrue(Cidr.parse("10.1.0.0/16").contains(Cidr.parse("10.1.1.0/24")));
    assertFalse(Cidr.parse("10.1.1.0/24").contains(Cidr.parse("10.1.0.0/16")));
  }

  @ParameterizedTest
  @CsvSource({
    "10.1.1.0/24, 10.1.1.255, true",
    "10.1.1.0/24, 10.1.1.0, false",
    "10.1.1.4/31, 10.1.1.5, false",
    "10.1.1.4/32, 10.1.1.4, false",
    "2001:db8::/64, 2001:db8::ffff:ffff:ffff:ffff, false"
  })
  void knowsTheDirectedBroadcastAddress(String cidr, String address, boolean expected) {
    assertEquals(expected, Cidr.parse(cidr).isBroadcast(IpAddress.parse(address)));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 31, 32})
  void masksAnAddressToItsPrefix(int length) {
    Ipv4Address address = Ipv4Address.parse("172.16.254.255");
    Cidr cidr = Cidr.containing(address, length);
    assertTrue(cidr.contains(address));
    assertEquals(length, cidr.prefixLength());
  }

  @Test
  void refusesToMaskBeyondTheWidth() {
    IpAddress address = IpAddress.parse("10.0.0.1");
    assertThrows(IllegalArgumentException.class, () -> Cidr.containing(address, 33));
    assertThrows(IllegalArgumentException.class, () -> Cidr.containing(address, -1));
    assertThrows(IllegalArgumentException.class, () -> new Cidr(address, -1));
  }

  @Test
  void ordersByNetworkThenLength() {
    assertTrue(Cidr.parse("10.0.0.0/8").compareTo(Cidr.parse("10.0.0.0/16")) < 0);
    assertTrue(Cidr.parse("10.0.0.0/16").compareTo(Cidr.parse("9.0.0.0/8")) > 0);
    assertTrue(Cidr.parse("10.0.0.0/8").compareTo(Cidr.parse("::/0")) < 0);
  }
}
