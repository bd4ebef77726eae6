// SPDX-License-Identifier: Apache-2.0
package hnv.lab.check;

import hnv.lab.netns.CraftedFrame;
import hnv.lab.netns.Deadline;
import hnv.lab.netns.Injector;
import hnv.lab.netns.Namespace;
import hnv.lab.topology.VirtualMachine;
import hnv.lab.topology.World;
import hnv.lab.traffic.Pages;
import hnv.lab.traffic.Ping;
import hnv.wire.Ipv4Address;
import hnv.wire.MacAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// The tenants' connections to their other networks: GRE and L3.
final class ConnectionChecks {
  private static final int CONTOSO_TIMES = 5;
  private static final int FABRIKAM_TIMES = 3;
  private static final Duration WITHDRAWN = Duration.ofSeconds(15);

  private ConnectionChecks() {}

  static List<Check> all() {
    return List.of(
        new Check(
            "gre",
            "two branches, both 192.168.50.0/24 behind GRE with a key, meet their own tenant only",
            ConnectionChecks::gre),
        new Check(
            "l3",
            "a corporate VLAN reaches Contoso by its own addresses, without translation",
            ConnectionChecks::l3),
        new Check(
            "gateway-forged",
            "nothing that comes from outside passes for a tunnel of the provider or of a branch",
            ConnectionChecks::forged),
        new Check(
            "gre-down",
            "a branch that falls silent loses its route; the other's tunnel notices nothing",
            ConnectionChecks::down));
  }

  private static void gre(Lab lab, Evidence evidence) {
    VirtualMachine contoso = lab.machine("contoso-web");
    VirtualMachine fabrikam = lab.machine("fabrikam-web");
    Namespace contosoBranch = lab.world().branch("contoso").machine();
    Namespace fabrikamBranch = lab.world().branch("fabrikam").machine();
    Point internet = lab.internet();
    Point atContoso = new Point("contoso-branch", contosoBranch, "lan", "");
    Point atFabrikam = new Point("fabrikam-branch", fabrikamBranch, "lan", "");
    Ping.awaitReply(lab.namespace(contoso), World.BRANCH_LAN, WITHDRAWN);
    Ping.awaitReply(lab.namespace(fabrikam), World.BRANCH_LAN, WITHDRAWN);
    try (Wire wire = Wire.capture(evidence, "gre", List.of(internet, atContoso, atFabrikam))) {
      evidence.equal(
          "replies of Contoso's branch",
          CONTOSO_TIMES,
          Ping.echo(lab.namespace(contoso), World.BRANCH_LAN, CONTOSO_TIMES));
      evidence.equal(
          "replies of Fabrikam's branch",
          FABRIKAM_TIMES,
          Ping.echo(lab.namespace(fabrikam), World.BRANCH_LAN, FABRIKAM_TIMES));
      evidence.equal(
          "the page that Contoso's branch gets",
          lab.banner(contoso),
          Pages.fetch(contosoBranch, contoso.ipv4()));
      evidence.equal(
          "the page that Fabrikam's branch gets",
          lab.banner(fabrikam),
          Pages.fetch(fabrikamBranch, fabrikam.ipv4()));
      String request = " && icmp.type == 8";
      wire.exactly(CONTOSO_TIMES, internet, "requests with key 5001", "gre.key == 5001" + request);
      wire.exactly(FABRIKAM_TIMES, internet, "requests with key 6001", "gre.key == 6001" + request);
      wire.exactly(CONTOSO_TIMES, atContoso, "requests at Contoso's branch", "icmp.type == 8");
      wire.exactly(FABRIKAM_TIMES, atFabrikam, "requests at Fabrikam's branch", "icmp.type == 8");
      wire.none(internet, "packets of a tenant outside a tunnel", "ip.addr == 10.0.0.0/8 && !gre");
      wire.none(internet, "GRE that is not as RFC 2890 says", "gre && _ws.malformed");
      wire.judge();
    }
    evidence.figure("keys 5001 and 6001 at " + World.GRE_VIP);
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

  /// What a stranger on the Internet may try: the provider's tunnels, and a branch's key from
  /// elsewhere.
  private static void forged(Lab lab, Evidence evidence) {
    VirtualMachine web = lab.machine("contoso-web");
    VirtualMachine fabrikam = lab.machine("fabrikam-web");
    Namespace internet = lab.world().internet();
    String device = lab.internet().device();
    CraftedFrame inner =
        new CraftedFrame(
            MacAddress.parse("00-15-5D-01-01-11"),
            web.mac(),
            Ipv4Address.parse("10.1.1.11"),
            web.ipv4(),
            "hnv lab: from outside");
    List<byte[]> frames = new ArrayList<>();
    MacAddress router = lab.macOf(internet, device);
    MacAddress gateway = lab.macOf(lab.topology().host("gw1"), World.DEVICE);
    for (Ipv4Address to :
        List.of(
            Ipv4Address.parse("192.168.3.30"), World.GRE_VIP, Ipv4Address.parse("203.0.113.2"))) {
      for (Tunnels tunnels : List.of(Tunnels.VXLAN, Tunnels.NVGRE)) {
        frames.add(
            tunnels
                .craft(router, gateway, Ipv4Address.parse("192.168.1.10"), to, web.vsid())
                .carry(inner));
      }
    }
    List<Point> points = lab.arriving(lab.scenario().machines());
    try (Wire wire = Wire.capture(evidence, "gateway-forged", points)) {
      Injector.send(internet, device, "gateway-forged", frames);
      evidence.equal("honest replies", 2, Ping.echo(lab.namespace(fabrikam), World.BRANCH_LAN, 2));
      for (Point point : points) {
        wire.none(
            point, "forged packets at " + point.name(), "frame contains \"hnv lab: from outside\"");
      }
      wire.judge();
    }
    evidence.figure("%d forged frames, none arrived".formatted(frames.size()));
  }

  /// As the address stands in a header.
  private static String octets(Ipv4Address address) {
    int bits = address.bits();
    return new String(
        new byte[] {(byte) (bits >>> 24), (byte) (bits >>> 16), (byte) (bits >>> 8), (byte) bits},
        StandardCharsets.ISO_8859_1);
  }

  private static void down(Lab lab, Evidence evidence) {
    VirtualMachine contoso = lab.machine("contoso-web");
    VirtualMachine fabrikam = lab.machine("fabrikam-web");
    Point internet = lab.internet();
    Ipv4Address next = lab.scenario().publicAddress("contoso");
    try (Ping stream =
            Ping.stream(
                lab.namespace(fabrikam), "gre-down", World.BRANCH_LAN, Duration.ofMillis(50));
        Wire wire = Wire.capture(evidence, "gre-down", List.of(internet))) {
      lab.world().branch("contoso").close();
      Deadline.in(WITHDRAWN)
          .await(
              "the route of Contoso's branch is withdrawn",
              () -> {
                Ping.echo(lab.namespace(contoso), World.BRANCH_LAN, 1);
                return wire.capture(internet).holds(octets(next) + octets(World.BRANCH_LAN));
              });
      wire.atLeast(
          1,
          internet,
          "packets by the next best route, translated",
          "ip.src == %s && ip.dst == %s".formatted(next, World.BRANCH_LAN));
      wire.none(internet, "packets of the tenant in the clear", "ip.addr == 10.0.0.0/8 && !gre");
      evidence.holds(
          "Fabrikam's longest time without a reply stays below 1 s",
          stream.longestGap() < 1_000,
          "%.0f ms".formatted(stream.longestGap()));
      wire.judge();
      evidence.figure("the other tunnel's longest gap %.0f ms".formatted(stream.longestGap()));
    }
  }
}
