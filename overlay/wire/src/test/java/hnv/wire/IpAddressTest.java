// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpAddressTest {
  @ParameterizedTest
  @CsvSource({
    "0.0.0.0, 0",
    "10.1.1.11, 167837963",
    "255.255.255.255, -1",
    "192.168.1.10, -1062731510"
  })
  void readsDottedDecimal(String text, int bits) {
    IpAddress address = IpAddress.parse(text);
    assertEquals(new Ipv4Address(bits), address);
    assertEquals(text, address.toString());
    assertEquals(32, address.width());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "10",
        "10.1.1",
        "10.1.1.",
        ".10.1.1",
        "10..1.1",
        "10.1.1.1.1",
        "10.1.1.256",
        "10.1.1.1000",
        "010.1.1.1", // octal to some
        "10.1.1.00",
        "0xa.1.1.1",
        "10.1.1.1 ",
        " 10.1.1.1",
        "10.1.1.+1",
        "10.1.1.-1",
        "10.1.1.\u0661",
        "10,1,1,1",
        "localhost",
        "example.com",
        "167837963"
      })
  void refusesDottedDecimalThatIsNone(String text) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> IpAddress.parse(text)).getMessage();
    assertTrue(message.contains("\"" + text + "\" is not an IPv4 address"), message);
  }

  /// RFC 5952 §4 and RFC 4291 §2.2.
  @ParameterizedTest
  @CsvSource({
    "2001:0DB8:0000:0000:0008:0800:200C:417A, 2001:db8::8:800:200c:417a",
    "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
    "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
    "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
    "0:0:0:0:0:0:0:0, ::",
    "::, ::",
    "::1, ::1",
    "1::, 1::",
    "1:0:0:0:0:0:0:0, 1::",
    "0:1:2:3:4:5:6:7, 0:1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7::, 1:2:3:4:5:6:7:0",
    "::2:3:4:5:6:7:8, 0:2:3:4:5:6:7:8",
    "::ffff:192.0.2.1, ::ffff:192.0.2.1",
    "::ffff:c000:201, ::ffff:192.0.2.1",
    "::192.0.2.1, ::c000:201",
    "64:ff9b::192.0.2.33, 64:ff9b::c000:221",
    "1:2:3:4:5:6:1.2.3.4, 1:2:3:4:5:6:102:304",
    "FE80::1, fe80::1",
    "ff02::1:ff00:12, ff02::1:ff00:12"
  })
  void readsAndWritesIpv6(String text, String canonical) {
    IpAddress address = IpAddress.parse(text);
    assertInstanceOf(Ipv6Address.class, address);
    assertEquals(canonical, address.toString());
    assertEquals(address, IpAddress.parse(canonical));
    assertEquals(128, address.width());
  }

  @Test
  void keepsHalvesInOrder() {
    Ipv6Address address = Ipv6Address.parse("2001:db8:1::12");
    assertEquals(0x2001_0DB8_0001_0000L, address.high());
    assertEquals(0x12, address.low());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ":",
        ":::",
        "1:",
        ":1",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8",
        "1::2:3:4:5:6:7:8",
        "1::2::3",
        "::12345",
        "::g",
        "1:2:3:4:5:6:7:1.2.3.4",
        "::1.2.3",
        "::1.2.3.256",
        "::1.2.3.4:5",
        "1.2.3.4::",
        "fe80::1%eth0",
        "[::1]",
        "::1/64",
        "::1 ",
        "::\u0661"
      })
  void refusesIpv6ThatIsNone(String text) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> IpAddress.parse(text)).getMessage();
    assertTrue(message.contains("\"" + text + "\" is not an IPv6 address"), message);
  }

  @Test
  void everyAddressReadsBackFromItsText() {
    Random random = new Random(5952);
    for (int i = 0; i < 100_000; i++) {
      // Groups of zero are what the text form is about: make them frequent.
      long mask = 0;
      for (int group = 0; group < 4; group++) {
        mask = mask << 16 | (random.nextBoolean() ? 0xFFFF : 0);
      }
      Ipv6Address v6 = new Ipv6Address(random.nextLong() & mask, random.nextLong() & ~mask);
      assertEquals(v6, IpAddress.parse(v6.toString()));
      Ipv4Address v4 = new Ipv4Address(random.nextInt());
      assertEquals(v4, IpAddress.parse(v4.toString()));
    }
  }

  @Test
  void neverThrowsAnythingElse() {
    Random random = new Random(4291);
    String alphabet = "0123456789abcdefABCDEF:::...%/[]g \u0661";
    for (int i = 0; i < 200_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int length = random.nextInt(24); length > 0; length--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      try {
        IpAddress address = IpAddress.parse(text.toString());
        assertEquals(address, IpAddress.parse(address.toString()));
      } catch (IllegalArgumentException e) {
        assertEquals(IllegalArgumentException.class, e.getClass(), text.toString());
      }
    }
  }

  @Test
  void tellsKinds() {
    assertTrue(IpAddress.parse("224.0.0.1").isMulticast());
    assertTrue(IpAddress.parse("239.255.255.255").isMulticast());
    assertFalse(IpAddress.parse("240.0.0.1").isMulticast());
    assertTrue(IpAddress.parse("ff02::1").isMulticast());
    assertFalse(IpAddress.parse("fe80::1").isMulticast());
    assertTrue(IpAddress.parse("127.1.2.3").isLoopback());
    assertTrue(IpAddress.parse("::1").isLoopback());
    assertFalse(IpAddress.parse("::2").isLoopback());
    assertTrue(IpAddress.parse("0.0.0.0").isUnspecified());
    assertTrue(IpAddress.parse("::").isUnspecified());
    assertFalse(IpAddress.parse("::1").isUnspecified());
    assertTrue(IpAddress.parse("10.0.0.0").isUnicast());
    assertFalse(IpAddress.parse("255.255.255.255").isUnicast());
    assertFalse(IpAddress.parse("::").isUnicast());
    assertTrue(Ipv6Address.parse("febf::1").isLinkLocal());
    assertFalse(Ipv6Address.parse("fec0::1").isLinkLocal());
  }

  @Test
  void countsUpAndDown() {
    for (String pair :
        List.of(
            "10.0.0.255 10.0.1.0",
            "127.255.255.255 128.0.0.0",
            "255.255.255.255 0.0.0.0",
            "::ffff:ffff:ffff:ffff 0:0:0:1::",
            "7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 8000::",
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ::")) {
      IpAddress first = IpAddress.parse(pair.substring(0, pair.indexOf(' ')));
      IpAddress second = IpAddress.parse(pair.substring(pair.indexOf(' ') + 1));
      assertEquals(second, first.next());
      assertEquals(first, second.previous());
    }
  }

  @Test
  void ordersIpv4BeforeIpv6AndBothUnsigned() {
    List<IpAddress> sorted = new ArrayList<>();
    for (String text :
        List.of("ff00::", "::", "200.0.0.1", "0:0:0:1::", "::ffff:ffff:ffff:ffff", "9.0.0.1")) {
      sorted.add(IpAddress.parse(text));
    }
    sorted.sort(null);
    assertEquals(
        "[9.0.0.1, 200.0.0.1, ::, ::ffff:ffff:ffff:ffff, 0:0:0:1::, ff00::]", sorted.toString());
  }
}
