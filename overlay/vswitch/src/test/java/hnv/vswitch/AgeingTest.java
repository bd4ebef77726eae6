// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import static hnv.vswitch.TestNetwork.A1;
import static hnv.vswitch.TestNetwork.A2;
import static hnv.vswitch.TestNetwork.A9;
import static hnv.vswitch.TestNetwork.UNDERLAY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// When connections are forgotten, by a clock of the test's. All are looked at once in 10 s, so
/// each lives its time and up to 10 s more.
class AgeingTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long SWEEP = 10 * SECOND + SECOND / 5;

  private final TestNetwork net = new TestNetwork();

  /// The one connection lives for `seconds` of silence from now, and not a sweep longer.
  private void assertLives(long seconds) {
    assertEquals(1, net.connections());
    net.pass(seconds * SECOND - SECOND / 10);
    assertEquals(1, net.connections(), "forgotten before " + seconds + " s");
    assertTrue(net.flows() >= 1, "its flow before " + seconds + " s");
    net.pass(SWEEP);
    assertEquals(0, net.connections(), "remembered after " + seconds + " s");
    assertEquals(0, net.flows(), "its flows after " + seconds + " s");
  }

  private void openTcp() {
    net.assertPasses(A1, Packet.tcp(A1, A2, 1, 80, Packet.SYN), A2.port());
    net.assertPasses(A2, Packet.tcp(A2, A1, 80, 1, Packet.SYN | Packet.ACK), A1.port());
    net.assertPasses(A1, Packet.tcp(A1, A2, 1, 80, Packet.ACK), A2.port());
  }

  private void closeTcp() {
    net.assertPasses(A1, Packet.tcp(A1, A2, 1, 80, Packet.FIN | Packet.ACK), A2.port());
    net.assertPasses(A2, Packet.tcp(A2, A1, 80, 1, Packet.FIN | Packet.ACK), A1.port());
  }

  @Test
  void openingTcp() {
    net.assertPasses(A1, Packet.tcp(A1, A2, 1, 80, Packet.SYN), A2.port());
    assertLives(30);
  }

  /// RFC 5382 REQ-5: "not be less than 2 hours 4 minutes".
  @Test
  void establishedTcp() {
    openTcp();
    assertLives(7_440);
  }

  @Test
  void tcpClosedByBothEnds() {
    openTcp();
    closeTcp();
    assertLives(15);
  }

  @Test
  void tcpClosedByOneEndOnly() {
    openTcp();
    net.assertPasses(A1, Packet.tcp(A1, A2, 1, 80, Packet.FIN | Packet.ACK), A2.port());
    assertLives(7_440);
  }

  @Test
  void resetTcp() {
    openTcp();
    net.assertPasses(A2, Packet.tcp(A2, A1, 80, 1, Packet.RST), A1.port());
    assertLives(15);
  }

  /// A SYN on the ports of a connection that has ended: nobody has answered the new one yet.
  @Test
  void tcpOpenedAnew() {
    openTcp();
    net.assertPasses(A2, Packet.tcp(A2, A1, 80, 1, Packet.ACK), A1.port());
    closeTcp();
    net.pass(SECOND);
    net.assertPasses(A1, Packet.tcp(A1, A2, 1, 80, Packet.SYN), A2.port());
    assertLives(30);
  }

  @Test
  void unansweredUdp() {
    net.assertPasses(A1, Packet.udp(A1, A2, 1, 2), A2.port());
    net.assertPasses(A1, Packet.udp(A1, A2, 1, 2), A2.port());
    assertLives(60);
  }

  /// RFC 4787 REQ-5: 5 minutes recommended.
  @Test
  void answeredUdp() {
    net.assertPasses(A1, Packet.udp(A1, A2, 1, 2), A2.port());
    net.assertPasses(A2, Packet.udp(A2, A1, 2, 1), A1.port());
    assertLives(300);
  }

  /// RFC 5508 REQ-1: "MUST NOT expire in less than 60 seconds".
  @Test
  void pings() {
    net.assertPasses(A1, Packet.ping(A1, A2, 7, false), A2.port());
    net.assertPasses(A2, Packet.ping(A2, A1, 7, true), A1.port());
    assertLives(60);
  }

  @Test
  void pingsOfIpv6() {
    net.assertPasses(A1, Packet.ping6(A1, A2, 7, false), A2.port());
    assertLives(60);
  }

  @Test
  void otherProtocols() {
    net.assertPasses(A1, Packet.of(A1, A2, false, 132, 0, 0), A2.port());
    assertLives(300);
  }

  /// Packets that pass by the flow's record are not shown to the connection; its counters are.
  @Test
  void livesOnByItsFlowsCounters() {
    net.assertPasses(A1, Packet.udp(A1, A9, 1, 2), UNDERLAY);
    for (int i = 0; i < 10; i++) {
      net.pass(50 * SECOND);
      net.assertPasses(A1, Packet.udp(A1, A9, 1, 2), UNDERLAY);
    }
    assertLives(60);
  }

  @Test
  void livesOnByItsAnswers() {
    openTcp();
    for (int i = 0; i < 3; i++) {
      net.pass(7_000 * SECOND);
      net.assertPasses(A2, Packet.tcp(A2, A1, 80, 1, Packet.ACK), A1.port());
    }
    assertLives(7_440);
  }

  @Test
  void looksAtAllConnectionsInTenSeconds() {
    for (int port = 1; port <= 200; port++) {
      net.assertPasses(A1, Packet.udp(A1, A9, port, 2), UNDERLAY);
    }
    assertEquals(200, net.connections());
    net.pass(60 * SECOND + SWEEP);
    assertEquals(0, net.connections());
    // All can be held again.
    for (int port = 1; port <= 200; port++) {
      net.assertPasses(A1, Packet.udp(A1, A9, port, 2), UNDERLAY);
    }
    assertEquals(200, net.connections());
    assertEquals(0, net.vswitch.connections().refused());
  }

  @Test
  void worksInSmallSteps() {
    for (int port = 1; port <= 200; port++) {
      net.assertPasses(A1, Packet.udp(A1, A9, port, 2), UNDERLAY);
    }
    net.now += 3_600 * SECOND;
    // One slice each 100 ms, however often it is asked.
    int ended = net.vswitch.housekeep(net.now);
    assertTrue(ended <= 256 / 100 + 1, ended + " at once");
    assertEquals(0, net.vswitch.housekeep(net.now));
    assertEquals(0, net.vswitch.housekeep(net.now + 99_999_999));
  }
}
