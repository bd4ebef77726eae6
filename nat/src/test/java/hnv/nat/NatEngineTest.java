// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import static hnv.nat.NatLab.ACK;
import static hnv.nat.NatLab.APP;
import static hnv.nat.NatLab.CONTOSO;
import static hnv.nat.NatLab.FABRIKAM;
import static hnv.nat.NatLab.ICMP;
import static hnv.nat.NatLab.P;
import static hnv.nat.NatLab.R1;
import static hnv.nat.NatLab.R2;
import static hnv.nat.NatLab.SYN;
import static hnv.nat.NatLab.TCP;
import static hnv.nat.NatLab.UDP;
import static hnv.nat.NatLab.WEB;
import static hnv.nat.NatLab.address;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.wire.IpProtocol;
import java.util.List;
import org.junit.jupiter.api.Test;

class NatEngineTest {
  private static final int OWN = address("203.0.113.77");

  @Test
  void tellsTenantsOfTheSameAddressApart() {
    NatLab lab = NatLab.shared().start();
    int contoso = lab.udp(CONTOSO, WEB, 5_000, R1, 53);
    int fabrikam = lab.udp(FABRIKAM, WEB, 5_000, R1, 53);
    assertNotEquals(
        lab.nat.publicPort(contoso), lab.nat.publicPort(fabrikam), "one public port for two");
    assertEquals(contoso, lab.answer(contoso, R1, 53, 0));
    assertEquals(fabrikam, lab.answer(fabrikam, R1, 53, 0));
    assertEquals(CONTOSO, lab.nat.tenant(contoso));
    assertEquals(FABRIKAM, lab.nat.tenant(fabrikam));
  }

  @Test
  void listsSessionsAndTheUseOfPools() {
    NatLab lab = NatLab.shared().start();
    assertEquals(0, lab.nat.nextHeld(0));
    int first = lab.udp(CONTOSO, WEB, 5_000, R1, 53);
    int second = lab.udp(FABRIKAM, WEB, 5_000, R1, 53);
    assertEquals(Math.min(first, second), lab.nat.nextHeld(0));
    assertEquals(Math.max(first, second), lab.nat.nextHeld(Math.min(first, second)));
    assertEquals(0, lab.nat.nextHeld(Math.max(first, second)));
    NatPoolUse use = lab.nat.poolUse().getFirst();
    assertEquals("shared", use.pool().name());
    assertEquals(2, use.taken());
    assertTrue(use.blocks() > 200, "blocks " + use.blocks());
    lab.nat.end(first);
    assertEquals(second, lab.nat.nextHeld(0));
  }

  @Test
  void refusesWhatNoRuleFits() {
    NatLab lab = new NatLab().pool("p", P, P).rule(CONTOSO, UDP, "10.1.1.0/24", "p").start();
    assertTrue(lab.udp(CONTOSO, WEB, 1, R1, 2) > 0);
    assertEquals(NatVerdict.NO_RULE.code(), lab.syn(CONTOSO, WEB, 1, R1, 2));
    assertEquals(NatVerdict.NO_RULE.code(), lab.udp(CONTOSO, address("10.1.2.1"), 1, R1, 2));
    assertEquals(NatVerdict.NO_RULE.code(), lab.udp(FABRIKAM, WEB, 1, R1, 2));
  }

  @Test
  void asksOutboundRulesInOrder() {
    NatLab lab =
        new NatLab()
            .pool("dns", OWN, OWN)
            .pool("rest", P, P)
            .rule(CONTOSO, UDP, "10.1.1.0/24", "dns")
            .rule(CONTOSO, "rest")
            .start();
    assertEquals(OWN, lab.nat.publicAddress(lab.udp(CONTOSO, WEB, 1, R1, 53)));
    assertEquals(P, lab.nat.publicAddress(lab.syn(CONTOSO, WEB, 1, R1, 53)));
    assertEquals(P, lab.nat.publicAddress(lab.udp(CONTOSO, address("10.2.0.1"), 1, R1, 53)));
  }

  @Test
  void forwardsRangesOfPorts() {
    NatLab lab = NatLab.shared().forward(CONTOSO, TCP, P, 50_000, 65_535, WEB, 10_000).start();
    int s = lab.in(TCP, R1, 4_000, P, 65_535, SYN);
    assertEquals(WEB, lab.nat.insideAddress(s));
    assertEquals(25_535, lab.nat.insidePort(s));
    assertTrue(lab.nat.isStatic(s));
    assertEquals(s, lab.out(CONTOSO, TCP, WEB, 25_535, R1, 4_000, SYN | ACK));
    assertEquals(NatVerdict.NO_MAPPING.code(), lab.in(TCP, R1, 4_000, P, 49_999, SYN));
    assertEquals(NatVerdict.NO_MAPPING.code(), lab.in(UDP, R1, 4_000, P, 50_000, 0));
  }

  @Test
  void sendsFromTheForwardedPortUnderItsPublicPort() {
    NatLab lab = NatLab.shared().forward(CONTOSO, UDP, P, 5_060, 5_060, WEB, 5_061).start();
    int s = lab.udp(CONTOSO, WEB, 5_061, R1, 5_060);
    assertEquals(5_060, lab.nat.publicPort(s));
    assertFalse(lab.nat.isFromOutside(s));
  }

  @Test
  void neverGivesOutAForwardedPort() {
    NatLab lab =
        NatLab.shared()
            .ports(2_000, 2_007)
            .blocks(8, 1)
            .forward(FABRIKAM, UDP, P, 2_003, 2_003, WEB, 1)
            .start();
    for (int i = 0; i < 7; i++) {
      assertNotEquals(2_003, lab.nat.publicPort(lab.udp(CONTOSO, WEB, 100 + i, R1, 53)));
    }
    assertEquals(NatVerdict.SUBSCRIBER_PORTS.code(), lab.udp(CONTOSO, WEB, 200, R1, 53));
    assertTrue(lab.syn(CONTOSO, WEB, 200, R1, 53) > 0, "TCP has ports of its own");
  }

  @Test
  void translatesOneToOneForEveryProtocol() {
    NatLab lab = NatLab.shared().own(CONTOSO, OWN, APP).start();
    for (int protocol : new int[] {TCP, UDP, ICMP, IpProtocol.GRE, IpProtocol.ESP, 132}) {
      int s = lab.out(CONTOSO, protocol, APP, 77, R1, 80, 0);
      assertEquals(OWN, lab.nat.publicAddress(s));
      assertEquals(lab.nat.insidePort(s), lab.nat.publicPort(s));
      int fresh = lab.in(protocol, R2, 9, OWN, 99, 0);
      assertTrue(fresh > 0, () -> "protocol " + protocol);
      assertEquals(APP, lab.nat.insideAddress(fresh));
    }
    assertEquals(
        NatVerdict.NOT_TRANSLATABLE.code(), lab.out(CONTOSO, IpProtocol.AH, APP, 0, R1, 0, 0));
  }

  @Test
  void sharesAPublicAddressOfGreAndEspByTheRemoteEnd() {
    NatLab lab = NatLab.shared().start();
    int first = lab.out(CONTOSO, IpProtocol.ESP, WEB, 0, R1, 0, 0);
    assertTrue(first > 0);
    assertEquals(NatVerdict.POOL_PORTS.code(), lab.out(FABRIKAM, IpProtocol.ESP, WEB, 0, R1, 0, 0));
    int other = lab.out(FABRIKAM, IpProtocol.ESP, WEB, 0, R2, 0, 0);
    assertTrue(other > 0);
    assertEquals(first, lab.in(IpProtocol.ESP, R1, 0, P, 0, 0));
    assertEquals(other, lab.in(IpProtocol.ESP, R2, 0, P, 0, 0));
    lab.nat.end(first);
    assertTrue(lab.out(FABRIKAM, IpProtocol.ESP, WEB, 0, R1, 0, 0) > 0);
  }

  @Test
  void knowsItsPublicAddresses() {
    NatLab lab = NatLab.shared().own(CONTOSO, OWN, APP).start();
    assertTrue(lab.nat.isPublic(0, P));
    assertTrue(lab.nat.isPublic(0, OWN));
    assertFalse(lab.nat.isPublic(1, P));
    assertFalse(lab.nat.isPublic(0, P + 1));
    assertFalse(lab.nat.isPublic(0, P - 1));
  }

  @Test
  void keepsSessionsThatANewPolicyAllows() {
    NatLab lab = NatLab.shared().own(CONTOSO, OWN, APP).start();
    int pooled = lab.udp(CONTOSO, WEB, 1, R1, 53);
    int port = lab.nat.publicPort(pooled);
    int own = lab.udp(CONTOSO, APP, 1, R1, 53);
    int fabrikam = lab.udp(FABRIKAM, WEB, 1, R1, 53);
    lab.oneToOne.get(CONTOSO).clear();
    lab.apply();
    assertEquals(List.of(own), lab.revoked);
    assertTrue(lab.nat.isRevoked(own));
    assertEquals(0, lab.nat.timeoutNs(own));
    assertEquals(0, lab.nat.findOutside(0, UDP, R1, 53, OWN, 1));
    assertEquals(pooled, lab.udp(CONTOSO, WEB, 1, R1, 53));
    assertEquals(port, lab.nat.publicPort(pooled));
    assertEquals(fabrikam, lab.udp(FABRIKAM, WEB, 1, R1, 53));
    int anew = lab.udp(CONTOSO, APP, 1, R1, 53);
    assertNotEquals(own, anew, "the handle is its owner's until he ends it");
    lab.nat.end(own);
    assertEquals(3, lab.nat.sessions());
  }

  @Test
  void endsSessionsOfAddressesThatLeaveThePool() {
    NatLab lab = new NatLab().pool("p", P, P + 1).rule(CONTOSO, "p").start();
    int session = lab.udp(CONTOSO, WEB, 1, R1, 53);
    int kept = P + 1 - (lab.nat.publicAddress(session) - P);
    lab.pool("p", kept, kept).apply();
    assertEquals(List.of(session), lab.revoked);
    lab.nat.end(session);
    assertEquals(0, lab.nat.subscribers());
    assertEquals(kept, lab.nat.publicAddress(lab.udp(CONTOSO, WEB, 1, R1, 53)));
  }

  @Test
  void endsSessionsOfAPortThatIsForwardedToAnother() {
    NatLab lab = NatLab.shared().start();
    int session = lab.udp(CONTOSO, WEB, 1, R1, 53);
    int port = lab.nat.publicPort(session);
    lab.forward(FABRIKAM, UDP, P, port, port, WEB, 9).apply();
    assertEquals(List.of(session), lab.revoked);
    lab.nat.end(session);
    int served = lab.in(UDP, R1, 53, P, port, 0);
    assertEquals(FABRIKAM, lab.nat.tenant(served));
  }

  @Test
  void givesAnAddressOfTwoPoolsToTheFirst() {
    NatLab lab =
        new NatLab()
            .pool("first", P, P)
            .ports(2_000, 2_007)
            .pool("second", P, P + 1)
            .ports(2_000, 2_007)
            .rule(CONTOSO, "first")
            .rule(FABRIKAM, "second")
            .start();
    for (int host = 0; host < 8; host++) {
      lab.udp(CONTOSO, WEB + host, 1, R1, 53);
      int theirs = lab.udp(FABRIKAM, WEB + host, 1, R1, 53);
      assertTrue(theirs < 0 || lab.nat.publicAddress(theirs) == P + 1);
    }
    int session = lab.udp(FABRIKAM, WEB, 1, R1, 53);
    // Without the first pool the second has the address; sessions of the other stay.
    lab.outbound.get(CONTOSO).clear();
    lab.pools.removeFirst();
    lab.apply();
    assertEquals(session, lab.udp(FABRIKAM, WEB, 1, R1, 53));
    assertTrue(lab.nat.isPublic(0, P));
  }

  @Test
  void refusesPortsThatCannotBe() {
    NatLab lab = NatLab.shared();
    assertThrows(IllegalArgumentException.class, () -> lab.ports(2_000, 1_999));
    NatLab blocks = NatLab.shared();
    assertThrows(IllegalArgumentException.class, () -> blocks.blocks(0, 1));
    assertThrows(
        IllegalArgumentException.class, () -> lab.forward(CONTOSO, TCP, P, 10, 20, WEB, 65_530));
    assertThrows(
        IllegalArgumentException.class,
        () -> lab.pool("huge", address("10.0.0.0"), address("10.1.0.0")));
  }

  @Test
  void refusesAPolicyWithoutThePoolOfARuleAndChangesNothing() {
    NatLab lab = NatLab.shared().start();
    int session = lab.udp(CONTOSO, WEB, 1, R1, 53);
    lab.rule(CONTOSO, "nowhere");
    assertThrows(IllegalArgumentException.class, lab::apply);
    assertEquals(session, lab.answer(session, R1, 53, 0));
  }

  @Test
  void findsQuotedPacketsWithoutMakingAnything() {
    NatLab lab = NatLab.shared().start();
    assertEquals(0, lab.nat.findInside(CONTOSO, 0, UDP, WEB, 1, R1, 53));
    assertEquals(0, lab.nat.sessions());
    int s = lab.udp(CONTOSO, WEB, 1, R1, 53);
    assertEquals(s, lab.nat.findInside(CONTOSO, 0, UDP, WEB, 1, R1, 53));
    assertEquals(s, lab.nat.findOutside(0, UDP, R1, 53, P, lab.nat.publicPort(s)));
    assertEquals(0, lab.nat.findOutside(0, UDP, R2, 53, P, lab.nat.publicPort(s)));
  }

  @Test
  void refusesToEndWhatIsNobodys() {
    NatLab lab = NatLab.shared().start();
    int s = lab.udp(CONTOSO, WEB, 1, R1, 53);
    lab.nat.end(s);
    assertThrows(IllegalStateException.class, () -> lab.nat.end(s));
  }

  @Test
  void listsTheSessionsOfATenant() {
    NatLab lab = NatLab.shared().start();
    int a = lab.udp(CONTOSO, WEB, 1, R1, 53);
    int b = lab.udp(CONTOSO, WEB, 2, R1, 53);
    int c = lab.udp(CONTOSO, WEB, 3, R1, 53);
    lab.udp(FABRIKAM, WEB, 3, R1, 53);
    lab.nat.end(b);
    assertEquals(c, lab.nat.next(CONTOSO, 0));
    assertEquals(a, lab.nat.next(CONTOSO, c));
    assertEquals(0, lab.nat.next(CONTOSO, a));
  }
}
