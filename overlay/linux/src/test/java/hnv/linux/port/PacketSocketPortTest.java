// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hnv.dataplane.FramePool;
import hnv.linux.LinuxException;
import hnv.linux.netlink.HostNetwork;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Ports by packet sockets and nftables.
@Tag("netns")
final class PacketSocketPortTest extends VmPortContract {
  @BeforeAll
  static void needNft() {
    assumeTrue(Files.exists(Path.of("/usr/sbin/nft")), "needs nft");
  }

  @Override
  HostPort open(HostNetwork network, FramePool pool, String name, int number, String device)
      throws LinuxException {
    return PacketSocketPort.openVirtualMachine(network, pool, name, number, device);
  }

  @Test
  void staysClosedUntilReleased() throws Exception {
    sw.close();
    TimeUnit.MILLISECONDS.sleep(300);
    lab.ip("host", "addr add 10.1.1.99/24 dev va");
    lab.ip("a", "neigh add 10.1.1.99 lladdr " + macOf("host", "va") + " dev e0");
    lab.ip("host", "neigh add 10.1.1.1 lladdr " + macOf("a", "e0") + " dev va");
    String ping = "ping -q -c 2 -i 0.1 -W 1 10.1.1.99 || true";
    assertTrue(lab.run("a", ping).contains(" 0 received"));
    lab.in(
        "host",
        () -> {
          try (HostNetwork network = HostNetwork.open()) {
            PacketSocketPort.release(
                network, network.link("va").orElseThrow(), hnv.dataplane.PortKind.VIRTUAL_MACHINE);
          }
          return null;
        });
    assertTrue(lab.run("a", ping).contains(" 2 received"));
    assertEquals(1, lab.run("host", "nft list tables").strip().lines().count());
  }

  private String macOf(String namespace, String device) throws Exception {
    return lab.run(namespace, "cat /sys/class/net/" + device + "/address").strip();
  }
}
