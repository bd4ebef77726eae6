// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hnv.dataplane.FramePool;
import hnv.linux.LinuxException;
import hnv.linux.netlink.HostNetwork;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

/// VLANs on ports by packet sockets.
@Tag("netns")
final class PacketSocketVlanPortTest extends VlanPortContract {
  @BeforeAll
  static void needNft() {
    assumeTrue(Files.exists(Path.of("/usr/sbin/nft")), "needs nft");
  }

  @Override
  HostPort open(HostNetwork network, FramePool pool, int number, String device)
      throws LinuxException {
    return PacketSocketPort.openOutside(network, pool, "wan", number, device);
  }
}
