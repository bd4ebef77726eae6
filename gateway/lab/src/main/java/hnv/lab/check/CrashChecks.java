// SPDX-License-Identifier: Apache-2.0
package hnv.lab.check;

import static hnv.lab.netns.Processes.words;

import hnv.lab.netns.CraftedFrame;
import hnv.lab.netns.Deadline;
import hnv.lab.netns.Injector;
import hnv.lab.netns.Namespace;
import hnv.lab.netns.Patience;
import hnv.lab.netns.ProtocolCounters;
import hnv.lab.netns.Together;
import hnv.lab.topology.Node;
import hnv.lab.topology.Scenario;
import hnv.lab.topology.Topology;
import hnv.lab.topology.VirtualMachine;
import hnv.lab.traffic.Ping;
import hnv.wire.Ipv4Address;
import hnv.wire.MacAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// The vSwitch of a host dies; its machines are cut off, its host is not, nobody is let through.
final class CrashChecks {
  private static final String HOST = "host1";
  private static final String TEXT = "hnv lab: orphan";
  private static final int FRAMES = 50;
  private static final int PINGS = 20;
  private static final Duration RESTART = Duration.ofSeconds(20);
  private static final Duration IN_FLIGHT = Duration.ofMillis(100);
  private static final Duration DEAD = Duration.ofMillis(300);

  private CrashChecks() {}

  static List<Check> all() {
    return List.of(
        new Check(
            "crash",
            "kill -9 of host1's vSwitch under traffic: VMs are cut off, the host lives on",
            CrashChecks::crash));
  }

  private static void crash(Lab lab, Evidence evidence) {
    VirtualMachine sql = lab.machine("contoso-sql");
    VirtualMachine web = lab.machine("contoso-web");
    Node node = lab.node(HOST);
    Duration interval = Duration.ofMillis(10);
    try (Ping out = Ping.stream(lab.namespace(sql), "crash-out", web.ipv4(), interval);
        Ping in = Ping.stream(lab.namespace(web), "crash-in", sql.ipv4(), interval);
        Ping other =
            Ping.stream(
                lab.namespace(lab.machine("fabrikam-web")),
                "crash-other",
                lab.machine("fabrikam-sql").ipv4(),
                interval)) {
      for (Ping ping : List.of(out, in, other)) {
        ping.awaitReplyAfter(0, RESTART);
      }
      node.kill();
      // What was in flight arrives.
      Deadline.pause(Patience.of(IN_FLIGHT));
      whileDead(lab, evidence);
      double started = System.currentTimeMillis();
      node.start();
      double first = out.awaitReplyAfter(started, RESTART);
      in.awaitReplyAfter(started, RESTART);
      other.awaitReplyAfter(started, RESTART);
      node.awaitInForce();
      evidence.figure("traffic again %.1f s after the start".formatted((first - started) / 1000));
    }
    lab.awaitTraffic();
  }

  private static void whileDead(Lab lab, Evidence evidence) {
    Namespace host = lab.topology().host(HOST);
    Namespace router = lab.topology().router();
    Scenario.Host described = lab.scenario().host(HOST);
    Point underlay = lab.underlay(HOST);
    List<VirtualMachine> machines = lab.scenario().machines();
    List<Point> points = new ArrayList<>(lab.arriving(machines));
    points.add(underlay);
    try (Wire wire = Wire.capture(evidence, "crash", points)) {
      ProtocolCounters before = ProtocolCounters.read(host);
      router.ip("neighbor flush dev " + Topology.leg(HOST));
      knock(lab, described);
      int replies = Ping.echo(router, described.address(), PINGS);
      Deadline.pause(Patience.of(DEAD));
      ProtocolCounters after = ProtocolCounters.read(host);
      evidence.equal("replies of the host itself", PINGS, replies);
      long received = after.growth(before, "Ip.InReceives");
      ofMachines(lab, wire);
      wire.atLeast(
          1,
          underlay,
          "ARP answers of the host itself",
          "arp.opcode == 2 && arp.src.proto_ipv4 == " + described.address());
      wire.exactly(
          received,
          underlay,
          "IPv4 packets that the host's stack received (Ip.InReceives); those of the underlay",
          "!(%s) && ip.dst == %s".formatted(lab.tunnels().any(), described.address()));
      wire.judge();
      evidence.equal(
          "IPv6 packets that the host's stack received", 0, after.growth(before, "Ip6InReceives"));
      evidence.equal(
          "packets that the host's stack forwarded",
          0,
          after.growth(before, List.of("Ip.ForwDatagrams", "Ip6OutForwDatagrams")));
      evidence.figure(
          "host's stack: %d packets, all %d of the underlay's ping".formatted(received, replies));
    }
  }

  private static void ofMachines(Lab lab, Wire wire) {
    for (VirtualMachine machine : lab.scenario().machines()) {
      Point arriving = lab.arriving(machine);
      if (machine.host().equals(HOST)) {
        wire.none(arriving, "frames of any kind that reach " + machine.name(), "frame");
      } else {
        wire.none(
            arriving,
            "frames of the cut-off VMs that reach " + machine.name(),
            CraftedFrame.withText("", TEXT));
      }
    }
    wire.none(lab.underlay(HOST), "ICMP errors of the host", "icmp.type == 3");
    wire.none(
        lab.underlay(HOST),
        "frames of the cut-off VMs on the underlay",
        "frame contains \"%s\" || ip.src == 10.1.0.0/16 && eth.src == %s"
            .formatted(TEXT, ForgeryChecks.mac(lab.topology().host(HOST), Topology.DEVICE)));
  }

  /// Sends, from each machine of the host, what the host's stack would take if it saw it: packets
  /// to its own address and MAC, to all, and ARP and IPv6 greetings.
  private static void knock(Lab lab, Scenario.Host host) {
    Together.each(
        lab.scenario().machines().stream().filter(machine -> machine.host().equals(HOST)).toList(),
        machine -> knock(lab, host, machine));
  }

  private static void knock(Lab lab, Scenario.Host host, VirtualMachine machine) {
    Namespace namespace = lab.namespace(machine);
    MacAddress hostsEnd = ForgeryChecks.mac(lab.topology().host(HOST), machine.name());
    Ipv4Address all = Ipv4Address.parse("255.255.255.255");
    CraftedFrame toHost =
        new CraftedFrame(machine.mac(), hostsEnd, machine.ipv4(), host.address(), TEXT);
    CraftedFrame toAll =
        new CraftedFrame(machine.mac(), MacAddress.BROADCAST, machine.ipv4(), all, TEXT);
    List<byte[]> frames = new ArrayList<>();
    frames.addAll(Collections.nCopies(FRAMES, toHost.octets()));
    frames.addAll(Collections.nCopies(FRAMES, toAll.octets()));
    Injector.send(namespace, Topology.DEVICE, "crash-" + machine.name(), frames);
    // Nobody may answer either; that is counted in the captures.
    namespace.run(
        words(
            "busybox arping -q -c 1 -w %d -I %s %s"
                .formatted(Patience.factor(), Topology.DEVICE, host.address())));
    namespace.run(words("ping -q -c 2 -i 0.02 -W 0.1 ff02::1%%%s".formatted(Topology.DEVICE)));
  }
}
