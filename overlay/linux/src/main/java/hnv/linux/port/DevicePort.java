// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameBatch;
import hnv.dataplane.FramePool;
import hnv.dataplane.PortKind;
import hnv.linux.Errno;
import hnv.linux.LinuxException;
import hnv.linux.bpf.BpfFolder;
import hnv.linux.bpf.SharedFilter;
import hnv.linux.bpf.TcProgram;
import hnv.linux.bpf.TcPrograms;
import hnv.linux.bpf.UnderlayFilter;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.netlink.Link;
import hnv.linux.offload.KernelExecutor;
import java.util.List;
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
  private final String name;
  private final DeviceUse use;
  private final int number;
  private final int linkIndex;
  private final Tap tap;
  private final IngressProgram ingress;
  private final IngressProgram emit;
  private final @Nullable GroupMembership groups;
  private final DeviceOpening.Guard guard;
  private final @Nullable PortOffload offload;
  private final VlanSorter vlans;
  private volatile int mtu;
  private volatile boolean up;
  private volatile boolean removed;
  private volatile long overflowed;
  private boolean left;

  DevicePort(
      DeviceOpening opening,
      Link link,
      Tap tap,
      IngressProgram ingress,
      IngressProgram emit,
      @Nullable GroupMembership groups,
      @Nullable PortOffload offload) {
    this.name = opening.name();
    this.use = opening.use();
    this.number = opening.number();
    this.linkIndex = link.index();
    this.tap = tap;
    this.ingress = ingress;
    this.emit = emit;
    this.groups = groups;
    this.guard = opening.guard();
    this.offload = offload;
    this.vlans = new VlanSorter(use.kind());
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
    return new DeviceOpening(
            network,
            pool,
            name,
            DeviceUse.VIRTUAL_MACHINE,
            number,
            device,
            PortGuard::closeVirtualMachinePort,
            DevicePort::everything,
            attachment,
            null,
            executor)
        .open();
  }

  /// Takes a device to an outside network for ourselves, as a VM's: nothing of that network reaches
  /// the host's stack, and the host sends nothing there. VLANs on it are ports of their own, see
  /// {@link #bear}.
  ///
  /// @param name what policy calls the device
  /// @param executor what works at the port besides Java; null: Java alone
  public static DevicePort openOutside(
      HostNetwork network,
      FramePool pool,
      String name,
      int number,
      String device,
      @Nullable KernelExecutor executor)
      throws LinuxException {
    return openOutside(network, pool, name, number, device, executor, IngressProgram::attach);
  }

  static DevicePort openOutside(
      HostNetwork network,
      FramePool pool,
      String name,
      int number,
      String device,
      @Nullable KernelExecutor executor,
      Attachment attachment)
      throws LinuxException {
    return new DeviceOpening(
            network,
            pool,
            name,
            DeviceUse.OUTSIDE,
            number,
            device,
            PortGuard::closeOutside,
            DevicePort::everything,
            attachment,
            null,
            executor)
        .open();
  }

  /// Shares a device to an outside network with the host: only what the filter selects is ours. It
  /// is kept from the host's stack, also after the process's death, until {@link
  /// PortGuard#release}. The device may be the underlay's, too. VLANs on it are the host's.
  ///
  /// @param filter which frames are ours; used by one process and all its ports
  /// @param executor what works at the port besides Java; null: Java alone
  public static DevicePort openShared(
      HostNetwork network,
      FramePool pool,
      String name,
      int number,
      String device,
      SharedFilter filter,
      @Nullable KernelExecutor executor)
      throws LinuxException {
    return openShared(
        network, pool, name, number, device, filter, executor, IngressProgram::attach);
  }

  static DevicePort openShared(
      HostNetwork network,
      FramePool pool,
      String name,
      int number,
      String device,
      SharedFilter filter,
      @Nullable KernelExecutor executor,
      Attachment attachment)
      throws LinuxException {
    int linkIndex = network.link(device).map(Link::index).orElse(0);
    return new DeviceOpening(
            network,
            pool,
            name,
            DeviceUse.SHARED_OUTSIDE,
            number,
            device,
            (asked, link) -> PortGuard.closeShared(asked, link, filter),
            tapIndex -> {
              filter.sendUp(linkIndex, tapIndex);
              return SharedPrograms.forJavaAlone(filter);
            },
            attachment,
            filter,
            executor)
        .open();
  }

  private static TcProgram everything(int tapIndex) throws LinuxException {
    return TcProgram.load("hnv_miss", TcPrograms.redirect(tapIndex));
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
    return new DeviceOpening(
            network,
            pool,
            name,
            DeviceUse.UNDERLAY,
            number,
            device,
            (asked, link) -> PortGuard.closeUnderlay(asked, link, filter),
            tapIndex ->
                TcProgram.load("hnv_miss", TcPrograms.redirectTunnelPackets(filter, tapIndex)),
            attachment,
            null,
            executor)
        .open();
  }

  /// How programs come to a device; {@link IngressProgram#attach} but in tests.
  interface Attachment {
    IngressProgram attach(HostNetwork network, int linkIndex, int priority, TcProgram program)
        throws LinuxException;
  }

  /// Name of the TAP of a device's port, while there is one; that of a port which shares a device
  /// to the outside is another.
  static String tapName(Link link) {
    return DeviceUse.UNDERLAY.tapName(link);
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
    return PortGuard.isWhole(network, linkIndex, use);
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
    return use.kind();
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
    int before = batch.size();
    int received = tap.receive(batch, number);
    vlans.sort(batch, before);
    return received;
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

  @Override
  public void bear(VlanPort vlan) {
    vlans.add(vlan);
    if (offload != null) {
      offload.bear(vlan);
    }
  }

  @Override
  public void unbear(VlanPort vlan) {
    vlans.remove(vlan);
    if (offload != null) {
      offload.unbear(vlan);
    }
  }

  @Override
  public List<VlanPort> borne() {
    return vlans.all();
  }

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
    String name = "hnv" + linkIndex;
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
    if (groups != null) {
      groups.close();
    }
    tap.close();
  }
}
