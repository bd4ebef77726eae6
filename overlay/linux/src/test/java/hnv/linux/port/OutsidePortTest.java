// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.FramePool;
import hnv.dataplane.PortKind;
import hnv.linux.LinuxException;
import hnv.linux.netlink.HostNetwork;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Devices to the outside are taken as those of VMs are, and hear all groups.
@Tag("netns")
final class OutsidePortTest extends VmPortContract {
  @Override
  HostPort open(HostNetwork network, FramePool pool, String name, int number, String device)
      throws LinuxException {
    return DevicePort.openOutside(network, pool, name, number, device, null);
  }

  @Test
  void hearsAllGroupsUntilItIsReleased() throws Exception {
    assertEquals(PortKind.OUTSIDE, sw.ports().getFirst().kind());
    assertTrue(lab.ip("host", "link show va").contains("ALLMULTI"));
    sw.close();
    TimeUnit.MILLISECONDS.sleep(300);
    assertTrue(lab.ip("host", "link show va").contains("ALLMULTI"), "the guard stays, and this");
    List<String> removed =
        lab.in(
            "host",
            () -> {
              try (HostNetwork network = HostNetwork.open()) {
                return PortGuard.release(network, network.link("va").orElseThrow());
              }
            });
    assertEquals(2, removed.size(), removed.toString());
    assertFalse(lab.ip("host", "link show va").contains("ALLMULTI"));
    assertFalse(lab.ip("host", "link show va").contains("NOARP"));
  }
}
