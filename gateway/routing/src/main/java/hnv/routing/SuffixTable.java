// SPDX-License-Identifier: Apache-2.0
package hnv.routing;

import java.util.Arrays;

/// Groups of the last 16 bits of an IPv4 address, as an array of numbers that is read in two places
/// and without a branch that depends on what is found, unless prefixes are longer than /24:
///
///     0   a bit for each third octet where another group begins    256 bits
///     8   how many of these bits stand before each 32 of them        8 octets
///    10   a group for each bit; or, negative, where a list stands
///         lists: count, then fourth octet (16) and group (16) of each range
///
/// Group 0 says nothing.
final class SuffixTable {
  /// Says nothing of any address.
  static final int[] NOTHING = of(new long[] {0});

  private static final int OCTETS = 256;
  private static final int COUNTS = OCTETS / Integer.SIZE;
  private static final int VALUES = COUNTS + COUNTS / Integer.BYTES;

  private SuffixTable() {}

  /// The group of the address whose last 16 bits these are.
  static int lookup(int[] table, int suffix) {
    int octet = suffix >>> Byte.SIZE;
    int word = octet >>> 5;
    int upToHere = table[word] & (-1 >>> (31 - (octet & 31)));
    int before = table[COUNTS + (word >>> 2)] >>> ((word & 3) << 3) & 0xFF;
    int value = table[VALUES + before + Integer.bitCount(upToHere) - 1];
    return value >= 0 ? value : inList(table, ~value, suffix & 0xFF);
  }

  private static int inList(int[] table, int at, int octet) {
    int last = octet << 16 | 0xFFFF;
    int base = at + 1;
    for (int count = table[at]; count > 1; ) {
      int half = count >>> 1;
      base += half & ((table[base + half] - last - 1) >> 31);
      count -= half;
    }
    return table[base] & 0xFFFF;
  }

  /// A table of ranges of 16 bits, as {@link PrefixArray#ranges} gives them.
  static int[] of(long[] ranges) {
    int[] table = new int[VALUES + OCTETS + ranges.length + 2 * OCTETS];
    int[] lists = new int[ranges.length + 2 * OCTETS];
    int listsEnd = 0;
    int values = 0;
    int next = 0;
    int group = 0;
    for (int octet = 0; octet < OCTETS; octet++) {
      if (octet % Integer.SIZE == 0) {
        int word = octet / Integer.SIZE;
        table[COUNTS + word / 4] |= values << (word % 4 * Byte.SIZE);
      }
      if (next < ranges.length && PrefixArray.rangeStart(ranges[next]) == octet << Byte.SIZE) {
        group = PrefixArray.rangeGroup(ranges[next++]);
      }
      int end = (octet + 1) << Byte.SIZE;
      int value = group;
      if (next < ranges.length && PrefixArray.rangeStart(ranges[next]) < end) {
        value = ~listsEnd;
        int countAt = listsEnd++;
        lists[listsEnd++] = group;
        for (; next < ranges.length && PrefixArray.rangeStart(ranges[next]) < end; next++) {
          group = PrefixArray.rangeGroup(ranges[next]);
          int fourth = (int) PrefixArray.rangeStart(ranges[next]) & 0xFF;
          lists[listsEnd++] = fourth << 16 | group;
        }
        lists[countAt] = listsEnd - countAt - 1;
      }
      if (values == 0 || value < 0 || table[VALUES + values - 1] != value) {
        table[octet / Integer.SIZE] |= 1 << octet;
        table[VALUES + values++] = value;
      }
    }
    int listsAt = VALUES + values;
    for (int i = VALUES; i < listsAt; i++) {
      table[i] = table[i] < 0 ? ~(~table[i] + listsAt) : table[i];
    }
    System.arraycopy(lists, 0, table, listsAt, listsEnd);
    return Arrays.copyOf(table, listsAt + listsEnd);
  }
}
