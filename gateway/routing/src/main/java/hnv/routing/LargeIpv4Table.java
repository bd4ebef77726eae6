// SPDX-License-Identifier: Apache-2.0
package hnv.routing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A table of many prefixes, after DXR (Zec, Rizzo, Mikuc: "DXR: towards a billion routing lookups
/// per second in software", 2012), and Poptrie (Asai, Ohara, 2015): the first 16 bits of an address
/// lead to a {@link SuffixTable} of the other 16.
///
///     first octet ──▶ second octet ──▶ third and fourth
///     256 groups      256 groups       SuffixTable
///
/// A look-up reads a line of each of the first two, which stay in the caches near the processor,
/// and two of the third. Only where that says nothing (0) the groups of shorter prefixes are asked,
/// so that a short prefix is written in one place, whatever lies within it: a change writes the
/// table of one /16 at most, and 5 KB on the way there. The rest is shared with the table before.
final class LargeIpv4Table implements Ipv4Table {
  static final LargeIpv4Table EMPTY =
      new LargeIpv4Table(PrefixArray.EMPTY, new @Nullable Second[LargeIpv4Table.SLOTS], 0);

  private static final int SLOTS = 256;
  private static final int SLOT_BITS = 8;
  private static final int RANGE_BITS = 16;

  /// Prefixes of up to 8 bits, and what they make.
  private final long[] routes;
  private final char[] groups;
  private final @Nullable Second[] seconds;

  /// The {@link SuffixTable}s of each of {@link #seconds}.
  private final int[][][] suffixes;

  private final int size;

  private LargeIpv4Table(long[] routes, @Nullable Second[] seconds, int size) {
    this.routes = routes;
    this.groups = PrefixArray.expand(routes, SLOT_BITS);
    this.seconds = seconds;
    this.suffixes = new int[SLOTS][][];
    for (int first = 0; first < SLOTS; first++) {
      @Nullable Second second = seconds[first];
      suffixes[first] = second == null ? Second.EMPTY.suffixes : second.suffixes;
    }
    this.size = size;
  }

  @Override
  public int lookup(int address) {
    int[] table = suffixes[address >>> 24][address >>> RANGE_BITS & (SLOTS - 1)];
    int group = SuffixTable.lookup(table, address & 0xFFFF);
    return group != 0 ? group : lookupShorter(address);
  }

  private int lookupShorter(int address) {
    int first = address >>> 24;
    @Nullable Second second = seconds[first];
    int group = second == null ? 0 : second.groups[address >>> RANGE_BITS & (SLOTS - 1)];
    return group != 0 ? group : groups[first];
  }

  @Override
  public Ipv4Table with(long[] changes) {
    long[] own = within(changes, 0, changes.length, 0);
    long[] changed = PrefixArray.merge(routes, own, 0, own.length);
    int sizeNow = size + changed.length - routes.length;
    @Nullable Second[] copies = seconds.clone();
    for (int i = 0, end; i < changes.length; i = end) {
      int first = (int) (PrefixArray.start(changes[i]) >>> 24);
      end = endOf(changes, i, changes.length, 24);
      if (reachesBeyond(changes, i, end, SLOT_BITS)) {
        @Nullable Second before = copies[first];
        Second after = (before == null ? Second.EMPTY : before).with(changes, i, end);
        sizeNow += after.size - (before == null ? 0 : before.size);
        copies[first] = after.size == 0 ? null : after;
      }
    }
    LargeIpv4Table table = new LargeIpv4Table(changed, copies, sizeNow);
    return sizeNow <= SMALL / 2 ? new SmallIpv4Table(table.all()) : table;
  }

  /// The changes whose length is in the step of 8 bits after `depth` bits, in terms of that octet.
  private static long[] within(long[] changes, int from, int to, int depth) {
    long[] own = new long[to - from];
    int count = 0;
    for (int i = from; i < to; i++) {
      int length = PrefixArray.length(changes[i]);
      if (length <= depth + SLOT_BITS && (length > depth || depth == 0)) {
        long slot = PrefixArray.start(changes[i]) >>> (24 - depth) & (SLOTS - 1);
        own[count++] = PrefixArray.entry(slot, length - depth, PrefixArray.group(changes[i]));
      }
    }
    return Arrays.copyOf(own, count);
  }

  /// Where changes begin whose addresses differ from those at `from` in the bits from `shift` up.
  private static int endOf(long[] changes, int from, int to, int shift) {
    long slot = PrefixArray.start(changes[from]) >>> shift;
    int end = from + 1;
    while (end < to && PrefixArray.start(changes[end]) >>> shift == slot) {
      end++;
    }
    return end;
  }

  private static boolean reachesBeyond(long[] changes, int from, int to, int length) {
    for (int i = from; i < to; i++) {
      if (PrefixArray.length(changes[i]) > length) {
        return true;
      }
    }
    return false;
  }

  /// All prefixes, sorted.
  private long[] all() {
    List<Long> all = new ArrayList<>();
    add(all, routes, 0, 0, 24);
    for (int first = 0; first < SLOTS; first++) {
      @Nullable Second second = seconds[first];
      if (second != null) {
        add(all, second.routes, (long) first << 24, SLOT_BITS, 16);
        for (int slot = 0; slot < SLOTS; slot++) {
          long base = (long) first << 24 | (long) slot << RANGE_BITS;
          add(all, second.inner[slot], base, RANGE_BITS, 0);
        }
      }
    }
    return all.stream().mapToLong(Long::longValue).sorted().toArray();
  }

  private static void add(List<Long> all, long[] routes, long base, int depth, int shift) {
    for (long route : routes) {
      all.add(
          PrefixArray.entry(
              base | PrefixArray.start(route) << shift,
              PrefixArray.length(route) + depth,
              PrefixArray.group(route)));
    }
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public long octets() {
    long octets =
        Memory.object(4 * Memory.REFERENCE + Integer.BYTES)
            + Memory.of(routes)
            + Memory.of(groups)
            + 2 * Memory.ofReferences(SLOTS);
    for (@Nullable Second second : seconds) {
      octets += second == null ? 0 : second.octets();
    }
    return octets;
  }

  /// What lies within one first octet.
  private static final class Second {
    static final Second EMPTY =
        new Second(PrefixArray.EMPTY, new int[SLOTS][], new long[SLOTS][], 0);

    static {
      Arrays.fill(EMPTY.suffixes, SuffixTable.NOTHING);
      Arrays.fill(EMPTY.inner, PrefixArray.EMPTY);
    }

    /// Prefixes of 9 to 16 bits, less the first 8, and what they make.
    final long[] routes;
    final char[] groups;

    /// By second octet: for look-ups, and the longer prefixes that make it.
    final int[][] suffixes;

    final long[][] inner;
    final int size;

    Second(long[] routes, int[][] suffixes, long[][] inner, int size) {
      this.routes = routes;
      this.groups = PrefixArray.expand(routes, SLOT_BITS);
      this.suffixes = suffixes;
      this.inner = inner;
      this.size = size;
    }

    Second with(long[] changes, int from, int to) {
      long[] own = within(changes, from, to, SLOT_BITS);
      long[] changed = PrefixArray.merge(routes, own, 0, own.length);
      int sizeNow = size + changed.length - routes.length;
      int[][] newSuffixes = suffixes.clone();
      long[][] newInner = inner.clone();
      for (int i = from, end; i < to; i = end) {
        end = endOf(changes, i, to, RANGE_BITS);
        if (reachesBeyond(changes, i, end, RANGE_BITS)) {
          int slot = (int) (PrefixArray.start(changes[i]) >>> RANGE_BITS) & (SLOTS - 1);
          long[] longer = longer(changes, i, end);
          long[] after = PrefixArray.merge(inner[slot], longer, 0, longer.length);
          sizeNow += after.length - inner[slot].length;
          newInner[slot] = after;
          newSuffixes[slot] =
              after.length == 0
                  ? SuffixTable.NOTHING
                  : SuffixTable.of(PrefixArray.ranges(after, RANGE_BITS));
        }
      }
      return new Second(changed, newSuffixes, newInner, sizeNow);
    }

    /// The changes of more than 16 bits, less the first 16.
    private static long[] longer(long[] changes, int from, int to) {
      long[] own = new long[to - from];
      int count = 0;
      for (int i = from; i < to; i++) {
        int length = PrefixArray.length(changes[i]);
        if (length > RANGE_BITS) {
          own[count++] =
              PrefixArray.entry(
                  PrefixArray.start(changes[i]) & 0xFFFF,
                  length - RANGE_BITS,
                  PrefixArray.group(changes[i]));
        }
      }
      return Arrays.copyOf(own, count);
    }

    long octets() {
      long octets =
          Memory.object(4 * Memory.REFERENCE + Integer.BYTES)
              + Memory.of(routes)
              + Memory.of(groups)
              + 2 * Memory.ofReferences(SLOTS);
      for (int slot = 0; slot < SLOTS; slot++) {
        if (inner[slot].length > 0) {
          octets += Memory.of(suffixes[slot]) + Memory.of(inner[slot]);
        }
      }
      return octets;
    }
  }
}
