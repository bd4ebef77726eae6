// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import hnv.wire.TcpHeader;

/// The state of a TCP session as a translator sees it (RFC 6146 §3.5.2.2, which RFC 7857 §2 makes
/// the rule for all). "Out" is what the inside sends.
///
/// ```text
///              out SYN             in SYN            FIN                    FIN, the other way
///   (nothing) ─────────▶ OUT_INIT ───────▶ ESTABLISHED ──▶ OUT_FIN, IN_FIN ──▶ BOTH_FIN
///             ─────────▶ IN_INIT  ───────▶  ▲   │
///              in SYN             out SYN   │   │ RST
///                               other packet│   ▼
///                                         TRANSITORY
/// ```
final class TcpState {
  /// No TCP.
  static final byte NONE = 0;

  /// The inside sent a SYN.
  static final byte OUT_INIT = 1;

  /// The outside sent a SYN.
  static final byte IN_INIT = 2;

  static final byte ESTABLISHED = 3;
  static final byte OUT_FIN = 4;
  static final byte IN_FIN = 5;
  static final byte BOTH_FIN = 6;

  /// Reset: waits for four minutes, lest the reset was forged.
  static final byte TRANSITORY = 7;

  /// Began without a SYN, such as a connection older than this table: established once both sides
  /// were heard.
  static final byte PICKED_UP_OUT = 8;

  /// As {@link #PICKED_UP_OUT}, begun by the outside.
  static final byte PICKED_UP_IN = 9;

  private TcpState() {}

  /// The state after a first packet.
  static byte first(boolean outbound, int tcpFlags) {
    if (isSyn(tcpFlags)) {
      return outbound ? OUT_INIT : IN_INIT;
    }
    if ((tcpFlags & TcpHeader.RST) != 0) {
      return TRANSITORY;
    }
    return outbound ? PICKED_UP_OUT : PICKED_UP_IN;
  }

  /// The state after one more packet.
  static byte next(byte state, boolean outbound, int tcpFlags) {
    if ((tcpFlags & TcpHeader.RST) != 0) {
      return TRANSITORY;
    }
    boolean syn = (tcpFlags & TcpHeader.SYN) != 0;
    boolean fin = (tcpFlags & TcpHeader.FIN) != 0;
    return switch (state) {
      case OUT_INIT -> syn && !outbound ? ESTABLISHED : OUT_INIT;
      case IN_INIT -> syn && outbound ? ESTABLISHED : IN_INIT;
      case PICKED_UP_OUT -> outbound ? PICKED_UP_OUT : ESTABLISHED;
      case PICKED_UP_IN -> outbound ? ESTABLISHED : PICKED_UP_IN;
      case ESTABLISHED -> fin ? (outbound ? OUT_FIN : IN_FIN) : ESTABLISHED;
      case OUT_FIN -> fin && !outbound ? BOTH_FIN : OUT_FIN;
      case IN_FIN -> fin && outbound ? BOTH_FIN : IN_FIN;
      // A new incarnation on the same ports (RFC 9293 §3.6.1).
      case BOTH_FIN -> isSyn(tcpFlags) ? first(outbound, tcpFlags) : BOTH_FIN;
      case TRANSITORY -> isSyn(tcpFlags) ? first(outbound, tcpFlags) : ESTABLISHED;
      default -> state;
    };
  }

  /// Whether packets in both directions are expected for hours.
  static boolean isEstablished(byte state) {
    return state == ESTABLISHED || state == OUT_FIN || state == IN_FIN;
  }

  /// Whether the four minutes run from when the state began, whatever passes.
  static boolean isEnding(byte state) {
    return state == BOTH_FIN || state == TRANSITORY;
  }

  private static boolean isSyn(int tcpFlags) {
    return (tcpFlags & (TcpHeader.SYN | TcpHeader.ACK)) == TcpHeader.SYN;
  }
}
