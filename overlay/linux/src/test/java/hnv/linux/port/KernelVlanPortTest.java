// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.FlowKey;
import hnv.dataplane.FlowRecord;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameParser;
import hnv.dataplane.HeaderTransposition;
import hnv.linux.Lab;
import hnv.linux.bpf.UnderlayFilter;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.netlink.Link;
import hnv.linux.offload.Fate;
import hnv.linux.offload.KernelExecutor;
import hnv.linux.offload.OffloadLimits;
import hnv.linux.offload.Publish;
import hnv.linux.probe.OffloadProbe;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Flows between a machine without tags and one in a VLAN, which the kernel forwards: it puts tags
/// on and takes them off. Laid as {@link VlanPortContract} has it.
@Tag("netns")
final class KernelVlanPortTest {
  private static final int INSIDE = 1;
  private static final int DEVICE = 2;
  private static final int VLAN = 5;

  private final MemorySegment key = Arena.ofAuto().allocate(FlowKey.IPV6_LENGTH, 8);
  private final MemorySegment records = Arena.ofAuto().allocate(2L * FlowRecord.LENGTH, 64);
  private Lab lab;
  private Switch sw;
  private UnderlayFilter filter;
  private KernelExecutor kernel;
  private CompletableFuture<Void> worker;

  @BeforeEach
  void lay() throws Exception {
    lab = Lab.lay("a", "host", "outside");
    lab.veth("host", "va", "a", "e0");
    lab.veth("host", "wan0", "outside", "e0");
    lab.ip("a", "addr add 10.1.1.1/24 dev e0");
    lab.ip("outside", "addr add 10.1.1.2/24 dev e0");
    VlanHost.join(lab, "outside", "e0", 100);
    filter = UnderlayFilter.create(List.of(4789));
    kernel =
        KernelExecutor.create(new OffloadLimits(1_024, 8, 8, 8, 8, 8), filter, Publish.REFUSED);
    kernel.arrays().nextHops().putLocal(1, INSIDE, 1_500);
    kernel.arrays().nextHops().putLocal(2, VLAN, 1_500);
    for (int hop = 1; hop <= 2; hop++) {
      HeaderTransposition deliver = new HeaderTransposition();
      deliver.clear();
      deliver.deliver(hop);
      FlowRecord.write(records, (hop - 1L) * FlowRecord.LENGTH, deliver, 1, 0);
    }
    sw = new Switch(this::forward);
    CompletableFuture<Void> opened = new CompletableFuture<>();
    worker =
        lab.begin(
            "host",
            () -> {
              try (HostNetwork network = HostNetwork.open()) {
                sw.add(DevicePort.openVirtualMachine(network, sw.pool, "a", INSIDE, "va", kernel));
                HostPort device =
                    DevicePort.openOutside(network, sw.pool, "wan", DEVICE, "wan0", kernel);
                device.bear(new VlanPort(device, "wan/100", VLAN, 100));
                sw.add(device);
                Publish.all(kernel, kernel.arrays());
                kernel.setTellsChecksumPlace(OffloadProbe.tellsChecksumPlace());
                kernel.alive(Long.MAX_VALUE);
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
    if (kernel != null) {
      kernel.close();
      filter.close();
    }
  }

  /// To the other side, and by the kernel from the next packet on.
  private int forward(Frame frame) {
    if (FrameParser.parsePlain(frame) != DropReason.NONE
        || (frame.ingressPort() != INSIDE && frame.ingressPort() != VLAN)) {
      return Switch.DROP;
    }
    boolean out = frame.ingressPort() == INSIDE;
    if (frame.l4() != 0) {
      key.fill((byte) 0);
      FlowKey.write(frame, FlowKey.portContext(frame.ingressPort()), key, 0);
      kernel.install(frame.isIpv6(), key, 0, records, out ? FlowRecord.LENGTH : 0);
    }
    return out ? VLAN : INSIDE;
  }

  @Test
  void tagsAndUntagsInTheKernel() throws Exception {
    assertTrue(lab.run("a", "ping -c 20 -i 0.05 -W 2 10.1.1.2").contains(" 20 received"));
    assertTrue(kernel.portCounters(INSIDE).of(Fate.FORWARDED) >= 18, "out");
    assertTrue(kernel.portCounters(VLAN).of(Fate.FORWARDED) >= 18, "in");
    assertEquals(0, kernel.portCounters(DEVICE).of(Fate.FORWARDED));
  }

  @Test
  void forwardsSuperFramesBothWays() throws Exception {
    Transfer.bulk(lab, "a", "outside", "10.1.1.2", 32 << 20);
    long out = kernel.counters(VLAN).sentOctets();
    // The first packets are Java's, the rest is not.
    assertTrue(out >= 31 << 20, out + " octets out by the kernel");
    Transfer.bulk(lab, "outside", "a", "10.1.1.1", 32 << 20);
    long in = kernel.counters(INSIDE).sentOctets();
    assertTrue(in >= 31 << 20, in + " octets in by the kernel");
  }

  /// Past the device's queue, unless that has something to do.
  @Test
  void takesTheQueueWhereTheDeviceCannotDoAll() throws Exception {
    Transfer.bulk(lab, "a", "outside", "10.1.1.2", 8 << 20);
    assertTrue(sentByWan() < 200, sentByWan() + " frames by the queue, which has nothing to do");
    lab.run("host", "ethtool -K wan0 tx off tso off gso off");
    lab.run("outside", "ethtool -K e0 rx off gro off");
    observeWan();
    long before = sentByWan();
    Transfer.bulk(lab, "a", "outside", "10.1.1.2", 8 << 20);
    Transfer.bulk(lab, "outside", "a", "10.1.1.1", 8 << 20);
    assertTrue(sentByWan() - before > 5_000, sentByWan() - before + " frames by the queue");
    long out = kernel.counters(VLAN).sentOctets();
    assertTrue(out >= 15 << 20, out + " octets out by the kernel");
  }

  private long sentByWan() throws Exception {
    return Long.parseLong(lab.run("host", "cat /sys/class/net/wan0/statistics/tx_packets").strip());
  }

  private void observeWan() throws Exception {
    lab.in(
        "host",
        () -> {
          try (HostNetwork network = HostNetwork.open()) {
            Link link = network.link("wan0").orElseThrow();
            sw.ports().forEach(port -> port.observe(link));
          }
          return null;
        });
  }
}
