// SPDX-License-Identifier: Apache-2.0
package hnv.lab.check;

import static hnv.lab.netns.Processes.words;

import hnv.lab.netns.Namespace;
import hnv.lab.netns.Together;
import hnv.lab.peer.Internet;
import hnv.lab.topology.VirtualMachine;
import hnv.lab.topology.World;
import hnv.lab.traffic.Pages;
import hnv.lab.traffic.Ping;
import hnv.wire.Ipv4Address;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Translation between the tenants' networks and the Internet.
final class GatewayChecks {
  private static final int CONTOSO_TIMES = 4;
  private static final int FABRIKAM_TIMES = 3;
  private static final int FORWARDED_PORT = 8_080;
  private static final String SYN = "tcp.flags.syn == 1 && tcp.flags.ack == 0";

  private GatewayChecks() {}

  static List<Check> all() {
    return List.of(
        new Check(
            "nat-outbound",
            "both Webs, 10.1.1.12, ask the Internet at once; it sees each tenant's public address",
            GatewayChecks::outbound),
        new Check(
            "nat-inbound",
            "a forwarded port and a 1:1 address lead from the Internet to the right tenant only",
            GatewayChecks::inbound),
        new Check(
            "nat-hairpin",
            "a public address answers from inside, its own tenant and the other, without a detour",
            GatewayChecks::hairpin),
        new Check(
            "nat-icmp",
            "pings and ICMP errors are translated, what the errors quote included",
            GatewayChecks::icmp),
        new Check(
            "both-tunnels",
            "one tenant is on VXLAN, the other on NVGRE and, to a host bound to it, on VXLAN",
            GatewayChecks::encapsulations));
  }

  private static void outbound(Lab lab, Evidence evidence) {
    VirtualMachine contoso = lab.machine("contoso-web");
    VirtualMachine fabrikam = lab.machine("fabrikam-web");
    evidence.equal("address of both", contoso.ipv4().toString(), fabrikam.ipv4().toString());
    Ipv4Address contosoPublic = lab.scenario().publicAddress("contoso");
    Ipv4Address fabrikamPublic = lab.scenario().publicAddress("fabrikam");
    Point internet = lab.internet();
    try (Wire wire = Wire.capture(evidence, "nat-outbound", List.of(internet))) {
      List<VirtualMachine> asking = new ArrayList<>();
      for (int i = 0; i < CONTOSO_TIMES; i++) {
        asking.add(contoso);
      }
      for (int i = 0; i < FABRIKAM_TIMES; i++) {
        asking.add(fabrikam);
      }
      List<String> seen = Together.map(asking, machine -> Internet.seenAs(lab.namespace(machine)));
      for (int i = 0; i < seen.size(); i++) {
        boolean isContoso = asking.get(i).equals(contoso);
        evidence.equal(
            "whom the server sees when " + asking.get(i).name() + " asks",
            (isContoso ? contosoPublic : fabrikamPublic).toString(),
            seen.get(i));
      }
      wire.exactly(
          CONTOSO_TIMES, internet, "connections of Contoso", from(contosoPublic) + " && " + SYN);
      wire.exactly(
          FABRIKAM_TIMES, internet, "connections of Fabrikam", from(fabrikamPublic) + " && " + SYN);
      wire.none(internet, "packets with a tenant's own address", "ip.addr == 10.0.0.0/8");
      wire.none(internet, "packets in a tunnel of the provider", "vxlan || gre.proto == 0x6558");
      wire.judge();
    }
    evidence.figure(contosoPublic + " and " + fabrikamPublic);
  }

  private static String from(Ipv4Address address) {
    return "ip.src == " + address;
  }

  private static void inbound(Lab lab, Evidence evidence) {
    VirtualMachine contosoWeb = lab.machine("contoso-web");
    VirtualMachine fabrikamWeb = lab.machine("fabrikam-web");
    VirtualMachine fabrikamSql = lab.machine("fabrikam-sql");
    Ipv4Address contosoPublic = lab.scenario().publicAddress("contoso");
    Ipv4Address fabrikamPublic = lab.scenario().publicAddress("fabrikam");
    Ipv4Address own = lab.scenario().publicAddress("fabrikam-sql");
    Namespace world = lab.world().internet();
    try (Wire wire =
        Wire.capture(evidence, "nat-inbound", lab.arriving(lab.scenario().machines()))) {
      for (int i = 0; i < CONTOSO_TIMES; i++) {
        evidence.equal(
            "the page at Contoso's forwarded port",
            lab.banner(contosoWeb),
            Pages.fetch(world, contosoPublic, FORWARDED_PORT));
      }
      for (int i = 0; i < FABRIKAM_TIMES; i++) {
        evidence.equal(
            "the page at Fabrikam's forwarded port",
            lab.banner(fabrikamWeb),
            Pages.fetch(world, fabrikamPublic, FORWARDED_PORT));
      }
      evidence.equal(
          "the page at Fabrikam SQL's own public address",
          lab.banner(fabrikamSql),
          Pages.fetch(world, own));
      evidence.equal(
          "whom the server sees when Fabrikam SQL asks",
          own.toString(),
          Internet.seenAs(lab.namespace(fabrikamSql)));
      boolean answered =
          world
              .run(words("busybox nc -w 1 %s %d".formatted(contosoPublic, FORWARDED_PORT + 1)))
              .succeeded();
      evidence.holds(
          "a port that is not forwarded does not answer", !answered, answered ? "it does" : "no");
      for (VirtualMachine machine : lab.scenario().machines()) {
        int expected =
            machine.equals(contosoWeb)
                ? CONTOSO_TIMES
                : machine.equals(fabrikamWeb)
                    ? FABRIKAM_TIMES
                    : machine.equals(fabrikamSql) ? 1 : 0;
        wire.exactly(
            expected,
            lab.arriving(machine),
            "connections from outside that reach " + machine.name(),
            SYN + " && ip.src != 10.1.0.0/16");
      }
      wire.judge();
    }
    evidence.figure("%s:%d, %s".formatted(contosoPublic, FORWARDED_PORT, own));
  }

  private static void hairpin(Lab lab, Evidence evidence) {
    VirtualMachine contosoSql = lab.machine("contoso-app");
    VirtualMachine contosoWeb = lab.machine("contoso-web");
    VirtualMachine fabrikamWeb = lab.machine("fabrikam-web");
    Ipv4Address contosoPublic = lab.scenario().publicAddress("contoso");
    Ipv4Address fabrikamPublic = lab.scenario().publicAddress("fabrikam");
    Point internet = lab.internet();
    Point atWeb = lab.arriving(contosoWeb);
    try (Wire wire = Wire.capture(evidence, "nat-hairpin", List.of(internet, atWeb))) {
      for (VirtualMachine client : List.of(contosoSql, fabrikamWeb)) {
        evidence.equal(
            "the page that " + client.name() + " gets at " + contosoPublic,
            lab.banner(contosoWeb),
            Pages.fetch(lab.namespace(client), contosoPublic, FORWARDED_PORT));
      }
      wire.exactly(1, atWeb, "connections of Contoso itself", from(contosoPublic) + " && " + SYN);
      wire.exactly(1, atWeb, "connections of Fabrikam", from(fabrikamPublic) + " && " + SYN);
      wire.none(internet, "packets of them outside", "tcp.port == " + FORWARDED_PORT);
      wire.judge();
    }
    evidence.figure("seen as " + contosoPublic + " and " + fabrikamPublic);
  }

  private static void icmp(Lab lab, Evidence evidence) {
    VirtualMachine contoso = lab.machine("contoso-web");
    VirtualMachine fabrikam = lab.machine("fabrikam-web");
    Point atContoso = lab.arriving(contoso);
    Point atFabrikam = lab.arriving(fabrikam);
    Point internet = lab.internet();
    try (Wire wire = Wire.capture(evidence, "nat-icmp", List.of(atContoso, atFabrikam, internet))) {
      evidence.equal(
          "replies to " + contoso.name(),
          CONTOSO_TIMES,
          Ping.echo(lab.namespace(contoso), Internet.SERVER, CONTOSO_TIMES));
      evidence.equal(
          "replies to " + fabrikam.name(),
          FABRIKAM_TIMES,
          Ping.echo(lab.namespace(fabrikam), Internet.SERVER, FABRIKAM_TIMES));
      lab.namespace(contoso)
          .run("bash", "-c", "echo closed >/dev/udp/" + Internet.SERVER + "/9")
          .require();
      wire.await(atContoso, "closed", 2);
      wire.exactly(
          CONTOSO_TIMES,
          internet,
          "echo requests of Contoso",
          from(lab.scenario().publicAddress("contoso")) + " && icmp.type == 8");
      wire.exactly(
          FABRIKAM_TIMES,
          internet,
          "echo requests of Fabrikam",
          from(lab.scenario().publicAddress("fabrikam")) + " && icmp.type == 8");
      String unreachable = "icmp.type == 3 && icmp.code == 3";
      wire.atLeast(
          1,
          atContoso,
          "port unreachable, quoting what the machine sent",
          unreachable + " && ip.src#2 == " + contoso.ipv4() + " && udp.dstport == 9");
      wire.none(
          atContoso,
          "port unreachable that quotes a public address",
          unreachable + " && ip.addr == 203.0.113.0/24");
      wire.none(atFabrikam, "errors that are not its own", unreachable);
      wire.judge();
    }
  }

  private static void encapsulations(Lab lab, Evidence evidence) {
    Point underlay = lab.underlay("gw1");
    VirtualMachine contosoWeb = lab.machine("contoso-web");
    VirtualMachine fabrikamWeb = lab.machine("fabrikam-web");
    VirtualMachine fabrikamSql = lab.machine("fabrikam-sql");
    for (VirtualMachine machine : List.of(contosoWeb, fabrikamWeb, fabrikamSql)) {
      Ping.awaitReply(lab.namespace(machine), Internet.SERVER, Duration.ofSeconds(5));
    }
    try (Wire wire = Wire.capture(evidence, "both-tunnels", List.of(underlay))) {
      Ping.echo(lab.namespace(contosoWeb), Internet.SERVER, 2);
      Ping.echo(lab.namespace(fabrikamWeb), Internet.SERVER, 3);
      Ping.echo(lab.namespace(fabrikamSql), Internet.SERVER, 4);
      Tunnels vxlan = Tunnels.VXLAN;
      Tunnels nvgre = Tunnels.NVGRE;
      String request = " && icmp.type == 8";
      String reply = " && icmp.type == 0";
      wire.exactly(2, underlay, "requests of Contoso in VXLAN", vxlan.of(5255) + request);
      wire.exactly(2, underlay, "replies to it", vxlan.of(contosoWeb.vsid()) + reply);
      wire.exactly(3, underlay, "requests of Fabrikam Web in NVGRE", nvgre.of(6255) + request);
      wire.exactly(3, underlay, "replies to it", nvgre.of(fabrikamWeb.vsid()) + reply);
      wire.exactly(4, underlay, "requests of Fabrikam SQL in VXLAN", vxlan.of(6255) + request);
      wire.exactly(4, underlay, "replies to it", vxlan.of(fabrikamSql.vsid()) + reply);
      wire.none(underlay, "packets outside a tunnel", "ip.addr == 10.0.0.0/8 && !vxlan && !gre");
      wire.judge();
    }
    evidence.figure("host1 is bound to VXLAN; " + World.DEVICE + " carries neither");
  }
}
