// SPDX-License-Identifier: Apache-2.0
package hnv.nat.v6;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.wire.Cidr;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class Prefix64Test {
  /// The table of RFC 6052 §2.4, for 192.0.2.33.
  private static final String[][] TABLE = {
    {"2001:db8::/32", "2001:db8:c000:221::"},
    {"2001:db8:100::/40", "2001:db8:1c0:2:21::"},
    {"2001:db8:122::/48", "2001:db8:122:c000:2:2100::"},
    {"2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"},
    {"2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::"},
    {"2001:db8:122:344::/96", "2001:db8:122:344::192.0.2.33"},
    {"64:ff9b::/96", "64:ff9b::192.0.2.33"}
  };

  @Test
  void embedsAsTheTableOfTheRfcSays() {
    int address = Ipv4Address.parse("192.0.2.33").bits();
    for (String[] row : TABLE) {
      Prefix64 prefix = new Prefix64(Cidr.parse(row[0]));
      Ipv6Address wanted = Ipv6Address.parse(row[1]);
      assertEquals(
          wanted, new Ipv6Address(prefix.embedHigh(address), prefix.embedLow(address)), row[0]);
      assertEquals(address, prefix.extract(wanted.high(), wanted.low()), row[0]);
      assertTrue(prefix.contains(wanted.high(), wanted.low()));
      assertFalse(prefix.contains(wanted.high() ^ (1L << 40), wanted.low()));
    }
  }

  @Test
  void extractsWhatItEmbedded() {
    SplittableRandom random = new SplittableRandom(1);
    for (String[] row : TABLE) {
      Prefix64 prefix = new Prefix64(Cidr.parse(row[0]));
      for (int i = 0; i < 1_000; i++) {
        int address = random.nextInt();
        long high = prefix.embedHigh(address);
        long low = prefix.embedLow(address);
        assertEquals(address, prefix.extract(high, low));
        assertTrue(prefix.contains(high, low));
      }
    }
  }

  @Test
  void refusesPrefixesThatCannotBe() {
    for (String text : new String[] {"2001:db8::/33", "2001:db8::/72", "2001:db8::/24", "::/128"}) {
      assertThrows(IllegalArgumentException.class, () -> new Prefix64(Cidr.parse(text)), text);
    }
    assertThrows(IllegalArgumentException.class, () -> new Prefix64(Cidr.parse("10.0.0.0/8")));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Prefix64(Cidr.parse("2001:db8:0:0:ff00::/96")),
        "bits 64 to 71");
  }
}
