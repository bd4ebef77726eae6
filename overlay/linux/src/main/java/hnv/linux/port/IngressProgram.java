// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import hnv.linux.Errno;
import hnv.linux.LinuxException;
import hnv.linux.bpf.BpfFolder;
import hnv.linux.bpf.TcProgram;
import hnv.linux.bpf.TcxLink;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.netlink.TrafficControl.Hook;
import org.jspecify.annotations.Nullable;

/// A program of ours at the ingress of a device: by tcx where the kernel has it, else as the first
/// filter of clsact. A tcx link ends with the process. A clsact filter stays, and then redirects to
/// a TAP that is gone, which drops: it fails closed just so.
final class IngressProgram implements AutoCloseable {
  static final int PRIORITY = 1;
  static final String NAME = "hnv_port";

  private final HostNetwork network;
  private final int linkIndex;
  private final @Nullable TcxLink tcx;

  private IngressProgram(HostNetwork network, int linkIndex, @Nullable TcxLink tcx) {
    this.network = network;
    this.linkIndex = linkIndex;
    this.tcx = tcx;
  }

  /// Attaches the program, by tcx where the kernel has it; the kernel keeps it from now on.
  static IngressProgram attach(HostNetwork network, int linkIndex, TcProgram program)
      throws LinuxException {
    try {
      return new IngressProgram(network, linkIndex, TcxLink.ingress(program, linkIndex));
    } catch (LinuxException e) {
      if (e.errno() != Errno.EINVAL && e.errno() != Errno.EOPNOTSUPP) {
        throw e;
      }
    }
    return attachByClsact(network, linkIndex, program);
  }

  /// Attaches the program by clsact, as before Linux 6.6.
  static IngressProgram attachByClsact(HostNetwork network, int linkIndex, TcProgram program)
      throws LinuxException {
    network.trafficControl().addHooks(linkIndex);
    network.trafficControl().replaceFilter(linkIndex, Hook.INGRESS, PRIORITY, program, NAME);
    return new IngressProgram(network, linkIndex, null);
  }

  /// Puts the program in the place of the one that an earlier process left, by the same link. Each
  /// packet meets either of them.
  static IngressProgram takeOver(
      HostNetwork network, int linkIndex, TcxLink link, TcProgram program) throws LinuxException {
    try {
      link.replaceProgram(program);
      return new IngressProgram(network, linkIndex, link);
    } catch (LinuxException e) {
      link.close();
      throw e;
    }
  }

  /// Names the link, so that {@link #letGo} does not end it. A filter of clsact stays by itself.
  void pin(BpfFolder folder, String name) throws LinuxException {
    if (tcx != null) {
      folder.pin(name, tcx);
    }
  }

  /// Gives up this process's hold: what is pinned, or is a filter of clsact, stays.
  void letGo() {
    if (tcx != null) {
      tcx.close();
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
      network.trafficControl().deleteFilter(linkIndex, Hook.INGRESS, PRIORITY);
    } catch (LinuxException e) {
      // The device is gone, and the filter with it; or it stays and drops.
      assert e.errno() != 0;
    }
  }
}
