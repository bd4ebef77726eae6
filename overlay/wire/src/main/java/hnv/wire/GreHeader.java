// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static hnv.wire.Octets.putU16;
import static hnv.wire.Octets.putU32;
import static hnv.wire.Octets.u16;
import static hnv.wire.Octets.u32;

import java.lang.foreign.MemorySegment;

/// GRE header (RFC 2784) with key and sequence number (RFC 2890).
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |C| |K|S| Reserved0       | Ver |         Protocol Type         |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |      Checksum (with C)        |      Reserved1 (with C)       |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                         Key (with K)                          |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                  Sequence Number (with S)                     |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
public final class GreHeader {
  public static final int FLAGS_AT = 0;
  public static final int PROTOCOL_TYPE_AT = 2;

  /// Offset of the checksum, where present.
  public static final int CHECKSUM_AT = 4;

  /// Octets of a header without optional fields.
  public static final int MIN_LENGTH = 4;

  /// Octets of a header with all optional fields.
  public static final int MAX_LENGTH = 16;

  /// Protocol type of the answer to a keepalive, which has no payload: a custom of routers, in no
  /// RFC.
  public static final int KEEPALIVE = 0;

  public static final int CHECKSUM_PRESENT = 0x8000;
  public static final int KEY_PRESENT = 0x2000;
  public static final int SEQUENCE_PRESENT = 0x1000;

  /// Of bits 1 to 5 of the first word, which "a receiver MUST discard a packet where any … are
  /// non-zero" (RFC 2784 §2.1) names, those that RFC 2890 §2 gave no meaning: 1, 4 and 5. Bits 6 to
  /// 12 "MUST be ignored on receipt".
  private static final int MUST_BE_ZERO = 0x4C00;

  private static final int VERSION_MASK = 0x0007;

  private GreHeader() {}

  /// True if the reserved bits that must be zero are, the version is 0 ("The Version Number field
  /// MUST contain the value zero", RFC 2784 §2.3.1), and the header lies before `limit`.
  public static boolean isValid(MemorySegment f, long at, long limit) {
    return limit - at >= MIN_LENGTH
        && (flags(f, at) & (MUST_BE_ZERO | VERSION_MASK)) == 0
        && headerLength(f, at) <= limit - at;
  }

  /// The first 16 bits: C, K, S, reserved bits and version.
  public static int flags(MemorySegment f, long at) {
    return u16(f, at + FLAGS_AT);
  }

  public static int version(MemorySegment f, long at) {
    return flags(f, at) & VERSION_MASK;
  }

  /// EtherType of the payload.
  public static int protocolType(MemorySegment f, long at) {
    return u16(f, at + PROTOCOL_TYPE_AT);
  }

  public static boolean hasChecksum(MemorySegment f, long at) {
    return (flags(f, at) & CHECKSUM_PRESENT) != 0;
  }

  public static boolean hasKey(MemorySegment f, long at) {
    return (flags(f, at) & KEY_PRESENT) != 0;
  }

  public static boolean hasSequence(MemorySegment f, long at) {
    return (flags(f, at) & SEQUENCE_PRESENT) != 0;
  }

  /// Octets of the header with the optional fields its flags announce: 4, 8, 12 or 16.
  public static int headerLength(MemorySegment f, long at) {
    return lengthOf(flags(f, at));
  }

  /// Octets of a header with these flags.
  public static int lengthOf(int flags) {
    int fields = flags & (CHECKSUM_PRESENT | KEY_PRESENT | SEQUENCE_PRESENT);
    return MIN_LENGTH + (Integer.bitCount(fields) << 2);
  }

  /// The checksum; only with C.
  public static int checksum(MemorySegment f, long at) {
    return u16(f, at + CHECKSUM_AT);
  }

  /// The key as a bit pattern; only with K.
  public static int key(MemorySegment f, long at) {
    return u32(f, at + keyOffset(f, at));
  }

  /// The sequence number as a bit pattern; only with S, and then the last four octets of the
  /// header.
  public static int sequence(MemorySegment f, long at) {
    return u32(f, at + headerLength(f, at) - 4);
  }

  /// Overwrites the protocol type.
  public static void setProtocolType(MemorySegment f, long at, int protocolType) {
    putU16(f, at + PROTOCOL_TYPE_AT, protocolType);
  }

  /// Overwrites the sequence number; only with S.
  public static void setSequence(MemorySegment f, long at, int sequence) {
    putU32(f, at + headerLength(f, at) - 4, sequence);
  }

  /// Offset of the key from the header: behind the checksum where there is one.
  private static int keyOffset(MemorySegment f, long at) {
    return hasChecksum(f, at) ? CHECKSUM_AT + 4 : CHECKSUM_AT;
  }

  /// True if there is no checksum, or it agrees with "all the 16 bit words in the GRE header and
  /// the payload packet" (RFC 2784 §2.5).
  ///
  /// @param length octets of header and payload
  public static boolean isChecksumValid(MemorySegment f, long at, int length) {
    return !hasChecksum(f, at) || InternetChecksum.sum(f, at, length) == 0xFFFF;
  }

  /// Computes the checksum of a header with C and its payload, and writes it.
  ///
  /// @param length octets of header and payload
  public static void writeChecksum(MemorySegment f, long at, int length) {
    putU16(f, at + CHECKSUM_AT, 0);
    putU16(f, at + CHECKSUM_AT, InternetChecksum.checksum(f, at, length));
  }

  /// Writes a header of [#lengthOf] `flags` octets. The checksum is zero until [#writeChecksum].
  ///
  /// @param flags any of [#CHECKSUM_PRESENT], [#KEY_PRESENT], [#SEQUENCE_PRESENT]
  /// @param key written with K only
  /// @param sequence written with S only
  public static void write(
      MemorySegment f, long at, int flags, int protocolType, int key, int sequence) {
    int present = flags & (CHECKSUM_PRESENT | KEY_PRESENT | SEQUENCE_PRESENT);
    putU16(f, at + FLAGS_AT, present);
    putU16(f, at + PROTOCOL_TYPE_AT, protocolType);
    long p = at + MIN_LENGTH;
    if ((present & CHECKSUM_PRESENT) != 0) {
      putU32(f, p, 0);
      p += 4;
    }
    if ((present & KEY_PRESENT) != 0) {
      putU32(f, p, key);
      p += 4;
    }
    if ((present & SEQUENCE_PRESENT) != 0) {
      putU32(f, p, sequence);
    }
  }
}
