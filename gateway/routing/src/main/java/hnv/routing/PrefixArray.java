// SPDX-License-Identifier: Apache-2.0
package hnv.routing;

import java.util.Arrays;

/// Prefixes of up to 32 bits with a group each, as a sorted array of numbers:
///
///     | start (32) | length (6) | group (16) |
///
/// so that a prefix comes before those within it. From them the *ranges* of equal answer are made,
/// sorted as well: `start (32) | group (16)`, the first at 0. Group 0 is none; in an array of
/// changes it takes the prefix away.
final class PrefixArray {
  static final long[] EMPTY = {};

  private static final int GROUP_BITS = 16;
  private static final int LENGTH_BITS = 6;
  private static final int START_SHIFT = GROUP_BITS + LENGTH_BITS;
  private static final int GROUP_MASK = 0xFFFF;
  private static final int MAX_NESTING = 33;

  private PrefixArray() {}

  /// One entry.
  static long entry(long start, int length, int group) {
    return start << START_SHIFT | (long) length << GROUP_BITS | group;
  }

  static long start(long entry) {
    return entry >>> START_SHIFT;
  }

  static int length(long entry) {
    return (int) (entry >>> GROUP_BITS) & ((1 << LENGTH_BITS) - 1);
  }

  static int group(long entry) {
    return (int) entry & GROUP_MASK;
  }

  /// `routes` after `changes` `from`…`to`, sorted, no prefix twice.
  static long[] merge(long[] routes, long[] changes, int from, int to) {
    long[] merged = new long[routes.length + to - from];
    int count = 0;
    int old = 0;
    for (int i = from; i < to; i++) {
      long key = changes[i] >>> GROUP_BITS;
      while (old < routes.length && routes[old] >>> GROUP_BITS < key) {
        merged[count++] = routes[old++];
      }
      if (old < routes.length && routes[old] >>> GROUP_BITS == key) {
        old++;
      }
      if (group(changes[i]) != 0) {
        merged[count++] = changes[i];
      }
    }
    System.arraycopy(routes, old, merged, count, routes.length - old);
    count += routes.length - old;
    return count == 0 ? EMPTY : Arrays.copyOf(merged, count);
  }

  /// The ranges that prefixes within `width` bits make; where none covers, 0.
  static long[] ranges(long[] routes, int width) {
    Ranges ranges = new Ranges(2 * routes.length + 1);
    long[] ends = new long[MAX_NESTING + 1];
    int[] groups = new int[MAX_NESTING + 1];
    long whole = 1L << width;
    ends[0] = whole;
    int top = 0;
    ranges.add(0, 0);
    for (long route : routes) {
      long start = start(route);
      while (ends[top] <= start) {
        ranges.add(ends[top], groups[top - 1]);
        top--;
      }
      top++;
      ends[top] = start + (1L << (width - length(route)));
      groups[top] = group(route);
      ranges.add(start, groups[top]);
    }
    for (; top > 0; top--) {
      if (ends[top] < whole) {
        ranges.add(ends[top], groups[top - 1]);
      }
    }
    return ranges.toArray();
  }

  static long rangeStart(long range) {
    return range >>> GROUP_BITS;
  }

  static int rangeGroup(long range) {
    return (int) range & GROUP_MASK;
  }

  /// The ranges of 16 bits in half the memory.
  static int[] narrow(long[] ranges) {
    int[] narrow = new int[ranges.length];
    for (int i = 0; i < narrow.length; i++) {
      narrow[i] = (int) ranges[i];
    }
    return narrow;
  }

  /// Index of the range of 16 bits that holds `slot`. Without a branch that depends on what is
  /// found, as it could not be predicted.
  static int indexOf(int[] ranges, int slot) {
    long last = (long) slot << GROUP_BITS | GROUP_MASK;
    int base = 0;
    for (int count = ranges.length; count > 1; ) {
      int half = count >>> 1;
      long beyond = (ranges[base + half] & 0xFFFF_FFFFL) - last - 1;
      base += half & (int) (beyond >> 63);
      count -= half;
    }
    return base;
  }

  /// The group of each of 2^`width` values, 8 at most.
  static char[] expand(long[] routes, int width) {
    char[] groups = new char[1 << width];
    long[] ranges = ranges(routes, width);
    for (int i = 0; i < ranges.length; i++) {
      int end = i + 1 < ranges.length ? (int) rangeStart(ranges[i + 1]) : groups.length;
      Arrays.fill(groups, (int) rangeStart(ranges[i]), end, (char) rangeGroup(ranges[i]));
    }
    return groups;
  }

  /// Ranges being written in order; equal neighbours become one.
  private static final class Ranges {
    private final long[] ranges;
    private int count;

    Ranges(int most) {
      ranges = new long[most];
    }

    /// From `start` on it is `group`; what was said of the same start before does not count.
    void add(long start, int group) {
      if (count > 0 && rangeStart(ranges[count - 1]) == start) {
        count--;
      }
      if (count == 0 || rangeGroup(ranges[count - 1]) != group) {
        ranges[count++] = start << GROUP_BITS | group;
      }
    }

    long[] toArray() {
      return Arrays.copyOf(ranges, count);
    }
  }
}
