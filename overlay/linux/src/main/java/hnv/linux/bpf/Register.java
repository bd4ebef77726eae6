// SPDX-License-Identifier: Apache-2.0
package hnv.linux.bpf;

/// The registers of eBPF: R0 result, R1…R5 arguments (lost in a call), R6…R9 kept over calls, R10
/// the frame pointer (read only; the stack lies below it).
public enum Register {
  R0(0),
  R1(1),
  R2(2),
  R3(3),
  R4(4),
  R5(5),
  R6(6),
  R7(7),
  R8(8),
  R9(9),
  R10(10);

  /// The stack's upper end.
  public static final Register FP = R10;

  private final int number;

  Register(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }
}
