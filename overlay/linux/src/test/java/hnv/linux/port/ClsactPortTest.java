// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.FramePool;
import hnv.linux.LinuxException;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.netlink.TrafficControl.Filter;
import hnv.linux.netlink.TrafficControl.Hook;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Ports as on a kernel without tcx.
@Tag("netns")
final class ClsactPortTest extends VmPortContract {
  @Override
  HostPort open(HostNetwork network, FramePool pool, String name, int number, String device)
      throws LinuxException {
    return DevicePort.openVirtualMachine(
        network, pool, name, number, device, null, IngressProgram::attachByClsact);
  }

  private List<Filter> filters() throws Exception {
    return lab.in(
        "host",
        () -> {
          try (HostNetwork network = HostNetwork.open()) {
            return network.trafficControl().filters(network.link("va").orElseThrow().index());
          }
        });
  }

  private static final Filter GUARD_IN = new Filter(Hook.INGRESS, 2, "hnv_guard");
  private static final Filter GUARD_OUT = new Filter(Hook.EGRESS, 2, "hnv_guard");

  @Test
  void laysItsProgramAboveTheGuard() throws Exception {
    assertEquals(List.of(new Filter(Hook.INGRESS, 1, "hnv_port"), GUARD_IN, GUARD_OUT), filters());
  }

  @Test
  void leavesTheGuardWhenClosed() throws Exception {
    sw.close();
    for (int i = 0; i < 100 && filters().size() > 2; i++) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
    assertEquals(List.of(GUARD_IN, GUARD_OUT), filters());
    assertTrue(lab.run("a", "ping -c 2 -i 0.1 -W 1 10.1.1.2 || true").contains(" 0 received"));
  }
}
