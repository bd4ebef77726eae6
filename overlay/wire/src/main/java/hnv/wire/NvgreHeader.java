// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static hnv.wire.Octets.putU24;
import static hnv.wire.Octets.putU32;
import static hnv.wire.Octets.putU8;
import static hnv.wire.Octets.u16;
import static hnv.wire.Octets.u24;
import static hnv.wire.Octets.u8;

import java.lang.foreign.MemorySegment;

/// NVGRE header (RFC 7637 §3.2): GRE with a key and nothing else.
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |0| |1|0|   Reserved0     | Ver |   Protocol Type = 0x6558      |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |               Virtual Subnet ID (VSID)        |    FlowID     |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
public final class NvgreHeader {
  public static final int FLAGS_AT = 0;
  public static final int PROTOCOL_TYPE_AT = 2;
  public static final int VSID_AT = 4;
  public static final int FLOW_ID_AT = 7;

  /// Octets of the header.
  public static final int LENGTH = 8;

  /// Bits 0 to 5 and the version; bits 6 to 12 are ignored on receipt (RFC 2784 §2.1).
  private static final int FLAGS_MASK = 0xFC07;

  private static final int FIRST_WORD = GreHeader.KEY_PRESENT << 16 | EthernetHeader.TEB;

  private NvgreHeader() {}

  /// True if a whole header lies before `limit`, with C and S zero, K one, version 0 and protocol
  /// type 0x6558, each a MUST of RFC 7637 §3.2. Which VSIDs are acceptable is policy.
  public static boolean isValid(MemorySegment f, long at, long limit) {
    return limit - at >= LENGTH
        && (u16(f, at + FLAGS_AT) & FLAGS_MASK) == GreHeader.KEY_PRESENT
        && u16(f, at + PROTOCOL_TYPE_AT) == EthernetHeader.TEB;
  }

  /// Virtual subnet id, 24 bits.
  public static int vsid(MemorySegment f, long at) {
    return u24(f, at + VSID_AT);
  }

  /// Per-flow entropy of the sender, 0..255.
  public static int flowId(MemorySegment f, long at) {
    return u8(f, at + FLOW_ID_AT);
  }

  /// Writes the header; a FlowID that is not generated MUST be zero (RFC 7637 §3.2).
  public static void write(MemorySegment f, long at, int vsid, int flowId) {
    putU32(f, at + FLAGS_AT, FIRST_WORD);
    putU24(f, at + VSID_AT, vsid);
    putU8(f, at + FLOW_ID_AT, flowId);
  }
}
