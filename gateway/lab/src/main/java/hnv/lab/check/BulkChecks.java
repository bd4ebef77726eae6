// SPDX-License-Identifier: Apache-2.0
package hnv.lab.check;

import hnv.lab.netns.Capture;
import hnv.lab.netns.Deadline;
import hnv.lab.netns.Namespace;
import hnv.lab.netns.Patience;
import hnv.lab.netns.ProtocolCounters;
import hnv.lab.netns.RunningProcess;
import hnv.lab.topology.KernelHosts;
import hnv.lab.topology.Topology;
import hnv.lab.topology.VirtualMachine;
import hnv.lab.traffic.BulkTransfer;
import hnv.lab.traffic.Ping;
import hnv.linux.probe.OffloadProbe;
import hnv.model.Encapsulation;
import hnv.wire.Ipv4Address;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// Bulk TCP: how fast, and whether in super-frames, beside the kernel's own VXLAN device.
final class BulkChecks {
  /// The nodes' hottest code is compiled in the first seconds of traffic.
  private static final Duration WARM_UP = Duration.ofSeconds(4);

  private static final Duration KERNEL_WARM_UP = Duration.ofSeconds(1);
  private static final Duration LENGTH = Duration.ofSeconds(4);

  /// When the look at the frames begins, and how long it takes: within the warm-up, so that it
  /// costs the measurement nothing.
  private static final Duration LOOK_AFTER = Duration.ofSeconds(2);

  private static final Duration LOOK = Duration.ofMillis(150);
  private static final int HEADERS = 14;
  private static final Duration READY = Duration.ofSeconds(5);

  private BulkChecks() {}

  static List<Check> all() {
    return List.of(
        new Check(
            "bulk",
            "bulk TCP beside the kernel's VXLAN; in super-frames where the kernel can cut them",
            BulkChecks::bulk));
  }

  private static void bulk(Lab lab, Evidence evidence) {
    VirtualMachine client = lab.machine("fabrikam-web");
    VirtualMachine server = lab.machine("fabrikam-sql");
    Namespace at = lab.namespace(server);
    BulkTransfer ours;
    try (RunningProcess iperf = BulkTransfer.serve(at, server.name())) {
      iperf.awaitOutput("Server listening", READY);
      ProtocolCounters before = ProtocolCounters.read(at);
      CompletableFuture<BulkTransfer> transfer =
          transfer(lab.namespace(client), server.ipv4(), Patience.of(WARM_UP));
      Deadline.pause(Patience.of(LOOK_AFTER));
      frames(lab, evidence, client);
      ours = transfer.join();
      evidence.equal(
          "segments with a wrong checksum at the receiver",
          0,
          ProtocolCounters.read(at).growth(before, "Tcp.InCsumErrors"));
    }
    evidence.holds("the transfer has a rate", ours.bitsPerSecond() > 0, ours.rate());
    if (Patience.isUnusual()) {
      evidence.figure("no rates: this machine is slow as a whole (" + Patience.VARIABLE + ")");
      return;
    }
    BulkTransfer kernels = kernels(lab);
    evidence.figure(
        "%s (%d retransmits), kernel VXLAN %s (%d): %.0f %%"
            .formatted(
                ours.rate(),
                ours.retransmits(),
                kernels.rate(),
                kernels.retransmits(),
                100 * ours.bitsPerSecond() / kernels.bitsPerSecond()));
  }

  private static CompletableFuture<BulkTransfer> transfer(
      Namespace client, Ipv4Address server, Duration warmUp) {
    return CompletableFuture.supplyAsync(
        () -> BulkTransfer.measure(client, server, warmUp, LENGTH));
  }

  /// Looks at the frames of the transfer on the underlay.
  private static void frames(Lab lab, Evidence evidence, VirtualMachine client) {
    Point underlay = lab.underlay(client.host());
    try (Wire wire = Wire.capture(evidence, "bulk", List.of(underlay))) {
      Deadline.pause(Patience.of(LOOK));
      Capture capture = wire.capture(underlay);
      String data = lab.tunnels().of(client.vsid()) + " && tcp.dstport == 5201";
      long largest =
          capture.fields(data, "frame.len").stream()
              .mapToLong(row -> Long.parseLong(row.getFirst()))
              .max()
              .orElse(0);
      boolean wanted = carriesSuperFrames(lab);
      evidence.holds(
          wanted
              ? "frames on the underlay are larger than its MTU"
              : "frames of the transfer pass the underlay",
          largest > (wanted ? Topology.UNDERLAY_MTU + HEADERS : 0),
          "the largest has " + largest + " octets");
      evidence.figure("largest frame " + largest + (wanted ? "" : ", cut before the tunnel"));
    }
  }

  /// The kernel's programs push any header before a super-frame, where they can tell that its
  /// checksum is no trap; where not, it passes Java and a TAP. A TAP takes one in a UDP tunnel
  /// since Linux 6.17, and in GRE not at all.
  private static boolean carriesSuperFrames(Lab lab) {
    if (lab.flowsByKernel() && OffloadProbe.tellsChecksumPlace()) {
      return true;
    }
    String[] version = System.getProperty("os.version").split("[.-]", -1);
    int number = 1000 * Integer.parseInt(version[0]) + Integer.parseInt(version[1]);
    return lab.scenario().encapsulation() == Encapsulation.VXLAN && number >= 6017;
  }

  private static BulkTransfer kernels(Lab lab) {
    KernelHosts kernel = KernelHosts.add(lab.topology());
    try (RunningProcess iperf = BulkTransfer.serve(kernel.first(), "kernel")) {
      iperf.awaitOutput("Server listening", READY);
      Ping.awaitReply(kernel.second(), kernel.firstAddress(), READY);
      return BulkTransfer.measure(kernel.second(), kernel.firstAddress(), KERNEL_WARM_UP, LENGTH);
    }
  }
}
