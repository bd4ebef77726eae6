// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import hnv.dataplane.Port;
import hnv.linux.netlink.Link;

/// A port on a device of the host, whichever way its frames come.
public sealed interface HostPort extends Port permits DevicePort, PacketSocketPort {
  /// Index of the device.
  int linkIndex();

  /// Whether frames can come and go.
  boolean isUp();

  /// Whether VXLAN super-frames pass whole; if not they are cut here.
  boolean carriesTunnelSuperFrames();

  /// Takes note of a change of the device; other devices are ignored. Any thread.
  void observe(Link link);

  /// The device is gone: it was removed, or moved to another namespace. Any thread.
  void observeRemoved(Link link);

  /// What becomes readable when a frame has come. For {@link PollIdleStrategy}.
  int descriptor();
}
