// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import hnv.dataplane.FramePool;
import hnv.linux.LinuxException;
import hnv.linux.netlink.HostNetwork;
import org.junit.jupiter.api.Tag;

/// VLANs on ports by tc programs and TAPs.
@Tag("netns")
final class VlanPortTest extends VlanPortContract {
  @Override
  HostPort open(HostNetwork network, FramePool pool, int number, String device)
      throws LinuxException {
    return DevicePort.openOutside(network, pool, "wan", number, device, null);
  }
}
