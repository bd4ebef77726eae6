// SPDX-License-Identifier: Apache-2.0
package hnv.routing;

import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Prefixes close together, so that many are nested or touch.
final class RandomPrefixes {
  private final Random random;
  private final boolean ipv6;

  RandomPrefixes(long seed, boolean ipv6) {
    this.random = new Random(seed);
    this.ipv6 = ipv6;
  }

  /// Of any length, from 0 to that of an address.
  Cidr next() {
    int width = ipv6 ? 128 : 32;
    int length =
        switch (random.nextInt(8)) {
          case 0 -> width;
          case 1 -> random.nextInt(9);
          case 2 -> 16 * (1 + random.nextInt(width / 16));
          default -> random.nextInt(width + 1);
        };
    return Cidr.containing(address(), length);
  }

  /// Few different bits at few places.
  IpAddress address() {
    if (!ipv6) {
      return new Ipv4Address(sparse() & 0xC3_83_C1_83);
    }
    long high = ((long) sparse() << 32 | sparse()) & 0xC001_8001_0003_C000L;
    long low = ((long) sparse() << 32 | sparse()) & 0xC000_0001_8000_8003L;
    return random.nextInt(4) == 0
        ? new Ipv6Address(high, 0)
        : new Ipv6Address(random.nextInt(3) == 0 ? 0 : high, low);
  }

  private int sparse() {
    return switch (random.nextInt(4)) {
      case 0 -> 0;
      case 1 -> -1;
      default -> random.nextInt();
    };
  }

  /// Addresses that a prefix decides about: both ends, and what lies just beyond them.
  static List<IpAddress> edges(Cidr prefix) {
    List<IpAddress> edges = new ArrayList<>();
    for (IpAddress edge : List.of(prefix.network(), prefix.highest())) {
      for (int step = -1; step <= 1; step++) {
        edges.add(plus(edge, step));
      }
    }
    return edges;
  }

  private static IpAddress plus(IpAddress address, int step) {
    return switch (address) {
      case Ipv4Address v4 -> new Ipv4Address(v4.bits() + step);
      case Ipv6Address v6 -> {
        long low = v6.low() + step;
        boolean carry = step > 0 ? low == 0 : step < 0 && low == -1;
        yield new Ipv6Address(v6.high() + (carry ? step : 0), low);
      }
    };
  }
}
