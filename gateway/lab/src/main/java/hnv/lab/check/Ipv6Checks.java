// SPDX-License-Identifier: Apache-2.0
package hnv.lab.check;

import hnv.lab.netns.Together;
import hnv.lab.peer.Internet;
import hnv.lab.topology.VirtualMachine;
import hnv.lab.traffic.Ping;
import hnv.wire.Ipv6Address;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Machines that speak IPv6 with the outside: NAT64 and NPTv6.
final class Ipv6Checks {
  private static final Duration FIRST_PACKET = Duration.ofSeconds(5);
  private static final int TIMES = 4;

  /// 198.18.0.80 in the well-known prefix (RFC 6052 §2.1).
  private static final Ipv6Address SERVER_BY_NAT64 = Ipv6Address.parse("64:ff9b::c612:50");

  private static final String SYN = "tcp.flags.syn == 1 && tcp.flags.ack == 0";

  private Ipv6Checks() {}

  static List<Check> all() {
    return List.of(
        new Check(
            "nat64",
            "a machine that has IPv6 only asks the Internet's IPv4 server",
            Ipv6Checks::nat64),
        new Check(
            "nptv6",
            "two Webs, fd00:5001::12, ask in IPv6; the server sees each tenant's own prefix",
            Ipv6Checks::prefixes));
  }

  private static void nat64(Lab lab, Evidence evidence) {
    VirtualMachine machine = lab.machine("contoso-new");
    evidence.holds(
        "the machine has no IPv4 address",
        machine.addresses().stream().allMatch(each -> each.address() instanceof Ipv6Address),
        machine.addresses().toString());
    Point internet = lab.internet();
    Point atMachine = lab.arriving(machine);
    Ping.awaitReply(lab.namespace(machine), SERVER_BY_NAT64, FIRST_PACKET);
    String seenAs = lab.scenario().publicAddress("contoso").toString();
    try (Wire wire = Wire.capture(evidence, "nat64", List.of(internet, atMachine))) {
      for (int i = 0; i < TIMES; i++) {
        evidence.equal(
            "whom the server sees",
            seenAs,
            Internet.seenAs(lab.namespace(machine), SERVER_BY_NAT64));
      }
      evidence.equal("replies", TIMES, Ping.echo(lab.namespace(machine), SERVER_BY_NAT64, TIMES));
      wire.exactly(
          TIMES, internet, "connections in IPv4", SYN + " && !ipv6 && ip.src == " + seenAs);
      wire.exactly(TIMES, internet, "requests in ICMPv4", "icmp.type == 8 && ip.src == " + seenAs);
      wire.exactly(
          TIMES,
          atMachine,
          "answers in ICMPv6",
          "icmpv6.type == 129 && ipv6.src == " + SERVER_BY_NAT64);
      wire.none(atMachine, "packets of IPv4", "ip");
      wire.none(
          internet, "packets of the prefix that stands for IPv4", "ipv6.addr == 64:ff9b::/96");
      wire.judge();
    }
    evidence.figure(SERVER_BY_NAT64 + " for " + Internet.SERVER);
  }

  private static void prefixes(Lab lab, Evidence evidence) {
    Map<VirtualMachine, String> seenAs = new LinkedHashMap<>();
    seenAs.put(lab.machine("contoso-web"), "2001:db8:5001:");
    seenAs.put(lab.machine("fabrikam-web"), "2001:db8:5002:");
    List<Ipv6Address> own = seenAs.keySet().stream().map(VirtualMachine::ipv6).distinct().toList();
    evidence.equal("addresses of the two", 1, own.size());
    Point internet = lab.internet();
    Together.each(
        seenAs.keySet(),
        machine -> Ping.awaitReply(lab.namespace(machine), Internet.SERVER6, FIRST_PACKET));
    try (Wire wire = Wire.capture(evidence, "nptv6", List.of(internet))) {
      seenAs.forEach(
          (machine, prefix) -> {
            List<String> seen =
                Together.map(
                    Collections.nCopies(TIMES, machine),
                    each -> Internet.seenAs(lab.namespace(each), Internet.SERVER6));
            long within = seen.stream().filter(each -> each.startsWith(prefix)).count();
            evidence.equal("times that the server sees " + prefix + ":/48", TIMES, within);
            evidence.equal("addresses seen of it", 1, seen.stream().distinct().count());
            wire.exactly(
                TIMES,
                internet,
                "connections from " + prefix + ":/48",
                SYN + " && ipv6.src == " + prefix + ":/48");
            evidence.figure(seen.getFirst());
          });
      wire.none(internet, "packets with a tenant's own address", "ipv6.addr == fd00:5001::/48");
      wire.judge();
    }
  }
}
