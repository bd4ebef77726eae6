// SPDX-License-Identifier: Apache-2.0
package hnv.linux.netlink;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import hnv.wire.Octets;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// One netlink message being written, in the machine's byte order (netlink(7)): header, the
/// family's fixed part, attributes padded to four octets. What is not written is zero. Used once.
///
///     | length 4 | type 2 | flags 2 | sequence 4 | port 4 |
///     | fixed part | length 2 | type 2 | value | length 2 | type 2 | value | …
final class Request {
  static final int REQUEST = 0x001;
  static final int ACK = 0x004;
  static final int DUMP = 0x300;
  static final int REPLACE = 0x100;
  static final int EXCLUSIVE = 0x200;
  static final int CREATE = 0x400;

  static final int HEADER_LENGTH = 16;
  private static final int MAX_DEPTH = 4;
  static final int MAX_LENGTH = 4096;

  private static final int LENGTH_AT = 0;
  private static final int TYPE_AT = 4;
  private static final int FLAGS_AT = 6;
  private static final int SEQUENCE_AT = 8;
  private static final int ATTRIBUTE_HEADER_LENGTH = 4;
  private static final int NESTED = 0x8000;

  private final MemorySegment message;
  private int end;
  private final int[] nests = new int[MAX_DEPTH];
  private int depth;

  /// A request of this type; {@link #REQUEST} is added to the flags.
  ///
  /// @param fixedLength octets of the part behind the header, such as `struct ifinfomsg`
  Request(Arena arena, int type, int flags, int fixedLength) {
    message = arena.allocate(MAX_LENGTH, 8);
    message.set(JAVA_SHORT_UNALIGNED, TYPE_AT, (short) type);
    message.set(JAVA_SHORT_UNALIGNED, FLAGS_AT, (short) (flags | REQUEST));
    end = HEADER_LENGTH + align(fixedLength);
  }

  static int align(int length) {
    return (length + 3) & ~3;
  }

  /// Sets an octet of the fixed part; offsets count from its start.
  Request fixed8(int offset, int value) {
    message.set(JAVA_BYTE, HEADER_LENGTH + offset, (byte) value);
    return this;
  }

  Request fixed16(int offset, int value) {
    message.set(JAVA_SHORT_UNALIGNED, HEADER_LENGTH + offset, (short) value);
    return this;
  }

  Request fixed32(int offset, int value) {
    message.set(JAVA_INT_UNALIGNED, HEADER_LENGTH + offset, value);
    return this;
  }

  private int begin(int type, int length) {
    int at = end;
    int next = at + align(ATTRIBUTE_HEADER_LENGTH + length);
    if (next > MAX_LENGTH) {
      throw new IllegalArgumentException("netlink request longer than " + MAX_LENGTH);
    }
    message.set(JAVA_SHORT_UNALIGNED, at, (short) (ATTRIBUTE_HEADER_LENGTH + length));
    message.set(JAVA_SHORT_UNALIGNED, at + 2, (short) type);
    end = next;
    return at + ATTRIBUTE_HEADER_LENGTH;
  }

  Request put8(int type, int value) {
    message.set(JAVA_BYTE, begin(type, 1), (byte) value);
    return this;
  }

  Request putNetwork16(int type, int value) {
    Octets.putU16(message, begin(type, 2), value);
    return this;
  }

  Request put32(int type, int value) {
    message.set(JAVA_INT_UNALIGNED, begin(type, 4), value);
    return this;
  }

  /// With a terminating zero, as the kernel expects names.
  Request putText(int type, String value) {
    int length = value.getBytes(java.nio.charset.StandardCharsets.UTF_8).length + 1;
    message.setString(begin(type, length), value);
    return this;
  }

  Request putAddress(int type, IpAddress address) {
    switch (address) {
      case Ipv4Address v4 -> Octets.putU32(message, begin(type, 4), v4.bits());
      case Ipv6Address v6 -> {
        int at = begin(type, 16);
        Octets.putU64(message, at, v6.high());
        Octets.putU64(message, at + 8, v6.low());
      }
    }
    return this;
  }

  /// What follows up to {@link #endNest} is inside this attribute; {@value #MAX_DEPTH} deep at
  /// most.
  Request beginNest(int type) {
    nests[depth++] = end;
    begin(type | NESTED, 0);
    return this;
  }

  Request endNest() {
    int nestAt = nests[--depth];
    message.set(JAVA_SHORT_UNALIGNED, nestAt, (short) (end - nestAt));
    return this;
  }

  /// The finished message.
  MemorySegment finish(int sequence) {
    message.set(JAVA_INT_UNALIGNED, LENGTH_AT, end);
    message.set(JAVA_INT_UNALIGNED, SEQUENCE_AT, sequence);
    return message.asSlice(0, end);
  }
}
