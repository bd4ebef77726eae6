// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.FramePool;
import hnv.linux.Errno;
import hnv.linux.LinuxException;
import hnv.linux.netlink.HostNetwork;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Ports by tc programs and TAPs.
@Tag("netns")
final class DevicePortTest extends VmPortContract {
  @Override
  HostPort open(HostNetwork network, FramePool pool, String name, int number, String device)
      throws LinuxException {
    return DevicePort.openVirtualMachine(network, pool, name, number, device, null);
  }

  @Test
  void isRefusedToASecondOwner() throws Exception {
    LinuxException refused =
        assertThrows(
            LinuxException.class,
            () ->
                lab.in(
                    "host",
                    () -> {
                      try (HostNetwork network = HostNetwork.open()) {
                        return DevicePort.openVirtualMachine(network, sw.pool, "a", 3, "va", null);
                      }
                    }));
    assertEquals(Errno.EBUSY, refused.errno());
  }

  @Test
  void namesTheDeviceThatIsMissing() {
    LinuxException missing =
        assertThrows(
            LinuxException.class,
            () ->
                lab.in(
                    "host",
                    () -> {
                      try (HostNetwork network = HostNetwork.open()) {
                        return DevicePort.openVirtualMachine(
                            network, sw.pool, "x", 3, "nodev", null);
                      }
                    }));
    assertTrue(missing.getMessage().contains("nodev"), missing.getMessage());
    assertTrue(missing.getMessage().contains("ENODEV"), missing.getMessage());
  }
}
