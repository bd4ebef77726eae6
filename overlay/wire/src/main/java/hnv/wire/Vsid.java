// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

/// A virtual subnet id (RFC 7637 §3.2): 24 bits, of which 0 to 4095 and 0xFFFFFF are reserved.
///
/// @param value 4096..16777214
public record Vsid(int value) implements Comparable<Vsid> {
  public static final int LOWEST = 4096;
  public static final int HIGHEST = 16_777_214;

  /// @throws IllegalArgumentException if the value is out of range
  public Vsid {
    if (value < LOWEST || value > HIGHEST) {
      throw new IllegalArgumentException(
          "VSID %d is not within %d to %d".formatted(value, LOWEST, HIGHEST));
    }
  }

  /// Reads a decimal number.
  ///
  /// @throws IllegalArgumentException naming the text and the rule
  public static Vsid parse(String text) {
    if (!text.matches("[1-9][0-9]{0,8}")) {
      throw new IllegalArgumentException(
          "\"%s\" is not a VSID: a decimal number of %d to %d".formatted(text, LOWEST, HIGHEST));
    }
    return new Vsid(Integer.parseInt(text));
  }

  @Override
  public int compareTo(Vsid other) {
    return Integer.compare(value, other.value);
  }

  @Override
  public String toString() {
    return Integer.toString(value);
  }
}
