// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameBatch;
import hnv.dataplane.FramePool;
import hnv.dataplane.PortKind;
import hnv.linux.Errno;
import hnv.linux.LinuxException;
import hnv.linux.bpf.Assembler;
import hnv.linux.bpf.BpfFolder;
import hnv.linux.bpf.TcProgram;
import hnv.linux.bpf.TcPrograms;
import hnv.linux.bpf.TcxLink;
import hnv.linux.bpf.UnderlayFilter;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.netlink.Link;
import hnv.linux.offload.Inheritance;
import hnv.linux.offload.Inheritance.LeftPort;
import hnv.linux.offload.KernelExecutor;
import hnv.linux.offload.MissLimits;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A port on a device of the host: a program at the device's ingress sends what is ours to a TAP,
/// whence it is read; what is written to the TAP is sent out by the device. Where the kernel
/// executes flows, the program is its, and forwards what it knows by itself.
///
///     device ──ingress program──▶ TAP ──▶ receive
///     device ◀──────────program── TAP ◀── transmit
///     device: guard beneath, stays when the process ends
///
/// Opened and closed by any thread; {@link #receive}, {@link #transmit} and {@link #flush} belong
/// to one Worker. {@link #observe} and {@link #observeRemoved} are told of changes, by any thread.
public final class DevicePort implements HostPort {
  private static final String TAP_PREFIX = "hnv";

  /// Frames that may wait for Java: as many as one that floods may send up at once.
  private static final int QUEUE_LENGTH = MissLimits.DEFAULT_BURST;

  private final String name;
  private final PortKind kind;
  private final int number;
  private final int linkIndex;
  private final Tap tap;
  private final IngressProgram ingress;
  private final IngressProgram emit;
  private final Guard guard;
  private final @Nullable PortOffload offload;
  private volatile int mtu;
  private volatile boolean up;
  private volatile boolean removed;
  private volatile long overflowed;
  private boolean left;

  private DevicePort(
      Opening opening,
      Link link,
      Tap tap,
      IngressProgram ingress,
      IngressProgram emit,
      @Nullable PortOffload offload) {
    this.name = opening.name;
    this.kind = opening.kind;
    this.number = opening.number;
    this.linkIndex = link.index();
    this.tap = tap;
    this.ingress = ingress;
    this.emit = emit;
    this.guard = opening.guard;
    this.offload = offload;
    this.mtu = link.mtu();
  }

  /// Takes a VM's device for ourselves: from the first moment nothing of the VM reaches the host's
  /// stack, and it stays so after {@link #close} and after the process's death, until {@link
  /// PortGuard#release}. The device is switched on.
  ///
  /// @param pool the pool of the Worker that will own the port
  /// @param name what policy calls the port
  /// @param number index of the port's counters
  /// @param device name of the device on the host's side: a veth end, a TAP whose other end a
  ///     hypervisor holds
  /// @param executor what works at the port besides Java; null: Java alone
  public static DevicePort openVirtualMachine(
      HostNetwork network,
      FramePool pool,
      String name,
      int number,
      String device,
      @Nullable KernelExecutor executor)
      throws LinuxException {
    return openVirtualMachine(
        network, pool, name, number, device, executor, IngressProgram::attach);
  }

  static DevicePort openVirtualMachine(
      HostNetwork network,
      FramePool pool,
      String name,
      int number,
      String device,
      @Nullable KernelExecutor executor,
      Attachment attachment)
      throws LinuxException {
    return new Opening(
            network,
            pool,
            name,
            PortKind.VIRTUAL_MACHINE,
            number,
            device,
            PortGuard::closeVirtualMachinePort,
            TcPrograms::redirect,
            attachment,
            executor)
        .open();
  }

  /// Shares the underlay's device with the host: only what the filter selects is ours. Of that,
  /// nothing reaches the host's stack any more, also after the process's death, until {@link
  /// PortGuard#release}.
  ///
  /// @param filter which packets are ours; the executor's, where there is one
  /// @param executor what works at the port besides Java; null: Java alone
  public static DevicePort openUnderlay(
      HostNetwork network,
      FramePool pool,
      String name,
      int number,
      String device,
      UnderlayFilter filter,
      @Nullable KernelExecutor executor)
      throws LinuxException {
    return openUnderlay(
        network, pool, name, number, device, filter, executor, IngressProgram::attach);
  }

  static DevicePort openUnderlay(
      HostNetwork network,
      FramePool pool,
      String name,
      int number,
      String device,
      UnderlayFilter filter,
      @Nullable KernelExecutor executor,
      Attachment attachment)
      throws LinuxException {
    return new Opening(
            network,
            pool,
            name,
            PortKind.UNDERLAY,
            number,
            device,
            (asked, link) -> PortGuard.closeUnderlay(asked, link, filter),
            tapIndex -> TcPrograms.redirectTunnelPackets(filter, tapIndex),
            attachment,
            executor)
        .open();
  }

  private interface Guard {
    void layOn(HostNetwork network, Link link) throws LinuxException;
  }

  private interface ProgramForTap {
    Assembler towards(int tapIndex);
  }

  /// How programs come to a device; {@link IngressProgram#attach} but in tests.
  interface Attachment {
    IngressProgram attach(HostNetwork network, int linkIndex, TcProgram program)
        throws LinuxException;
  }

  /// A port to be opened.
  ///
  /// @param program of the device's ingress where Java works alone
  private record Opening(
      HostNetwork network,
      FramePool pool,
      String name,
      PortKind kind,
      int number,
      String device,
      Guard guard,
      ProgramForTap program,
      Attachment attachment,
      @Nullable KernelExecutor executor) {
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
        if (kind == PortKind.VIRTUAL_MACHINE) {
          network.setUp(link.index(), true);
        }
        int tapIndex = prepare(tap);
        emit = attachEmit(link, tapIndex, offload);
        if (kind == PortKind.VIRTUAL_MACHINE) {
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
  }

  /// The TAP says whose the device is: whoever has it is not disturbed. A device that nobody guards
  /// is closed all the same.
  private static Tap openTap(HostNetwork network, FramePool pool, Link link, Guard guard)
      throws LinuxException {
    try {
      return Tap.open(tapName(link), pool);
    } catch (LinuxException e) {
      if (!PortGuard.isGuarded(network, link)) {
        guard.layOn(network, link);
      }
      throw e;
    }
  }

  /// Name of the TAP of a device's port, while there is one.
  static String tapName(Link link) {
    return TAP_PREFIX + link.index();
  }

  private static Link find(HostNetwork network, String device) throws LinuxException {
    return network
        .link(device)
        .orElseThrow(() -> new LinuxException("open a port on the device " + device, Errno.ENODEV));
  }

  @Override
  public synchronized void observe(Link link) {
    if (link.index() == linkIndex && !removed) {
      mtu = link.mtu();
      up = link.carriesTraffic();
      if (offload != null) {
        offload.observe(link, up);
      }
    }
  }

  @Override
  public String channel() {
    return tap.name();
  }

  @Override
  public void observeChannel(Link link) {
    overflowed = Math.max(overflowed, link.transmitDropped());
  }

  @Override
  public long overflowed() {
    return overflowed;
  }

  @Override
  public synchronized void observeRemoved(Link link) {
    if (link.index() == linkIndex) {
      up = false;
      removed = true;
      if (offload != null && !left) {
        offload.close();
      }
    }
  }

  @Override
  public boolean isGone() {
    return removed || tap.isClosed();
  }

  @Override
  public boolean isGuarded(HostNetwork network) throws LinuxException {
    return PortGuard.isWhole(network, linkIndex, kind);
  }

  @Override
  public void layGuard(HostNetwork network, Link link) throws LinuxException {
    guard.layOn(network, link);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public PortKind kind() {
    return kind;
  }

  @Override
  public int number() {
    return number;
  }

  @Override
  public int mtu() {
    return mtu;
  }

  @Override
  public boolean executesRecords() {
    return offload != null;
  }

  @Override
  public int linkIndex() {
    return linkIndex;
  }

  @Override
  public boolean carriesTunnelSuperFrames() {
    return tap.carriesTunnelSuperFrames();
  }

  /// Whether the port's program ends with the process (tcx) or stays and drops (clsact).
  public boolean endsWithProcess() {
    return ingress.endsWithProcess();
  }

  /// Frames that the kernel described in a way that made no sense. Worker thread only.
  public long unreadable() {
    return tap.unreadable();
  }

  @Override
  public boolean isUp() {
    return up && !isGone();
  }

  @Override
  public int descriptor() {
    return tap.fd;
  }

  @Override
  public int receive(FrameBatch batch) {
    return tap.receive(batch, number);
  }

  @Override
  public DropReason transmit(Frame frame) {
    if (!isUp()) {
      frame.release();
      return DropReason.PORT_DOWN;
    }
    return tap.transmit(frame);
  }

  /// Nothing is held back: the kernel takes one frame per call on a TAP.
  @Override
  public void flush() {}

  /// First step of leaving the port to the next process: what forwards without this one is named in
  /// the folder, the TAP stays. The port goes on, and {@link #close} or {@link #letGo} end it.
  public synchronized void leave(BpfFolder folder) throws LinuxException {
    ingress.pin(folder, number);
    tap.leave(true);
  }

  /// Takes {@link #leave} back.
  public synchronized void stay() throws LinuxException {
    tap.leave(false);
  }

  /// Removes the TAP of a port that an earlier process left and nobody has taken over; where a
  /// process works with it, or there is none, nothing happens.
  public static void clearLeft(HostNetwork network, int linkIndex) throws LinuxException {
    String name = TAP_PREFIX + linkIndex;
    if (network.link(name).isPresent()) {
      try {
        Tap.open(name, new FramePool(1)).close();
      } catch (LinuxException e) {
        if (e.errno() != Errno.EBUSY) {
          throw e;
        }
      }
    }
  }

  /// Last step: gives up this process's hold after {@link #leave}. What the kernel forwards goes on
  /// being forwarded, what it sent up is dropped.
  public synchronized void letGo() {
    left = true;
    removed = true;
    ingress.letGo();
    emit.letGo();
    tap.close();
  }

  /// Detaches and removes the TAP; the guard stays. Nothing, after {@link #letGo}.
  @Override
  public synchronized void close() {
    up = false;
    removed = true;
    if (left) {
      return;
    }
    if (offload != null) {
      offload.close();
    }
    ingress.close();
    emit.close();
    tap.close();
  }
}
