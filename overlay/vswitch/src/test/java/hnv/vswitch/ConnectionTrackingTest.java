// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import static hnv.vswitch.TestNetwork.A1;
import static hnv.vswitch.TestNetwork.A2;
import static hnv.vswitch.TestNetwork.A9;
import static hnv.vswitch.TestNetwork.B1;
import static hnv.vswitch.TestNetwork.B9;
import static hnv.vswitch.TestNetwork.TENANT_A;
import static hnv.vswitch.TestNetwork.TENANT_B;
import static hnv.vswitch.TestNetwork.UNDERLAY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import hnv.dataplane.DropReason;
import hnv.wire.IpProtocol;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// What a connection allows, and what a change of policy does to it.
class ConnectionTrackingTest {
  private static final int HOUR = 3_600;
  private static final long SECOND = 1_000_000_000L;

  private TestNetwork net = new TestNetwork();

  /// Whatever begins at the other end is denied; answers need the connection.
  private void denyAllInbound() {
    net.deny(net.inbound, A1.port());
    net.apply();
  }

  private Connection only() {
    assertEquals(1, net.connections());
    Connection c = null;
    for (int id = 1; c == null || !c.isLive(); id++) {
      c = net.vswitch.connections().get(id);
      assertNotNull(c, "no connection with id " + id);
    }
    return c;
  }

  @Test
  void letsTheAnswerOfAPermittedConnectionPass() {
    denyAllInbound();
    net.assertDropped(A2, Packet.udp(A2, A1, 2, 1), DropReason.ACL_DENIED);
    net.assertPasses(A1, Packet.udp(A1, A2, 1, 2), A2.port());
    for (int i = 0; i < 3; i++) {
      net.assertPasses(A2, Packet.udp(A2, A1, 2, 1), A1.port());
    }
    net.assertDropped(A2, Packet.udp(A2, A1, 2, 3), DropReason.ACL_DENIED);
    net.assertDropped(A2, Packet.udp(A2, A1, 3, 1), DropReason.ACL_DENIED);
    net.assertDropped(A2, Packet.tcp(A2, A1, 2, 1, Packet.ACK), DropReason.ACL_DENIED);
    net.assertDropped(A2, Packet.udp6(A2, A1, 2, 1), DropReason.ACL_DENIED);
    assertEquals(1, net.connections());
    assertEquals(2, net.flows());
  }

  @Test
  void letsTheAnswerThroughTheTunnelPass() {
    denyAllInbound();
    net.assertDropped(
        A9, Packet.tcp(A9, A1, 80, 1, Packet.SYN | Packet.ACK), DropReason.ACL_DENIED);
    net.assertPasses(A1, Packet.tcp(A1, A9, 1, 80, Packet.SYN), UNDERLAY);
    net.assertPasses(A9, Packet.tcp(A9, A1, 80, 1, Packet.SYN | Packet.ACK), A1.port());
    net.assertPasses(A1, Packet.tcp(A1, A9, 1, 80, Packet.ACK), UNDERLAY);
    net.assertPasses(A9, Packet.tcp(A9, A1, 80, 1, Packet.ACK), A1.port());
    assertEquals("established", only().state());
    assertEquals(A1.port(), only().initiatorPort());
    assertEquals(-1, only().responderPort());
  }

  @Test
  void isOneConnectionAtBothEnds() {
    net.assertPasses(A1, Packet.tcp(A1, A2, 1, 80, Packet.SYN), A2.port());
    net.assertPasses(A2, Packet.tcp(A2, A1, 80, 1, Packet.SYN | Packet.ACK), A1.port());
    Connection c = only();
    assertEquals(A1.port(), c.initiatorPort());
    assertEquals(A2.port(), c.responderPort());
    assertEquals(TENANT_A, c.tenant());
    assertEquals(A1.ipv4().bits(), (int) c.sourceLow());
    assertEquals(80, c.destinationPort());
  }

  @Test
  void answersPingsByIdentifier() {
    denyAllInbound();
    net.assertDropped(A2, Packet.ping(A2, A1, 7, true), DropReason.ACL_DENIED);
    net.assertPasses(A1, Packet.ping(A1, A2, 7, false), A2.port());
    net.assertPasses(A2, Packet.ping(A2, A1, 7, true), A1.port());
    net.assertDropped(A2, Packet.ping(A2, A1, 8, true), DropReason.ACL_DENIED);
    // A question of the same identifier the other way is another connection.
    net.assertDropped(A2, Packet.ping(A2, A1, 7, false), DropReason.ACL_DENIED);
    assertEquals(1, net.connections());
    net.assertPasses(A1, Packet.ping6(A1, A9, 7, false), UNDERLAY);
    net.assertPasses(A9, Packet.ping6(A9, A1, 7, true), A1.port());
    net.assertDropped(A9, Packet.ping6(A9, A1, 9, true), DropReason.ACL_DENIED);
    assertEquals(2, net.connections());
  }

  @Test
  void startsNoConnectionWithAnEchoReply() {
    net.assertPasses(A1, Packet.ping(A1, A2, 7, true), A2.port());
    net.assertPasses(A1, Packet.ping6(A1, A2, 7, true), A2.port());
    assertEquals(0, net.connections());
  }

  // ---- errors ----

  @Test
  void letsErrorsAboutALiveConnectionPass() {
    denyAllInbound();
    Packet out = Packet.udp(A1, A2, 1, 2);
    net.assertDropped(A2, Packet.error(A2, A1, out), DropReason.ACL_DENIED);
    net.assertPasses(A1, out, A2.port());
    net.assertPasses(A2, Packet.error(A2, A1, out), A1.port());
    net.assertDropped(A2, Packet.error(A2, A1, Packet.udp(A1, A2, 1, 3)), DropReason.ACL_DENIED);
    net.assertDropped(
        A2, Packet.error(A2, A1, Packet.tcp(A1, A2, 1, 2, Packet.ACK)), DropReason.ACL_DENIED);
    Packet six = Packet.tcp6(A1, A9, 1, 2, Packet.SYN);
    net.assertPasses(A1, six, UNDERLAY);
    net.assertPasses(A9, Packet.error(A9, A1, six), A1.port());
    Packet ping = Packet.ping6(A1, A9, 5, false);
    net.assertPasses(A1, ping, UNDERLAY);
    net.assertPasses(A9, Packet.error(A9, A1, ping), A1.port());
    assertEquals(3, net.connections());
  }

  @Test
  void letsErrorsByTheGuestPass() {
    net.deny(net.outbound, A1.port());
    net.apply();
    Packet in = Packet.udp(A2, A1, 2, 1);
    net.assertDropped(A1, Packet.error(A1, A2, in), DropReason.ACL_DENIED);
    net.assertPasses(A2, in, A1.port());
    net.assertPasses(A1, Packet.error(A1, A2, in), A2.port());
    assertEquals(1, net.connections());
  }

  @Test
  void takesErrorsWithABrokenQuoteForUnrelated() {
    denyAllInbound();
    Packet out = Packet.udp(A1, A2, 1, 2);
    net.assertPasses(A1, out, A2.port());
    byte[] error = Packet.error(A2, A1, out).bytes();
    // Cut the quote within its ports; total length, checksum of IP.
    for (int quoted : new int[] {0, 10, 20, 23, 27}) {
      byte[] cut = java.util.Arrays.copyOf(error, 14 + 20 + 8 + quoted);
      cut[17] = (byte) (cut.length - 14);
      cut[24] = 0;
      cut[25] = 0;
      int sum = 0;
      for (int i = 14; i < 34; i += 2) {
        sum += (cut[i] & 0xFF) << 8 | (cut[i + 1] & 0xFF);
      }
      sum = (sum & 0xFFFF) + (sum >>> 16);
      cut[24] = (byte) (~sum >>> 8);
      cut[25] = (byte) ~sum;
      long before = net.drops(A2.port(), DropReason.ACL_DENIED);
      net.receive(A2.port(), cut);
      assertEquals(before + 1, net.drops(A2.port(), DropReason.ACL_DENIED), "quoted " + quoted);
    }
  }

  // ---- TCP ----

  @Test
  void startsAConnectionInMidStreamWherePolicyAllows() {
    net.assertPasses(A1, Packet.tcp(A1, A9, 1, 80, Packet.ACK), UNDERLAY);
    assertEquals("opening", only().state());
    net.assertPasses(A9, Packet.tcp(A9, A1, 80, 1, Packet.ACK), A1.port());
    assertEquals("established", only().state());
  }

  @Test
  void startsNoConnectionWithAReset() {
    net.assertPasses(A1, Packet.tcp(A1, A9, 1, 80, Packet.RST), UNDERLAY);
    assertEquals(0, net.connections());
  }

  @Test
  void closesByResetAndByBothFins() {
    net.assertPasses(A1, Packet.tcp(A1, A2, 1, 80, Packet.SYN), A2.port());
    net.assertPasses(A2, Packet.tcp(A2, A1, 80, 1, Packet.SYN | Packet.ACK), A1.port());
    net.assertPasses(A1, Packet.tcp(A1, A2, 1, 80, Packet.FIN | Packet.ACK), A2.port());
    assertEquals("established", only().state(), "half closed");
    net.assertPasses(A2, Packet.tcp(A2, A1, 80, 1, Packet.ACK), A1.port());
    net.assertPasses(A2, Packet.tcp(A2, A1, 80, 1, Packet.FIN | Packet.ACK), A1.port());
    assertEquals("closing", only().state());
    net.assertPasses(A1, Packet.tcp(A1, A2, 1, 80, Packet.ACK), A2.port());
    assertEquals("closing", only().state());
    // The same ports again (RFC 9293 §3.6.1).
    net.assertPasses(A1, Packet.tcp(A1, A2, 1, 80, Packet.SYN), A2.port());
    assertEquals("opening", only().state());
    net.assertPasses(A2, Packet.tcp(A2, A1, 80, 1, Packet.SYN | Packet.ACK), A1.port());
    assertEquals("established", only().state());
    net.assertPasses(A2, Packet.tcp(A2, A1, 80, 1, Packet.RST), A1.port());
    assertEquals("closing", only().state());
  }

  // ---- fragments ----

  @Test
  void judgesLaterFragmentsByTheFirst() {
    denyAllInbound();
    net.assertPasses(A1, Packet.udp(A1, A2, 1, 2), A2.port());
    Packet first = Packet.udp(A2, A1, 2, 1).length(64).fragment(0x2000);
    Packet later = Packet.udp(A2, A1, 2, 1).length(64).fragment(9);
    net.assertHeld(A2, later);
    // To a port that is denied: such a first fragment speaks for none.
    Packet denied = Packet.udp(A2, A1, 2, 9).length(64).fragment(0x2000);
    net.assertDropped(A2, denied, DropReason.ACL_DENIED);
    net.pass(SECOND);
    assertEquals(1, net.drops(A2.port(), DropReason.FRAGMENT_WITHOUT_FIRST));
    net.assertPasses(A2, first, A1.port());
    net.assertPasses(A2, later, A1.port());
    net.pass(61 * SECOND);
    net.assertHeld(A2, later);
    net.pass(SECOND);
    assertEquals(2, net.drops(A2.port(), DropReason.FRAGMENT_WITHOUT_FIRST));
  }

  @Test
  void keepsNoFlowForFragments() {
    net.assertPasses(A1, Packet.udp(A1, A2, 1, 2).length(64).fragment(0x2000), A2.port());
    net.assertPasses(A1, Packet.udp(A1, A2, 1, 2).length(64).fragment(9), A2.port());
    assertEquals(1, net.connections());
    assertEquals(0, net.flows());
  }

  // ---- policy changes ----

  @Test
  void keepsAPermittedReplyThroughAChange() {
    denyAllInbound();
    net.assertPasses(A1, Packet.udp(A1, A2, 1, 2), A2.port());
    net.assertPasses(A2, Packet.udp(A2, A1, 2, 1), A1.port());
    // Another rule; still no rule lets anything in by itself.
    net.deny(net.outbound, A1.port(), new Condition.DestinationPort(99, 99));
    net.change(TENANT_A);
    for (int i = 0; i < 2; i++) {
      net.assertPasses(A2, Packet.udp(A2, A1, 2, 1), A1.port());
      net.assertPasses(A1, Packet.udp(A1, A2, 1, 2), A2.port());
    }
    assertEquals(1, net.connections());
  }

  @Test
  void endsAConnectionWhoseInitiatorIsNowDenied() {
    net.assertPasses(A1, Packet.udp(A1, A2, 1, 2), A2.port());
    net.assertPasses(A2, Packet.udp(A2, A1, 2, 1), A1.port());
    net.deny(net.outbound, A1.port(), new Condition.DestinationPort(2, 2));
    net.change(TENANT_A);
    // The reply is what comes first: it must not keep the connection alive.
    net.assertDropped(A2, Packet.udp(A2, A1, 2, 1), DropReason.ACL_DENIED);
    assertEquals(0, net.connections());
    assertEquals(0, net.flows());
    net.assertDropped(A1, Packet.udp(A1, A2, 1, 2), DropReason.ACL_DENIED);
    // What was a reply may begin one of its own, where its own rules let it.
    net.assertPasses(A2, Packet.udp(A2, A1, 2, 1), A1.port());
    assertEquals(A2.port(), only().initiatorPort());
  }

  @Test
  void endsAConnectionThatTheRespondersPolicyNowDenies() {
    net.assertPasses(A1, Packet.udp(A1, A2, 1, 2), A2.port());
    net.deny(net.inbound, A2.port(), new Condition.SourcePort(1, 1));
    net.change(TENANT_A);
    net.assertDropped(A1, Packet.udp(A1, A2, 1, 2), DropReason.ACL_DENIED);
    assertEquals(0, net.connections());
  }

  @Test
  void endsAConnectionFromTheTunnelThatIsNowDenied() {
    net.assertPasses(A9, Packet.udp(A9, A1, 9, 1), A1.port());
    net.assertPasses(A1, Packet.udp(A1, A9, 1, 9), UNDERLAY);
    net.deny(net.inbound, A1.port(), new Condition.DestinationPort(1, 1));
    net.change(TENANT_A);
    net.assertDropped(A1, Packet.udp(A1, A9, 1, 9), DropReason.ACL_DENIED);
    assertEquals(0, net.connections());
    net.assertDropped(A9, Packet.udp(A9, A1, 9, 1), DropReason.ACL_DENIED);
  }

  @Test
  void asksAgainOncePerEpochAndNotPerPacket() {
    AtomicInteger asked = new AtomicInteger();
    net.aclDefault =
        (Action.Transposition)
            packet -> {
              asked.incrementAndGet();
              packet.keepConnection();
              return Verdict.CONTINUE;
            };
    net.change(TENANT_A);
    net.assertPasses(A1, Packet.udp(A1, A9, 1, 2), UNDERLAY);
    assertEquals(1, asked.get());
    net.assertPasses(A1, Packet.udp(A1, A9, 1, 2), UNDERLAY);
    assertEquals(1, asked.get());
    net.arrays.tenants().advanceEpoch(TENANT_A);
    for (int i = 0; i < 3; i++) {
      net.assertPasses(A1, Packet.udp(A1, A9, 1, 2), UNDERLAY);
    }
    assertEquals(2, asked.get());
  }

  /// A judgement knows what the connection knows, and nothing of the one before.
  @Test
  void judgesAConnectionFromTheTunnelAsFromTheTunnel() {
    List<String> seen = new ArrayList<>();
    net.aclDefault =
        (Action.Transposition)
            packet -> {
              VPort source = packet.source();
              seen.add(packet.direction() + (source == null ? " from afar" : " from here"));
              seen.add("VSID " + packet.vsid());
              packet.keepConnection();
              return Verdict.CONTINUE;
            };
    net.change(TENANT_A);
    net.assertPasses(A1, Packet.udp(A1, A2, 1, 2), A2.port());
    net.assertPasses(A9, Packet.udp(A9, A1, 9, 1), A1.port());
    List<String> first = List.copyOf(seen);
    seen.clear();
    net.change(TENANT_A);
    net.assertPasses(A1, Packet.udp(A1, A2, 1, 2), A2.port());
    net.assertPasses(A9, Packet.udp(A9, A1, 9, 1), A1.port());
    assertEquals(first, seen);
  }

  @Test
  void leavesTheFlowsOfOtherTenantsAlone() {
    net.assertPasses(A1, Packet.udp(A1, A9, 1, 2), UNDERLAY);
    net.assertPasses(B1, Packet.udp(B1, B9, 1, 2), UNDERLAY);
    net.deny(net.outbound, A1.port());
    net.deny(net.outbound, B1.port());
    net.change(TENANT_A);
    net.assertDropped(A1, Packet.udp(A1, A9, 1, 2), DropReason.ACL_DENIED);
    // B's epoch stands: its established flow is not asked again, whatever its new rules say.
    net.assertPasses(B1, Packet.udp(B1, B9, 1, 2), UNDERLAY);
    net.arrays.tenants().advanceEpoch(TENANT_B);
    net.assertDropped(B1, Packet.udp(B1, B9, 1, 2), DropReason.ACL_DENIED);
  }

  @Test
  void carriesNothingByAnOldRecordAfterAChange() {
    net.assertPasses(A1, Packet.udp(A1, A2, 1, 2), A2.port());
    net.mtuLimit = 50;
    net.change(TENANT_A);
    net.assertDropped(A1, Packet.udp(A1, A2, 1, 2).fragment(0x4000), DropReason.MTU_EXCEEDED);
  }

  // ---- bounds ----

  @Test
  void forwardsWithoutStateWhenTheTableIsFull() {
    net = new TestNetwork(new VSwitchLimits(8, 4, 8, 4));
    net.deny(net.inbound, A1.port());
    net.apply();
    for (int port = 1; port <= 4; port++) {
      net.assertPasses(A1, Packet.udp(A1, A2, port, 2), A2.port());
      net.assertPasses(A2, Packet.udp(A2, A1, 2, port), A1.port());
    }
    for (int i = 0; i < 2; i++) {
      net.assertPasses(A1, Packet.udp(A1, A2, 5, 2), A2.port());
    }
    assertEquals(4, net.connections());
    assertEquals(2, net.vswitch.connections().refused());
    assertEquals(8, net.flows());
    // Without state its answer is a stranger.
    net.assertDropped(A2, Packet.udp(A2, A1, 2, 5), DropReason.ACL_DENIED);
    net.assertPasses(A2, Packet.udp(A2, A1, 2, 4), A1.port());
    net.pass(HOUR * SECOND);
    assertEquals(0, net.connections());
    net.assertPasses(A1, Packet.udp(A1, A2, 5, 2), A2.port());
    assertEquals(1, net.connections());
  }

  @Test
  void unansweredConnectionsGiveWay() {
    net = new TestNetwork(new VSwitchLimits(64, 8, 64, 8));
    net.deny(net.inbound, A1.port());
    net.apply();
    net.assertPasses(A1, Packet.tcp(A1, A2, 1, 80, Packet.SYN), A2.port());
    net.assertPasses(A2, Packet.tcp(A2, A1, 80, 1, Packet.SYN | Packet.ACK), A1.port());
    // A flood of the same tenant, and then one of another.
    for (int port = 1_000; port < 1_100; port++) {
      net.assertPasses(A2, Packet.tcp(A2, A9, port, 80, Packet.SYN), UNDERLAY);
    }
    assertEquals(8, net.connections());
    net.assertPasses(A1, Packet.tcp(A1, A2, 2, 80, Packet.SYN), A2.port());
    net.assertPasses(A2, Packet.tcp(A2, A1, 80, 2, Packet.SYN | Packet.ACK), A1.port());
    for (int port = 1; port <= 100; port++) {
      net.assertPasses(B1, Packet.tcp(B1, B9, port, 80, Packet.SYN), UNDERLAY);
    }
    net.assertPasses(A1, Packet.tcp(A1, A2, 3, 80, Packet.SYN), A2.port());
    for (int port = 1; port <= 3; port++) {
      net.assertPasses(A2, Packet.tcp(A2, A1, 80, port, Packet.ACK), A1.port());
    }
    assertEquals(0, net.vswitch.connections().refused());
    assertEquals(net.connections(), 8);
  }

  @Test
  void boundsEachTenant() {
    net = new TestNetwork(new VSwitchLimits(8, 8, 3, 4));
    for (int port = 1; port <= 9; port++) {
      net.assertPasses(A1, Packet.udp(A1, A9, port, 2), UNDERLAY);
    }
    assertEquals(4, net.vswitch.connections().size(TENANT_A));
    assertEquals(3, net.flows());
    for (int port = 1; port <= 4; port++) {
      net.assertPasses(B1, Packet.udp(B1, B9, port, 2), UNDERLAY);
    }
    assertEquals(4, net.vswitch.connections().size(TENANT_B));
    assertEquals(6, net.flows());
  }

  @Test
  void walksWhatHasNoRoomInTheFlowTable() {
    net = new TestNetwork(new VSwitchLimits(1, 8, 8, 8));
    for (int i = 0; i < 3; i++) {
      net.assertPasses(A1, Packet.udp(A1, A2, 1, 2), A2.port());
      net.assertPasses(A1, Packet.udp(A1, A2, 3, 4), A2.port());
      net.assertPasses(A1, Packet.udp6(A1, A2, 3, 4), A2.port());
    }
    assertEquals(2, net.flows(), "one of each family");
    assertEquals(3, net.connections());
  }

  // ---- ports that come and go ----

  @Test
  void endsConnectionsOfAPortThatLeaves() {
    net.assertPasses(A1, Packet.udp(A1, A9, 1, 2), UNDERLAY);
    net.assertPasses(A1, Packet.udp(A1, A2, 1, 2), A2.port());
    net.assertPasses(A2, Packet.udp(A2, A1, 2, 1), A1.port());
    net.assertPasses(A2, Packet.udp(A2, A9, 5, 6), UNDERLAY);
    assertEquals(3, net.connections());
    assertEquals(4, net.flows());
    net.vswitch.detach(net.ports.get(A1.port()));
    // With A2 one connection is still known; its flows led by the port that is gone.
    assertEquals(2, net.connections());
    assertEquals(1, net.flows());
    net.vswitch.detach(net.ports.get(A2.port()));
    assertEquals(0, net.connections());
    assertEquals(0, net.flows());
  }

  /// A number that is given to another port must not inherit flows.
  @Test
  void leavesNoFlowToTheNextPortOfANumber() {
    net.assertPasses(A1, Packet.udp(A1, A2, 1, 2), A2.port());
    net.vswitch.detach(net.ports.get(A1.port()));
    net.vswitch.attach(net.ports.get(A1.port()));
    net.deny(net.outbound, A1.port());
    net.apply();
    net.assertDropped(A1, Packet.udp(A1, A2, 1, 2), DropReason.ACL_DENIED);
  }

  @Test
  void dropsWhatGoesToAPortThatIsGone() {
    net.assertPasses(A1, Packet.udp(A1, A2, 1, 2), A2.port());
    net.vswitch.detach(net.ports.get(A2.port()));
    net.assertDropped(A1, Packet.udp(A1, A2, 1, 2), DropReason.PORT_DOWN);
    net.assertDropped(A2, Packet.udp(A2, A1, 1, 2), DropReason.PORT_DOWN);
  }

  @Test
  void learnsTheEndThatComesToThisHost() {
    // A2 was elsewhere, as A9 is; only A1's end was known.
    net.assertPasses(A1, Packet.tcp(A1, A9, 1, 80, Packet.SYN), UNDERLAY);
    Connection c = only();
    assertEquals(-1, c.responderPort());
    PacketContext p = new PacketContext(net.arrays);
    var frame = net.frame(Packet.tcp(A1, A9, 1, 80, Packet.ACK).bytes(), A1.port());
    hnv.dataplane.FrameParser.parsePlain(frame);
    p.begin(frame, 5001, null, false, net.now);
    net.vswitch.connections().moveResponder(c, A2.port());
    assertEquals(c, net.vswitch.connections().find(A2.port(), hnv.dataplane.Direction.INBOUND, p));
    frame.release();
    assertEquals(List.of(A1.port(), A2.port()), List.of(c.initiatorPort(), c.responderPort()));
    assertEquals(IpProtocol.TCP, c.protocol());
  }
}
