// SPDX-License-Identifier: Apache-2.0
package hnv.linux.netlink;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import hnv.wire.MacAddress;
import hnv.wire.Octets;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// A view of one netlink message as received. Valid until the buffer is used again. What is cut
/// short or absent reads as absent; nothing here throws for what the kernel sent.
final class Reply {
  static final int ERROR = 2;
  static final int DONE = 3;

  private static final int FLAG_CAPPED = 0x100;
  private static final int FLAG_EXTENDED_ACK = 0x200;
  private static final int EXTENDED_ACK_TEXT = 1;
  private static final int ATTRIBUTE_TYPE = 0x3FFF;

  private final MemorySegment message;

  /// @param message the whole message, header included
  Reply(MemorySegment message) {
    this.message = message;
  }

  /// Octets of the message that starts at `at`, or 0 where none fits before `limit`.
  static int lengthAt(MemorySegment buffer, long at, long limit) {
    if (limit - at < Request.HEADER_LENGTH) {
      return 0;
    }
    int length = buffer.get(JAVA_INT_UNALIGNED, at);
    return length < Request.HEADER_LENGTH || length > limit - at ? 0 : length;
  }

  int type() {
    return Short.toUnsignedInt(message.get(JAVA_SHORT_UNALIGNED, 4));
  }

  private int flags() {
    return Short.toUnsignedInt(message.get(JAVA_SHORT_UNALIGNED, 6));
  }

  int sequence() {
    return message.get(JAVA_INT_UNALIGNED, 8);
  }

  /// Whether the fixed part has at least this many octets.
  boolean hasFixed(int length) {
    return message.byteSize() >= Request.HEADER_LENGTH + length;
  }

  int fixed8(int offset) {
    return Byte.toUnsignedInt(message.get(JAVA_BYTE, Request.HEADER_LENGTH + offset));
  }

  int fixed16(int offset) {
    return Short.toUnsignedInt(message.get(JAVA_SHORT_UNALIGNED, Request.HEADER_LENGTH + offset));
  }

  int fixed32(int offset) {
    return message.get(JAVA_INT_UNALIGNED, Request.HEADER_LENGTH + offset);
  }

  /// Error number of an {@link #ERROR} or {@link #DONE} message; 0 is an acknowledgement.
  int errno() {
    return hasFixed(4) ? -fixed32(0) : 0;
  }

  /// What the kernel says beside the error number, or nothing.
  String errorText() {
    if ((flags() & FLAG_EXTENDED_ACK) == 0 || !hasFixed(8)) {
      return "";
    }
    int copied = fixed32(4);
    boolean capped = (flags() & FLAG_CAPPED) != 0;
    int at = 4 + (capped ? Request.HEADER_LENGTH : Request.align(copied));
    MemorySegment text = attribute(at, EXTENDED_ACK_TEXT);
    return text == null ? "" : text(text);
  }

  /// The value of an attribute behind a fixed part of this length, or null.
  @Nullable MemorySegment attribute(int fixedLength, int type) {
    return find(message, Request.HEADER_LENGTH + Request.align(fixedLength), type);
  }

  /// The value of an attribute inside another one's value, or null.
  static @Nullable MemorySegment nested(@Nullable MemorySegment value, int type) {
    return value == null ? null : find(value, 0, type);
  }

  private static @Nullable MemorySegment find(MemorySegment within, long from, int type) {
    long at = from;
    long limit = within.byteSize();
    while (limit - at >= 4) {
      int length = Short.toUnsignedInt(within.get(JAVA_SHORT_UNALIGNED, at));
      if (length < 4 || length > limit - at) {
        return null;
      }
      if ((within.get(JAVA_SHORT_UNALIGNED, at + 2) & ATTRIBUTE_TYPE) == type) {
        return within.asSlice(at + 4, length - 4);
      }
      at += Request.align(length);
    }
    return null;
  }

  static int u32(@Nullable MemorySegment value, int absent) {
    return value == null || value.byteSize() < 4 ? absent : value.get(JAVA_INT_UNALIGNED, 0);
  }

  /// 64 bits somewhere in a value; 0 where it ends before.
  static long u64(@Nullable MemorySegment value, long at) {
    return value == null || value.byteSize() < at + Long.BYTES
        ? 0
        : value.get(JAVA_LONG_UNALIGNED, at);
  }

  static int u8(@Nullable MemorySegment value, int absent) {
    return value == null || value.byteSize() < 1
        ? absent
        : Byte.toUnsignedInt(value.get(JAVA_BYTE, 0));
  }

  /// A text up to its first zero octet or the end.
  static String text(@Nullable MemorySegment value) {
    if (value == null) {
      return "";
    }
    StringBuilder text = new StringBuilder();
    for (long i = 0; i < value.byteSize() && value.get(JAVA_BYTE, i) != 0; i++) {
      text.append((char) Byte.toUnsignedInt(value.get(JAVA_BYTE, i)));
    }
    return text.toString();
  }

  /// An address of 4 or 16 octets, or null.
  static @Nullable IpAddress address(@Nullable MemorySegment value) {
    if (value == null) {
      return null;
    }
    return switch ((int) value.byteSize()) {
      case 4 -> new Ipv4Address(Octets.u32(value, 0));
      case 16 -> new Ipv6Address(Octets.u64(value, 0), Octets.u64(value, 8));
      default -> null;
    };
  }

  /// A link layer address of 6 octets, or null: tunnels and the loopback's have others.
  static @Nullable MacAddress mac(@Nullable MemorySegment value) {
    return value == null || value.byteSize() != 6 ? null : new MacAddress(Octets.u48(value, 0));
  }
}
