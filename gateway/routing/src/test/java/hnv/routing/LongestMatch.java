// SPDX-License-Identifier: Apache-2.0
package hnv.routing;

import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import java.util.Optional;
import java.util.Set;

/// What a table has to find, found by asking every prefix.
final class LongestMatch {
  private LongestMatch() {}

  static Optional<Cidr> of(IpAddress address, Set<Cidr> prefixes) {
    return prefixes.stream()
        .filter(prefix -> prefix.contains(address))
        .max((a, b) -> Integer.compare(a.prefixLength(), b.prefixLength()));
  }
}
