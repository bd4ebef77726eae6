// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameParser;
import hnv.dataplane.FramePool;
import hnv.linux.Lab;
import hnv.linux.LinuxException;
import hnv.linux.netlink.HostNetwork;
import hnv.wire.EthernetHeader;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A machine without tags, and one that is in a VLAN, on either side of a device that bears VLANs.
///
///     a            host                                  outside
///     e0 ─── va ▶ port 1 ┄ port 11: VLAN 100 ┐
///     10.1.1.1             port 12: VLAN 7   ┴ port 2 ◀ wan0 ─── e0, the kernel tags with 100
///                                                                10.1.1.2
abstract class VlanPortContract {
  private static final int INSIDE = 1;
  private static final int DEVICE = 2;
  private static final int VLAN_100 = 11;
  private static final int VLAN_7 = 12;

  Lab lab;
  private Switch sw;
  private CompletableFuture<Void> worker;

  /// Experimental frames (EtherType 88b5): port that they came by, and tagged or not.
  private final Queue<String> seen = new ConcurrentLinkedQueue<>();

  /// Opens an outside port of the kind under test.
  abstract HostPort open(HostNetwork network, FramePool pool, int number, String device)
      throws LinuxException;

  @BeforeEach
  void lay() throws Exception {
    lab = Lab.lay("a", "host", "outside");
    lab.veth("host", "va", "a", "e0");
    lab.veth("host", "wan0", "outside", "e0");
    lab.ip("a", "addr add 10.1.1.1/24 dev e0");
    lab.ip("outside", "addr add 10.1.1.2/24 dev e0");
    VlanHost.join(lab, "outside", "e0", 100);
    sw = new Switch(this::forward);
    CompletableFuture<Void> opened = new CompletableFuture<>();
    worker =
        lab.begin(
            "host",
            () -> {
              try (HostNetwork network = HostNetwork.open()) {
                sw.add(DevicePort.openVirtualMachine(network, sw.pool, "a", INSIDE, "va", null));
                HostPort device = open(network, sw.pool, DEVICE, "wan0");
                device.bear(new VlanPort(device, "wan0/100", VLAN_100, 100));
                device.bear(new VlanPort(device, "wan0/7", VLAN_7, 7));
                sw.add(device);
                opened.complete(null);
                sw.run();
              } catch (Exception e) {
                opened.completeExceptionally(e);
              }
              return null;
            });
    opened.get(20, TimeUnit.SECONDS);
  }

  @AfterEach
  void clear() throws Exception {
    if (lab != null) {
      if (sw != null) {
        sw.close();
        worker.get(10, TimeUnit.SECONDS);
      }
      lab.close();
    }
  }

  private int forward(Frame frame) {
    int etherType = EthernetHeader.etherType(frame.memory(), frame.start());
    if (etherType == 0x88B5 || etherType == EthernetHeader.VLAN) {
      seen.add(frame.ingressPort() + (etherType == 0x88B5 ? " untagged" : " tagged"));
      return Switch.DROP;
    }
    if (FrameParser.parsePlain(frame) != DropReason.NONE) {
      return Switch.DROP;
    }
    return switch (frame.ingressPort()) {
      case INSIDE -> VLAN_100;
      case VLAN_100 -> INSIDE;
      default -> Switch.DROP;
    };
  }

  @Test
  void passesPings() throws Exception {
    assertTrue(lab.run("a", "ping -c 3 -i 0.1 -W 2 10.1.1.2").contains(" 3 received"));
  }

  @Test
  void tagsWhatLeaves() throws Exception {
    Process capture =
        lab.start(
            "outside",
            java.util.List.of("timeout", "10", "tcpdump", "-l", "-n", "-e", "-c", "2", "-i", "e0"));
    TimeUnit.SECONDS.sleep(1);
    lab.run("a", "ping -c 3 -i 0.1 -W 2 10.1.1.2");
    String text =
        new String(
            capture.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assertTrue(text.contains("vlan 100, p 0"), text);
  }

  @Test
  void passesSuperFramesBothWays() throws Exception {
    Transfer.bulk(lab, "a", "outside", "10.1.1.2", 32 << 20);
    long out = sw.superFrames.get();
    assertTrue(out > 50, "super-frames toward the VLAN: " + out);
    Transfer.bulk(lab, "outside", "a", "10.1.1.1", 32 << 20);
    assertTrue(sw.superFrames.get() > out + 50, "from the VLAN: " + (sw.superFrames.get() - out));
    assertEquals(DropReason.NONE, sw.lastFailure);
  }

  @Test
  void finishesChecksumsWhereTheDeviceCannot() throws Exception {
    lab.run("host", "ethtool -K wan0 tx off tso off gso off");
    lab.run("outside", "ethtool -K e0 rx off gro off");
    Transfer.bulk(lab, "a", "outside", "10.1.1.2", 8 << 20);
    Transfer.bulk(lab, "outside", "a", "10.1.1.1", 8 << 20);
    assertEquals(DropReason.NONE, sw.lastFailure);
  }

  @Test
  void sortsByTag() throws Exception {
    String macs = "ffffffffffff 020000000001 ";
    String rest = "88b5" + "00".repeat(46);
    // The kernel would tag these once more.
    lab.run("outside", "tc filter del dev e0 egress");
    PacketSender.send(lab, "outside", "e0", macs + "81000064" + rest);
    PacketSender.send(lab, "outside", "e0", macs + "8100e007" + rest);
    PacketSender.send(lab, "outside", "e0", macs + "81000008" + rest);
    PacketSender.send(lab, "outside", "e0", macs + rest);
    PacketSender.send(lab, "outside", "e0", macs + "8100a000" + rest);
    for (int i = 0; i < 100 && seen.size() < 5; i++) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
    assertEquals(
        java.util.List.of("11 untagged", "12 untagged", "2 tagged", "2 untagged", "2 untagged"),
        java.util.List.copyOf(seen));
  }

  @Test
  void refusesWhatIsNoVlan() {
    HostPort device = sw.ports().getLast();
    assertThrows(IllegalArgumentException.class, () -> new VlanPort(device, "x", 20, 0));
    assertThrows(IllegalArgumentException.class, () -> new VlanPort(device, "x", 20, 4_095));
    HostPort machine = sw.ports().getFirst();
    assertThrows(IllegalArgumentException.class, () -> new VlanPort(machine, "x", 20, 5));
  }
}
