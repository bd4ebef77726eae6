// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import static hnv.nat.NatLab.CONTOSO;
import static hnv.nat.NatLab.FABRIKAM;
import static hnv.nat.NatLab.ICMP;
import static hnv.nat.NatLab.INTERNET;
import static hnv.nat.NatLab.P;
import static hnv.nat.NatLab.R1;
import static hnv.nat.NatLab.R2;
import static hnv.nat.NatLab.UDP;
import static hnv.nat.NatLab.WEB;
import static hnv.nat.NatLab.address;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/// RFC 5508, NAT Behavioral Requirements for ICMP. Those about the octets of errors (REQ-3, 4, 5)
/// are shown by IcmpErrorTest.
class Rfc5508Test {
  private static int echo(NatLab lab, int tenant, int from, int id, int to) {
    return lab.out(tenant, ICMP, from, id, to, 0, 0);
  }

  @Test
  void req1QueriesOfTheInsidePass() {
    NatLab lab = NatLab.shared().start();
    int contoso = echo(lab, CONTOSO, WEB, 7, R1);
    int fabrikam = echo(lab, FABRIKAM, WEB, 7, R1);
    assertNotEquals(lab.nat.publicPort(contoso), lab.nat.publicPort(fabrikam));
    assertEquals(contoso, lab.in(ICMP, R1, 0, P, lab.nat.publicPort(contoso), 0));
    assertEquals(7, lab.nat.insidePort(contoso));
    assertEquals(fabrikam, lab.in(ICMP, R1, 0, P, lab.nat.publicPort(fabrikam), 0));
  }

  @Test
  void req1aIdentifierDoesNotDependOnTheHost() {
    NatLab lab = NatLab.shared().start();
    int a = echo(lab, CONTOSO, WEB, 7, R1);
    int b = echo(lab, CONTOSO, WEB, 7, R2);
    assertNotEquals(a, b);
    assertEquals(lab.nat.publicPort(a), lab.nat.publicPort(b));
  }

  @Test
  void req2QueriesLiveSixtySeconds() {
    NatLab lab = NatLab.shared().start();
    int s = echo(lab, CONTOSO, WEB, 7, R1);
    lab.pass(59);
    assertEquals(s, lab.in(ICMP, R1, 0, P, lab.nat.publicPort(s), 0));
    lab.pass(2);
    assertEquals(0, lab.nat.sessions());
  }

  @Test
  void req2TimerMayBeSetButNotBelow() {
    NatTimeouts d = NatTimeouts.DEFAULT;
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new NatTimeouts(
                d.tcpEstablished(),
                d.tcpOpening(),
                d.tcpClosing(),
                d.udp(),
                d.udpWellKnown(),
                Duration.ofSeconds(59),
                d.other(),
                d.hold(),
                d.refresh()));
  }

  @Test
  void req4ErrorsOfUnknownPacketsHaveNoSession() {
    NatLab lab = NatLab.shared().start();
    int s = lab.udp(CONTOSO, WEB, 4_000, R1, 53);
    assertEquals(0, lab.nat.findOutside(INTERNET, UDP, R1, 53, P, lab.nat.publicPort(s) ^ 1));
    assertEquals(0, lab.nat.findOutside(INTERNET, UDP, R2, 53, P, lab.nat.publicPort(s)));
    assertEquals(1, lab.nat.sessions());
  }

  @Test
  void req6ErrorsRefreshNothing() {
    NatLab lab = NatLab.shared().start();
    int s = lab.udp(CONTOSO, WEB, 4_000, R1, 5_000);
    lab.pass(200);
    assertEquals(s, lab.nat.findInside(CONTOSO, INTERNET, UDP, WEB, 4_000, R1, 5_000));
    assertEquals(s, lab.nat.findOutside(INTERNET, UDP, R1, 5_000, P, lab.nat.publicPort(s)));
    lab.pass(101);
    assertEquals(0, lab.nat.sessions());
  }

  @Test
  void req7HairpinnedErrorsFindBothSessions() {
    NatLab lab = NatLab.shared().start();
    int server = lab.udp(FABRIKAM, WEB, 7_000, R1, 53);
    int port = lab.nat.publicPort(server);
    int from = lab.udp(CONTOSO, WEB, 4_000, P, port);
    int fromPort = lab.nat.publicPort(from);
    int to = lab.in(UDP, P, fromPort, P, port, 0);
    // Fabrikam's host reports "port unreachable": it quotes (P, fromPort) -> (WEB, 7000).
    assertEquals(to, lab.nat.findInside(FABRIKAM, INTERNET, UDP, WEB, 7_000, P, fromPort));
    // Its public form quotes (P, fromPort) -> (P, port), which Contoso's session sent.
    assertEquals(from, lab.nat.findOutside(INTERNET, UDP, P, port, P, fromPort));
  }

  @Test
  void req7BasicNatHairpinsQueries() {
    int own = address("203.0.113.77");
    NatLab lab = NatLab.shared().own(FABRIKAM, own, WEB).start();
    int from = echo(lab, CONTOSO, WEB, 7, own);
    int to = lab.in(ICMP, P, 0, own, lab.nat.publicPort(from), 0);
    assertEquals(FABRIKAM, lab.nat.tenant(to));
    assertEquals(WEB, lab.nat.insideAddress(to));
    assertEquals(lab.nat.publicPort(from), lab.nat.insidePort(to), "Basic NAT keeps identifiers");
  }

  @Test
  void req8WithoutASessionTheReasonIsTold() {
    NatLab lab = NatLab.shared().ports(2_000, 2_000).blocks(1, 1).start();
    assertTrue(echo(lab, CONTOSO, WEB, 7, R1) > 0);
    int verdict = echo(lab, CONTOSO, WEB, 8, R1);
    assertTrue(NatVerdict.of(verdict).isExhaustion(), "what ICMP 3/13 answers");
  }
}
