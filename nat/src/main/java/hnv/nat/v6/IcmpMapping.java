// SPDX-License-Identifier: Apache-2.0
package hnv.nat.v6;

import hnv.wire.Icmpv4Header;
import hnv.wire.Icmpv6Header;

/// Which ICMP message of one version is which of the other (RFC 7915 §4.2, §5.2). A message is
/// `type << 8 | code`; {@link #NONE} where it has no counterpart and is dropped.
final class IcmpMapping {
  static final int NONE = -1;

  // Codes that hnv.wire has no name for.
  private static final int V4_SOURCE_ROUTE_FAILED = 5;
  private static final int V4_HOST_PROHIBITED = 10;
  private static final int V6_BEYOND_SCOPE = 2;
  private static final int V6_UNRECOGNIZED_NEXT_HEADER = 1;

  private static final int V4_PROTOCOL_AT = 9;
  private static final int V6_NEXT_HEADER_AT = 6;

  // By the octet of the header that a Parameter Problem points to (figures 3 and 6).
  private static final int[] POINTER_TO_V6 = {
    0, 1, 4, 4, NONE, NONE, NONE, NONE, 7, 6, NONE, NONE, 8, 8, 8, 8, 24, 24, 24, 24
  };
  private static final int[] POINTER_TO_V4 = new int[40];

  static {
    int[] first = {0, 1, NONE, NONE, 2, 2, V4_PROTOCOL_AT, 8};
    for (int i = 0; i < POINTER_TO_V4.length; i++) {
      if (i < first.length) {
        POINTER_TO_V4[i] = first[i];
      } else {
        POINTER_TO_V4[i] = i < 24 ? 12 : 16;
      }
    }
  }

  private IcmpMapping() {}

  private static int message(int type, int code) {
    return type << 8 | code;
  }

  /// The ICMPv6 message of an ICMPv4 one.
  static int toV6(int type, int code) {
    return switch (type) {
      case Icmpv4Header.ECHO_REQUEST -> message(Icmpv6Header.ECHO_REQUEST, 0);
      case Icmpv4Header.ECHO_REPLY -> message(Icmpv6Header.ECHO_REPLY, 0);
      case Icmpv4Header.DESTINATION_UNREACHABLE -> unreachableToV6(code);
      case Icmpv4Header.TIME_EXCEEDED -> message(Icmpv6Header.TIME_EXCEEDED, code);
      // "Code 0 (Pointer indicates the error)" and "2 (Bad length)".
      case Icmpv4Header.PARAMETER_PROBLEM ->
          code == 0 || code == 2 ? message(Icmpv6Header.PARAMETER_PROBLEM, 0) : NONE;
      default -> NONE;
    };
  }

  private static int unreachableToV6(int code) {
    return switch (code) {
      case Icmpv4Header.NETWORK_UNREACHABLE,
          Icmpv4Header.HOST_UNREACHABLE,
          V4_SOURCE_ROUTE_FAILED,
          6,
          7,
          8,
          11,
          12 ->
          message(Icmpv6Header.DESTINATION_UNREACHABLE, Icmpv6Header.NO_ROUTE);
      case Icmpv4Header.PROTOCOL_UNREACHABLE ->
          message(Icmpv6Header.PARAMETER_PROBLEM, V6_UNRECOGNIZED_NEXT_HEADER);
      case Icmpv4Header.PORT_UNREACHABLE ->
          message(Icmpv6Header.DESTINATION_UNREACHABLE, Icmpv6Header.PORT_UNREACHABLE);
      case Icmpv4Header.FRAGMENTATION_NEEDED -> message(Icmpv6Header.PACKET_TOO_BIG, 0);
      case 9, V4_HOST_PROHIBITED, Icmpv4Header.ADMINISTRATIVELY_PROHIBITED, 15 ->
          message(Icmpv6Header.DESTINATION_UNREACHABLE, Icmpv6Header.ADMINISTRATIVELY_PROHIBITED);
      default -> NONE;
    };
  }

  /// The ICMPv4 message of an ICMPv6 one.
  static int toV4(int type, int code) {
    return switch (type) {
      case Icmpv6Header.ECHO_REQUEST -> message(Icmpv4Header.ECHO_REQUEST, 0);
      case Icmpv6Header.ECHO_REPLY -> message(Icmpv4Header.ECHO_REPLY, 0);
      case Icmpv6Header.DESTINATION_UNREACHABLE -> unreachableToV4(code);
      case Icmpv6Header.PACKET_TOO_BIG ->
          message(Icmpv4Header.DESTINATION_UNREACHABLE, Icmpv4Header.FRAGMENTATION_NEEDED);
      case Icmpv6Header.TIME_EXCEEDED -> message(Icmpv4Header.TIME_EXCEEDED, code);
      case Icmpv6Header.PARAMETER_PROBLEM ->
          switch (code) {
            case 0 -> message(Icmpv4Header.PARAMETER_PROBLEM, 0);
            case V6_UNRECOGNIZED_NEXT_HEADER ->
                message(Icmpv4Header.DESTINATION_UNREACHABLE, Icmpv4Header.PROTOCOL_UNREACHABLE);
            default -> NONE;
          };
      default -> NONE;
    };
  }

  private static int unreachableToV4(int code) {
    return switch (code) {
      case Icmpv6Header.NO_ROUTE, V6_BEYOND_SCOPE, Icmpv6Header.ADDRESS_UNREACHABLE ->
          message(Icmpv4Header.DESTINATION_UNREACHABLE, Icmpv4Header.HOST_UNREACHABLE);
      case Icmpv6Header.ADMINISTRATIVELY_PROHIBITED ->
          message(Icmpv4Header.DESTINATION_UNREACHABLE, V4_HOST_PROHIBITED);
      case Icmpv6Header.PORT_UNREACHABLE ->
          message(Icmpv4Header.DESTINATION_UNREACHABLE, Icmpv4Header.PORT_UNREACHABLE);
      default -> NONE;
    };
  }

  /// The octet of the IPv6 header that a pointer into an IPv4 header means, or {@link #NONE}.
  static int pointerToV6(int pointer) {
    return pointer < POINTER_TO_V6.length ? POINTER_TO_V6[pointer] : NONE;
  }

  /// The octet of the IPv4 header that a pointer into an IPv6 header means, or {@link #NONE}.
  static int pointerToV4(int pointer) {
    return pointer >= 0 && pointer < POINTER_TO_V4.length ? POINTER_TO_V4[pointer] : NONE;
  }

  /// What "protocol unreachable" points to in IPv6: the Next Header field.
  static int nextHeaderPointer() {
    return V6_NEXT_HEADER_AT;
  }
}
