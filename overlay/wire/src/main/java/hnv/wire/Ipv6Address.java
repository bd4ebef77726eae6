// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

/// An IPv6 address.
///
/// @param high the first eight octets as a bit pattern
/// @param low the last eight octets
public record Ipv6Address(long high, long low) implements IpAddress {
  private static final int GROUPS = 8;
  private static final long MAPPED_PREFIX = 0xFFFFL;

  /// Reads the text forms of RFC 4291 §2.2: groups of one to four hexadecimal digits, one `::` at
  /// most, the last two groups also in dotted decimal. No zone (`%eth0`), no brackets.
  ///
  /// @throws IllegalArgumentException naming the text and the rule
  public static Ipv6Address parse(String text) {
    int[] groups = new int[GROUPS];
    int count = 0;
    int gap = -1;
    int at = 0;
    if (text.startsWith("::")) {
      gap = 0;
      at = 2;
    }
    while (at < text.length()) {
      int end = at;
      int value = 0;
      while (end < text.length() && end - at < 4 && MacAddress.hexDigit(text.charAt(end)) >= 0) {
        value = value << 4 | MacAddress.hexDigit(text.charAt(end));
        end++;
      }
      if (end < text.length() && text.charAt(end) == '.' && count <= GROUPS - 2) {
        int dotted = parseDotted(text, at);
        groups[count++] = dotted >>> 16;
        groups[count++] = dotted & 0xFFFF;
        at = text.length();
        break;
      }
      if (end == at || count == GROUPS) {
        throw invalid(text);
      }
      groups[count++] = value;
      at = end;
      if (at == text.length()) {
        break;
      }
      if (text.charAt(at) != ':' || at + 1 == text.length()) {
        throw invalid(text);
      }
      at++;
      if (text.charAt(at) == ':') {
        if (gap >= 0) {
          throw invalid(text);
        }
        gap = count;
        at++;
      }
    }
    // A "::" stands for one group of zeros at least (RFC 4291 §2.2).
    if (gap < 0 ? count != GROUPS : count >= GROUPS) {
      throw invalid(text);
    }
    return ofGroups(groups, count, gap);
  }

  private static int parseDotted(String text, int at) {
    try {
      return Ipv4Address.parse(text.substring(at)).bits();
    } catch (IllegalArgumentException e) {
      throw invalid(text);
    }
  }

  private static Ipv6Address ofGroups(int[] groups, int count, int gap) {
    long high = 0;
    long low = 0;
    int zeros = GROUPS - count;
    for (int i = 0; i < GROUPS; i++) {
      int group;
      if (gap < 0 || i < gap) {
        group = groups[i];
      } else {
        group = i < gap + zeros ? 0 : groups[i - zeros];
      }
      high = high << 16 | low >>> 48;
      low = low << 16 | group;
    }
    return new Ipv6Address(high, low);
  }

  private static IllegalArgumentException invalid(String text) {
    return new IllegalArgumentException(
        "\"%s\" is not an IPv6 address: eight groups of one to four hexadecimal digits separated"
                .formatted(text)
            + " by ':', one run of zero groups may be '::'");
  }

  private int group(int index) {
    long half = index < 4 ? high : low;
    return (int) (half >>> (48 - index % 4 * 16)) & 0xFFFF;
  }

  @Override
  public int width() {
    return 128;
  }

  /// ff00::/8 (RFC 4291 §2.7).
  @Override
  public boolean isMulticast() {
    return high >>> 56 == 0xFF;
  }

  @Override
  public boolean isUnspecified() {
    return (high | low) == 0;
  }

  @Override
  public boolean isLoopback() {
    return high == 0 && low == 1;
  }

  /// fe80::/10 (RFC 4291 §2.5.6).
  public boolean isLinkLocal() {
    return high >>> 54 == 0x3FA;
  }

  @Override
  public boolean isUnicast() {
    return !isUnspecified() && !isMulticast();
  }

  /// RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups as `::`,
  /// the first where two are equal; an IPv4-mapped address with its end in dotted decimal (§5).
  @Override
  public String toString() {
    if (high == 0 && low >>> 32 == MAPPED_PREFIX) {
      return "::ffff:" + new Ipv4Address((int) low);
    }
    int gap = -1;
    int gapLength = 1;
    for (int i = 0; i < GROUPS; ) {
      int end = i;
      while (end < GROUPS && group(end) == 0) {
        end++;
      }
      if (end - i > gapLength) {
        gap = i;
        gapLength = end - i;
      }
      i = Math.max(end, i + 1);
    }
    if (gap < 0) {
      return join(0, GROUPS);
    }
    return join(0, gap) + "::" + join(gap + gapLength, GROUPS);
  }

  private String join(int from, int to) {
    StringBuilder text = new StringBuilder(39);
    for (int i = from; i < to; i++) {
      if (i > from) {
        text.append(':');
      }
      text.append(Integer.toHexString(group(i)));
    }
    return text.toString();
  }
}
