// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import static hnv.nat.NatLab.APP;
import static hnv.nat.NatLab.CONTOSO;
import static hnv.nat.NatLab.FABRIKAM;
import static hnv.nat.NatLab.INTERNET;
import static hnv.nat.NatLab.P;
import static hnv.nat.NatLab.R1;
import static hnv.nat.NatLab.R2;
import static hnv.nat.NatLab.UDP;
import static hnv.nat.NatLab.WEB;
import static hnv.nat.NatLab.address;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.nat.NatPool.Filtering;
import hnv.nat.NatPool.Parity;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// RFC 4787, Network Address Translation (NAT) Behavioral Requirements for Unicast UDP: a test
/// named after each requirement that the engine can meet by itself. docs/nat.md has the others.
class Rfc4787Test {
  private static final int R3 = address("198.51.100.3");

  @Test
  void req1EndpointIndependentMapping() {
    NatLab lab = NatLab.shared().start();
    int first = lab.udp(CONTOSO, WEB, 4_000, R1, 1_000);
    for (int destination : new int[] {R1, R2, R3}) {
      int s = lab.udp(CONTOSO, WEB, 4_000, destination, 2_000);
      assertNotEquals(first, s);
      assertEquals(lab.nat.publicAddress(first), lab.nat.publicAddress(s));
      assertEquals(lab.nat.publicPort(first), lab.nat.publicPort(s));
    }
    int other = lab.udp(CONTOSO, WEB, 4_001, R1, 1_000);
    assertNotEquals(lab.nat.publicPort(first), lab.nat.publicPort(other));
  }

  @Test
  void req2PairedPooling() {
    NatLab lab = new NatLab().pool("p", P, P + 7).rule(CONTOSO, "p").start();
    Set<Integer> used = new HashSet<>();
    for (int host = 0; host < 24; host++) {
      Set<Integer> addresses = new HashSet<>();
      for (int port = 0; port < 40; port++) {
        addresses.add(lab.nat.publicAddress(lab.udp(CONTOSO, WEB + host, 3_000 + port, R1, port)));
        addresses.add(lab.nat.publicAddress(lab.syn(CONTOSO, WEB + host, 3_000 + port, R1, port)));
      }
      assertEquals(1, addresses.size(), "one host, one public address");
      used.addAll(addresses);
    }
    assertTrue(used.size() > 1, "hosts are spread over the pool");
  }

  @Test
  void req3NoPortOverloading() {
    NatLab lab = NatLab.shared().ports(2_000, 2_063).blocks(64, 1).start();
    Set<Integer> ports = new HashSet<>();
    for (int i = 0; i < 64; i++) {
      int s = lab.udp(CONTOSO, WEB, 10_000 + i, R1 + i, 53);
      assertTrue(ports.add(lab.nat.publicPort(s)), "a public port twice");
    }
    assertEquals(NatVerdict.SUBSCRIBER_PORTS.code(), lab.udp(CONTOSO, WEB, 20_000, R2, 53));
  }

  @Test
  void req3aPortRangeIsKeptWhereThePoolHasBoth() {
    NatLab lab = NatLab.shared().ports(0, 65_535).blocks(512, 8).start();
    for (int i = 1; i < 300; i++) {
      assertTrue(lab.nat.publicPort(lab.udp(CONTOSO, WEB, i, R1, 53)) < 1_024);
      assertTrue(lab.nat.publicPort(lab.udp(CONTOSO, WEB, 1_024 + i, R1, 53)) >= 1_024);
    }
  }

  @Test
  void req4ParityIsKeptWhereAskedFor() {
    NatLab lab = NatLab.shared().parity(Parity.PRESERVED).start();
    for (int port = 6_000; port < 6_200; port++) {
      assertEquals(port & 1, lab.nat.publicPort(lab.udp(CONTOSO, WEB, port, R1, 53)) & 1);
    }
    NatLab ignoring = NatLab.shared().start();
    int kept = 0;
    for (int port = 6_000; port < 6_200; port++) {
      int given = ignoring.nat.publicPort(ignoring.udp(CONTOSO, WEB, port, R1, 53));
      kept += (given ^ port ^ 1) & 1;
    }
    assertTrue(kept < 150, "by chance half of them");
  }

  @Test
  void req5MappingsLiveFiveMinutes() {
    NatLab lab = NatLab.shared().start();
    int s = lab.udp(CONTOSO, WEB, 4_000, R1, 5_000);
    lab.pass(299);
    assertTrue(lab.isLive(s, CONTOSO, WEB, 4_000, R1, 5_000));
    assertEquals(s, lab.answer(s, R1, 5_000, 0));
    lab.pass(2);
    assertEquals(0, lab.nat.sessions());
  }

  @Test
  void req5NoTimerMayBeShorterThanTwoMinutes() {
    assertThrows(
        IllegalArgumentException.class, () -> NatTimeouts.DEFAULT.withUdp(Duration.ofSeconds(119)));
    NatLab lab = NatLab.shared();
    lab.timeouts = NatTimeouts.DEFAULT.withUdp(Duration.ofMinutes(2));
    lab.start();
    int s = lab.udp(CONTOSO, WEB, 4_000, R1, 5_000);
    lab.pass(119);
    assertTrue(lab.isLive(s, CONTOSO, WEB, 4_000, R1, 5_000));
    lab.pass(2);
    assertEquals(0, lab.nat.sessions());
  }

  @Test
  void req5aWellKnownPortsMayHaveAShorterTimer() {
    NatTimeouts d = NatTimeouts.DEFAULT;
    NatLab lab = NatLab.shared();
    lab.timeouts =
        new NatTimeouts(
            d.tcpEstablished(),
            d.tcpOpening(),
            d.tcpClosing(),
            d.udp(),
            Duration.ofSeconds(30),
            d.icmp(),
            d.other(),
            d.hold(),
            d.refresh());
    lab.start();
    int dns = lab.udp(CONTOSO, WEB, 4_000, R1, 53);
    int game = lab.udp(CONTOSO, WEB, 4_001, R1, 1_024);
    lab.pass(31);
    assertFalse(lab.isLive(dns, CONTOSO, WEB, 4_000, R1, 53));
    assertTrue(lab.isLive(game, CONTOSO, WEB, 4_001, R1, 1_024));
  }

  @Test
  void req6OutboundRefreshes() {
    NatLab lab = NatLab.shared().start();
    int s = lab.udp(CONTOSO, WEB, 4_000, R1, 5_000);
    for (int i = 0; i < 10; i++) {
      lab.pass(299);
      assertEquals(s, lab.udp(CONTOSO, WEB, 4_000, R1, 5_000));
    }
    lab.pass(200);
    // Carried by others, and told afterwards.
    lab.nat.seen(s, lab.nowNs, NatEngine.NEVER);
    lab.pass(299);
    assertTrue(lab.isLive(s, CONTOSO, WEB, 4_000, R1, 5_000));
  }

  @Test
  void req6aInboundDoesNotRefreshUnlessAskedFor() {
    NatLab lab = NatLab.shared().start();
    int s = lab.udp(CONTOSO, WEB, 4_000, R1, 5_000);
    lab.pass(200);
    lab.answer(s, R1, 5_000, 0);
    assertEquals(100 * NatLab.SECOND, lab.nat.timeoutNs(s));
    lab.nat.seen(s, NatEngine.NEVER, lab.nowNs + 50 * NatLab.SECOND);
    assertEquals(50 * NatLab.SECOND, lab.nat.timeoutNs(s));
    lab.pass(101);
    assertEquals(0, lab.nat.sessions());

    NatTimeouts d = NatTimeouts.DEFAULT;
    NatLab both = NatLab.shared();
    both.timeouts =
        new NatTimeouts(
            d.tcpEstablished(),
            d.tcpOpening(),
            d.tcpClosing(),
            d.udp(),
            d.udpWellKnown(),
            d.icmp(),
            d.other(),
            d.hold(),
            NatTimeouts.Refresh.BOTH);
    both.start();
    int kept = both.udp(CONTOSO, WEB, 4_000, R1, 5_000);
    both.pass(200);
    both.answer(kept, R1, 5_000, 0);
    both.pass(101);
    assertTrue(both.isLive(kept, CONTOSO, WEB, 4_000, R1, 5_000));
  }

  @Test
  void req7OverlappingAddressSpacesAreToldApart() {
    // A tenant that uses the public address itself inside.
    NatLab lab = new NatLab().pool("p", P, P).rule(CONTOSO, UDP, "0.0.0.0/0", "p").start();
    int s = lab.udp(CONTOSO, P, 4_000, R1, 53);
    assertEquals(P, lab.nat.publicAddress(s));
    assertEquals(s, lab.answer(s, R1, 53, 0));
    assertEquals(P, lab.nat.insideAddress(s));
  }

  @Test
  void req8EndpointIndependentFiltering() {
    NatLab lab = NatLab.shared().start();
    int s = lab.udp(CONTOSO, WEB, 4_000, R1, 5_000);
    int stranger = lab.answer(s, R2, 6_000, 0);
    assertTrue(stranger > 0);
    assertEquals(WEB, lab.nat.insideAddress(stranger));
    assertEquals(4_000, lab.nat.insidePort(stranger));
    assertTrue(lab.nat.isFromOutside(stranger));
  }

  @Test
  void req8AddressDependentFiltering() {
    NatLab lab = NatLab.shared().filtering(Filtering.ADDRESS_DEPENDENT).start();
    int s = lab.udp(CONTOSO, WEB, 4_000, R1, 5_000);
    assertEquals(NatVerdict.FILTERED.code(), lab.answer(s, R2, 5_000, 0));
    int otherPort = lab.answer(s, R1, 6_000, 0);
    assertTrue(otherPort > 0);
    // What the outside began gives nobody leave.
    lab.nat.end(s);
    assertEquals(NatVerdict.FILTERED.code(), lab.answer(otherPort, R1, 7_000, 0));
    assertEquals(otherPort, lab.answer(otherPort, R1, 6_000, 0));
  }

  @Test
  void req8AddressAndPortDependentFiltering() {
    NatLab lab = NatLab.shared().filtering(Filtering.ADDRESS_AND_PORT_DEPENDENT).start();
    int s = lab.udp(CONTOSO, WEB, 4_000, R1, 5_000);
    assertEquals(NatVerdict.FILTERED.code(), lab.answer(s, R1, 5_001, 0));
    assertEquals(s, lab.answer(s, R1, 5_000, 0));
  }

  @Test
  void req9Hairpinning() {
    NatLab lab = NatLab.shared().start();
    int server = lab.udp(FABRIKAM, WEB, 7_000, R1, 53);
    int port = lab.nat.publicPort(server);
    // Contoso's host sends to Fabrikam's public end.
    int from = lab.udp(CONTOSO, WEB, 4_000, P, port);
    // 9a: "external source IP address and port".
    int to = lab.in(UDP, lab.nat.publicAddress(from), lab.nat.publicPort(from), P, port, 0);
    assertEquals(FABRIKAM, lab.nat.tenant(to));
    assertEquals(WEB, lab.nat.insideAddress(to));
    assertEquals(7_000, lab.nat.insidePort(to));
    assertEquals(P, lab.nat.remoteAddress(to));
    assertEquals(lab.nat.publicPort(from), lab.nat.remotePort(to));
    lab.nat.pair(from, to);
    assertEquals(from, lab.nat.peer(to));
    // And back: the server answers to what it saw.
    assertEquals(to, lab.udp(FABRIKAM, WEB, 7_000, P, lab.nat.publicPort(from)));
    assertEquals(from, lab.in(UDP, P, port, P, lab.nat.publicPort(from), 0));
    lab.nat.end(from);
    assertEquals(0, lab.nat.peer(to));
  }

  @Test
  void req11DeterministicAtAnyLoad() {
    NatLab lab = NatLab.shared().ports(1_024, 65_535).blocks(4_032, 16);
    lab.limits = new NatLimits(4_096, 4_096, 256, 1_024, 2);
    lab.start();
    for (int load : new int[] {0, 50, 99}) {
      while (lab.nat.sessions() < 4_096 * load / 100 - 8) {
        int n = lab.nat.sessions();
        assertTrue(lab.udp(FABRIKAM, APP, 1_024 + n, R1, 53) > 0);
      }
      int a = lab.udp(CONTOSO, WEB, 4_000, R1, 1_000);
      int b = lab.udp(CONTOSO, WEB, 4_000, R2, 1_000);
      assertEquals(lab.nat.publicPort(a), lab.nat.publicPort(b), () -> "mapping at " + load);
      int c = lab.answer(a, address("192.0.2.99"), 1, 0);
      assertTrue(c > 0, () -> "filtering at " + load);
      lab.nat.end(a);
      lab.nat.end(b);
      lab.nat.end(c);
    }
  }

  @Test
  void req12IcmpErrorsEndNothing() {
    NatLab lab = NatLab.shared().start();
    int s = lab.udp(CONTOSO, WEB, 4_000, R1, 5_000);
    long deadline = lab.nat.deadlineNs(s);
    lab.pass(100);
    // An error about it, from whomever: its session is looked up, and that is all.
    assertEquals(s, lab.nat.findOutside(INTERNET, UDP, R1, 5_000, P, lab.nat.publicPort(s)));
    assertEquals(deadline, lab.nat.deadlineNs(s));
    assertEquals(s, lab.answer(s, R1, 5_000, 0));
  }
}
