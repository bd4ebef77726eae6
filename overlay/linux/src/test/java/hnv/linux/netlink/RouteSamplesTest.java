// SPDX-License-Identifier: Apache-2.0
package hnv.linux.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// One address of each region into which prefixes cut the addresses.
final class RouteSamplesTest {
  private static Map<Cidr, IpAddress> of(String... prefixes) {
    return RouteSamples.of(Arrays.stream(prefixes).map(Cidr::parse).toList());
  }

  private static Map<Cidr, IpAddress> expect(String... pairs) {
    return Arrays.stream(pairs)
        .map(pair -> pair.split(" ", -1))
        .collect(
            java.util.stream.Collectors.toMap(
                pair -> Cidr.parse(pair[0]), pair -> IpAddress.parse(pair[1])));
  }

  @Test
  void takesTheFirstAddressThatNoLongerPrefixHas() {
    assertEquals(
        expect(
            "10.0.0.0/8 10.0.2.0",
            "10.0.0.0/24 10.0.0.1",
            "10.0.0.0/32 10.0.0.0",
            "10.0.1.0/24 10.0.1.0"),
        of("10.0.0.0/8", "10.0.0.0/24", "10.0.0.0/32", "10.0.1.0/24"));
    assertEquals(
        expect(
            "2001:db8::/32 2001:db8:0:2::",
            "2001:db8::/64 2001:db8::1",
            "2001:db8::/128 2001:db8::",
            "2001:db8:0:1::/64 2001:db8:0:1::"),
        of("2001:db8::/32", "2001:db8::/64", "2001:db8::/128", "2001:db8:0:1::/64"));
  }

  @Test
  void leavesOutWhatLongerPrefixesHaveWhole() {
    assertEquals(
        expect("10.0.0.0/9 10.0.0.0", "10.128.0.0/9 10.128.0.0"),
        of("10.0.0.0/8", "10.0.0.0/9", "10.128.0.0/9"));
    assertEquals(
        expect("223.255.255.254/31 223.255.255.254", "223.255.255.255/32 223.255.255.255"),
        of("223.255.255.254/31", "223.255.255.255/32"));
  }

  @Test
  void asksNotByWhatTheKernelTakesForSomethingElse() {
    assertEquals(expect("0.0.0.0/0 1.0.0.0"), of("0.0.0.0/0", "127.0.0.0/8", "127.0.0.1/32"));
    assertEquals(expect("::/0 ::2"), of("::/0", "::1/128", "fe80::/64", "ff00::/8"));
  }

  @Test
  void nothingOfNothing() {
    assertEquals(Map.of(), RouteSamples.of(List.of()));
  }

  /// Against the definition, by trying all prefixes.
  @Test
  void liesInItsPrefixAndInNoLongerOne() {
    SplittableRandom random = new SplittableRandom(4);
    for (int round = 0; round < 200; round++) {
      Set<Cidr> prefixes = new HashSet<>();
      for (int i = 0; i < 60; i++) {
        // Few bits, so that they lie in one another.
        int bits = 0x14000000 | random.nextInt(64) << 20;
        prefixes.add(Cidr.containing(new Ipv4Address(bits), 6 + random.nextInt(8)));
      }
      Map<Cidr, IpAddress> samples = RouteSamples.of(prefixes);
      samples.forEach(
          (prefix, sample) -> {
            assertTrue(prefix.contains(sample));
            assertEquals(
                prefix,
                prefixes.stream()
                    .filter(each -> each.contains(sample))
                    .max(java.util.Comparator.comparingInt(Cidr::prefixLength))
                    .orElseThrow());
          });
      for (Cidr prefix : prefixes) {
        long covered =
            prefixes.stream()
                .filter(each -> !each.equals(prefix) && prefix.contains(each))
                .filter(
                    each ->
                        prefixes.stream()
                            .noneMatch(
                                other ->
                                    !other.equals(each)
                                        && !other.equals(prefix)
                                        && prefix.contains(other)
                                        && other.contains(each)))
                .mapToLong(each -> 1L << (32 - each.prefixLength()))
                .sum();
        boolean whole = covered == 1L << (32 - prefix.prefixLength());
        assertEquals(!whole, samples.containsKey(prefix), () -> prefix + " of " + prefixes);
      }
    }
  }
}
