// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import hnv.dataplane.PortKind;
import hnv.linux.LinuxException;
import hnv.linux.bpf.TcProgram;
import hnv.linux.netlink.Link;
import hnv.linux.offload.ExitDevice;
import hnv.linux.offload.KernelExecutor;

/// What the kernel's executor knows of one port: by which device its frames come, where misses go,
/// and whether frames may leave by it. Any thread, one at a time.
final class PortOffload implements AutoCloseable {
  private static final String VETH = "veth";

  private final KernelExecutor executor;
  private final PortKind kind;
  private final int number;
  private final int linkIndex;
  private int emitterIndex;
  private boolean gone;
  private boolean exitOpen;
  private ExitDevice device = ExitDevice.ORDINARY;

  /// @param left whether an earlier process left the port open
  PortOffload(KernelExecutor executor, PortKind kind, int number, Link link, boolean left) {
    this.exitOpen = left;
    this.executor = executor;
    this.kind = kind;
    this.number = number;
    this.linkIndex = link.index();
  }

  /// For the ingress of the device.
  TcProgram program() {
    return PortGuard.isExclusive(kind)
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

  /// Takes note of how the device is now.
  void observe(Link link, boolean open) {
    setExit(open, deviceOf(link));
  }

  /// The underlay's frames take its queue, where the host's do, and where people look. So do those
  /// to the outside: the queue is where the kernel completes what a device cannot.
  private ExitDevice deviceOf(Link link) {
    if (!link.kind().equals(VETH)) {
      return ExitDevice.ORDINARY;
    }
    return kind == PortKind.VIRTUAL_MACHINE && link.peerNamespace() >= 0
        ? ExitDevice.VETH_INTO_NAMESPACE
        : ExitDevice.VETH;
  }

  /// Lets frames of flows leave by the device, or sends them up to Java, which drops them with a
  /// reason.
  private void setExit(boolean open, ExitDevice next) {
    if (gone || (exitOpen == open && device == next)) {
      return;
    }
    // The guard at an exclusive device admits what bears the mark; the underlay's has no such one.
    int mark = PortGuard.isExclusive(kind) ? executor.mark() : 0;
    try {
      executor.putExit(number, open ? linkIndex : 0, open ? mark : 0, next);
      exitOpen = open;
      device = next;
    } catch (LinuxException e) {
      executor.failed(e);
    }
  }

  /// The device is gone, and its index may be another's in a moment: nothing comes and goes any
  /// more.
  @Override
  public void close() {
    setExit(false, device);
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
