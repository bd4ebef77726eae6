// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import static hnv.nat.NatLab.ACK;
import static hnv.nat.NatLab.CONTOSO;
import static hnv.nat.NatLab.FIN;
import static hnv.nat.NatLab.P;
import static hnv.nat.NatLab.R1;
import static hnv.nat.NatLab.R2;
import static hnv.nat.NatLab.RST;
import static hnv.nat.NatLab.SYN;
import static hnv.nat.NatLab.TCP;
import static hnv.nat.NatLab.WEB;
import static hnv.nat.NatLab.address;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.nat.NatPool.Mapping;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// RFC 7857, Updates to NAT Behavioral Requirements.
class Rfc7857Test {
  private static final long TRANSITORY = 4 * 60;
  private static final long ESTABLISHED = 124 * 60;

  private static int established(NatLab lab) {
    int s = lab.syn(CONTOSO, WEB, 4_000, R1, 80);
    lab.answer(s, R1, 80, SYN | ACK);
    lab.out(CONTOSO, TCP, WEB, 4_000, R1, 80, ACK);
    return s;
  }

  @Test
  void section21TcpSessionTracking() {
    NatLab lab = NatLab.shared().start();
    int s = lab.syn(CONTOSO, WEB, 4_000, R1, 80);
    lab.answer(s, R1, 80, ACK);
    assertEquals(TRANSITORY * NatLab.SECOND, lab.nat.timeoutNs(s), "no SYN came back");
    lab.answer(s, R1, 80, SYN | ACK);
    assertEquals(ESTABLISHED * NatLab.SECOND, lab.nat.timeoutNs(s));
    lab.answer(s, R1, 80, FIN | ACK);
    lab.out(CONTOSO, TCP, WEB, 4_000, R1, 80, ACK);
    assertEquals(ESTABLISHED * NatLab.SECOND, lab.nat.timeoutNs(s), "half closed");
    lab.out(CONTOSO, TCP, WEB, 4_000, R1, 80, FIN | ACK);
    assertEquals(TRANSITORY * NatLab.SECOND, lab.nat.timeoutNs(s));
    lab.syn(CONTOSO, WEB, 4_000, R1, 80);
    lab.answer(s, R1, 80, SYN | ACK);
    assertEquals(ESTABLISHED * NatLab.SECOND, lab.nat.timeoutNs(s), "the ports are used again");
  }

  @Test
  void section21TimersOfOpeningAndClosingAreTheirOwn() {
    NatTimeouts d = NatTimeouts.DEFAULT;
    NatLab lab = NatLab.shared();
    lab.timeouts =
        new NatTimeouts(
            d.tcpEstablished(),
            Duration.ofMinutes(5),
            Duration.ofMinutes(6),
            d.udp(),
            d.udpWellKnown(),
            d.icmp(),
            d.other(),
            d.hold(),
            d.refresh());
    lab.start();
    int s = lab.syn(CONTOSO, WEB, 4_000, R1, 80);
    assertEquals(300 * NatLab.SECOND, lab.nat.timeoutNs(s));
    lab.answer(s, R1, 80, RST);
    assertEquals(360 * NatLab.SECOND, lab.nat.timeoutNs(s));
  }

  @Test
  void section22ResetWaitsFourMinutes() {
    NatLab lab = NatLab.shared().start();
    int s = established(lab);
    assertEquals(s, lab.answer(s, R1, 80, RST), "a reset is translated");
    lab.pass(TRANSITORY - 1);
    assertTrue(lab.isLive(s, CONTOSO, WEB, 4_000, R1, 80));
    lab.pass(2);
    assertEquals(0, lab.nat.sessions());
  }

  @Test
  void section22ForgedResetEndsNothing() {
    NatLab lab = NatLab.shared().start();
    int s = established(lab);
    lab.answer(s, R1, 80, RST);
    lab.pass(10);
    lab.out(CONTOSO, TCP, WEB, 4_000, R1, 80, ACK);
    assertEquals(ESTABLISHED * NatLab.SECOND, lab.nat.timeoutNs(s));

    int t = lab.syn(CONTOSO, WEB, 4_001, R1, 80);
    lab.answer(t, R1, 80, SYN | ACK);
    lab.answer(t, R1, 80, RST);
    lab.nat.seen(t, lab.nowNs + NatLab.SECOND, NatEngine.NEVER);
    assertEquals(ESTABLISHED * NatLab.SECOND, lab.nat.timeoutNs(t), "data, carried by others");
  }

  @Test
  void section22ResetsDoNotProlongEachOther() {
    NatLab lab = NatLab.shared().start();
    int s = established(lab);
    lab.answer(s, R1, 80, RST);
    lab.pass(200);
    lab.answer(s, R1, 80, RST);
    lab.pass(41);
    assertEquals(0, lab.nat.sessions());
  }

  @Test
  void section22ResetOfAKnownPortIsTranslatedAndMakesNoMapping() {
    NatLab lab = NatLab.shared().start();
    assertEquals(NatVerdict.RESET_OF_NOTHING.code(), lab.out(CONTOSO, TCP, WEB, 9, R1, 80, RST));
    assertEquals(0, lab.nat.subscribers());
    int s = established(lab);
    int reset = lab.out(CONTOSO, TCP, WEB, 4_000, R2, 80, RST);
    assertEquals(lab.nat.publicPort(s), lab.nat.publicPort(reset));
  }

  @Test
  void section3OverlappingPortsOfDifferentDestinations() {
    NatLab lab =
        NatLab.shared()
            .ports(2_000, 2_003)
            .blocks(4, 1)
            .mapping(Mapping.ENDPOINT_DEPENDENT)
            .start();
    List<Integer> sessions = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      int s = lab.udp(CONTOSO, WEB, 100 + i, R1 + i, 53);
      assertTrue(s > 0);
      sessions.add(s);
    }
    for (int i = 0; i < 40; i++) {
      int s = sessions.get(i);
      assertEquals(s, lab.answer(s, R1 + i, 53, 0));
    }
    assertTrue(lab.answer(sessions.getFirst(), address("192.0.2.50"), 53, 0) < 0);
    // To one destination there are four ports.
    for (int i = 1; i < 4; i++) {
      assertTrue(lab.udp(CONTOSO, WEB, 500 + i, R1, 53) > 0);
    }
    assertEquals(NatVerdict.SUBSCRIBER_PORTS.code(), lab.udp(CONTOSO, WEB, 600, R1, 53));
  }

  @Test
  void section7UnsolicitedInboundKeepsNoMappingOpen() {
    NatLab lab = NatLab.shared().start();
    int s = lab.udp(CONTOSO, WEB, 4_000, R1, 5_000);
    for (int i = 0; i < 6; i++) {
      lab.pass(60);
      lab.answer(s, R2 + i, 9, 0);
    }
    assertFalse(lab.isLive(s, CONTOSO, WEB, 4_000, R1, 5_000));
    int lingering = lab.nat.next(CONTOSO, 0);
    assertTrue(lingering > 0);
    assertEquals(NatVerdict.FILTERED.code(), lab.answer(lingering, address("192.0.2.50"), 9, 0));
    lab.pass(301);
    assertEquals(0, lab.nat.sessions());
    assertEquals(0, lab.nat.ports(CONTOSO));
  }

  @Test
  void section7AnsweredInboundKeepsTheMappingOpen() {
    NatLab lab = NatLab.shared().start();
    int s = lab.udp(CONTOSO, WEB, 4_000, R1, 5_000);
    int other = lab.answer(s, R2, 9, 0);
    lab.pass(200);
    assertEquals(other, lab.udp(CONTOSO, WEB, 4_000, R2, 9));
    lab.pass(200);
    assertFalse(lab.isLive(s, CONTOSO, WEB, 4_000, R1, 5_000));
    assertTrue(lab.answer(other, address("192.0.2.50"), 9, 0) > 0);
  }

  @Test
  void section71OutboundResetOfAnInboundSynRefreshesNothing() {
    NatLab lab = NatLab.shared().start();
    int known = lab.syn(CONTOSO, WEB, 4_000, R1, 80);
    int port = lab.nat.publicPort(known);
    int s = lab.answer(known, R2, 9, SYN);
    assertEquals(s, lab.out(CONTOSO, TCP, WEB, 4_000, R2, 9, RST | ACK));
    lab.nat.end(known);
    assertEquals(NatVerdict.FILTERED.code(), lab.in(TCP, address("192.0.2.50"), 9, P, port, SYN));
  }

  @Test
  void section71ResetThatBeginsASessionRefreshesNothing() {
    NatLab lab = NatLab.shared().start();
    int known = established(lab);
    int port = lab.nat.publicPort(known);
    assertTrue(lab.out(CONTOSO, TCP, WEB, 4_000, R2, 9, RST) > 0);
    lab.nat.end(known);
    assertEquals(NatVerdict.FILTERED.code(), lab.in(TCP, address("192.0.2.50"), 9, P, port, SYN));
  }

  @Test
  void section8ParityMayBeOff() {
    NatLab lab = NatLab.shared().start();
    Set<Integer> parities = new HashSet<>();
    for (int i = 0; i < 64; i++) {
      parities.add(lab.nat.publicPort(lab.udp(CONTOSO, WEB, 4_000 + 2 * i, R1, 53)) & 1);
    }
    assertEquals(Set.of(0, 1), parities);
  }

  @Test
  void section9PortsAreRandom() {
    List<Integer> first = ports(1);
    List<Integer> second = ports(2);
    assertNotEquals(first, second);
    int neighbours = 0;
    for (int i = 1; i < first.size(); i++) {
      neighbours += Math.abs(first.get(i) - first.get(i - 1)) <= 1 ? 1 : 0;
    }
    assertTrue(neighbours < 4, "not one after the other");
  }

  private static List<Integer> ports(long seed) {
    NatLab lab = NatLab.shared();
    lab.seed = seed;
    lab.start();
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      ports.add(lab.nat.publicPort(lab.udp(CONTOSO, WEB, 4_000 + i, R1, 53)));
    }
    return ports;
  }
}
