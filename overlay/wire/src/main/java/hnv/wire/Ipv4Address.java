// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

/// An IPv4 address.
///
/// @param bits the address as a bit pattern, first octet highest
public record Ipv4Address(int bits) implements IpAddress {
  private static final int OCTETS = 4;

  /// Reads strict dotted decimal: four numbers of 0..255, no leading zeros (some readers take them
  /// for octal), nothing else.
  ///
  /// @throws IllegalArgumentException naming the text and the rule
  public static Ipv4Address parse(String text) {
    int bits = 0;
    int at = 0;
    for (int octet = 0; octet < OCTETS; octet++) {
      if (octet > 0) {
        if (at >= text.length() || text.charAt(at) != '.') {
          throw invalid(text);
        }
        at++;
      }
      int start = at;
      int value = 0;
      while (at < text.length() && at - start < 3 && isDigit(text.charAt(at))) {
        value = value * 10 + (text.charAt(at) - '0');
        at++;
      }
      if (at == start || value > 255 || (at - start > 1 && text.charAt(start) == '0')) {
        throw invalid(text);
      }
      bits = bits << 8 | value;
    }
    if (at != text.length()) {
      throw invalid(text);
    }
    return new Ipv4Address(bits);
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static IllegalArgumentException invalid(String text) {
    return new IllegalArgumentException(
        "\"%s\" is not an IPv4 address: four decimal numbers of 0 to 255 without leading zeros,"
                .formatted(text)
            + " separated by dots");
  }

  @Override
  public int width() {
    return 32;
  }

  /// 224.0.0.0/4 (RFC 5771).
  @Override
  public boolean isMulticast() {
    return bits >>> 28 == 0xE;
  }

  @Override
  public boolean isUnspecified() {
    return bits == 0;
  }

  /// 127.0.0.0/8 (RFC 1122 §3.2.1.3).
  @Override
  public boolean isLoopback() {
    return bits >>> 24 == 127;
  }

  @Override
  public boolean isUnicast() {
    return bits != 0 && bits != -1 && !isMulticast();
  }

  @Override
  public String toString() {
    return (bits >>> 24)
        + "."
        + ((bits >>> 16) & 0xFF)
        + "."
        + ((bits >>> 8) & 0xFF)
        + "."
        + (bits & 0xFF);
  }
}
