// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

/// A VXLAN network identifier as it stands on the wire (RFC 7348 §5).
///
/// @param value 0..16777215
public record Vni(int value) implements Comparable<Vni> {
  public static final int HIGHEST = 0xFF_FFFF;

  /// @throws IllegalArgumentException if the value is out of range
  public Vni {
    if (value < 0 || value > HIGHEST) {
      throw new IllegalArgumentException("VNI %d is not within 0 to %d".formatted(value, HIGHEST));
    }
  }

  /// The VNI that carries a virtual subnet: the same number.
  public static Vni of(Vsid vsid) {
    return new Vni(vsid.value());
  }

  /// Reads a decimal number.
  ///
  /// @throws IllegalArgumentException naming the text and the rule
  public static Vni parse(String text) {
    if (!text.matches("0|[1-9][0-9]{0,8}")) {
      throw new IllegalArgumentException(
          "\"%s\" is not a VNI: a decimal number of 0 to %d".formatted(text, HIGHEST));
    }
    return new Vni(Integer.parseInt(text));
  }

  @Override
  public int compareTo(Vni other) {
    return Integer.compare(value, other.value);
  }

  @Override
  public String toString() {
    return Integer.toString(value);
  }
}
