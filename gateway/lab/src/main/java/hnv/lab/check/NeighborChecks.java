// SPDX-License-Identifier: Apache-2.0
package hnv.lab.check;

import hnv.lab.netns.Namespace;
import hnv.lab.topology.Topology;
import hnv.lab.topology.VirtualMachine;
import hnv.lab.traffic.Ping;
import java.util.ArrayList;
import java.util.List;

/// ARP and neighbour discovery are answered where the question is asked.
final class NeighborChecks {
  private static final int NEIGHBOR_SOLICITATION = 135;
  private static final int NEIGHBOR_ADVERTISEMENT = 136;

  private NeighborChecks() {}

  static List<Check> all() {
    return List.of(
        new Check(
            "neighbors",
            "ARP and ND requests are answered on their own host and never leave it",
            NeighborChecks::neighbors));
  }

  private static void neighbors(Lab lab, Evidence evidence) {
    VirtualMachine sql = lab.machine("contoso-sql");
    VirtualMachine web = lab.machine("contoso-web");
    Namespace asking = lab.namespace(sql);
    List<Point> underlays =
        lab.scenario().hosts().stream().map(host -> lab.underlay(host.name())).toList();
    List<Point> points = new ArrayList<>(underlays);
    Point atSql = lab.arriving(sql);
    Point atWeb = lab.arriving(web);
    points.addAll(List.of(atSql, atWeb));
    try (Wire wire = Wire.capture(evidence, "neighbors", points)) {
      asking.ip("neighbor flush dev " + Topology.DEVICE);
      lab.namespace(web).ip("neighbor flush dev " + Topology.DEVICE);
      evidence.equal("replies of " + web.ipv4(), 1, Ping.echo(asking, web.ipv4(), 1));
      evidence.equal("replies of " + web.ipv6(), 1, Ping.echo(asking, web.ipv6(), 1));
      for (VirtualMachine.Address address : sql.addresses()) {
        evidence.equal(
            "replies of the router " + address.gateway(),
            1,
            Ping.echo(asking, address.gateway(), 1));
      }
      answers(wire, atSql, sql, web);
      wire.none(atWeb, "ARP requests that reach the far machine", "arp.opcode == 1");
      wire.none(
          atWeb,
          "ND requests for it that reach the far machine",
          "icmpv6.nd.ns.target_address == " + web.ipv6());
      for (Point underlay : underlays) {
        String at = " at " + underlay.name();
        wire.none(underlay, "ARP in a tunnel" + at, lab.tunnels().any() + " && arp");
        wire.none(
            underlay,
            "ARP for customer addresses" + at,
            "arp.dst.proto_ipv4 == 10.1.0.0/16 || arp.src.proto_ipv4 == 10.1.0.0/16");
        wire.none(
            underlay,
            "ND for " + web.ipv6() + at,
            "icmpv6.nd.ns.target_address == %s || icmpv6.nd.na.target_address == %s"
                .formatted(web.ipv6(), web.ipv6()));
        wire.none(
            underlay,
            "ND requests and answers in a tunnel" + at,
            "%s && (icmpv6.type == %d || icmpv6.type == %d)"
                .formatted(lab.tunnels().any(), NEIGHBOR_SOLICITATION, NEIGHBOR_ADVERTISEMENT));
      }
      wire.judge();
      evidence.figure(
          "%d answers at contoso-sql, 0 on the underlay"
              .formatted(
                  wire.count(
                      atSql, "arp.opcode == 2 || icmpv6.type == " + NEIGHBOR_ADVERTISEMENT)));
    }
  }

  /// The answers bear what policy says of the far machine.
  private static void answers(Wire wire, Point atSql, VirtualMachine sql, VirtualMachine web) {
    wire.exactly(
        1,
        atSql,
        "ARP answers for " + web.ipv4(),
        "arp.opcode == 2 && arp.src.proto_ipv4 == %s && arp.src.hw_mac == %s"
            .formatted(web.ipv4(), web.mac()));
    wire.exactly(
        1,
        atSql,
        "ARP answers for the router",
        "arp.opcode == 2 && arp.src.proto_ipv4 == " + sql.addresses().getFirst().gateway());
    wire.exactly(
        1,
        atSql,
        "ND answers for " + web.ipv6(),
        "icmpv6.nd.na.target_address == %s && icmpv6.opt.linkaddr == %s"
            .formatted(web.ipv6(), web.mac()));
  }
}
