// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import hnv.linux.Errno;
import hnv.linux.LinuxException;
import hnv.linux.bpf.TcProgram;
import hnv.linux.bpf.TcPrograms;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.netlink.Link;
import hnv.linux.netlink.TrafficControl;
import hnv.linux.netlink.TrafficControl.Hook;
import java.util.Optional;

/// An idle VXLAN device of the kernel's. While a host has one, its devices merge the VXLAN packets
/// of a TCP stream on receipt (GRO), before any program of ours sees them: one super-frame instead
/// of forty frames. Nothing is sent or received by it: a guard drops both, laid before it is
/// switched on.
///
/// It stays when the process is killed, guard and all, and is adopted by the next one. Any thread.
public final class MergingDevice implements AutoCloseable {
  private static final String PREFIX = "hnvgro";
  private static final String KIND = "vxlan";

  private final HostNetwork network;
  private final int linkIndex;

  private MergingDevice(HostNetwork network, int linkIndex) {
    this.network = network;
    this.linkIndex = linkIndex;
  }

  /// Name of the device for a VXLAN port.
  static String name(int vxlanPort) {
    return PREFIX + vxlanPort;
  }

  /// Makes the device, or takes over one that was left.
  ///
  /// @throws LinuxException EOPNOTSUPP where the kernel has no VXLAN, EADDRINUSE or EEXIST where
  ///     another has the port: where that is a VXLAN device, packets are merged all the same
  public static MergingDevice open(HostNetwork network, int vxlanPort) throws LinuxException {
    String name = name(vxlanPort);
    Optional<Link> left = network.link(name);
    if (left.isPresent() && !left.get().kind().equals(KIND)) {
      throw new LinuxException("make " + name + ", which is another device", Errno.EEXIST);
    }
    if (left.isEmpty()) {
      network.addVxlan(name, vxlanPort);
    }
    int index =
        network
            .link(name)
            .orElseThrow(() -> new LinuxException("find " + name, Errno.ENODEV))
            .index();
    MergingDevice device = new MergingDevice(network, index);
    try {
      device.close(name);
      network.setUp(index, true);
      return device;
    } catch (LinuxException e) {
      device.close();
      throw e;
    }
  }

  /// Closes it to everybody.
  private void close(String name) throws LinuxException {
    TrafficControl control = network.trafficControl();
    control.addHooks(linkIndex);
    try (TcProgram drop = TcProgram.load(PortGuard.NAME, TcPrograms.drop())) {
      control.replaceFilter(linkIndex, Hook.INGRESS, PortGuard.PRIORITY, drop, PortGuard.NAME);
      control.replaceFilter(linkIndex, Hook.EGRESS, PortGuard.PRIORITY, drop, PortGuard.NAME);
    }
    network.setNoArp(linkIndex, true);
    PortGuard.setIpv6Disabled(name, true);
    network.setAlias(linkIndex, "hnv: merges VXLAN packets on receipt, passes none");
  }

  /// Removes what a process that was killed has left.
  ///
  /// @return whether there was anything
  public static boolean release(HostNetwork network, int vxlanPort) throws LinuxException {
    Optional<Link> left = network.link(name(vxlanPort)).filter(link -> link.kind().equals(KIND));
    if (left.isPresent()) {
      network.remove(left.get().index());
    }
    return left.isPresent();
  }

  /// Removes the device.
  @Override
  public void close() {
    try {
      network.remove(linkIndex);
    } catch (LinuxException e) {
      // Somebody else has removed it.
      assert e.errno() != 0;
    }
  }
}
