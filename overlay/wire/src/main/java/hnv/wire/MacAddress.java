// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

/// An Ethernet address (EUI-48, IEEE 802 §8.2).
///
/// @param bits the address in the low 48 bits, first octet highest
public record MacAddress(long bits) implements Comparable<MacAddress> {
  public static final MacAddress ZERO = new MacAddress(0);
  public static final MacAddress BROADCAST = new MacAddress(EthernetHeader.BROADCAST);

  private static final int OCTETS = 6;

  /// @throws IllegalArgumentException if a bit above the 48th is set
  public MacAddress {
    if (bits >>> 48 != 0) {
      throw new IllegalArgumentException("MAC address 0x%x has more than 48 bits".formatted(bits));
    }
  }

  /// Reads `00:15:5d:52:e7:11`, `00-15-5D-52-E7-11` or `00155D52E711`, in either case.
  ///
  /// @throws IllegalArgumentException naming the text and the rule
  public static MacAddress parse(String text) {
    boolean bare = text.length() == OCTETS * 2;
    if (!bare && text.length() != OCTETS * 3 - 1) {
      throw invalid(text);
    }
    char separator = bare ? 0 : text.charAt(2);
    if (!bare && separator != ':' && separator != '-') {
      throw invalid(text);
    }
    int stride = bare ? 2 : 3;
    long bits = 0;
    for (int octet = 0; octet < OCTETS; octet++) {
      int at = octet * stride;
      int high = hexDigit(text.charAt(at));
      int low = hexDigit(text.charAt(at + 1));
      if (high < 0 || low < 0 || (!bare && octet > 0 && text.charAt(at - 1) != separator)) {
        throw invalid(text);
      }
      bits = bits << 8 | (long) high << 4 | low;
    }
    return new MacAddress(bits);
  }

  /// The value of an ASCII hexadecimal digit, or -1. [Character#digit] would take the digits of
  /// other scripts as well.
  static int hexDigit(char c) {
    return c < 0x80 ? Character.digit(c, 16) : -1;
  }

  private static IllegalArgumentException invalid(String text) {
    return new IllegalArgumentException(
        "\"%s\" is not a MAC address: six octets in hexadecimal, all separated by ':', all by '-',"
                .formatted(text)
            + " or none separated");
  }

  /// True for group addresses, broadcast among them.
  public boolean isMulticast() {
    return EthernetHeader.isMulticast(bits);
  }

  public boolean isZero() {
    return bits == 0;
  }

  @Override
  public int compareTo(MacAddress other) {
    return Long.compare(bits, other.bits);
  }

  /// Lower case with colons: `00:15:5d:52:e7:11`.
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(OCTETS * 3 - 1);
    for (int shift = 40; shift >= 0; shift -= 8) {
      int octet = (int) (bits >>> shift) & 0xFF;
      text.append(Character.forDigit(octet >>> 4, 16)).append(Character.forDigit(octet & 15, 16));
      if (shift > 0) {
        text.append(':');
      }
    }
    return text.toString();
  }
}
