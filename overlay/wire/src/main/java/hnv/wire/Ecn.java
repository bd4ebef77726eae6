// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

/// Explicit Congestion Notification through a tunnel (RFC 6040; RFC 9601 for shim headers such as
/// VXLAN, GRE and NVGRE).
///
/// Codepoints are the two low bits of the traffic class (RFC 3168 §5).
public final class Ecn {
  public static final int NOT_ECT = 0;
  public static final int ECT_1 = 1;
  public static final int ECT_0 = 2;
  public static final int CE = 3;

  /// Result of [#decapsulate] for a packet that must be dropped.
  public static final int DROP = -1;

  /// RFC 6040 §4.2, Figure 4, as sixteen nibbles: index inner * 4 + outer; 0xF is "drop".
  ///
  /// ```text
  ///              outer  Not-ECT  ECT(1)   ECT(0)   CE
  ///  inner Not-ECT      Not-ECT  Not-ECT  Not-ECT  drop
  ///        ECT(1)       ECT(1)   ECT(1)   ECT(1)   CE
  ///        ECT(0)       ECT(0)   ECT(1)   ECT(0)   CE
  ///        CE           CE       CE       CE       CE
  /// ```
  private static final long RESULTS = 0x3333_3212_3111_F000L;

  /// The combinations of Figure 4 that are unused and worth an alarm: inner Not-ECT under any outer
  /// that is ECN-capable, inner CE under ECT(1). One bit each, index as above.
  private static final int ALARMING = 0b0010_0000_0000_1110;

  private Ecn() {}

  /// The outer ECN field in normal mode: a copy of the inner (RFC 6040 §4.1).
  public static int encapsulate(int inner) {
    return inner;
  }

  /// The ECN field of the packet that leaves the tunnel, or [#DROP].
  public static int decapsulate(int inner, int outer) {
    int result = (int) (RESULTS >>> ((inner << 2 | outer) << 2)) & 0xF;
    return result == 0xF ? DROP : result;
  }

  /// True for a combination that no correct tunnel ingress and network produce (RFC 6040 §4.2).
  public static boolean isAlarming(int inner, int outer) {
    return ((ALARMING >>> (inner << 2 | outer)) & 1) != 0;
  }
}
