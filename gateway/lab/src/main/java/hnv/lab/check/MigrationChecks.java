// SPDX-License-Identifier: Apache-2.0
package hnv.lab.check;

import hnv.lab.netns.CraftedFrame;
import hnv.lab.topology.Node;
import hnv.lab.topology.Scenario;
import hnv.lab.topology.VirtualMachine;
import hnv.lab.traffic.Conversation;
import hnv.lab.traffic.Ping;
import java.time.Duration;
import java.util.List;

/// A machine moves, its connection does not notice.
final class MigrationChecks {
  /// Allowed by Contoso SQL's access control list; only the first packet of the connection is
  /// asked, so the machine's new host and the old one must agree on the rest.
  private static final int DATABASE_PORT = 5432;

  private static final Duration RESUME = Duration.ofSeconds(10);
  private static final int LINES = 30;
  private static final int PINGS = 5;

  private MigrationChecks() {}

  static List<Check> all() {
    return List.of(
        new Check(
            "migration",
            "Contoso Web moves to host1 and back by policy; its TCP connection survives",
            MigrationChecks::migration));
  }

  private static void migration(Lab lab, Evidence evidence) {
    VirtualMachine web = lab.machine("contoso-web");
    VirtualMachine sql = lab.machine("contoso-sql");
    String home = web.host();
    String away = sql.host();
    Scenario moved = lab.scenario().withMachineOn(web.name(), away);
    try (Conversation conversation =
        Conversation.open(lab.namespace(web), lab.namespace(sql), sql.ipv4(), DATABASE_PORT)) {
      evidence.holds(
          "the connection works", conversation.goesOn(LINES, RESUME), conversation.mistake());
      double there = move(lab, evidence, conversation, moved, home, away);
      afterMove(lab, evidence, moved);
      double back = move(lab, evidence, conversation, lab.scenario(), away, home);
      evidence.holds(
          "all lines have come back", conversation.finish(RESUME), conversation.mistake());
      evidence.equal("lines that came back", conversation.sent(), conversation.received());
      evidence.figure("gap %.0f ms, and back %.0f ms".formatted(there, back));
      evidence.figure(
          "TCP: %d lines, longest silence %.0f ms"
              .formatted(conversation.received(), conversation.longestSilence()));
    }
  }

  /// Moves Contoso Web and gives the time without a reply to a ping every 10 ms.
  private static double move(
      Lab lab,
      Evidence evidence,
      Conversation conversation,
      Scenario scenario,
      String from,
      String to) {
    VirtualMachine web = lab.machine("contoso-web");
    VirtualMachine sql = lab.machine("contoso-sql");
    try (Ping ping =
        Ping.stream(lab.namespace(sql), "to-" + to, web.ipv4(), Conversation.INTERVAL)) {
      ping.awaitReplyAfter(0, RESUME);
      for (Node node : lab.nodes()) {
        node.reload(scenario);
      }
      lab.topology().move(web, from, to);
      double done = System.currentTimeMillis();
      lab.nodes().forEach(Node::awaitReload);
      ping.awaitReplyAfter(done, RESUME);
      evidence.holds(
          "the connection goes on on " + to,
          conversation.goesOn(LINES, RESUME),
          conversation.mistake());
      return ping.longestGap();
    }
  }

  /// Both machines are on one host now: their packets stay there, and no other host has 5001.
  private static void afterMove(Lab lab, Evidence evidence, Scenario moved) {
    VirtualMachine web = moved.machine("contoso-web");
    VirtualMachine sql = moved.machine("contoso-sql");
    Point underlay = lab.underlay(sql.host());
    Point atWeb = lab.arriving(web);
    try (Wire wire = Wire.capture(evidence, "migration", List.of(underlay, atWeb))) {
      evidence.equal(
          "replies after the move", PINGS, Ping.echo(lab.namespace(sql), web.ipv4(), PINGS));
      RoutingChecks.send(lab, sql);
      wire.await(atWeb, RoutingChecks.BROADCAST_TEXT, RoutingChecks.BROADCASTS);
      String inTunnel = lab.tunnels().of(sql.vsid());
      // host2 is still in the policy and has other subnets, but no 5001 any more.
      wire.none(underlay, "packets of 5001 that leave host1", inTunnel + " && (icmp || tcp)");
      wire.none(
          underlay,
          "broadcasts of 5001 that leave host1",
          CraftedFrame.withText(inTunnel, RoutingChecks.BROADCAST_TEXT));
      wire.exactly(
          RoutingChecks.BROADCASTS,
          atWeb,
          "broadcasts that reach contoso-web",
          CraftedFrame.withText("", RoutingChecks.BROADCAST_TEXT));
      wire.judge();
    }
  }
}
