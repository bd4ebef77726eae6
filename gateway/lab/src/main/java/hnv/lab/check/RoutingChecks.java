// SPDX-License-Identifier: Apache-2.0
package hnv.lab.check;

import hnv.lab.netns.CraftedFrame;
import hnv.lab.netns.Injector;
import hnv.lab.topology.Scenario;
import hnv.lab.topology.Topology;
import hnv.lab.topology.VirtualMachine;
import hnv.lab.traffic.Ping;
import hnv.wire.MacAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Between subnets, between routing domains, to all of a subnet.
final class RoutingChecks {
  private static final int COUNT = 3;
  static final int BROADCASTS = 5;
  static final String BROADCAST_TEXT = "hnv lab: broadcast";

  private RoutingChecks() {}

  static List<Check> all() {
    return List.of(
        new Check(
            "routing",
            "5001 and 5002 are routed on the sending host: TTL - 1, the receiver's VSID",
            RoutingChecks::routing),
        new Check(
            "routing-local",
            "5001 and 5002 on one host are routed there: nothing leaves it",
            RoutingChecks::routingLocal),
        new Check(
            "routing-domains",
            "nothing passes between routing domains with the same addresses",
            RoutingChecks::routingDomains),
        new Check(
            "broadcast",
            "a broadcast in 5001 leaves host1 once for each other host that has 5001",
            RoutingChecks::broadcast));
  }

  private static void routing(Lab lab, Evidence evidence) {
    VirtualMachine sql = lab.machine("contoso-sql");
    VirtualMachine app = lab.machine("contoso-app2");
    Point underlay = lab.underlay(sql.host());
    Point atApp = lab.arriving(app);
    Point atSql = lab.arriving(sql);
    Tunnels tunnels = lab.tunnels();
    Ping.awaitReply(lab.namespace(sql), app.ipv4(), Duration.ofSeconds(5));
    try (Wire wire = Wire.capture(evidence, "routing", List.of(underlay, atApp, atSql))) {
      evidence.equal(
          "replies of " + app.ipv4(), COUNT, Ping.echo(lab.namespace(sql), app.ipv4(), COUNT));
      wire.exactly(
          COUNT,
          underlay,
          "requests in the tunnel of 5002 with TTL 63",
          tunnels.of(app.vsid())
              + " && icmp.type == 8 && ip.ttl#2 == 63 && ip.dst == "
              + app.ipv4());
      wire.exactly(
          COUNT,
          underlay,
          "answers in the tunnel of 5001 with TTL 63",
          tunnels.of(sql.vsid())
              + " && icmp.type == 0 && ip.ttl#2 == 63 && ip.dst == "
              + sql.ipv4());
      wire.exactly(2 * COUNT, underlay, "ICMP in tunnels at all", tunnels.any() + " && icmp");
      wire.exactly(
          COUNT,
          atApp,
          "requests that arrive with TTL 63 from a router's MAC",
          "icmp.type == 8 && ip.ttl == 63 && eth.dst == %s && eth.src != %s"
              .formatted(app.mac(), sql.mac()));
      wire.exactly(
          COUNT, atSql, "answers that arrive with TTL 63", "icmp.type == 0 && ip.ttl == 63");
      wire.judge();
    }
    evidence.figure(
        "TTL 64 to 63, %s there, %s back"
            .formatted(tunnels.name(app.vsid()), tunnels.name(sql.vsid())));
  }

  private static void routingLocal(Lab lab, Evidence evidence) {
    VirtualMachine sql = lab.machine("contoso-sql");
    VirtualMachine app = lab.machine("contoso-app1");
    evidence.equal("host of both machines", sql.host(), app.host());
    Point underlay = lab.underlay(sql.host());
    Point atApp = lab.arriving(app);
    try (Wire wire = Wire.capture(evidence, "routing-local", List.of(underlay, atApp))) {
      evidence.equal(
          "replies of " + app.ipv4(), COUNT, Ping.echo(lab.namespace(sql), app.ipv4(), COUNT));
      wire.exactly(
          COUNT,
          atApp,
          "requests that arrive with TTL 63",
          "icmp.type == 8 && ip.ttl == 63 && ip.src == " + sql.ipv4());
      wire.none(underlay, "ICMP on the underlay", "icmp");
      wire.judge();
    }
    evidence.figure(COUNT + " requests routed, 0 on the underlay");
  }

  private static void routingDomains(Lab lab, Evidence evidence) {
    VirtualMachine sql = lab.machine("contoso-sql");
    VirtualMachine dev = lab.machine("contoso-dev1");
    VirtualMachine farDev = lab.machine("contoso-dev2");
    VirtualMachine app = lab.machine("contoso-app1");
    List<VirtualMachine> others = lab.othersThan(dev, farDev);
    List<Point> points = new ArrayList<>(lab.arriving(others));
    points.add(lab.arriving(farDev));
    points.add(lab.underlay(dev.host()));
    try (Wire wire = Wire.capture(evidence, "routing-domains", points)) {
      evidence.equal(
          "replies of %s of its own domain".formatted(farDev.ipv4()),
          COUNT,
          Ping.echo(lab.namespace(dev), farDev.ipv4(), COUNT));
      evidence.equal(
          "replies of %s of another domain".formatted(app.ipv4()),
          0,
          Ping.echo(lab.namespace(dev), app.ipv4(), COUNT));
      wire.exactly(
          COUNT, lab.arriving(farDev), "requests that reach contoso-dev2", "icmp.type == 8");
      for (VirtualMachine other : others) {
        wire.none(lab.arriving(other), "ICMP that reaches " + other.name(), "icmp");
      }
      wire.none(
          lab.underlay(dev.host()),
          "ICMP in a tunnel of any other number than contoso-dev's",
          lab.tunnels().ofOtherThan(dev.vsid()) + " && icmp");
      wire.judge();
    }
    evidence.equal(
        "replies of %s within its domain".formatted(app.ipv4()),
        1,
        Ping.echo(lab.namespace(sql), app.ipv4(), 1));
    evidence.figure("0 of " + COUNT + " pass, " + others.size() + " machines saw nothing");
  }

  private static void broadcast(Lab lab, Evidence evidence) {
    VirtualMachine sql = lab.machine("contoso-sql");
    VirtualMachine web = lab.machine("contoso-web");
    List<Point> underlays =
        lab.scenario().hosts().stream().map(host -> lab.underlay(host.name())).toList();
    List<Point> points = new ArrayList<>(underlays);
    points.addAll(lab.arriving(lab.othersThan(sql)));
    try (Wire wire = Wire.capture(evidence, "broadcast", points)) {
      send(lab, sql);
      wire.await(lab.arriving(web), BROADCAST_TEXT, BROADCASTS);
      String copies = CraftedFrame.withText(lab.tunnels().of(sql.vsid()), BROADCAST_TEXT);
      Point origin = lab.underlay(sql.host());
      for (Scenario.Host host : lab.scenario().hosts()) {
        if (!host.name().equals(sql.host())) {
          int expected = has(lab, host, sql.vsid()) ? BROADCASTS : 0;
          wire.exactly(
              expected,
              origin,
              "copies for " + host.name(),
              copies + " && ip.dst#1 == " + host.address());
        }
      }
      wire.exactly(
          (long) BROADCASTS * otherHosts(lab, sql),
          origin,
          "copies that leave " + sql.host(),
          CraftedFrame.withText("", BROADCAST_TEXT));
      for (VirtualMachine other : lab.othersThan(sql)) {
        wire.exactly(
            other.vsid() == sql.vsid() ? BROADCASTS : 0,
            lab.arriving(other),
            "copies that reach " + other.name(),
            CraftedFrame.withText("", BROADCAST_TEXT));
      }
      wire.judge();
    }
    evidence.figure(
        "%d sent, %d copies on the underlay, %d at %s"
            .formatted(BROADCASTS, BROADCASTS * otherHosts(lab, sql), BROADCASTS, web.name()));
  }

  /// Sends the broadcasts of this check.
  static void send(Lab lab, VirtualMachine from) {
    CraftedFrame frame =
        new CraftedFrame(
            from.mac(), MacAddress.BROADCAST, from.ipv4(), from.broadcast(), BROADCAST_TEXT);
    Injector.send(
        lab.namespace(from),
        Topology.DEVICE,
        "broadcast",
        Collections.nCopies(BROADCASTS, frame.octets()));
  }

  private static boolean has(Lab lab, Scenario.Host host, int vsid) {
    return lab.scenario().machines().stream()
        .anyMatch(machine -> machine.host().equals(host.name()) && machine.vsid() == vsid);
  }

  private static long otherHosts(Lab lab, VirtualMachine from) {
    return lab.scenario().hosts().stream()
        .filter(host -> !host.name().equals(from.host()) && has(lab, host, from.vsid()))
        .count();
  }
}
