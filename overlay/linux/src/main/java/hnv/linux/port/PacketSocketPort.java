// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameBatch;
import hnv.dataplane.FramePool;
import hnv.dataplane.PortKind;
import hnv.linux.Errno;
import hnv.linux.LinuxException;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.netlink.Link;
import hnv.wire.IpAddress;
import java.util.Collection;
import java.util.List;

/// The fallback where bpf(2) is not allowed: a packet socket on the device, and nftables rules that
/// keep the host's stack from handling the same frames. The socket copies every frame, also those
/// of a shared underlay that are not ours; the dataplane drops them as no tunnel packets.
///
/// Threads as for {@link DevicePort}.
public final class PacketSocketPort implements HostPort {
  private final String name;
  private final PortKind kind;
  private final int number;
  private final int linkIndex;
  private final PacketSocket socket;
  private final VlanSorter vlans;
  private volatile int mtu;
  private volatile boolean up;
  private volatile boolean removed;

  private PacketSocketPort(String name, PortKind kind, int number, Link link, PacketSocket socket) {
    this.name = name;
    this.kind = kind;
    this.number = number;
    this.linkIndex = link.index();
    this.socket = socket;
    this.vlans = new VlanSorter(kind);
    this.mtu = link.mtu();
    this.up = link.isUp();
  }

  /// As {@link DevicePort#openVirtualMachine}. The rules stay until {@link #release}.
  ///
  /// @throws LinuxException also where there is no `nft` command: without a drop rule isolation
  ///     would be open, so there is no port
  public static PacketSocketPort openVirtualMachine(
      HostNetwork network, FramePool pool, String name, int number, String device)
      throws LinuxException {
    close(network, find(network, device));
    return open(network, pool, name, PortKind.VIRTUAL_MACHINE, number, device);
  }

  /// As {@link DevicePort#openOutside}. The socket listens to all groups itself.
  public static PacketSocketPort openOutside(
      HostNetwork network, FramePool pool, String name, int number, String device)
      throws LinuxException {
    close(network, find(network, device));
    return open(network, pool, name, PortKind.OUTSIDE, number, device);
  }

  private static void close(HostNetwork network, Link link) throws LinuxException {
    DropRules.closeVirtualMachinePort(link);
    network.setNoArp(link.index(), true);
    PortGuard.setIpv6Disabled(link.name(), true);
    network.setUp(link.index(), true);
  }

  /// As {@link DevicePort#openUnderlay}, for fixed provider addresses and VXLAN ports.
  public static PacketSocketPort openUnderlay(
      HostNetwork network,
      FramePool pool,
      String name,
      int number,
      String device,
      Collection<? extends IpAddress> addresses,
      List<Integer> udpPorts)
      throws LinuxException {
    DropRules.closeUnderlay(find(network, device), addresses, udpPorts);
    return open(network, pool, name, PortKind.UNDERLAY, number, device);
  }

  private static PacketSocketPort open(
      HostNetwork network, FramePool pool, String name, PortKind kind, int number, String device)
      throws LinuxException {
    Link link = find(network, device);
    return new PacketSocketPort(name, kind, number, link, PacketSocket.open(link.index(), pool));
  }

  private static Link find(HostNetwork network, String device) throws LinuxException {
    return network
        .link(device)
        .orElseThrow(() -> new LinuxException("open a port on the device " + device, Errno.ENODEV));
  }

  /// Gives the device back to the host.
  ///
  /// @param kind what the port was; an underlay's ARP and IPv6 were never taken from the host
  public static void release(HostNetwork network, Link link, PortKind kind) throws LinuxException {
    DropRules.release(link);
    if (kind != PortKind.UNDERLAY) {
      network.setNoArp(link.index(), false);
      PortGuard.setIpv6Disabled(link.name(), false);
    }
  }

  /// Whether rules of a packet socket port lie on the device.
  public static boolean isGuarded(Link link) throws LinuxException {
    return DropRules.areOn(link);
  }

  @Override
  public void observe(Link link) {
    if (link.index() == linkIndex) {
      mtu = link.mtu();
      up = link.isUp();
    }
  }

  @Override
  public String channel() {
    return "";
  }

  @Override
  public void observeChannel(Link link) {}

  @Override
  public void observeRemoved(Link link) {
    if (link.index() == linkIndex) {
      up = false;
      removed = true;
    }
  }

  @Override
  public boolean isGone() {
    return removed || socket.isClosed();
  }

  /// Not looked at: nftables would have to be asked by a command.
  @Override
  public boolean isGuarded(HostNetwork network) {
    return true;
  }

  @Override
  public void layGuard(HostNetwork network, Link link) {}

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
  public int linkIndex() {
    return linkIndex;
  }

  @Override
  public boolean isUp() {
    return up && !isGone();
  }

  @Override
  public boolean carriesTunnelSuperFrames() {
    return socket.carriesTunnelSuperFrames();
  }

  @Override
  public int descriptor() {
    return socket.fd;
  }

  @Override
  public int receive(FrameBatch batch) {
    int before = batch.size();
    int received = socket.receive(batch, number);
    vlans.sort(batch, before);
    return received;
  }

  @Override
  public DropReason transmit(Frame frame) {
    if (!isUp()) {
      frame.release();
      return DropReason.PORT_DOWN;
    }
    return socket.transmit(frame);
  }

  @Override
  public void flush() {}

  @Override
  public void bear(VlanPort vlan) {
    vlans.add(vlan);
  }

  @Override
  public void unbear(VlanPort vlan) {
    vlans.remove(vlan);
  }

  @Override
  public List<VlanPort> borne() {
    return vlans.all();
  }

  /// Closes the socket; the rules stay.
  @Override
  public void close() {
    socket.close();
  }
}
