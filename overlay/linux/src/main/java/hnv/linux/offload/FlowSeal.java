// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import hnv.dataplane.FlowRecord;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The seal that a record in the kernel's map bears in octets 100 to 103, which are zero in Java: a
/// sum over the octets before it. The kernel gives the memory of an entry that was replaced or
/// removed to the next one at once, while a program on another CPU may still be reading it; such a
/// program sees half a record and half another, of two tenants perhaps, and knows it by the seal.
///
/// Each of the 13 words is multiplied by an odd number of its own (the fraction of pi, so that
/// nobody chose it), and the upper half of the sum of products is the seal. `bpf/record.h` does the
/// same.
public final class FlowSeal {
  /// Offset of the seal in a record.
  public static final int AT = 100;

  private static final long[] FACTORS = {
    0x243F6A8885A308D3L,
    0x13198A2E03707345L,
    0xA4093822299F31D1L,
    0x082EFA98EC4E6C89L,
    0x452821E638D01377L,
    0xBE5466CF34E90C6DL,
    0xC0AC29B7C97C50DDL,
    0x3F84D5B5B5470917L,
    0x9216D5D98979FB1BL,
    0xD1310BA698DFB5ADL,
    0x2FFD72DBD01ADFB7L,
    0xB8E1AFED6A267E97L,
    0xBA7C9045F12C7F99L
  };

  private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED;
  private static final long LOW = 0xFFFF_FFFFL;

  private FlowSeal() {}

  /// Seals the record at `at`. Its counters are not under the seal.
  public static void write(MemorySegment records, long at) {
    records.set(U32, at + AT, of(records, at));
  }

  /// Makes of a sealed record what Java has.
  ///
  /// @return false where the seal is wrong
  static boolean takeOff(MemorySegment records, long at) {
    boolean right = records.get(U32, at + AT) == of(records, at);
    records.set(U32, at + AT, 0);
    return right;
  }

  /// The seal that the record at `at` ought to bear.
  static int of(MemorySegment records, long at) {
    long sum = 0;
    for (int i = 0; i < FACTORS.length; i++) {
      long word = records.get(U64, at + 8L * i);
      // The upper half of the last word is the seal itself.
      sum += (i == FACTORS.length - 1 ? word & LOW : word) * FACTORS[i];
    }
    return (int) (sum >>> 32);
  }

  /// Copies a record, sealed.
  static void copy(MemorySegment from, long fromAt, MemorySegment to, long toAt) {
    MemorySegment.copy(from, fromAt, to, toAt, FlowRecord.LENGTH);
    write(to, toAt);
  }
}
