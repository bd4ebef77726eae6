// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;

/// Octets of tests: native segments exactly as long as their content, so that a read beyond it
/// throws.
final class Hex {
  private Hex() {}

  /// A segment of the octets in `text`; white space is ignored.
  static MemorySegment segment(String text) {
    return copyOf(HexFormat.of().parseHex(text.replaceAll("\\s", "")));
  }

  static MemorySegment copyOf(byte[] octets) {
    MemorySegment f = Arena.ofAuto().allocate(octets.length);
    MemorySegment.copy(octets, 0, f, ValueLayout.JAVA_BYTE, 0, octets.length);
    return f;
  }

  /// A segment in which a field that nobody wrote shows.
  static MemorySegment unwritten(int length) {
    MemorySegment f = Arena.ofAuto().allocate(length);
    f.fill((byte) 0xA5);
    return f;
  }

  /// The octets of a segment, in groups of two octets.
  static String of(MemorySegment f) {
    String digits = HexFormat.of().formatHex(f.toArray(ValueLayout.JAVA_BYTE));
    return digits.replaceAll("(.{4})(?=.)", "$1 ");
  }
}
