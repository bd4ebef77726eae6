// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import hnv.linux.Errno;
import hnv.linux.LinuxException;
import hnv.linux.bpf.BpfFolder;
import hnv.linux.bpf.BpfMap;
import hnv.linux.bpf.TcProgram;
import hnv.linux.bpf.TcPrograms;
import hnv.linux.bpf.TcxLink;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.netlink.TrafficControl.Hook;
import hnv.linux.offload.Inheritance;
import org.jspecify.annotations.Nullable;

/// A program of ours at the ingress of a device: by tcx where the kernel has it, else as the first
/// filter of clsact. A tcx link ends with the process. A clsact filter stays: it is one that jumps
/// to the program as long as the process lives, and then leaves all to the guard beneath.
final class IngressProgram implements AutoCloseable {
  static final String NAME = "hnv_port";

  private final HostNetwork network;
  private final int linkIndex;
  private final int priority;
  private final @Nullable TcxLink tcx;
  private final @Nullable BpfMap slot;

  private IngressProgram(
      HostNetwork network,
      int linkIndex,
      int priority,
      @Nullable TcxLink tcx,
      @Nullable BpfMap slot) {
    this.network = network;
    this.linkIndex = linkIndex;
    this.priority = priority;
    this.tcx = tcx;
    this.slot = slot;
  }

  /// Attaches the program, by tcx where the kernel has it; the kernel keeps it from now on.
  ///
  /// @param priority where it is a filter of clsact
  static IngressProgram attach(HostNetwork network, int linkIndex, int priority, TcProgram program)
      throws LinuxException {
    try {
      TcxLink link = TcxLink.ingress(program, linkIndex);
      return new IngressProgram(network, linkIndex, priority, link, null);
    } catch (LinuxException e) {
      if (e.errno() != Errno.EINVAL && e.errno() != Errno.EOPNOTSUPP) {
        throw e;
      }
    }
    return attachByClsact(network, linkIndex, priority, program);
  }

  /// Attaches the program by clsact, as before Linux 6.6.
  static IngressProgram attachByClsact(
      HostNetwork network, int linkIndex, int priority, TcProgram program) throws LinuxException {
    network.trafficControl().addHooks(linkIndex);
    BpfMap slot = BpfMap.slotFor("hnv_slot", program);
    try (TcProgram jump = TcProgram.load("hnv_while_held", TcPrograms.whileHeld(slot))) {
      network.trafficControl().replaceFilter(linkIndex, Hook.INGRESS, priority, jump, NAME);
      return new IngressProgram(network, linkIndex, priority, null, slot);
    } catch (LinuxException e) {
      slot.close();
      throw e;
    }
  }

  /// Puts the program in the place of the one that an earlier process left, by the same link. Each
  /// packet meets either of them.
  static IngressProgram takeOver(
      HostNetwork network, int linkIndex, int priority, TcxLink link, TcProgram program)
      throws LinuxException {
    try {
      link.replaceProgram(program);
      return new IngressProgram(network, linkIndex, priority, link, null);
    } catch (LinuxException e) {
      link.close();
      throw e;
    }
  }

  /// Names what this process holds, so that {@link #letGo} does not end the program: the link, or
  /// the slot by which a filter of clsact finds it.
  void pin(BpfFolder folder, int port) throws LinuxException {
    if (tcx != null) {
      folder.pin(Inheritance.linkName(port), tcx);
    }
    if (slot != null) {
      folder.pin(Inheritance.slotName(port), slot);
    }
  }

  /// Gives up this process's hold: what is pinned stays.
  void letGo() {
    if (tcx != null) {
      tcx.close();
    }
    if (slot != null) {
      slot.close();
    }
  }

  /// Whether it is a tcx link, which ends with the process.
  boolean endsWithProcess() {
    return tcx != null;
  }

  @Override
  public void close() {
    if (tcx != null) {
      tcx.close();
      return;
    }
    try {
      network.trafficControl().deleteFilter(linkIndex, Hook.INGRESS, priority);
    } catch (LinuxException e) {
      // The device is gone, and the filter with it; or it stays and leaves all to the guard.
      assert e.errno() != 0;
    }
    if (slot != null) {
      slot.close();
    }
  }
}
