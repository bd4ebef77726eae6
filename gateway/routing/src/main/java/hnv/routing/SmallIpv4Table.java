// SPDX-License-Identifier: Apache-2.0
package hnv.routing;

/// A table of few prefixes: one sorted array of ranges, halved until one is left. A change writes
/// the arrays anew, which are short.
final class SmallIpv4Table implements Ipv4Table {
  static final SmallIpv4Table EMPTY = new SmallIpv4Table(PrefixArray.EMPTY);

  private static final int WIDTH = 32;

  private final long[] routes;
  private final long[] ranges;

  SmallIpv4Table(long[] routes) {
    this.routes = routes;
    this.ranges = PrefixArray.ranges(routes, WIDTH);
  }

  @Override
  public int lookup(int address) {
    return PrefixArray.rangeGroup(
        ranges[PrefixArray.indexOf(ranges, Integer.toUnsignedLong(address))]);
  }

  @Override
  public Ipv4Table with(long[] changes) {
    long[] merged = PrefixArray.merge(routes, changes, 0, changes.length);
    return merged.length > SMALL ? LargeIpv4Table.EMPTY.with(merged) : new SmallIpv4Table(merged);
  }

  @Override
  public int size() {
    return routes.length;
  }

  @Override
  public long octets() {
    return Memory.object(2 * Memory.REFERENCE) + Memory.of(routes) + Memory.of(ranges);
  }
}
