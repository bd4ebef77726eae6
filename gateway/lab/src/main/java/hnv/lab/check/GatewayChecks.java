// SPDX-License-Identifier: Apache-2.0
package hnv.lab.check;

import static hnv.lab.netns.Processes.words;

import hnv.lab.netns.Namespace;
import hnv.lab.netns.Together;
import hnv.lab.peer.Internet;
import hnv.lab.topology.VirtualMachine;
import hnv.lab.traffic.Pages;
import hnv.lab.traffic.Ping;
import hnv.wire.Ipv4Address;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/// Translation between the tenants' networks and the Internet.
final class GatewayChecks {
  private static final int CONTOSO_TIMES = 4;
  private static final int FABRIKAM_TIMES = 3;
  private static final int WOODGROVE_TIMES = 2;
  private static final int FORWARDED_PORT = 8_080;
  private static final String SYN = "tcp.flags.syn == 1 && tcp.flags.ack == 0";

  private GatewayChecks() {}

  static List<Check> all() {
    return List.of(
        new Check(
            "nat-outbound",
            "three Webs, 10.1.1.12, ask the Internet at once; it sees each tenant's public address",
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
            "Contoso's packets are in VXLAN, Woodgrove's in NVGRE, Fabrikam's in either, by host",
            GatewayChecks::encapsulations));
  }

  private static void outbound(Lab lab, Evidence evidence) {
    Map<String, Integer> times = new LinkedHashMap<>();
    times.put("contoso", CONTOSO_TIMES);
    times.put("fabrikam", FABRIKAM_TIMES);
    times.put("woodgrove", WOODGROVE_TIMES);
    List<VirtualMachine> asking = new ArrayList<>();
    times.forEach((tenant, count) -> asking.addAll(Collections.nCopies(count, web(lab, tenant))));
    Set<Ipv4Address> own = asking.stream().map(VirtualMachine::ipv4).collect(Collectors.toSet());
    evidence.equal("addresses of the three", 1, own.size());
    Point internet = lab.internet();
    try (Wire wire = Wire.capture(evidence, "nat-outbound", List.of(internet))) {
      List<String> seen = Together.map(asking, machine -> Internet.seenAs(lab.namespace(machine)));
      for (int i = 0; i < seen.size(); i++) {
        VirtualMachine machine = asking.get(i);
        evidence.equal(
            "whom the server sees when " + machine.name() + " asks",
            lab.scenario().publicAddress(machine.network()).toString(),
            seen.get(i));
      }
      times.forEach(
          (tenant, count) ->
              wire.exactly(
                  count,
                  internet,
                  "connections of " + tenant,
                  from(lab.scenario().publicAddress(tenant)) + " && " + SYN));
      wire.none(internet, "packets with a tenant's own address", "ip.addr == 10.0.0.0/8");
      wire.none(internet, "packets in a tunnel of the provider", "vxlan || gre.proto == 0x6558");
      wire.judge();
    }
    times.forEach(
        (tenant, count) ->
            evidence.figure("%d as %s".formatted(count, lab.scenario().publicAddress(tenant))));
  }

  private static VirtualMachine web(Lab lab, String tenant) {
    return lab.machine(tenant + "-web");
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
    Map<VirtualMachine, Integer> times = new LinkedHashMap<>();
    times.put(web(lab, "contoso"), 2);
    times.put(lab.machine("contoso-sql"), 3);
    times.put(web(lab, "fabrikam"), 4);
    times.put(lab.machine("fabrikam-sql"), 5);
    times.put(web(lab, "woodgrove"), 6);
    Map<String, Integer> gateways = Map.of("contoso", 5255, "fabrikam", 6255, "woodgrove", 7255);
    Together.each(
        times.keySet(),
        machine -> Ping.awaitReply(lab.namespace(machine), Internet.SERVER, Duration.ofSeconds(5)));
    try (Wire wire = Wire.capture(evidence, "both-tunnels", List.of(underlay))) {
      List<Map.Entry<VirtualMachine, Integer>> asking = List.copyOf(times.entrySet());
      List<Integer> replies =
          Together.map(
              asking,
              each -> Ping.echo(lab.namespace(each.getKey()), Internet.SERVER, each.getValue()));
      for (int i = 0; i < replies.size(); i++) {
        evidence.equal(
            "replies to " + asking.get(i).getKey().name(),
            asking.get(i).getValue(),
            replies.get(i));
      }
      times.forEach(
          (machine, count) -> {
            int gateway = Objects.requireNonNull(gateways.get(machine.network()));
            Tunnels tunnels = tunnelsOf(machine);
            String host = " && ip.addr#1 == " + lab.scenario().host(machine.host()).address();
            String name = " " + machine.name() + " in " + tunnels.encapsulation();
            wire.exactly(
                count,
                underlay,
                "requests of" + name,
                tunnels.of(gateway) + host + " && icmp.type == 8");
            wire.exactly(
                count,
                underlay,
                "replies to" + name,
                tunnels.of(machine.vsid()) + host + " && icmp.type == 0");
          });
      int all = times.values().stream().mapToInt(Integer::intValue).sum();
      wire.exactly(2L * all, underlay, "pings at all", "icmp.type == 8 || icmp.type == 0");
      wire.none(underlay, "packets outside a tunnel", "ip.addr == 10.0.0.0/8 && !vxlan && !gre");
      wire.judge();
    }
    evidence.figure("contoso VXLAN, woodgrove NVGRE, fabrikam VXLAN to host1, NVGRE to host2");
  }

  /// How the machine's packets must travel: its network's way, but host1 knows VXLAN only.
  private static Tunnels tunnelsOf(VirtualMachine machine) {
    return machine.network().equals("contoso") || machine.host().equals("host1")
        ? Tunnels.VXLAN
        : Tunnels.NVGRE;
  }
}
