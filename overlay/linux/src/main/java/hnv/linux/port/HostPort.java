// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import hnv.dataplane.Port;
import hnv.linux.LinuxException;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.netlink.Link;

/// A port on a device of the host, whichever way its frames come.
public sealed interface HostPort extends Port permits DevicePort, PacketSocketPort {
  /// Index of the device.
  int linkIndex();

  @Override
  boolean isUp();

  /// Whether nothing will come and go by this port any more, whatever becomes of a device of the
  /// same name or index: its device was removed, or somebody removed what it works by. It wants to
  /// be closed, and opened anew.
  boolean isGone();

  /// Whether what keeps its frames from the host's stack after this process's end lies on the
  /// device still; somebody else may have removed it.
  boolean isGuarded(HostNetwork network) throws LinuxException;

  /// Lays the guard again, which stops a VM port until it is opened anew: before the port is
  /// closed, so that its device is never open to the host.
  void layGuard(HostNetwork network, Link link) throws LinuxException;

  /// Whether VXLAN super-frames pass whole; if not they are cut here.
  boolean carriesTunnelSuperFrames();

  /// Frames of this VLAN are its port's from now on. Outside ports only; Worker.
  void bear(VlanPort vlan);

  /// Takes {@link #bear} back. Worker.
  void unbear(VlanPort vlan);

  /// Takes note of a change of the device; other devices are ignored. Any thread.
  void observe(Link link);

  /// Name of the device by which frames come from there to this process; empty where there is none.
  String channel();

  /// Takes note of what the kernel counted at the {@link #channel}. Any thread.
  void observeChannel(Link link);

  /// The device is gone: it was removed, or moved to another namespace. Any thread.
  void observeRemoved(Link link);

  /// What becomes readable when a frame has come. For {@link PollIdleStrategy}.
  int descriptor();
}
