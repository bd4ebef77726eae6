// SPDX-License-Identifier: Apache-2.0
package hnv.lab.check;

import hnv.dataplane.DropReason;
import hnv.lab.netns.Deadline;
import hnv.lab.netns.Namespace;
import hnv.lab.netns.Together;
import hnv.lab.topology.Scenario;
import hnv.lab.topology.World;
import hnv.lab.traffic.Ping;
import hnv.wire.Cidr;
import hnv.wire.Ipv4Address;
import java.time.Duration;
import java.util.List;

/// What becomes of a tenant's packets where their connection is not there (any more).
final class WithdrawalChecks {
  private static final Duration WITHDRAWN = Duration.ofSeconds(15);
  private static final int TIMES = 4;

  /// Behind a connection that has to protect what it carries, and is not in force.
  private static final Cidr PROTECTED = Cidr.parse("192.168.60.0/24");

  private static final Ipv4Address IN_PROTECTED = Ipv4Address.parse("192.168.60.1");

  private WithdrawalChecks() {}

  static List<Check> all() {
    return List.of(
        new Check(
            "protected",
            "what an IPsec connection would protect is dropped while that is not in force",
            WithdrawalChecks::guarded),
        new Check(
            "gre-down",
            "of silent branches one's traffic takes the next best route, one's is refused",
            WithdrawalChecks::down));
  }

  /// The same packets three times: without the connection, with it, and without it again.
  private static void guarded(Lab lab, Evidence evidence) {
    Namespace web = lab.namespace(lab.machine("contoso-web"));
    Admin gateway = Admin.of(lab.node("gw1"));
    Point trunk = lab.trunk();
    String there = "ip.addr == " + PROTECTED;
    Ipv4Address seenAs = lab.scenario().publicAddress("contoso");
    try (Wire wire = Wire.capture(evidence, "protected-not", List.of(trunk))) {
      Ping.echo(web, IN_PROTECTED, TIMES);
      wire.exactly(
          TIMES,
          trunk,
          "requests to %s without the connection, translated".formatted(PROTECTED),
          there + " && icmp.type#1 == 8 && ip.src == " + seenAs);
      wire.judge();
    }
    reload(lab, lab.scenario().withIpsec("contoso-branch", PROTECTED));
    long before = gateway.drops(DropReason.ROUTE_BLACKHOLE);
    try (Wire wire = Wire.capture(evidence, "protected", List.of(trunk))) {
      evidence.equal("replies of " + IN_PROTECTED, 0, Ping.echo(web, IN_PROTECTED, TIMES));
      evidence.equal("replies of the branch", TIMES, Ping.echo(web, World.BRANCH_LAN, TIMES));
      wire.exactly(TIMES, trunk, "requests to the branch", "gre.key == 5001 && icmp.type#1 == 8");
      wire.none(trunk, "packets from or to " + PROTECTED, there);
      wire.none(trunk, "packets of the tenant in the clear", "ip.addr == 10.1.0.0/16 && !gre");
      wire.judge();
    }
    long dropped = gateway.drops(DropReason.ROUTE_BLACKHOLE) - before;
    evidence.equal("drops that hnv show counts as ROUTE_BLACKHOLE", TIMES, dropped);
    reload(lab, lab.scenario());
    evidence.figure("%d left by translation before, 0 then; %d dropped".formatted(TIMES, dropped));
  }

  private static void reload(Lab lab, Scenario scenario) {
    lab.nodes().forEach(node -> node.reload(scenario));
    lab.nodes().forEach(node -> node.awaitReload());
  }

  private static void down(Lab lab, Evidence evidence) {
    Namespace contoso = lab.namespace(lab.machine("contoso-web"));
    Namespace fabrikam = lab.namespace(lab.machine("fabrikam-web"));
    Namespace woodgrove = lab.namespace(lab.machine("woodgrove-web"));
    Admin gateway = Admin.of(lab.node("gw1"));
    Point internet = lab.internet();
    Point trunk = lab.trunk();
    Ipv4Address next = lab.scenario().publicAddress("contoso");
    try (Ping stream = Ping.stream(fabrikam, "gre-down", World.BRANCH_LAN, Duration.ofMillis(50))) {
      Together.each(List.of("contoso", "woodgrove"), each -> lab.world().branch(each).close());
      Deadline.in(WITHDRAWN)
          .await(
              "both connections are down",
              () -> gateway.isDown("contoso-branch") && gateway.isDown("woodgrove-branch"));
      long before = gateway.drops(DropReason.GATEWAY_NO_ROUTE);
      try (Wire wire = Wire.capture(evidence, "gre-down", List.of(internet, trunk))) {
        Ping.echo(contoso, World.BRANCH_LAN, TIMES);
        evidence.equal(
            "times that Woodgrove's machine is told that nothing leads there",
            TIMES,
            Ping.refusals(woodgrove, World.SAME_LAN_AS_SEEN, TIMES));
        wire.exactly(
            TIMES,
            internet,
            "Contoso's by the next best route, translated",
            "icmp.type#1 == 8 && ip.src == %s && ip.dst == %s".formatted(next, World.BRANCH_LAN));
        wire.none(
            trunk,
            "Woodgrove's, in whatever form",
            "icmp.type#1 == 8 && (ip.src == %s || gre.key == 7001)"
                .formatted(lab.scenario().publicAddress("woodgrove")));
        wire.none(trunk, "packets of a tenant in the clear", "ip.addr == 10.0.0.0/8 && !gre");
        wire.judge();
      }
      long dropped = gateway.drops(DropReason.GATEWAY_NO_ROUTE) - before;
      evidence.equal("drops that hnv show counts as GATEWAY_NO_ROUTE", TIMES, dropped);
      evidence.holds(
          "Fabrikam's longest time without a reply stays below 1 s",
          stream.longestGap() < 1_000,
          "%.0f ms".formatted(stream.longestGap()));
      evidence.figure(
          "%d translated, %d refused for GATEWAY_NO_ROUTE; the third tunnel's longest gap %.0f ms"
              .formatted(TIMES, dropped, stream.longestGap()));
    }
  }
}
