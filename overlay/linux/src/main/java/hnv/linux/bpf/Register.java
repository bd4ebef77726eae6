// SPDX-License-Identifier: Apache-2.0
package hnv.linux.bpf;

/// The registers of eBPF: R0 result, R1…R5 arguments (lost in a call), R6…R9 kept over calls, R10 the
/// frame pointer (read only; the stack lies below it).
public enum Register {
  R0,
  R1,
  R2,
  R3,
  R4,
  R5,
  R6,
  R7,
  R8,
  R9,
  R10;

  /// The stack's upper end.
  public static final Register FP = R10;
}
