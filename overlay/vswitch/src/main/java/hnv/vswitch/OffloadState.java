// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

/// Where a unified flow is executed: in the kernel, or in Java and why. In this order: flows of the
/// later states have their next packet in Java looked at, by {@link FlowInstaller}.
public enum OffloadState {
  /// There is no other executor.
  OFF(0, "offload is off"),
  /// A port of its, by which it enters or leaves, has no program.
  PORT(1, "a port has no program"),
  /// Packets of it are cut into fragments, here; the small ones must not overtake them.
  FRAGMENTS(2, "too long for the path, leaves in fragments"),
  /// Its packets bear a GRE checksum or sequence number each.
  NUMBERED(3, "GRE checksum or sequence number"),
  /// The kernel's table is full, or refused it.
  NO_ROOM(4, "no room in the kernel"),
  /// Not worth it yet: nobody has answered.
  OPENING(5, "not answered yet"),
  /// Waits until the frames before it have left.
  QUEUED(6, "waits for frames on their way"),
  /// The kernel has its record.
  IN_KERNEL(7, "");

  private static final OffloadState[] BY_NUMBER = values();

  private final byte number;
  private final String text;

  OffloadState(int number, String text) {
    this.number = (byte) number;
    this.text = text;
  }

  /// Why Java executes it; empty where it does not.
  public String text() {
    return text;
  }

  byte number() {
    return number;
  }

  static OffloadState of(byte number) {
    return BY_NUMBER[number];
  }
}
