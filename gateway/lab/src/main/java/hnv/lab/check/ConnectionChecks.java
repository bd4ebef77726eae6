// SPDX-License-Identifier: Apache-2.0
package hnv.lab.check;

import hnv.lab.netns.Namespace;
import hnv.lab.netns.Together;
import hnv.lab.topology.VirtualMachine;
import hnv.lab.topology.World;
import hnv.lab.traffic.Pages;
import hnv.lab.traffic.Ping;
import hnv.wire.Ipv4Address;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The tenants' connections to their other networks, while they are there: GRE and L3.
final class ConnectionChecks {
  private static final int CONTOSO_TIMES = 5;
  private static final Duration WITHDRAWN = Duration.ofSeconds(15);

  private ConnectionChecks() {}

  static List<Check> all() {
    return List.of(
        new Check(
            "gre",
            "two branches, both 192.168.50.0/24 behind GRE with a key, meet their own tenant only",
            ConnectionChecks::gre),
        new Check(
            "twice-nat",
            "Woodgrove's Web and its branch's machine, both 10.1.1.12, meet by other prefixes",
            ConnectionChecks::twiceNat),
        new Check(
            "l3",
            "a corporate VLAN reaches Contoso by its own addresses, without translation",
            ConnectionChecks::l3));
  }

  private static void gre(Lab lab, Evidence evidence) {
    Map<String, Integer> times = new LinkedHashMap<>();
    times.put("contoso", 5);
    times.put("fabrikam", 3);
    Point internet = lab.internet();
    List<Point> points = new ArrayList<>(List.of(internet));
    times.keySet().forEach(tenant -> points.add(lan(lab, tenant)));
    Together.each(
        times.keySet(), tenant -> Ping.awaitReply(web(lab, tenant), World.BRANCH_LAN, WITHDRAWN));
    try (Wire wire = Wire.capture(evidence, "gre", points)) {
      times.forEach(
          (tenant, count) -> {
            evidence.equal(
                "replies of the branch of " + tenant,
                count,
                Ping.echo(web(lab, tenant), World.BRANCH_LAN, count));
            VirtualMachine machine = lab.machine(tenant + "-web");
            evidence.equal(
                "the page that the branch of " + tenant + " gets",
                lab.banner(machine),
                Pages.fetch(lab.world().branch(tenant).machine(), machine.ipv4()));
            wire.exactly(
                count,
                internet,
                "requests with the key of " + tenant,
                "gre.key == %d && icmp.type == 8".formatted(World.key(tenant)));
            wire.exactly(count, lan(lab, tenant), "requests at that branch", "icmp.type == 8");
          });
      wire.none(internet, "packets of a tenant outside a tunnel", "ip.addr == 10.0.0.0/8 && !gre");
      wire.none(internet, "GRE that is not as RFC 2890 says", "gre && _ws.malformed");
      wire.judge();
    }
    evidence.figure("keys 5001 and 6001 at " + World.GRE_VIP);
  }

  private static void twiceNat(Lab lab, Evidence evidence) {
    VirtualMachine web = lab.machine("woodgrove-web");
    Namespace branch = lab.world().branch("woodgrove").machine();
    Ipv4Address asSeen = Ipv4Address.parse("172.31.1.12");
    evidence.equal("address of the branch's", web.ipv4().toString(), World.SAME_LAN.toString());
    Point internet = lab.internet();
    Point atBranch = lan(lab, "woodgrove");
    Point atWeb = lab.arriving(web);
    Ping.awaitReply(lab.namespace(web), World.SAME_LAN_AS_SEEN, WITHDRAWN);
    try (Wire wire = Wire.capture(evidence, "twice-nat", List.of(internet, atBranch, atWeb))) {
      evidence.equal(
          "replies of the branch's machine",
          CONTOSO_TIMES,
          Ping.echo(lab.namespace(web), World.SAME_LAN_AS_SEEN, CONTOSO_TIMES));
      evidence.equal("the page that it gets", lab.banner(web), Pages.fetch(branch, asSeen));
      wire.exactly(
          CONTOSO_TIMES,
          atBranch,
          "requests as the branch sees them",
          "icmp.type == 8 && ip.src == %s && ip.dst == %s".formatted(asSeen, World.SAME_LAN));
      wire.exactly(
          1,
          atWeb,
          "connections as the tenant's machine sees them",
          "tcp.flags.syn == 1 && tcp.flags.ack == 0 && ip.src == %s && ip.dst == %s"
              .formatted(World.SAME_LAN_AS_SEEN, web.ipv4()));
      wire.exactly(
          CONTOSO_TIMES,
          internet,
          "requests with Woodgrove's key",
          "gre.key == %d && icmp.type == 8".formatted(World.key("woodgrove")));
      wire.none(internet, "packets outside a tunnel", "ip.addr == 172.16.0.0/12 && !gre");
      wire.judge();
    }
    evidence.figure("seen as %s here and %s there".formatted(World.SAME_LAN_AS_SEEN, asSeen));
  }

  private static Point lan(Lab lab, String tenant) {
    return new Point(tenant + "-branch", lab.world().branch(tenant).machine(), "lan", "");
  }

  private static Namespace web(Lab lab, String tenant) {
    return lab.namespace(lab.machine(tenant + "-web"));
  }

  private static void l3(Lab lab, Evidence evidence) {
    VirtualMachine web = lab.machine("contoso-web");
    VirtualMachine other = lab.machine("fabrikam-web");
    Namespace corporate = lab.world().corporate();
    Point atWeb = lab.arriving(web);
    Point atOther = lab.arriving(other);
    Point trunk = lab.trunk();
    Ping.awaitReply(lab.namespace(web), World.CORPORATE, WITHDRAWN);
    try (Wire wire = Wire.capture(evidence, "l3", List.of(atWeb, atOther, trunk))) {
      evidence.equal(
          "the page that the corporate network gets",
          lab.banner(web),
          Pages.fetch(corporate, web.ipv4()));
      evidence.equal(
          "replies of " + World.CORPORATE,
          CONTOSO_TIMES,
          Ping.echo(lab.namespace(web), World.CORPORATE, CONTOSO_TIMES));
      wire.exactly(
          1,
          atWeb,
          "connections from the corporate address as it is",
          "tcp.flags.syn == 1 && ip.src == " + World.CORPORATE);
      wire.exactly(
          CONTOSO_TIMES,
          trunk,
          "requests in VLAN 100 from the machine's address as it is",
          "vlan.id == 100 && icmp.type == 8 && ip.src == " + web.ipv4());
      wire.none(trunk, "untagged packets of the tenant", "!vlan && !gre && ip.addr == 10.0.0.0/8");
      wire.none(atOther, "packets of the corporate network", "ip.src#1 == " + World.CORPORATE);
      evidence.holds(
          "Fabrikam does not reach it",
          Ping.echo(lab.namespace(other), World.CORPORATE, 1) == 0,
          "a reply");
      wire.judge();
    }
    evidence.figure("VLAN 100, " + World.CORPORATE + " and " + web.ipv4() + " as they are");
  }
}
