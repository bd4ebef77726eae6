// SPDX-License-Identifier: Apache-2.0
package hnv.lab.gre;

import hnv.dataplane.DropReason;
import hnv.lab.check.Admin;
import hnv.lab.check.Evidence;
import hnv.lab.check.Evidence.Finding;
import hnv.lab.netns.Capture;
import hnv.lab.netns.LabException;
import hnv.lab.netns.Namespace;
import hnv.lab.netns.Outcome;
import hnv.lab.netns.Patience;
import hnv.lab.netns.Together;
import hnv.lab.topology.Topology;
import hnv.lab.traffic.Ping;
import hnv.wire.IpAddress;
import hnv.wire.Ipv6Address;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What is done with one kind of tunnel, and what must have been on the wire then.
final class TunnelProof {
  /// How often each tenant asks: by the number one sees whose a packet is.
  private static final Map<String, Integer> TIMES = Map.of("contoso", 5, "fabrikam", 3);

  private static final Duration UP = Duration.ofSeconds(3);
  private static final Duration FETCH = Duration.ofSeconds(20);
  private static final int IPV4_AND_ICMP = 28;
  private static final int IPV6_AND_ICMP = 48;
  private static final int ETHERNET = 14;

  /// Echo requests of 56 octets are shorter in any tunnel, and all others longer.
  private static final String SMALL = " && frame.len < 250";

  private static final Pattern TOLD = Pattern.compile("mtu ?= ?(\\d+)");
  private static final List<Boolean> FAMILIES = List.of(false, true);

  private final GreLab lab;
  private final TunnelCase tunnel;
  private final Evidence evidence;
  private final List<Question> questions = new ArrayList<>();

  private record Question(String what, String filter, String expected, LongPredicate holds) {}

  private TunnelProof(GreLab lab, TunnelCase tunnel, Evidence evidence) {
    this.lab = lab;
    this.tunnel = tunnel;
    this.evidence = evidence;
  }

  /// Makes both tenants' tunnels, uses them, counts, and takes them away.
  ///
  /// @return GRE packets on the wire, each direction: from the gateway, from the kernel
  static List<Long> prove(GreLab lab, TunnelCase tunnel, Evidence evidence) {
    TunnelProof proof = new TunnelProof(lab, tunnel, evidence);
    lab.connect(tunnel);
    try {
      return proof.prove();
    } finally {
      lab.disconnect();
    }
  }

  private List<Long> prove() {
    Together.each(TunnelCase.TENANTS, this::awaitUp);
    try (Capture wire = Capture.start(lab.peers(), GreLab.TO_GATEWAY, "wire-" + tunnel.name())) {
      evidence.file(wire.file());
      wire.awaitReady();
      Together.each(TunnelCase.TENANTS, this::use);
      if (tunnel.keepalive()) {
        wire.awaitText("never on the wire", 1, Duration.ofMillis(250));
      }
      TunnelCase.TENANTS.forEach(this::askForPings);
      TunnelCase.TENANTS.forEach(this::askForForm);
      none(
          "packets of a tenant outside a tunnel",
          "(ip.addr == 10.1.0.0/16 || ipv6.addr == fd00:1::/48) && !gre");
      none("malformed packets", "_ws.malformed");
      return judge(wire);
    }
  }

  private void awaitUp(String tenant) {
    Map<DropReason, Long> before = Admin.of(lab.gateway()).drops();
    for (boolean inner6 : FAMILIES) {
      try {
        Ping.awaitReply(lab.machine(tenant), tunnel.branch(inner6), UP);
      } catch (LabException e) {
        Map<DropReason, Long> drops = Admin.of(lab.gateway()).drops();
        before.forEach((reason, count) -> drops.computeIfPresent(reason, (_, now) -> now - count));
        drops.values().removeIf(count -> count == 0);
        throw new LabException(
            "%s; the gateway dropped %s; the kernel's device: %s"
                .formatted(e.getMessage(), drops, kernel(tenant)),
            e);
      }
    }
  }

  private String kernel(String tenant) {
    return lab.branch(tenant).run("ip", "-s", "-o", "link", "show", "gre1").output()
        + lab.peers().run("ip", "-6", "neigh").output()
        + lab.peers().run("sh", "-c", "nstat -az | grep -v ' 0 '").output();
  }

  // --- traffic -----------------------------------------------------------------------------------

  private void use(String tenant) {
    Namespace machine = lab.machine(tenant);
    Namespace branch = lab.branch(tenant);
    int times = TIMES.getOrDefault(tenant, 1);
    for (boolean inner6 : FAMILIES) {
      IpAddress there = tunnel.branch(inner6);
      IpAddress here = TunnelCase.address(lab.described(tenant), inner6);
      String family = inner6 ? " over IPv6" : " over IPv4";
      equal(tenant + ": replies of the branch" + family, times, Ping.echo(machine, there, times));
      equal(tenant + ": replies to the branch" + family, times, Ping.echo(branch, here, times));
      fetch(tenant + ": sum of what the machine gets" + family, machine, there, tenant, true);
      fetch(tenant + ": sum of what the branch gets" + family, branch, here, tenant, false);
      tooLong(tenant, machine, there, inner6);
    }
    received(tenant, branch);
  }

  private void fetch(
      String what, Namespace client, IpAddress server, String tenant, boolean ofBranch) {
    String host = server instanceof Ipv6Address ? "[" + server + "]" : server.toString();
    String command =
        "timeout %s busybox wget -q -O - http://%s/data | sha256sum"
            .formatted(Patience.seconds(FETCH), host);
    Outcome outcome = client.run(FETCH.plusSeconds(5), List.of("sh", "-c", command));
    String sum = outcome.output().split(" ", 2)[0].strip();
    note(
        new Finding(
            what,
            sha256(lab.data(tenant, ofBranch)),
            sum,
            sum.equals(sha256(lab.data(tenant, ofBranch))),
            outcome.command()));
  }

  /// What is too long is refused with the size that fits, where it must not be cut.
  private void tooLong(String tenant, Namespace machine, IpAddress branch, boolean inner6) {
    int headers = inner6 ? IPV6_AND_ICMP : IPV4_AND_ICMP;
    String family = inner6 ? " over IPv6" : " over IPv4";
    String told = ping(machine, branch, Topology.MACHINE_MTU - headers, "do").output();
    Matcher mtu = TOLD.matcher(told);
    equal(
        tenant + ": size that a longer packet's sender is told" + family,
        tunnel.mtu(),
        mtu.find() ? Integer.parseInt(mtu.group(1)) : -1);
    equal(
        tenant + ": replies to one of that size" + family,
        1,
        received(ping(machine, branch, tunnel.mtu() - headers, "do")));
    equal(
        tenant + ": replies to a longer one that may be cut" + family,
        1,
        received(ping(machine, branch, Topology.MACHINE_MTU - headers, inner6 ? "want" : "dont")));
  }

  private static Outcome ping(Namespace from, IpAddress to, int octets, String discovery) {
    return from.run(
        "ping",
        "-n",
        "-c",
        "1",
        "-W",
        Patience.seconds(Duration.ofSeconds(1)),
        "-M",
        discovery,
        "-s",
        Integer.toString(octets),
        to.toString());
  }

  private static long received(Outcome ping) {
    return ping.output().contains(" 1 received") ? 1 : 0;
  }

  /// What the kernel says of its end.
  private void received(String tenant, Namespace branch) {
    for (String counter : List.of("rx_errors", "rx_crc_errors", "rx_fifo_errors", "rx_dropped")) {
      long seen = counter(branch, counter);
      equal(tenant + ": " + counter + " of the kernel's device", 0, seen);
    }
    long packets = counter(branch, "rx_packets");
    note(
        new Finding(
            tenant + ": packets that the kernel's device took",
            "at least 100",
            Long.toString(packets),
            packets >= 100,
            ""));
  }

  private static long counter(Namespace branch, String name) {
    return Long.parseLong(
        branch.run("cat", "/sys/class/net/gre1/statistics/" + name).require().strip());
  }

  // --- the wire ----------------------------------------------------------------------------------

  private void askForPings(String tenant) {
    int times = TIMES.getOrDefault(tenant, 1);
    for (boolean inner6 : FAMILIES) {
      String type = inner6 ? " && icmpv6.type == " : " && icmp.type == ";
      String family = inner6 ? " in IPv6" : " in IPv4";
      String request = type + (inner6 ? 128 : 8) + SMALL;
      String reply = type + (inner6 ? 129 : 0) + SMALL;
      exactly(times, tenant + ": requests to the branch" + family, ours(tenant) + request);
      exactly(times, tenant + ": replies of the branch" + family, theirs(tenant) + reply);
      exactly(times, tenant + ": requests of the branch" + family, theirs(tenant) + request);
      exactly(times, tenant + ": replies to the branch" + family, ours(tenant) + reply);
      atLeast(
          2,
          tenant + ": segments of ours that open a connection" + family,
          ours(tenant) + proto(inner6) + " && tcp.flags.syn == 1");
      none(
          tenant + ": those that offer longer segments than fit" + family,
          tunnel.filter(tenant)
              + proto(inner6)
              + " && tcp.flags.syn == 1 && tcp.options.mss_val > "
              + (tunnel.mtu() - (inner6 ? 60 : 40)));
      exactly(
          1,
          tenant + ": requests that just fit" + family,
          ours(tenant)
              + request.replace(SMALL, "")
              + " && !(ip.flags.mf == 1) && frame.len == "
              + fits());
    }
    atLeast(
        1,
        tenant + ": packets that were cut before the tunnel",
        ours(tenant) + " && gre.proto == 0x0800 && ip.flags.mf == 1");
  }

  /// Octets of the longest frame on the link.
  private static int fits() {
    return ETHERNET + TunnelCase.LINK_MTU;
  }

  private void askForForm(String tenant) {
    none(
        tenant + ": packets of ours with other flags than 0x%04x".formatted(tunnel.flags()),
        ours(tenant) + " && gre.flags_and_version != 0x%04x".formatted(tunnel.flags()));
    if (!tunnel.ipv6()) {
      none(
          tenant + ": outer packets of ours that are, or may be, fragments",
          ours(tenant) + " && (ip.flags.df#1 == 0 || ip.flags.mf#1 == 1 || ip.frag_offset#1 > 0)");
    }
    if (tunnel.checksum()) {
      // The kernel leaves its own to the device, and at the end of a veth they are still not made.
      String echo =
          " && (icmp.type == 8 || icmp.type == 0 || icmpv6.type == 128 || icmpv6.type == 129)";
      exactly(
          4L * TIMES.getOrDefault(tenant, 1),
          tenant + ": pings of ours whose GRE checksum is right",
          ours(tenant) + SMALL + echo + " && gre.checksum.status == 1");
    }
    if (tunnel.encapsulationLimit()) {
      atLeast(
          1,
          tenant + ": packets of the kernel with a destination option",
          theirs(tenant) + " && ipv6.dstopts");
    }
    if (tunnel.keepalive()) {
      String keepalive = (tunnel.ipv6() ? "ipv6.addr" : "ip.addr") + " == " + tunnel.peer(tenant);
      keepalive += " && gre.proto == 0x0000 && gre.key == " + tunnel.key(tenant);
      String local = (tunnel.ipv6() ? "ipv6.src#1" : "ip.src#1") + " == ";
      atLeast(1, tenant + ": keepalives of ours", keepalive + " && " + local + tunnel.gateway());
      atLeast(
          1,
          tenant + ": keepalives that the kernel sent back",
          keepalive + " && " + local + tunnel.peer(tenant));
    }
  }

  private static String proto(boolean inner6) {
    return inner6 ? " && gre.proto == 0x86dd" : " && gre.proto == 0x0800";
  }

  private String ours(String tenant) {
    return tunnel.filter(tenant) + source() + tunnel.gateway();
  }

  private String theirs(String tenant) {
    return tunnel.filter(tenant) + source() + tunnel.peer(tenant);
  }

  private String source() {
    return tunnel.ipv6() ? " && ipv6.src#1 == " : " && ip.src#1 == ";
  }

  private List<Long> judge(Capture wire) {
    String ours =
        String.join(" || ", TunnelCase.TENANTS.stream().map(t -> "(" + ours(t) + ")").toList());
    String theirs =
        String.join(" || ", TunnelCase.TENANTS.stream().map(t -> "(" + theirs(t) + ")").toList());
    List<String> filters = new ArrayList<>(questions.stream().map(Question::filter).toList());
    filters.add(ours);
    filters.add(theirs);
    List<Long> counts = wire.count(filters);
    for (int i = 0; i < questions.size(); i++) {
      Question question = questions.get(i);
      long seen = counts.get(i);
      note(
          new Finding(
              question.what,
              question.expected,
              Long.toString(seen),
              question.holds.test(seen),
              "tshark -r %s -Y '%s'".formatted(wire.file(), question.filter)));
    }
    if (tunnel.sequence()) {
      TunnelCase.TENANTS.forEach(tenant -> askForOrder(wire, tenant));
    }
    return counts.subList(counts.size() - 2, counts.size());
  }

  /// Each packet of ours bears the number after that of the one before.
  private void askForOrder(Capture wire, String tenant) {
    long before = -1;
    long wrong = 0;
    for (List<String> row : wire.fields(ours(tenant), "gre.sequence_number")) {
      long number = Long.parseLong(row.getFirst());
      wrong += before >= 0 && number != before + 1 ? 1 : 0;
      before = number;
    }
    equal(tenant + ": packets of ours that do not bear the next number", 0, wrong);
  }

  private void exactly(long count, String what, String filter) {
    questions.add(new Question(what, filter, Long.toString(count), seen -> seen == count));
  }

  private void none(String what, String filter) {
    exactly(0, what, filter);
  }

  private void atLeast(long count, String what, String filter) {
    questions.add(new Question(what, filter, "at least " + count, seen -> seen >= count));
  }

  private void equal(String what, long expected, long seen) {
    note(new Finding(what, Long.toString(expected), Long.toString(seen), expected == seen, ""));
  }

  /// Both tenants' threads note.
  private synchronized void note(Finding finding) {
    evidence.note(finding);
  }

  private static String sha256(Path file) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(Files.readAllBytes(file)));
    } catch (IOException | NoSuchAlgorithmException e) {
      throw new LabException("cannot sum " + file, e);
    }
  }
}
