// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import hnv.dataplane.PortKind;
import hnv.linux.LinuxException;
import hnv.linux.bpf.TcProgram;
import hnv.linux.netlink.Link;
import hnv.linux.offload.KernelExecutor;

/// What the kernel's executor knows of one port: by which device its frames come, where misses go,
/// and whether frames may leave by it. Any thread, one at a time.
final class PortOffload implements AutoCloseable {
  /// Driver kind of devices that do not mind that a super-frame out of a tunnel is still called a
  /// tunnel frame. A TAP would lose it or have it cut.
  private static final String TAKES_POPPED_SUPER_FRAMES = "veth";

  private final KernelExecutor executor;
  private final PortKind kind;
  private final int number;
  private final int linkIndex;
  private final boolean takesPoppedSuperFrames;
  private int emitterIndex;
  private boolean gone;
  private boolean exitOpen;

  /// @param left whether an earlier process left the port open
  PortOffload(KernelExecutor executor, PortKind kind, int number, Link link, boolean left) {
    this.exitOpen = left;
    this.executor = executor;
    this.kind = kind;
    this.number = number;
    this.linkIndex = link.index();
    this.takesPoppedSuperFrames = link.kind().equals(TAKES_POPPED_SUPER_FRAMES);
  }

  /// For the ingress of the device.
  TcProgram program() {
    return kind == PortKind.VIRTUAL_MACHINE
        ? executor.virtualMachineProgram()
        : executor.underlayProgram();
  }

  /// For the ingress of the TAP: sends by the port's exit what Java writes there.
  TcProgram emitProgram(int tapIndex) throws LinuxException {
    executor.putEmitter(tapIndex, number);
    emitterIndex = tapIndex;
    return executor.emitProgram();
  }

  /// Names the device to the program, before it is attached.
  void begin(int tapIndex) throws LinuxException {
    executor.putPort(linkIndex, number, tapIndex);
  }

  /// Lets frames of flows leave by the device, or sends them up to Java, which drops them with a
  /// reason.
  void setExit(boolean open) {
    if (gone || exitOpen == open) {
      return;
    }
    // The guard at a VM's device admits what bears the mark; the underlay's has no such guard.
    int mark = kind == PortKind.VIRTUAL_MACHINE ? executor.mark() : 0;
    try {
      executor.putExit(number, open ? linkIndex : 0, open ? mark : 0, takesPoppedSuperFrames);
      exitOpen = open;
    } catch (LinuxException e) {
      executor.failed(e);
    }
  }

  /// The device is gone, and its index may be another's in a moment: nothing comes and goes any
  /// more.
  @Override
  public void close() {
    setExit(false);
    if (!gone) {
      gone = true;
      try {
        executor.removePort(linkIndex);
        executor.removePort(emitterIndex);
      } catch (LinuxException e) {
        executor.failed(e);
      }
    }
  }
}
