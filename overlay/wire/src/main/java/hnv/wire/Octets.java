// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Reads and writes of unsigned fields in network byte order (RFC 1700, big-endian) at any
/// alignment.
///
/// The one place where octets become numbers. `at` is an offset in octets from the start of the
/// segment. Fields of 8 and 16 bits are returned as a non-negative `int`, 48 bits as a non-negative
/// `long`; 32 and 64 bits are returned as their bit pattern (`Integer.toUnsignedLong` where the
/// value matters). Every method throws [IndexOutOfBoundsException] outside the segment: the
/// headers' `isValid` is what keeps that from happening.
public final class Octets {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private Octets() {}

  public static int u8(MemorySegment f, long at) {
    return Byte.toUnsignedInt(f.get(ValueLayout.JAVA_BYTE, at));
  }

  public static int u16(MemorySegment f, long at) {
    return Short.toUnsignedInt(f.get(SHORT, at));
  }

  /// The upper or lower 24 bits of a word, as VXLAN and NVGRE carry their identifiers.
  public static int u24(MemorySegment f, long at) {
    return u16(f, at) << 8 | u8(f, at + 2);
  }

  public static int u32(MemorySegment f, long at) {
    return f.get(INT, at);
  }

  public static long u48(MemorySegment f, long at) {
    return (long) u16(f, at) << 32 | Integer.toUnsignedLong(f.get(INT, at + 2));
  }

  public static long u64(MemorySegment f, long at) {
    return f.get(LONG, at);
  }

  /// Writes the low 8 bits of `value`.
  public static void putU8(MemorySegment f, long at, int value) {
    f.set(ValueLayout.JAVA_BYTE, at, (byte) value);
  }

  /// Writes the low 16 bits of `value`.
  public static void putU16(MemorySegment f, long at, int value) {
    f.set(SHORT, at, (short) value);
  }

  /// Writes the low 24 bits of `value`.
  public static void putU24(MemorySegment f, long at, int value) {
    f.set(SHORT, at, (short) (value >>> 8));
    f.set(ValueLayout.JAVA_BYTE, at + 2, (byte) value);
  }

  public static void putU32(MemorySegment f, long at, int value) {
    f.set(INT, at, value);
  }

  /// Writes the low 48 bits of `value`.
  public static void putU48(MemorySegment f, long at, long value) {
    f.set(SHORT, at, (short) (value >>> 32));
    f.set(INT, at + 2, (int) value);
  }

  public static void putU64(MemorySegment f, long at, long value) {
    f.set(LONG, at, value);
  }
}
