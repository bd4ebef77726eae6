// SPDX-License-Identifier: Apache-2.0
package hnv.lab.interop;

import static hnv.lab.netns.Processes.words;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.lab.LabRun;
import hnv.lab.netns.Capture;
import hnv.lab.netns.Namespace;
import hnv.lab.topology.FlowsBy;
import hnv.lab.topology.Node;
import hnv.lab.topology.Scenario;
import hnv.lab.topology.Topology;
import hnv.lab.topology.VirtualMachine;
import hnv.lab.traffic.Pages;
import hnv.lab.traffic.Ping;
import hnv.model.Encapsulation;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A foreign implementation on the other host, in both directions: the kernel's VXLAN device, told
/// by hand what policy tells our node.
///
///     contoso-sql ── host1: our node ── router ── host2: bridge, vxlan 5001 ── contoso-web
@Tag("netns")
final class KernelVxlanTest {
  private static final int VSID = 5001;
  private static final int COUNT = 3;

  /// Large enough for super-frames, in either direction.
  private static final String OUR_PAGE = "ours ".repeat(500_000).strip();

  private static final String KERNELS_PAGE = "the kernel's ".repeat(200_000).strip();

  /// Whole in one frame; in two and in three inner fragments of a machine with an MTU of 1450.
  private static final int[] SIZES = {56, 1500, 3200};

  /// @param checksum whether the kernel's outer UDP checksum is on (its default) or zero (RFC 7348)
  @ParameterizedTest
  @ValueSource(strings = {"noudpcsum", "udpcsum"})
  void passesPingAndTcpBothWays(String checksum) throws IOException {
    Scenario scenario = Scenario.twoTenants(Encapsulation.VXLAN);
    VirtualMachine ours = scenario.machine("contoso-sql");
    VirtualMachine kernels = scenario.machine("contoso-web");
    try (LabRun run = LabRun.begin("ping", "busybox", "tcpdump", "tshark", "bridge")) {
      Topology topology = Topology.lay(run.processes(), scenario);
      Namespace atOurs = topology.machine(ours);
      Namespace atKernels = topology.machine(kernels);
      layKernelsHost(topology, scenario, checksum, kernels, ours);
      Pages.serve(atOurs, ours.name(), OUR_PAGE, run.processes().logs());
      Pages.serve(atKernels, kernels.name(), KERNELS_PAGE, run.processes().logs());
      Node node = new Node(topology, scenario, ours.host(), FlowsBy.KERNEL);
      node.start();
      node.awaitInForce();
      Ping.awaitReply(atOurs, kernels.ipv4(), Duration.ofSeconds(5));
      try (Capture wire = Capture.start(topology.router(), Topology.leg(ours.host()), "interop")) {
        wire.awaitReady();
        for (int octets : SIZES) {
          assertEquals(COUNT, Ping.echo(atOurs, kernels.ipv4(), COUNT, octets), octets + " out");
          assertEquals(COUNT, Ping.echo(atKernels, ours.ipv4(), COUNT, octets), octets + " in");
        }
        assertTrue(KERNELS_PAGE.equals(Pages.fetch(atOurs, kernels.ipv4())), "the kernel's page");
        assertTrue(OUR_PAGE.equals(Pages.fetch(atKernels, ours.ipv4())), "our page");
        List<Long> counts =
            wire.count(
                List.of(
                    "vxlan && !(vxlan.vni == " + VSID + ") && !icmpv6",
                    "_ws.malformed",
                    "vxlan && arp && ip.src#1 == " + scenario.host(ours.host()).address(),
                    "ip.flags.mf#1 == 1"));
        assertEquals(
            List.of(0L, 0L, 0L, 0L), counts, "other VNI, malformed, our ARP, outer fragment");
      }
    }
  }

  private static void layKernelsHost(
      Topology topology,
      Scenario scenario,
      String checksum,
      VirtualMachine here,
      VirtualMachine there) {
    Namespace host = topology.host(here.host());
    host.ip(
        "link add bridge type bridge",
        "link add vxlan type vxlan id %d local %s dstport 4789 nolearning proxy %s"
            .formatted(VSID, scenario.host(here.host()).address(), checksum),
        "link set vxlan master bridge",
        "link set %s master bridge".formatted(here.name()),
        "link set vxlan up",
        "link set %s up".formatted(here.name()),
        "link set bridge up",
        // The device answers ARP for the far machine itself.
        "neighbor add %s lladdr %s dev vxlan nud permanent".formatted(there.ipv4(), there.mac()));
    host.run(
            words(
                "bridge fdb replace %s dev vxlan dst %s self permanent"
                    .formatted(there.mac(), scenario.host(there.host()).address())))
        .require();
  }
}
