// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import hnv.dataplane.FramePool;
import hnv.linux.Errno;
import hnv.linux.LinuxException;
import hnv.linux.bpf.SharedFilter;
import hnv.linux.bpf.TcProgram;
import hnv.linux.bpf.TcPrograms;
import hnv.linux.bpf.TcxLink;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.netlink.Link;
import hnv.linux.offload.Inheritance;
import hnv.linux.offload.Inheritance.LeftPort;
import hnv.linux.offload.KernelExecutor;
import hnv.linux.offload.MissLimits;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A port on a device that is to be opened: guard, TAP and programs, in the order in which nothing
/// of the device is open to the host at any time. Any thread, once.
///
/// @param guard what lies beneath the port and stays when the process ends
/// @param program of the device's ingress where Java works alone
/// @param filter what of a {@link DeviceUse#SHARED_OUTSIDE} is ours; null for others
record DeviceOpening(
    HostNetwork network,
    FramePool pool,
    String name,
    DeviceUse use,
    int number,
    String device,
    Guard guard,
    ProgramForTap program,
    DevicePort.Attachment attachment,
    @Nullable SharedFilter filter,
    @Nullable KernelExecutor executor) {
  /// Frames that may wait for Java: as many as one that floods may send up at once.
  private static final int QUEUE_LENGTH = MissLimits.DEFAULT_BURST;

  DevicePort open() throws LinuxException {
    Link link = find(network, device);
    Tap tap = openTap(link);
    Optional<LeftPort> left = left(link);
    PortOffload offload =
        executor == null
            ? null
            : new PortOffload(executor, use, number, link, filter, left.isPresent());
    IngressProgram emit = null;
    GroupMembership groups = null;
    try {
      // A port that goes on forwarding is not closed for a moment.
      if (left.isEmpty() || !PortGuard.isWhole(network, link.index(), use)) {
        guard.layOn(network, link);
      }
      if (use.isExclusive()) {
        network.setUp(link.index(), true);
      }
      int tapIndex = prepare(tap);
      emit = attachEmit(link, tapIndex, offload);
      if (use.isExclusive()) {
        PortGuard.admitFrom(network, link, tapIndex, executor == null ? 0 : executor.mark());
      }
      // Neighbour discovery asks groups that the host need not be in.
      groups = use == DeviceUse.SHARED_OUTSIDE ? GroupMembership.open(link.index()) : null;
      IngressProgram ingress = attachIngress(link, tapIndex, offload, left);
      // As it is now that it was switched on.
      DevicePort port = new DevicePort(this, link, tap, ingress, emit, groups, offload);
      port.observe(find(network, device));
      return port;
    } catch (LinuxException e) {
      if (offload != null) {
        offload.close();
      }
      if (emit != null) {
        emit.close();
      }
      if (groups != null) {
        groups.close();
      }
      tap.close();
      throw e;
    }
  }

  private Optional<LeftPort> left(Link link) throws LinuxException {
    Inheritance inheritance = executor == null ? null : executor.inheritance();
    return inheritance == null ? Optional.empty() : inheritance.takePort(number, link.index());
  }

  /// @return the TAP's index
  private int prepare(Tap tap) throws LinuxException {
    PortGuard.setIpv6Disabled(tap.name(), true);
    int tapIndex = find(network, tap.name()).index();
    network.setNoArp(tapIndex, true);
    network.setMtu(tapIndex, Tap.MAX_MTU);
    network.setQueueLength(tapIndex, QUEUE_LENGTH);
    network.setAlias(tapIndex, "hnv port " + name + " on " + device);
    network.setUp(tapIndex, true);
    return tapIndex;
  }

  private IngressProgram attachEmit(Link link, int tapIndex, @Nullable PortOffload offload)
      throws LinuxException {
    if (offload != null) {
      return attachment.attach(
          network, tapIndex, use.programPriority(), offload.emitProgram(tapIndex));
    }
    try (TcProgram out = TcProgram.load("hnv_emit", TcPrograms.redirect(link.index()))) {
      return attachment.attach(network, tapIndex, use.programPriority(), out);
    }
  }

  private IngressProgram attachIngress(
      Link link, int tapIndex, @Nullable PortOffload offload, Optional<LeftPort> left)
      throws LinuxException {
    if (offload == null) {
      try (TcProgram in = program.towards(tapIndex)) {
        return attachment.attach(network, link.index(), use.programPriority(), in);
      }
    }
    offload.begin(tapIndex);
    Optional<TcxLink> inPlace = left.flatMap(LeftPort::link);
    if (inPlace.isPresent()) {
      return IngressProgram.takeOver(
          network, link.index(), use.programPriority(), inPlace.get(), offload.program());
    }
    return attachment.attach(network, link.index(), use.programPriority(), offload.program());
  }

  /// The TAP says whose the device is: whoever has it is not disturbed. A device that nobody guards
  /// is closed all the same.
  private Tap openTap(Link link) throws LinuxException {
    try {
      return Tap.open(use.tapName(link), pool);
    } catch (LinuxException e) {
      if (!PortGuard.isGuarded(network, link)) {
        guard.layOn(network, link);
      }
      throw e;
    }
  }

  private static Link find(HostNetwork network, String device) throws LinuxException {
    return network
        .link(device)
        .orElseThrow(() -> new LinuxException("open a port on the device " + device, Errno.ENODEV));
  }

  /// Lays a guard on a device.
  interface Guard {
    void layOn(HostNetwork network, Link link) throws LinuxException;
  }

  /// The program of a device's ingress that sends to a TAP what is the port's.
  interface ProgramForTap {
    TcProgram towards(int tapIndex) throws LinuxException;
  }
}
