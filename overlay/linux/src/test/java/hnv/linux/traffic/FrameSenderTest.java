// SPDX-License-Identifier: Apache-2.0
package hnv.linux.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import hnv.linux.Lab;
import hnv.linux.LinuxException;
import hnv.linux.netlink.HostNetwork;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Frames by a packet socket, counted by the kernel at the other end of a veth.
@Tag("netns")
final class FrameSenderTest {
  /// An experimental EtherType: nobody answers.
  private static final byte[] FRAME =
      HexFormat.of().parseHex("020000000002" + "020000000001" + "88b5" + "00".repeat(50));

  @Test
  void sendsRoundAfterRound() throws Exception {
    try (Lab lab = Lab.lay("a", "b")) {
      lab.veth("a", "e0", "b", "e0");
      lab.ip("b", "link set e0 arp off");
      lab.run("b", "echo 1 >/proc/sys/net/ipv6/conf/e0/disable_ipv6");
      lab.run("a", "echo 1 >/proc/sys/net/ipv6/conf/e0/disable_ipv6");
      long before = received(lab);
      int sent =
          lab.in(
              "a",
              () -> {
                try (HostNetwork network = HostNetwork.open();
                    FrameSender sender =
                        new FrameSender(
                            network.link("e0").orElseThrow().index(),
                            Collections.nCopies(2 * FrameSender.BATCH, FRAME))) {
                  int total = 0;
                  for (int i = 0; i < 5; i++) {
                    total += sender.send();
                  }
                  return total;
                }
              });
      assertEquals(5 * FrameSender.BATCH, sent);
      assertEquals(sent, received(lab) - before);
    }
  }

  private static long received(Lab lab) throws Exception {
    return Long.parseLong(lab.run("b", "cat /sys/class/net/e0/statistics/rx_packets").strip());
  }

  @Test
  void saysThatTheDeviceIsDown() throws Exception {
    try (Lab lab = Lab.lay("a", "b")) {
      lab.veth("a", "e0", "b", "e0");
      lab.ip("a", "link set e0 down");
      lab.in(
          "a",
          () -> {
            try (HostNetwork network = HostNetwork.open();
                FrameSender sender =
                    new FrameSender(
                        network.link("e0").orElseThrow().index(),
                        Collections.nCopies(FrameSender.BATCH, FRAME))) {
              return assertThrows(LinuxException.class, sender::send);
            }
          });
    }
  }

  @Test
  void takesWholeBatchesOnly() {
    assertThrows(IllegalArgumentException.class, () -> new FrameSender(1, List.of()));
    assertThrows(IllegalArgumentException.class, () -> new FrameSender(1, List.of(FRAME)));
  }
}
