// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.FramePool;
import hnv.linux.Lab;
import hnv.linux.LinuxException;
import hnv.linux.netlink.HostNetwork;
import hnv.wire.EthernetHeader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Frames between two VMs through ports on their veth ends, whichever way the ports work.
///
///     a            host                b
///     e0 ─── va ▶ port 1 ┄ port 2 ◀ vb ─── e0
///     10.1.1.1                         10.1.1.2
abstract class VmPortContract {
  Lab lab;
  Switch sw;
  private CompletableFuture<Void> worker;
  private final AtomicInteger tagged = new AtomicInteger();

  /// Opens a VM port of the kind under test.
  abstract HostPort open(
      HostNetwork network, FramePool pool, String name, int number, String device)
      throws LinuxException;

  @BeforeEach
  void lay() throws Exception {
    lab = Lab.lay("a", "host", "b");
    lab.veth("host", "va", "a", "e0");
    lab.veth("host", "vb", "b", "e0");
    lab.ip("a", "addr add 10.1.1.1/24 dev e0");
    lab.ip("b", "addr add 10.1.1.2/24 dev e0");
    sw =
        new Switch(
            frame -> {
              if (EthernetHeader.etherType(frame.memory(), frame.start()) == EthernetHeader.VLAN) {
                tagged.incrementAndGet();
              }
              return 3 - frame.ingressPort();
            });
    CompletableFuture<Void> opened = new CompletableFuture<>();
    worker =
        lab.begin(
            "host",
            () -> {
              try (HostNetwork network = HostNetwork.open()) {
                sw.add(open(network, sw.pool, "a", 1, "va"));
                sw.add(open(network, sw.pool, "b", 2, "vb"));
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

  @Test
  void passesPings() throws Exception {
    assertTrue(lab.run("a", "ping -c 3 -i 0.1 -W 2 10.1.1.2").contains(" 3 received"));
  }

  @Test
  void passesBulkTcpAsSuperFrames() throws Exception {
    Transfer.bulk(lab, "a", "b", "10.1.1.2", 64 << 20);
    assertTrue(sw.superFrames.get() > 100, "super-frames: " + sw.superFrames);
    assertEquals(DropReason.NONE, sw.lastFailure);
  }

  @Test
  void showsVlanTagsInTheFrame() throws Exception {
    // As a VM would send to break out of its network.
    PacketSender.send(lab, "a", "e0", "ffffffffffff 020000000001 8100002a 88b5" + "00".repeat(46));
    for (int i = 0; i < 100 && tagged.get() == 0; i++) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
    assertEquals(1, tagged.get());
  }

  @Test
  void keepsTheHostsStackOutOfAVmPort() throws Exception {
    long before = lab.counter("host", "Ip", "InReceives");
    String mac = lab.run("host", "cat /sys/class/net/va/address").strip();
    lab.ip("host", "addr add 10.9.9.9/32 dev lo");
    lab.ip("a", "route add 10.9.9.9 via 10.1.1.77");
    lab.ip("a", "neigh add 10.1.1.77 lladdr " + mac + " dev e0");
    lab.run("a", "ping -c 3 -i 0.1 -W 1 10.9.9.9 || true");
    assertEquals(before, lab.counter("host", "Ip", "InReceives"));
  }
}
