// SPDX-License-Identifier: Apache-2.0
package hnv.routing;

/// What arrays and objects take: HotSpot with compressed references, as it runs with less than 32
/// GiB of heap.
final class Memory {
  static final int REFERENCE = 4;

  private static final int HEADER = 12;
  private static final int ARRAY_HEADER = 16;
  private static final int ALIGNMENT = 8;

  private Memory() {}

  /// An object with so many octets of fields.
  static long object(long fields) {
    return align(HEADER + fields);
  }

  static long of(long[] array) {
    return align(ARRAY_HEADER + (long) Long.BYTES * array.length);
  }

  static long of(int[] array) {
    return align(ARRAY_HEADER + (long) Integer.BYTES * array.length);
  }

  static long of(char[] array) {
    return align(ARRAY_HEADER + (long) Character.BYTES * array.length);
  }

  static long ofReferences(int count) {
    return align(ARRAY_HEADER + (long) REFERENCE * count);
  }

  private static long align(long octets) {
    return (octets + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }
}
