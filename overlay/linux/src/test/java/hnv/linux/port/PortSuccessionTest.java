// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.FramePool;
import hnv.linux.Lab;
import hnv.linux.bpf.BpfFolder;
import hnv.linux.bpf.UnderlayFilter;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.netlink.Link;
import hnv.linux.offload.Inheritance;
import hnv.linux.offload.KernelExecutor;
import hnv.linux.offload.OffloadLimits;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A port that one process leaves and another takes over, by tcx and by clsact.
@Tag("netns")
final class PortSuccessionTest {
  private static final OffloadLimits LIMITS = new OffloadLimits(1_024, 8, 4, 2, 2, 16);
  private static final int NUMBER = 3;

  @TempDir private Path temporary = Path.of("");

  @Test
  void goesOnByTcx() throws Exception {
    goesOn(IngressProgram::attach, true);
  }

  @Test
  void goesOnByClsact() throws Exception {
    goesOn(IngressProgram::attachByClsact, false);
  }

  private void goesOn(DevicePort.Attachment attachment, boolean byLink) throws Exception {
    try (Lab lab = Lab.lay("host", "vm")) {
      lab.veth("host", "v0", "vm", "eth0");
      lab.in(
          "host",
          () -> {
            goOn(attachment, byLink);
            return true;
          });
    }
  }

  private void goOn(DevicePort.Attachment attachment, boolean byLink) throws Exception {
    BpfFolder folder = BpfFolder.make(temporary.resolve("bpf"));
    try (HostNetwork network = HostNetwork.open()) {
      Link device = network.link("v0").orElseThrow();
      int tap;
      int mark;
      try (UnderlayFilter filter = UnderlayFilter.create(List.of(4789));
          KernelExecutor executor =
              KernelExecutor.create(LIMITS, filter, PortSuccessionTest::bad)) {
        Inheritance.leave(executor, folder);
        DevicePort port = open(network, executor, attachment);
        tap = network.link(DevicePort.tapName(device)).orElseThrow().index();
        mark = executor.mark();
        port.leave(folder);
        port.letGo();
        port.close();
      }
      assertEquals(byLink, folder.names().contains(Inheritance.linkName(NUMBER)));
      assertEquals(!byLink, folder.names().contains(Inheritance.slotName(NUMBER)));
      assertEquals(tap, network.link(DevicePort.tapName(device)).orElseThrow().index());
      Inheritance left = new Inheritance(folder, mark, Map.of(NUMBER, device.index()));
      try (UnderlayFilter filter = UnderlayFilter.create(folder, List.of(4789));
          KernelExecutor executor =
              KernelExecutor.resume(LIMITS, filter, left, PortSuccessionTest::bad)) {
        assertEquals(mark, executor.mark());
        DevicePort port = open(network, executor, attachment);
        assertEquals(tap, network.link(DevicePort.tapName(device)).orElseThrow().index());
        assertTrue(port.isGuarded(network));
        assertEquals(byLink, port.endsWithProcess());
        folder.clear();
        assertTrue(left.takePort(NUMBER, device.index()).isEmpty(), "twice");
        port.close();
      }
      assertFalse(network.link(DevicePort.tapName(device)).isPresent(), "the TAP goes again");
      assertTrue(PortGuard.isGuarded(network, device));
    }
  }

  private static DevicePort open(
      HostNetwork network, KernelExecutor executor, DevicePort.Attachment attachment)
      throws Exception {
    return DevicePort.openVirtualMachine(
        network, new FramePool(4), "p", NUMBER, "v0", executor, attachment);
  }

  private static void bad(Exception refused) {
    throw new AssertionError(refused);
  }
}
