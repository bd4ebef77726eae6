// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;

/// Octets in the plainest way, for oracles: byte arrays, one octet at a time, nothing taken from
/// the code under test.
final class Bytes {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  Bytes u8(int value) {
    out.write(value);
    return this;
  }

  Bytes u16(int value) {
    return u8(value >>> 8).u8(value);
  }

  Bytes u24(int value) {
    return u8(value >>> 16).u16(value);
  }

  Bytes u32(int value) {
    return u16(value >>> 16).u16(value);
  }

  Bytes u48(long value) {
    return u16((int) (value >>> 32)).u32((int) value);
  }

  Bytes all(byte[] octets) {
    out.writeBytes(octets);
    return this;
  }

  Bytes zeros(int count) {
    return all(new byte[count]);
  }

  int length() {
    return out.size();
  }

  byte[] array() {
    return out.toByteArray();
  }

  static int u16(byte[] b, int at) {
    return (b[at] & 0xFF) << 8 | (b[at + 1] & 0xFF);
  }

  static int u32(byte[] b, int at) {
    return u16(b, at) << 16 | u16(b, at + 2);
  }

  static void put16(byte[] b, int at, int value) {
    b[at] = (byte) (value >>> 8);
    b[at + 1] = (byte) value;
  }

  /// Sum of 16-bit words in ones-complement arithmetic, word by word, the carry added at once (RFC
  /// 1071 §1 read literally).
  static int naiveSum(byte[] b, int from, int to, int start) {
    int sum = start;
    for (int i = from; i < to; i += 2) {
      int word = (b[i] & 0xFF) << 8 | (i + 1 < to ? b[i + 1] & 0xFF : 0);
      sum += word;
      if (sum > 0xFFFF) {
        sum -= 0xFFFF;
      }
    }
    return sum;
  }

  /// The pseudo header's sum for an upper layer of `length` octets.
  static int pseudoSum(byte[] source, byte[] destination, int protocol, int length) {
    int sum = naiveSum(source, 0, source.length, 0);
    sum = naiveSum(destination, 0, destination.length, sum);
    byte[] rest = new Bytes().u32(length).u32(protocol).array();
    return naiveSum(rest, 0, rest.length, sum);
  }

  static byte[] of(MemorySegment segment, long at, long length) {
    return segment.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE);
  }

  static String hex(byte[] octets) {
    return HexFormat.of().formatHex(octets);
  }

  static byte[] parse(String hex) {
    return HexFormat.of().parseHex(hex.replaceAll("\\s", ""));
  }
}
