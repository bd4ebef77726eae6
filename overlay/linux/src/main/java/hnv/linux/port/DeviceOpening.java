// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import hnv.dataplane.FramePool;
import hnv.dataplane.PortKind;
import hnv.linux.Errno;
import hnv.linux.LinuxException;
import hnv.linux.bpf.Assembler;
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
record DeviceOpening(
    HostNetwork network,
    FramePool pool,
    String name,
    PortKind kind,
    int number,
    String device,
    Guard guard,
    ProgramForTap program,
    DevicePort.Attachment attachment,
    @Nullable KernelExecutor executor) {
  /// Frames that may wait for Java: as many as one that floods may send up at once.
  private static final int QUEUE_LENGTH = MissLimits.DEFAULT_BURST;

  DevicePort open() throws LinuxException {
    Link link = find(network, device);
    Tap tap = openTap(network, pool, link, guard);
    Optional<LeftPort> left = left(link);
    PortOffload offload =
        executor == null ? null : new PortOffload(executor, kind, number, link, left.isPresent());
    IngressProgram emit = null;
    try {
      // A port that goes on forwarding is not closed for a moment.
      if (left.isEmpty() || !PortGuard.isWhole(network, link.index(), kind)) {
        guard.layOn(network, link);
      }
      if (PortGuard.isExclusive(kind)) {
        network.setUp(link.index(), true);
      }
      int tapIndex = prepare(tap);
      emit = attachEmit(link, tapIndex, offload);
      if (PortGuard.isExclusive(kind)) {
        PortGuard.admitFrom(network, link, tapIndex, executor == null ? 0 : executor.mark());
      }
      IngressProgram ingress = attachIngress(link, tapIndex, offload, left);
      // As it is now that it was switched on.
      DevicePort port = new DevicePort(this, link, tap, ingress, emit, offload);
      port.observe(find(network, device));
      return port;
    } catch (LinuxException e) {
      if (offload != null) {
        offload.close();
      }
      if (emit != null) {
        emit.close();
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
      return attachment.attach(network, tapIndex, offload.emitProgram(tapIndex));
    }
    try (TcProgram out = TcProgram.load("hnv_emit", TcPrograms.redirect(link.index()))) {
      return attachment.attach(network, tapIndex, out);
    }
  }

  private IngressProgram attachIngress(
      Link link, int tapIndex, @Nullable PortOffload offload, Optional<LeftPort> left)
      throws LinuxException {
    if (offload != null) {
      offload.begin(tapIndex);
      Optional<TcxLink> inPlace = left.flatMap(LeftPort::link);
      if (inPlace.isPresent()) {
        return IngressProgram.takeOver(network, link.index(), inPlace.get(), offload.program());
      }
      return attachment.attach(network, link.index(), offload.program());
    }
    try (TcProgram in = TcProgram.load("hnv_miss", program.towards(tapIndex))) {
      return attachment.attach(network, link.index(), in);
    }
  }

  /// The TAP says whose the device is: whoever has it is not disturbed. A device that nobody guards
  /// is closed all the same.
  private static Tap openTap(HostNetwork network, FramePool pool, Link link, Guard guard)
      throws LinuxException {
    try {
      return Tap.open(DevicePort.tapName(link), pool);
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
    Assembler towards(int tapIndex);
  }
}
