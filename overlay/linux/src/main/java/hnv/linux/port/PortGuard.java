// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import hnv.linux.Errno;
import hnv.linux.LinuxException;
import hnv.linux.bpf.SharedFilter;
import hnv.linux.bpf.TcProgram;
import hnv.linux.bpf.TcPrograms;
import hnv.linux.bpf.UnderlayFilter;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.netlink.Link;
import hnv.linux.netlink.TrafficControl;
import hnv.linux.netlink.TrafficControl.Hook;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// What lies beneath a port's program and stays when the process ends in any way, so that isolation
/// fails closed: filters at clsact, lifted only by {@link #release}.
///
///     VM port,    ingress   drop everything
///     outside     egress    drop what neither entered the host by the port's own TAP
///                           nor bears the mark of the kernel's executor
///     underlay    ingress   drop tunnel packets to a local provider address
///     shared      ingress   drop what is for addresses of ours, or from the ends of our tunnels
///
/// Stateless; any thread.
public final class PortGuard {
  /// Of an exclusive port's.
  static final int PRIORITY = DeviceUse.OUTSIDE.guardPriority();

  static final String NAME = "hnv_guard";

  private PortGuard() {}

  /// Closes a VM port before anything of ours is attached: nothing comes in by it, nothing leaves.
  static void closeVirtualMachinePort(HostNetwork network, Link link) throws LinuxException {
    TrafficControl control = network.trafficControl();
    control.addHooks(link.index());
    try (TcProgram drop = TcProgram.load(NAME, TcPrograms.drop())) {
      control.replaceFilter(link.index(), Hook.INGRESS, PRIORITY, drop, NAME);
      control.replaceFilter(link.index(), Hook.EGRESS, PRIORITY, drop, NAME);
    }
    network.setNoArp(link.index(), true);
    setIpv6Disabled(link.name(), true);
  }

  /// Closes a device to an outside network as a VM's is closed. Neighbour discovery of IPv6 is sent
  /// to groups, and the host joins none there any more: the device is to hear them all.
  static void closeOutside(HostNetwork network, Link link) throws LinuxException {
    closeVirtualMachinePort(network, link);
    network.setAllGroups(link.index(), true);
  }

  /// Lets out by an exclusive port what enters the host by this device, or bears this firewall
  /// mark.
  ///
  /// @param mark 0: none
  static void admitFrom(HostNetwork network, Link link, int tapIndex, int mark)
      throws LinuxException {
    try (TcProgram pass = TcProgram.load(NAME, TcPrograms.passOnlyFrom(tapIndex, mark))) {
      network.trafficControl().replaceFilter(link.index(), Hook.EGRESS, PRIORITY, pass, NAME);
    }
  }

  /// Keeps tunnel packets from the host's stack. The caller has the device's TAP: nobody else works
  /// on it.
  static void closeUnderlay(HostNetwork network, Link link, UnderlayFilter filter)
      throws LinuxException {
    if (wasExclusive(network, link)) {
      lift(network, link);
    }
    network.trafficControl().addHooks(link.index());
    try (TcProgram drop = TcProgram.load(NAME, TcPrograms.dropTunnelPackets(filter))) {
      lay(network, link, DeviceUse.UNDERLAY, drop);
    }
  }

  /// Keeps from the host's stack what is the gateway's of a device to an outside network. What was
  /// the gateway's alone before is given back otherwise.
  ///
  /// @throws LinuxException EBUSY where a process has the device whole
  static void closeShared(HostNetwork network, Link link, SharedFilter filter)
      throws LinuxException {
    if (wasExclusive(network, link)) {
      requireFree(network, link, DeviceUse.OUTSIDE);
      lift(network, link);
    }
    network.trafficControl().addHooks(link.index());
    try (TcProgram drop = SharedPrograms.guard(filter)) {
      lay(network, link, DeviceUse.SHARED_OUTSIDE, drop);
    }
  }

  /// Whether the device is closed to the host, by a process that lives or has ended.
  private static boolean wasExclusive(HostNetwork network, Link link) throws LinuxException {
    return network.trafficControl().filters(link.index()).stream()
        .anyMatch(each -> each.name().equals(NAME) && each.hook() == Hook.EGRESS);
  }

  private static void requireFree(HostNetwork network, Link link, DeviceUse use)
      throws LinuxException {
    if (network.link(use.tapName(link)).isPresent()) {
      throw new LinuxException(
          "give back " + link.name() + ", which a process works on by " + use.tapName(link),
          Errno.EBUSY);
    }
  }

  private static void lay(HostNetwork network, Link link, DeviceUse use, TcProgram drop)
      throws LinuxException {
    network
        .trafficControl()
        .replaceFilter(link.index(), Hook.INGRESS, use.guardPriority(), drop, NAME);
  }

  /// Gives a device back to the host: everything of ours that stayed on it is removed, and an
  /// exclusive port may speak ARP and IPv6 with the host again. One that has nothing of ours is
  /// left as it is.
  ///
  /// @return what was removed, in words; empty where there was nothing
  /// @throws LinuxException EBUSY where a process has the port: it would go on without a guard
  public static List<String> release(HostNetwork network, Link link) throws LinuxException {
    for (DeviceUse use : DeviceUse.values()) {
      requireFree(network, link, use);
    }
    return lift(network, link);
  }

  private static List<String> lift(HostNetwork network, Link link) throws LinuxException {
    List<String> removed = new ArrayList<>();
    boolean exclusive = false;
    for (TrafficControl.Filter filter : network.trafficControl().filters(link.index())) {
      if (filter.name().equals(NAME) || filter.name().equals(IngressProgram.NAME)) {
        network.trafficControl().deleteFilter(link.index(), filter.hook(), filter.priority());
        removed.add(
            filter.name() + " at " + filter.hook().name().toLowerCase(java.util.Locale.ROOT));
        exclusive |= filter.hook() == Hook.EGRESS;
      }
    }
    if (exclusive) {
      network.setAllGroups(link.index(), false);
      network.setNoArp(link.index(), false);
      setIpv6Disabled(link.name(), false);
    }
    return removed;
  }

  /// Whether something of ours lies on the device.
  public static boolean isGuarded(HostNetwork network, Link link) throws LinuxException {
    return network.trafficControl().filters(link.index()).stream()
        .anyMatch(filter -> filter.name().equals(NAME));
  }

  /// Whether all of a port's guard lies on the device with this index.
  static boolean isWhole(HostNetwork network, int linkIndex, DeviceUse use) throws LinuxException {
    Set<Hook> guarded = EnumSet.noneOf(Hook.class);
    for (TrafficControl.Filter filter : network.trafficControl().filters(linkIndex)) {
      if (filter.name().equals(NAME) && filter.priority() == use.guardPriority()) {
        guarded.add(filter.hook());
      }
    }
    return guarded.containsAll(
        use.isExclusive() ? EnumSet.allOf(Hook.class) : EnumSet.of(Hook.INGRESS));
  }

  /// A kernel without IPv6 has no such file, and nothing to disable.
  static void setIpv6Disabled(String device, boolean disabled) throws LinuxException {
    Path file = Path.of("/proc/sys/net/ipv6/conf", device, "disable_ipv6");
    if (!Files.exists(file)) {
      return;
    }
    try {
      Files.writeString(file, disabled ? "1" : "0");
    } catch (IOException e) {
      throw new LinuxException("write " + file, Errno.EPERM, String.valueOf(e.getMessage()));
    }
  }
}
