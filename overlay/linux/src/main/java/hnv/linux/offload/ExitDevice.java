// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

/// What a device by which frames leave can do for the kernel's executor.
public enum ExitDevice {
  /// Nothing beyond sending: a NIC, a TAP. A super-frame out of a tunnel is still called a tunnel
  /// frame by the kernel; a TAP that has agreed to such frames loses it, another has it cut.
  ORDINARY(0),

  /// One end of a veth pair, which does not mind that name.
  VETH(1),

  /// One whose other end lies in another network namespace: frames are put in there without passing
  /// by this end's queue, its guard and its captures (`bpf_redirect_peer`).
  VETH_INTO_NAMESPACE(3);

  private final int flags;

  ExitDevice(int flags) {
    this.flags = flags;
  }

  /// Flags of the exit's entry: `EXIT_…` of `bpf/maps.h`.
  int flags() {
    return flags;
  }
}
