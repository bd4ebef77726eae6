// SPDX-License-Identifier: Apache-2.0
package hnv.linux.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hnv.linux.Errno;
import hnv.linux.LinuxException;
import hnv.linux.bpf.SharedFilter.Selection;
import hnv.linux.bpf.SharedFilter.TunnelEnd;
import hnv.wire.Cidr;
import hnv.wire.Ipv4Address;
import java.util.HashSet;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The filter of shared devices at its bounds.
@Tag("netns")
final class SharedFilterTest {
  private static final int DEVICE = 7;
  private static final int OTHER = 8;

  @BeforeEach
  void needRoot() {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root to make maps");
  }

  private static Set<Cidr> addresses(int from, int count) {
    Set<Cidr> addresses = new HashSet<>();
    for (int i = 0; i < count; i++) {
      addresses.add(Cidr.containing(new Ipv4Address(0x0A00_0000 + from + i), 32));
    }
    return addresses;
  }

  private static Set<TunnelEnd> ends(int count) {
    Set<TunnelEnd> ends = new HashSet<>();
    for (int i = 0; i < count; i++) {
      ends.add(
          new TunnelEnd(new Ipv4Address(0x0B00_0000 + i), new Ipv4Address(1), OptionalInt.empty()));
    }
    return ends;
  }

  @Test
  void holdsItsPrefixesAndNoMore() throws Exception {
    try (SharedFilter filter = SharedFilter.create()) {
      int most = SharedFilter.MAX_PREFIXES;
      filter.select(DEVICE, new Selection(addresses(0, most - 1), Set.of()));
      filter.select(OTHER, new Selection(addresses(0, 1), Set.of()));
      // All go, as many others come: for a moment there are twice as many.
      filter.select(DEVICE, new Selection(addresses(most, most - 1), Set.of()));
      LinuxException full =
          assertThrows(
              LinuxException.class,
              () -> filter.select(OTHER, new Selection(addresses(0, 2), Set.of())));
      assertEquals(Errno.E2BIG, full.errno());
      filter.select(DEVICE, Selection.NONE);
      filter.select(OTHER, new Selection(addresses(0, most), Set.of()));
    }
  }

  @Test
  void holdsItsTunnelsAndNoMore() throws Exception {
    try (SharedFilter filter = SharedFilter.create()) {
      filter.select(DEVICE, new Selection(Set.of(), ends(SharedFilter.MAX_ENDS)));
      Selection more = new Selection(Set.of(), ends(1));
      LinuxException full = assertThrows(LinuxException.class, () -> filter.select(OTHER, more));
      assertEquals(Errno.E2BIG, full.errno());
      filter.select(DEVICE, Selection.NONE);
      filter.select(OTHER, more);
    }
  }
}
