// SPDX-License-Identifier: Apache-2.0
package hnv.routing;

import java.util.Arrays;

/// A table of few prefixes: the sorted starts of the ranges in lines of 16, and before them the
/// first of each line; both are halved until one is left. All is one array, so that a look-up in a
/// table that is in no cache waits for three or four lines of memory:
///
///     first start of each line | starts, 16 a line | groups, two a number
///
/// A change writes the array anew, which is short.
final class SmallIpv4Table implements Ipv4Table {
  static final SmallIpv4Table EMPTY = new SmallIpv4Table(PrefixArray.EMPTY);

  private static final int LINE = 16;
  private static final long UNSIGNED = 0xFFFF_FFFFL;

  private final long[] routes;
  private final int[] table;
  private final int lines;

  SmallIpv4Table(long[] routes) {
    this.routes = routes;
    long[] ranges = PrefixArray.ranges(routes, Integer.SIZE);
    lines = (ranges.length + LINE - 1) / LINE;
    table = new int[lines + lines * LINE + lines * LINE / 2];
    // What is beyond the last range says the same as it does.
    long[] padded = Arrays.copyOf(ranges, lines * LINE);
    long last = UNSIGNED << LINE | PrefixArray.rangeGroup(ranges[ranges.length - 1]);
    Arrays.fill(padded, ranges.length, padded.length, last);
    for (int i = 0; i < padded.length; i++) {
      int start = (int) PrefixArray.rangeStart(padded[i]);
      table[lines + i] = start;
      if (i % LINE == 0) {
        table[i / LINE] = start;
      }
      table[groupAt(i)] |= PrefixArray.rangeGroup(padded[i]) << (i % 2 * Character.SIZE);
    }
  }

  private int groupAt(int range) {
    return lines + lines * LINE + range / 2;
  }

  @Override
  public int lookup(int address) {
    int line = last(0, lines, address);
    int range = last(lines + line * LINE, LINE, address) - lines;
    return table[groupAt(range)] >>> ((range & 1) * Character.SIZE) & 0xFFFF;
  }

  /// The last of `count` sorted numbers that is not above `address`, or else the first. Without a
  /// branch that depends on what is found, as it could not be predicted.
  private int last(int from, int count, int address) {
    long bound = (address & UNSIGNED) + 1;
    int base = from;
    for (int left = count; left > 1; ) {
      int half = left >>> 1;
      base += half & (int) (((table[base + half] & UNSIGNED) - bound) >> 63);
      left -= half;
    }
    return base;
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
    return Memory.object(2 * Memory.REFERENCE + Integer.BYTES)
        + Memory.of(routes)
        + Memory.of(table);
  }
}
