// SPDX-License-Identifier: Apache-2.0
package hnv.lab.check;

import static hnv.lab.netns.Processes.words;

import hnv.lab.netns.Patience;
import hnv.lab.topology.VirtualMachine;
import hnv.lab.traffic.Pages;
import hnv.lab.traffic.Ping;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// Two tenants with one set of addresses: each meets its own, on the wire in its own number.
final class TenantChecks {
  private static final int CONTOSO_FETCHES = 3;
  private static final int FABRIKAM_FETCHES = 2;
  private static final int CONTOSO_PINGS = 5;
  private static final int FABRIKAM_PINGS = 3;
  private static final int CONNECTIONS = 8;
  private static final int CLOSED_PORT = 81;
  private static final String SYN = "tcp.flags.syn == 1 && tcp.flags.ack == 0";

  private TenantChecks() {}

  static List<Check> all() {
    return List.of(
        new Check(
            "banners",
            "each tenant's Web fetches the page of its own SQL, both at 10.1.1.11",
            TenantChecks::banners),
        new Check(
            "encapsulation",
            "underlay packets bear the tenant's number and are what the RFC says",
            TenantChecks::encapsulation),
        new Check(
            "ipv6", "IPv6 passes between the hosts on the dual-stack subnet", TenantChecks::ipv6),
        new Check(
            "acl",
            "a port that Contoso SQL's access control list does not name stays closed",
            TenantChecks::accessControl));
  }

  private static void banners(Lab lab, Evidence evidence) {
    VirtualMachine contosoWeb = lab.machine("contoso-web");
    VirtualMachine contosoSql = lab.machine("contoso-sql");
    VirtualMachine fabrikamWeb = lab.machine("fabrikam-web");
    VirtualMachine fabrikamSql = lab.machine("fabrikam-sql");
    evidence.equal(
        "address of the two SQL machines",
        contosoSql.ipv4().toString(),
        fabrikamSql.ipv4().toString());
    try (Wire wire = Wire.capture(evidence, "banners", lab.arriving(lab.scenario().machines()))) {
      fetch(lab, evidence, contosoWeb, contosoSql, CONTOSO_FETCHES);
      fetch(lab, evidence, fabrikamWeb, fabrikamSql, FABRIKAM_FETCHES);
      for (VirtualMachine machine : lab.scenario().machines()) {
        // Different numbers of connections, so that one cannot pass for the other.
        int connections =
            machine.equals(contosoSql)
                ? CONTOSO_FETCHES
                : machine.equals(fabrikamSql) ? FABRIKAM_FETCHES : 0;
        wire.exactly(
            connections, lab.arriving(machine), "connections that reach " + machine.name(), SYN);
      }
      foreign(lab, wire, contosoSql, List.of(fabrikamWeb, fabrikamSql));
      foreign(lab, wire, fabrikamSql, List.of(contosoWeb, contosoSql));
      wire.judge();
    }
  }

  private static void fetch(
      Lab lab, Evidence evidence, VirtualMachine client, VirtualMachine server, int times) {
    for (int i = 0; i < times; i++) {
      String page = Pages.fetch(lab.namespace(client), server.ipv4());
      evidence.equal("the page that " + client.name() + " gets", lab.banner(server), page);
      if (i == 0) {
        evidence.figure("'" + page + "'");
      }
    }
  }

  private static void foreign(
      Lab lab, Wire wire, VirtualMachine server, List<VirtualMachine> others) {
    for (VirtualMachine other : others) {
      wire.none(
          lab.arriving(other),
          server.name() + "'s banner at " + other.name(),
          "frame contains \"" + server.name() + ": hello\"");
    }
  }

  private static void encapsulation(Lab lab, Evidence evidence) {
    VirtualMachine contosoWeb = lab.machine("contoso-web");
    VirtualMachine contosoSql = lab.machine("contoso-sql");
    VirtualMachine fabrikamWeb = lab.machine("fabrikam-web");
    VirtualMachine fabrikamSql = lab.machine("fabrikam-sql");
    Tunnels tunnels = lab.tunnels();
    Point underlay = lab.underlay(contosoSql.host());
    try (Wire wire = Wire.capture(evidence, "encapsulation", List.of(underlay))) {
      evidence.equal(
          "replies to contoso-web",
          CONTOSO_PINGS,
          Ping.echo(lab.namespace(contosoWeb), contosoSql.ipv4(), CONTOSO_PINGS));
      evidence.equal(
          "replies to fabrikam-web",
          FABRIKAM_PINGS,
          Ping.echo(lab.namespace(fabrikamWeb), fabrikamSql.ipv4(), FABRIKAM_PINGS));
      for (int i = 0; i < CONNECTIONS; i++) {
        Pages.fetch(lab.namespace(contosoWeb), contosoSql.ipv4());
      }
      String request = " && icmp.type == 8";
      wire.exactly(CONTOSO_PINGS, underlay, "echo requests of Contoso", tunnels.of(5001) + request);
      wire.exactly(
          FABRIKAM_PINGS, underlay, "echo requests of Fabrikam", tunnels.of(6001) + request);
      wire.exactly(
          2L * (CONTOSO_PINGS + FABRIKAM_PINGS),
          underlay,
          "tunnel packets with ICMP of any tenant",
          tunnels.any() + " && icmp");
      // Machines greet their subnets by IPv6 multicast whenever they like.
      wire.none(
          underlay,
          "tunnel packets of a third number",
          tunnels.ofOtherThan(5001, 6001) + " && !icmpv6");
      wire.none(
          underlay,
          "tunnel packets that are not as the RFC says",
          tunnels.any() + " && !(" + tunnels.wellFormed() + ")");
      wire.none(underlay, "outer fragments", "ip.flags.mf#1 == 1 || ip.frag_offset#1 > 0");
      wire.none(
          underlay,
          "packets of machines outside a tunnel",
          "!(" + tunnels.any() + ") && ip.addr == 10.1.0.0/16");
      wire.judge();
      entropy(
          evidence,
          tunnels,
          wire.capture(underlay).fields(tunnels.of(5001) + " && " + SYN, tunnels.entropyField()));
    }
    evidence.figure(tunnels.name(5001) + " and " + tunnels.name(6001));
  }

  private static void entropy(Evidence evidence, Tunnels tunnels, List<List<String>> rows) {
    // The first value of a row is the outer header's.
    Set<String> values =
        rows.stream().map(row -> row.getFirst().split(",", -1)[0]).collect(Collectors.toSet());
    evidence.holds(
        "%d connections have several values of %s".formatted(CONNECTIONS, tunnels.entropyField()),
        values.size() > 1,
        values.toString());
    evidence.figure("%d connections, %d entropy values".formatted(rows.size(), values.size()));
  }

  private static void ipv6(Lab lab, Evidence evidence) {
    VirtualMachine web = lab.machine("contoso-web");
    VirtualMachine sql = lab.machine("contoso-sql");
    Point underlay = lab.underlay(sql.host());
    try (Wire wire = Wire.capture(evidence, "ipv6", List.of(underlay))) {
      int replies = Ping.echo(lab.namespace(web), sql.ipv6(), CONTOSO_PINGS);
      evidence.equal("replies of " + sql.ipv6(), CONTOSO_PINGS, replies);
      wire.exactly(
          CONTOSO_PINGS,
          underlay,
          "echo requests in IPv6 in the tunnel of 5001",
          lab.tunnels().of(web.vsid()) + " && icmpv6.type == 128 && ipv6.dst == " + sql.ipv6());
      wire.judge();
      evidence.figure("%d of %d replies of %s".formatted(replies, CONTOSO_PINGS, sql.ipv6()));
    }
  }

  private static void accessControl(Lab lab, Evidence evidence) {
    VirtualMachine web = lab.machine("contoso-web");
    VirtualMachine sql = lab.machine("contoso-sql");
    Point arriving = lab.arriving(sql);
    try (Wire wire = Wire.capture(evidence, "acl", List.of(arriving))) {
      evidence.equal(
          "the page at the open port",
          lab.banner(sql),
          Pages.fetch(lab.namespace(web), sql.ipv4()));
      // A closed port that is reached answers with a reset at once; one that is not, with nothing.
      boolean answered =
          lab.namespace(web)
              .run(
                  words(
                      "busybox nc -w %d %s %d"
                          .formatted(Patience.factor(), sql.ipv4(), CLOSED_PORT)))
              .succeeded();
      evidence.holds("port 81 does not answer", !answered, answered ? "a connection" : "nothing");
      wire.exactly(1, arriving, "connections to port 80", SYN + " && tcp.dstport == 80");
      wire.none(arriving, "packets to port 81", "tcp.dstport == " + CLOSED_PORT);
      wire.judge();
    }
  }
}
