// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import static hnv.nat.NatLab.ACK;
import static hnv.nat.NatLab.CONTOSO;
import static hnv.nat.NatLab.FABRIKAM;
import static hnv.nat.NatLab.FIN;
import static hnv.nat.NatLab.INTERNET;
import static hnv.nat.NatLab.P;
import static hnv.nat.NatLab.R1;
import static hnv.nat.NatLab.R2;
import static hnv.nat.NatLab.SYN;
import static hnv.nat.NatLab.TCP;
import static hnv.nat.NatLab.WEB;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.nat.NatPool.Filtering;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// RFC 5382, NAT Behavioral Requirements for TCP.
class Rfc5382Test {
  private static final long TRANSITORY = 4 * 60;
  private static final long ESTABLISHED = 124 * 60;

  private static int established(NatLab lab) {
    int s = lab.syn(CONTOSO, WEB, 4_000, R1, 80);
    assertEquals(s, lab.answer(s, R1, 80, SYN | ACK));
    assertEquals(s, lab.out(CONTOSO, TCP, WEB, 4_000, R1, 80, ACK));
    return s;
  }

  @Test
  void req1EndpointIndependentMapping() {
    NatLab lab = NatLab.shared().start();
    int a = lab.syn(CONTOSO, WEB, 4_000, R1, 80);
    int b = lab.syn(CONTOSO, WEB, 4_000, R2, 443);
    assertNotEquals(a, b);
    assertEquals(lab.nat.publicPort(a), lab.nat.publicPort(b));
  }

  @Test
  void req2ThreeWayHandshake() {
    NatLab lab = NatLab.shared().start();
    int s = established(lab);
    assertEquals(ESTABLISHED * NatLab.SECOND, lab.nat.timeoutNs(s));
  }

  @Test
  void req2aSimultaneousOpen() {
    NatLab lab = NatLab.shared().filtering(Filtering.ADDRESS_AND_PORT_DEPENDENT).start();
    int s = lab.syn(CONTOSO, WEB, 4_000, R1, 80);
    assertEquals(s, lab.answer(s, R1, 80, SYN), "a SYN meets a SYN");
    assertEquals(s, lab.out(CONTOSO, TCP, WEB, 4_000, R1, 80, SYN | ACK));
    assertEquals(s, lab.answer(s, R1, 80, SYN | ACK));
    assertEquals(ESTABLISHED * NatLab.SECOND, lab.nat.timeoutNs(s));
  }

  @Test
  void req2ConnectionsBegunByTheOutside() {
    NatLab lab = NatLab.shared().start();
    int known = lab.syn(CONTOSO, WEB, 4_000, R1, 80);
    int s = lab.answer(known, R2, 5_000, SYN);
    assertEquals(TRANSITORY * NatLab.SECOND, lab.nat.timeoutNs(s));
    assertEquals(s, lab.out(CONTOSO, TCP, WEB, 4_000, R2, 5_000, SYN | ACK));
    assertEquals(ESTABLISHED * NatLab.SECOND, lab.nat.timeoutNs(s));
  }

  @Test
  void req2PicksUpConnectionsThatAreOlderThanItself() {
    NatLab lab = NatLab.shared().start();
    int s = lab.out(CONTOSO, TCP, WEB, 4_000, R1, 80, ACK);
    lab.out(CONTOSO, TCP, WEB, 4_000, R1, 80, ACK);
    assertEquals(TRANSITORY * NatLab.SECOND, lab.nat.timeoutNs(s), "one side proves nothing");
    lab.answer(s, R1, 80, ACK);
    assertEquals(ESTABLISHED * NatLab.SECOND, lab.nat.timeoutNs(s));
  }

  @Test
  void req3Filtering() {
    NatLab open = NatLab.shared().start();
    int s = open.syn(CONTOSO, WEB, 4_000, R1, 80);
    assertTrue(open.answer(s, R2, 80, SYN) > 0);
    NatLab strict = NatLab.shared().filtering(Filtering.ADDRESS_DEPENDENT).start();
    int t = strict.syn(CONTOSO, WEB, 4_000, R1, 80);
    assertEquals(NatVerdict.FILTERED.code(), strict.answer(t, R2, 80, SYN));
    assertTrue(strict.answer(t, R1, 81, SYN) > 0);
  }

  /// The engine says that the SYN is unsolicited, and keeps nothing of it: whoever drops it without
  /// a word, as 4a allows, meets the requirement, and a SYN from inside opens the connection.
  @Test
  void req4UnsolicitedSynIsNotAnsweredAndStandsInNobodysWay() {
    NatLab lab = NatLab.shared().filtering(Filtering.ADDRESS_AND_PORT_DEPENDENT).start();
    int known = lab.syn(CONTOSO, WEB, 4_000, R1, 80);
    int port = lab.nat.publicPort(known);
    assertEquals(NatVerdict.FILTERED.code(), lab.in(TCP, R2, 80, P, port, SYN));
    assertEquals(1, lab.nat.sessions());
    lab.pass(5);
    int s = lab.syn(CONTOSO, WEB, 4_000, R2, 80);
    assertEquals(port, lab.nat.publicPort(s));
    assertEquals(s, lab.in(TCP, R2, 80, P, port, SYN), "the peer tries again");
  }

  @Test
  void req5EstablishedLivesTwoHoursFourMinutes() {
    NatLab lab = NatLab.shared().start();
    int s = established(lab);
    lab.pass(ESTABLISHED - 1);
    assertTrue(lab.isLive(s, CONTOSO, WEB, 4_000, R1, 80));
    lab.pass(2);
    assertEquals(0, lab.nat.sessions());
  }

  @Test
  void req5TransitoryLivesFourMinutes() {
    NatLab lab = NatLab.shared().start();
    int half = lab.syn(CONTOSO, WEB, 4_000, R1, 80);
    lab.pass(TRANSITORY - 1);
    assertTrue(lab.isLive(half, CONTOSO, WEB, 4_000, R1, 80));
    lab.pass(2);
    assertEquals(0, lab.nat.sessions());

    int closed = established(lab);
    lab.out(CONTOSO, TCP, WEB, 4_000, R1, 80, FIN | ACK);
    lab.pass(TRANSITORY + 1);
    assertTrue(lab.isLive(closed, CONTOSO, WEB, 4_000, R1, 80), "the other side may go on");
    lab.answer(closed, R1, 80, FIN | ACK);
    lab.pass(TRANSITORY - 1);
    lab.out(CONTOSO, TCP, WEB, 4_000, R1, 80, ACK);
    assertTrue(lab.isLive(closed, CONTOSO, WEB, 4_000, R1, 80));
    lab.pass(2);
    assertEquals(0, lab.nat.sessions(), "a late ACK is no reason to stay");
  }

  @Test
  void req5TimersMayBeSetButNotBelow() {
    NatTimeouts d = NatTimeouts.DEFAULT;
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new NatTimeouts(
                Duration.ofMinutes(123),
                d.tcpOpening(),
                d.tcpClosing(),
                d.udp(),
                d.udpWellKnown(),
                d.icmp(),
                d.other(),
                d.hold(),
                d.refresh()));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new NatTimeouts(
                d.tcpEstablished(),
                Duration.ofMinutes(3),
                d.tcpClosing(),
                d.udp(),
                d.udpWellKnown(),
                d.icmp(),
                d.other(),
                d.hold(),
                d.refresh()));
  }

  @Test
  void req7NoPortOverloading() {
    NatLab lab = NatLab.shared().ports(2_000, 2_015).blocks(16, 1).start();
    Set<Integer> ports = new HashSet<>();
    for (int i = 0; i < 16; i++) {
      assertTrue(ports.add(lab.nat.publicPort(lab.syn(CONTOSO, WEB, 100 + i, R1 + i, 80))));
    }
    assertEquals(NatVerdict.SUBSCRIBER_PORTS.code(), lab.syn(CONTOSO, WEB, 200, R2, 80));
  }

  @Test
  void req8Hairpinning() {
    NatLab lab = NatLab.shared().forward(FABRIKAM, TCP, P, 443, 443, WEB, 8_443).start();
    int from = lab.syn(CONTOSO, WEB, 4_000, P, 443);
    int to = lab.in(TCP, P, lab.nat.publicPort(from), P, 443, SYN);
    assertEquals(FABRIKAM, lab.nat.tenant(to));
    assertEquals(8_443, lab.nat.insidePort(to));
    assertEquals(to, lab.out(FABRIKAM, TCP, WEB, 8_443, P, lab.nat.publicPort(from), SYN | ACK));
    assertEquals(443, lab.nat.publicPort(to));
    assertEquals(from, lab.in(TCP, P, 443, P, lab.nat.publicPort(from), SYN | ACK));
    assertEquals(ESTABLISHED * NatLab.SECOND, lab.nat.timeoutNs(from));
    assertEquals(ESTABLISHED * NatLab.SECOND, lab.nat.timeoutNs(to));
  }

  @Test
  void req10IcmpErrorsEndNothing() {
    NatLab lab = NatLab.shared().start();
    int s = established(lab);
    long deadline = lab.nat.deadlineNs(s);
    assertEquals(s, lab.nat.findOutside(INTERNET, TCP, R1, 80, P, lab.nat.publicPort(s)));
    assertEquals(deadline, lab.nat.deadlineNs(s));
  }
}
