// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.Encapsulation;
import hnv.linux.Errno;
import hnv.linux.Lab;
import hnv.linux.LinuxException;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.port.TunnelHost.PortsBy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What comes in MTU-size pieces is merged; nothing comes in by the device that brings it about.
///
///     a             host1               host2             b
///     e0 ─── va ▶ VM, underlay ◀ u ───── u ▶ … ◀ va ─── e0
///     10.1.1.11     192.168.1.1         192.168.1.2       10.1.1.12
@Tag("netns")
final class MergingDeviceTest {
  private static final String PA1 = "192.168.1.1";
  private static final String PA2 = "192.168.1.2";
  private static final int PORT = TunnelHost.VXLAN_PORT;
  private static final String DEVICE = MergingDevice.name(PORT);

  private Lab lab;
  private HostNetwork network;

  @BeforeEach
  void lay() throws Exception {
    lab = Lab.lay("a", "host1", "host2", "b");
    lab.veth("host1", "va", "a", "e0");
    lab.veth("host2", "va", "b", "e0");
    lab.veth("host1", "u", "host2", "u");
    lab.ip("host1", "addr add " + PA1 + "/24 dev u");
    lab.ip("host2", "addr add " + PA2 + "/24 dev u");
    lab.ip("a", "addr add 10.1.1.11/24 dev e0");
    lab.ip("b", "addr add 10.1.1.12/24 dev e0");
    lab.ip("a", "link set e0 mtu 1450");
    lab.ip("b", "link set e0 mtu 1450");
    network = lab.in("host1", HostNetwork::open);
  }

  @AfterEach
  void clear() {
    if (network != null) {
      network.close();
    }
    if (lab != null) {
      lab.close();
    }
  }

  private MergingDevice open() throws Exception {
    // The namespace of /proc is the calling thread's.
    return lab.in("host1", () -> MergingDevice.open(network, PORT));
  }

  @Test
  void mergesWhatComesInMtuSize() throws Exception {
    lab.run("host2", "ethtool -K u tso off gso off tx-udp_tnl-segmentation off");
    lab.run("host1", "ethtool -K u gro on");
    assertEquals(0, received(), "pieces without the device");
    try (MergingDevice _ = open()) {
      assertTrue(received() > 50, "super-frames with it");
    }
  }

  /// Super-frames out of the tunnel that reach Java in a transfer.
  private long received() throws Exception {
    try (TunnelHost one =
            new TunnelHost(lab, "host1", PortsBy.PROGRAMS, Encapsulation.VXLAN, PA1, PA2);
        TunnelHost two =
            new TunnelHost(lab, "host2", PortsBy.PROGRAMS, Encapsulation.VXLAN, PA2, PA1)) {
      Transfer.bulk(lab, "b", "a", "10.1.1.11", 16 << 20);
      assertEquals("", two.lastTrouble);
      return one.sw.tunnelSuperFrames.get();
    }
  }

  /// A tunnel packet to an address of the host that is no provider address is the host's, and this
  /// device would unpack it.
  @Test
  void letsNothingIntoTheHost() throws Exception {
    lab.ip("host1", "addr add 10.77.0.1/32 dev lo");
    try (MergingDevice _ = open()) {
      String mac = lab.run("host1", "cat /sys/class/net/" + DEVICE + "/address").strip();
      lab.ip("host2", "link add name vxl type vxlan id 7 remote " + PA1 + " dstport " + PORT);
      lab.ip("host2", "addr add 10.77.0.2/24 dev vxl");
      lab.ip("host2", "link set vxl up");
      lab.ip("host2", "neigh add 10.77.0.1 lladdr " + mac + " dev vxl");
      assertEquals(0, echoes(), "came into the host");
      assertTrue(
          Long.parseLong(
                  lab.run("host1", "cat /sys/class/net/" + DEVICE + "/statistics/rx_packets")
                      .strip())
              > 0);
      assertEquals("", lab.ip("host1", "-6 addr show dev " + DEVICE));
      // Without its guard it would.
      lab.run("host1", "tc qdisc del dev " + DEVICE + " clsact");
      assertTrue(echoes() > 0, "the test sees what comes in");
    }
  }

  private long echoes() throws Exception {
    long before = lab.counter("host1", "Icmp", "InEchos");
    lab.run("host2", "ping -q -c 3 -i 0.1 -W 1 10.77.0.1 || true");
    return lab.counter("host1", "Icmp", "InEchos") - before;
  }

  @Test
  void takesOverWhatWasLeftAndRemovesIt() throws Exception {
    MergingDevice left = open();
    try (MergingDevice _ = open()) {
      assertTrue(network.link(DEVICE).orElseThrow().isUp());
    }
    assertTrue(network.link(DEVICE).isEmpty());
    left.close(); // Which is no error.
    left = open();
    assertTrue(MergingDevice.release(network, PORT));
    assertEquals(false, MergingDevice.release(network, PORT));
    left.close();
  }

  @Test
  void saysThatAnotherHasThePort() throws Exception {
    lab.ip("host1", "link add name other type vxlan external dstport " + PORT);
    lab.ip("host1", "link set other up");
    LinuxException refused = assertThrows(LinuxException.class, this::open);
    assertEquals(Errno.EEXIST, refused.errno(), refused.getMessage());
    assertTrue(network.link(DEVICE).isEmpty());
    lab.ip("host1", "link del other");
    LinuxException taken =
        lab.in(
            "host1",
            () -> {
              try (var socket = new java.net.DatagramSocket(PORT)) {
                assertEquals(PORT, socket.getLocalPort());
                return assertThrows(
                    LinuxException.class, () -> MergingDevice.open(network, PORT).close());
              }
            });
    assertTrue(taken.getMessage().contains("EADDRINUSE"), taken.getMessage());
    assertTrue(network.link(DEVICE).isEmpty());
  }
}
