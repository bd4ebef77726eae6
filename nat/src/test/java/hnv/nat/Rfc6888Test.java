// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import static hnv.nat.NatLab.ACK;
import static hnv.nat.NatLab.APP;
import static hnv.nat.NatLab.CONTOSO;
import static hnv.nat.NatLab.FABRIKAM;
import static hnv.nat.NatLab.ICMP;
import static hnv.nat.NatLab.INTERNET;
import static hnv.nat.NatLab.P;
import static hnv.nat.NatLab.R1;
import static hnv.nat.NatLab.R2;
import static hnv.nat.NatLab.SYN;
import static hnv.nat.NatLab.UDP;
import static hnv.nat.NatLab.WEB;
import static hnv.nat.NatLab.address;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.nat.NatPool.Filtering;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// RFC 6888, Common Requirements for Carrier-Grade NATs.
class Rfc6888Test {
  private final List<String> told = new ArrayList<>();

  /// Writes down what it is told.
  private final NatEvents recorder =
      new NatEvents() {
        @Override
        public void blockTaken(
            int tenant, int network, int inside, int address, int first, int last, long nowNs) {
          told.add("block+ %d %s %d-%d".formatted(tenant, NatLab.text(inside), first, last));
        }

        @Override
        public void blockReturned(
            int tenant, int network, int inside, int address, int first, int last, long nowNs) {
          told.add("block- %d %s %d-%d".formatted(tenant, NatLab.text(inside), first, last));
        }

        @Override
        public void refused(NatVerdict verdict, int tenant, int network, long nowNs) {
          told.add(verdict + " " + tenant);
        }

        @Override
        public void filled(Resource resource, int index, int percent, long nowNs) {
          told.add("%s %d %d%%".formatted(resource, index, percent));
        }
      };

  private NatLab recorded(NatLab lab) {
    lab.events = recorder;
    return lab;
  }

  @Test
  void req2PairedPoolingIsTheDefault() {
    NatLab lab = new NatLab().pool("p", P, P + 15).rule(CONTOSO, "p").start();
    int udp = lab.udp(CONTOSO, WEB, 1, R1, 53);
    assertEquals(
        lab.nat.publicAddress(udp), lab.nat.publicAddress(lab.syn(CONTOSO, WEB, 9, R2, 80)));
    assertEquals(
        lab.nat.publicAddress(udp),
        lab.nat.publicAddress(lab.out(CONTOSO, ICMP, WEB, 3, R2, 0, 0)));
    assertEquals(
        lab.nat.publicAddress(udp), lab.nat.publicAddress(lab.out(CONTOSO, 47, WEB, 0, R2, 0, 0)));
  }

  @Test
  void req3PoolsNeedNotBeContiguous() {
    NatLab lab = new NatLab().pool("p", P, P).rule(CONTOSO, "p");
    NatPool one = lab.pools.getFirst();
    List<AddressRange> scattered =
        List.of(
            NatLab.range(P, P + 1),
            NatLab.range(P + 100, P + 100),
            NatLab.range(address("192.0.2.7"), address("192.0.2.8")));
    lab.pool(
            new NatPool(
                "p",
                INTERNET,
                scattered,
                one.firstPort(),
                one.lastPort(),
                one.mapping(),
                one.filtering(),
                one.parity(),
                one.blockSize(),
                one.blocksPerSubscriber()))
        .start();
    Set<Integer> used = new HashSet<>();
    for (int host = 0; host < 100; host++) {
      used.add(lab.nat.publicAddress(lab.udp(CONTOSO, WEB + host, 1, R1, 53)));
    }
    assertEquals(Set.of(P, P + 1, P + 100, address("192.0.2.7"), address("192.0.2.8")), used);
  }

  @Test
  void req4PortsPerSubscriberAreLimited() {
    NatLab lab = recorded(NatLab.shared().blocks(8, 2)).start();
    for (int i = 0; i < 16; i++) {
      assertTrue(lab.udp(CONTOSO, WEB, 100 + i, R1, 53) > 0);
    }
    assertEquals(NatVerdict.SUBSCRIBER_PORTS.code(), lab.udp(CONTOSO, WEB, 200, R1, 53));
    assertTrue(lab.udp(CONTOSO, APP, 200, R1, 53) > 0, "another subscriber has his own");
    assertTrue(lab.udp(CONTOSO, WEB, 100, R2, 53) > 0, "an old mapping serves new sessions");
  }

  @Test
  void req5SessionsPerSubscriberAreLimited() {
    NatLab lab = recorded(NatLab.shared());
    lab.sessionsPerTenant = 10;
    lab.start();
    for (int i = 0; i < 10; i++) {
      assertTrue(lab.udp(CONTOSO, WEB, 100, R1 + i, 53) > 0);
    }
    assertEquals(NatVerdict.TENANT_SESSIONS.code(), lab.udp(CONTOSO, WEB, 100, R1, 99));
    assertTrue(lab.udp(FABRIKAM, WEB, 100, R1, 53) > 0);
    assertTrue(told.contains("TENANT_SESSIONS 0"), told::toString);
  }

  @Test
  void req5SessionsPerAddressAreLimited() {
    for (NatPool.Mapping mapping : NatPool.Mapping.values()) {
      NatLab lab = recorded(NatLab.shared().mapping(mapping).sessionsPerAddress(10)).start();
      List<Integer> begun = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        begun.add(lab.udp(CONTOSO, WEB, 100 + i % 3, R1 + i, 53));
      }
      int none = NatVerdict.SUBSCRIBER_SESSIONS.code();
      assertEquals(none, lab.udp(CONTOSO, WEB, 100, R1, 99));
      assertEquals(none, lab.out(CONTOSO, ICMP, WEB, 5, R1, 0, 0));
      assertEquals(none, lab.out(CONTOSO, 47, WEB, 0, R1, 0, 0));
      assertTrue(told.contains("SUBSCRIBER_SESSIONS 0"), told::toString);
      assertEquals(begun.getFirst(), lab.udp(CONTOSO, WEB, 100, R1, 53), "what there is goes on");
      assertTrue(lab.udp(CONTOSO, APP, 100, R1, 99) > 0, "another address has its own");
      assertTrue(lab.udp(FABRIKAM, WEB, 100, R1, 99) > 0, "so has another tenant's");
      lab.nat.end(begun.getLast());
      assertTrue(lab.udp(CONTOSO, WEB, 100, R1, 99) > 0);
    }
  }

  @Test
  void req5SessionsFromOutsideCountForTheAddress() {
    NatLab lab =
        NatLab.shared()
            .filtering(Filtering.ENDPOINT_INDEPENDENT)
            .sessionsPerAddress(3)
            .forward(CONTOSO, UDP, P, 80, 80, WEB, 80)
            .start();
    int session = lab.udp(CONTOSO, WEB, 100, R1, 53);
    assertTrue(lab.answer(session, R2, 1, 0) > 0);
    assertTrue(lab.answer(session, R2, 2, 0) > 0);
    assertEquals(NatVerdict.SUBSCRIBER_SESSIONS.code(), lab.answer(session, R2, 3, 0));
    assertTrue(lab.in(UDP, R2, 9, P, 80, 0) > 0, "a service is the tenant's alone to limit");
    lab.pass(10_000);
    assertEquals(0, lab.nat.sessions());
    for (int i = 0; i < 3; i++) {
      assertTrue(lab.udp(CONTOSO, WEB, 100 + i, R1, 53) > 0);
    }
  }

  @Test
  void req5ALowerLimitEndsNothing() {
    NatLab lab = NatLab.shared().start();
    for (int i = 0; i < 5; i++) {
      lab.udp(CONTOSO, WEB, 100 + i, R1, 53);
    }
    lab.sessionsPerAddress(2).apply();
    assertEquals(List.of(), lab.revoked);
    assertEquals(5, lab.nat.sessions());
    assertEquals(NatVerdict.SUBSCRIBER_SESSIONS.code(), lab.udp(CONTOSO, WEB, 200, R1, 53));
    assertTrue(lab.udp(CONTOSO, WEB, 100, R1, 53) > 0);
  }

  @Test
  void req5MemoryIsLimited() {
    NatLab lab = NatLab.shared();
    lab.limits = new NatLimits(16, 16, 4, 16, 2);
    lab.start();
    for (int i = 0; i < 16; i++) {
      assertTrue(lab.udp(CONTOSO, WEB, 100 + i, R1, 53) > 0);
    }
    assertEquals(NatVerdict.TABLE_FULL.code(), lab.udp(CONTOSO, WEB, 200, R1, 53));
  }

  @Test
  void req5PortsPerTenantAreLimited() {
    NatLab lab = NatLab.shared();
    lab.portsPerTenant = 3;
    lab.start();
    for (int i = 0; i < 3; i++) {
      assertTrue(lab.udp(CONTOSO, WEB + i, 100, R1, 53) > 0);
    }
    assertEquals(NatVerdict.TENANT_PORTS.code(), lab.udp(CONTOSO, WEB + 3, 100, R1, 53));
    assertTrue(lab.udp(FABRIKAM, WEB, 100, R1, 53) > 0);
  }

  @Test
  void req7EndpointIndependentFilteringIsPossible() {
    NatLab lab = NatLab.shared().filtering(Filtering.ENDPOINT_INDEPENDENT).start();
    assertTrue(lab.answer(lab.udp(CONTOSO, WEB, 1, R1, 53), R2, 99, 0) > 0);
  }

  @Test
  void req8AFreedPortWaitsTwoMinutes() {
    NatLab lab = NatLab.shared().ports(2_000, 2_000).blocks(1, 1).start();
    int s = lab.udp(CONTOSO, WEB, 1, R1, 53);
    lab.nat.end(s);
    assertTrue(lab.udp(FABRIKAM, WEB, 1, R1, 53) < 0);
    assertTrue(lab.udp(CONTOSO, WEB, 2, R1, 53) < 0);
    lab.pass(119);
    assertTrue(lab.udp(CONTOSO, WEB, 2, R1, 53) < 0);
    lab.pass(2);
    assertTrue(lab.udp(CONTOSO, WEB, 2, R1, 53) > 0);
  }

  @Test
  void req8TcpAndFilteredPortsNeedNotWait() {
    NatLab tcp = NatLab.shared().ports(2_000, 2_000).blocks(1, 1).start();
    tcp.nat.end(tcp.syn(CONTOSO, WEB, 1, R1, 80));
    assertTrue(tcp.syn(CONTOSO, WEB, 2, R1, 80) > 0, "exception A");
    assertTrue(tcp.syn(FABRIKAM, WEB, 2, R1, 80) < 0);

    NatLab strict =
        NatLab.shared()
            .ports(2_000, 2_000)
            .blocks(1, 1)
            .filtering(Filtering.ADDRESS_DEPENDENT)
            .start();
    strict.nat.end(strict.udp(CONTOSO, WEB, 1, R1, 53));
    assertTrue(strict.udp(CONTOSO, WEB, 2, R1, 53) > 0, "exception C");
  }

  @Test
  void req8ABlockWaitsBeforeAnotherSubscriberHasIt() {
    NatLab lab = recorded(NatLab.shared().ports(2_000, 2_007).blocks(8, 1)).start();
    lab.nat.end(lab.syn(CONTOSO, WEB, 1, R1, 80));
    lab.pass(119);
    assertEquals(NatVerdict.POOL_PORTS.code(), lab.syn(FABRIKAM, WEB, 1, R1, 80));
    lab.pass(2);
    assertTrue(lab.syn(FABRIKAM, WEB, 1, R1, 80) > 0);
    assertTrue(told.contains("block- 0 10.1.1.12 2000-2007"), told::toString);
    assertEquals(1, lab.nat.subscribers());
  }

  @Test
  void req8WaitingPortsAreBounded() {
    NatLab lab = NatLab.shared().blocks(256, 16);
    lab.limits = new NatLimits(64, 64, 4, 8, 2);
    lab.start();
    for (int i = 0; i < 50; i++) {
      lab.nat.end(lab.udp(CONTOSO, WEB, 100 + i, R1, 53));
      assertTrue(lab.nat.heldPorts() <= 8);
    }
    assertTrue(lab.nat.heldTooShort() > 0);
    lab.pass(121);
    lab.pass(121);
    assertEquals(0, lab.nat.heldPorts());
    assertEquals(0, lab.nat.subscribers());
  }

  /// A port that is freed early may leave a block that waits in its place.
  @Test
  void req8WaitingBlocksAreBounded() {
    NatLab lab = NatLab.shared().blocks(1, 64);
    lab.limits = new NatLimits(64, 64, 4, 8, 2);
    lab.start();
    List<Integer> sessions = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      sessions.add(lab.udp(CONTOSO, WEB, 100 + i, R1, 53));
    }
    for (int s : sessions) {
      lab.nat.end(s);
      assertTrue(lab.nat.heldPorts() <= 8);
    }
    lab.pass(121);
    lab.pass(121);
    assertEquals(0, lab.nat.heldPorts());
    assertEquals(0, lab.nat.subscribers());
  }

  @Test
  void req9PortForwardingByPolicy() {
    NatLab lab = NatLab.shared().forward(CONTOSO, UDP, P, 53, 53, WEB, 5_353).start();
    assertEquals(5_353, lab.nat.insidePort(lab.in(UDP, R1, 4_000, P, 53, 0)));
  }

  @Test
  void req11ExhaustionEndsNothingAndIsTold() {
    NatLab lab = recorded(NatLab.shared().ports(2_000, 2_031).blocks(8, 4)).start();
    List<Integer> sessions = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      sessions.add(lab.syn(CONTOSO, WEB, 100 + i, R1, 80));
    }
    assertEquals(NatVerdict.POOL_PORTS.code(), lab.syn(FABRIKAM, WEB, 1, R1, 80));
    assertTrue(told.contains("POOL_PORTS 1"), told::toString);
    for (int i = 0; i < 32; i++) {
      assertEquals(sessions.get(i), lab.syn(CONTOSO, WEB, 100 + i, R1, 80));
      assertEquals(sessions.get(i), lab.answer(sessions.get(i), R1, 80, SYN | ACK));
    }
  }

  @Test
  void req11FillingIsToldOnceAtEachLevel() {
    NatLab lab = recorded(NatLab.shared());
    lab.sessionsPerTenant = 100;
    lab.start();
    List<Integer> sessions = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      sessions.add(lab.udp(CONTOSO, WEB, 100, R1 + i, 53));
    }
    for (int i = 0; i < 30; i++) {
      lab.nat.end(sessions.get(i));
    }
    assertEquals(
        List.of("TENANT_SESSIONS 0 80%", "TENANT_SESSIONS 0 95%", "TENANT_SESSIONS 0 0%"),
        told.stream().filter(t -> t.startsWith("TENANT_SESSIONS")).toList());
  }

  @Test
  void req12DestinationsAreNoPartOfBlockEvents() {
    NatLab lab = recorded(NatLab.shared()).start();
    lab.udp(CONTOSO, WEB, 100, R1, 53);
    assertEquals(1, told.size());
    assertTrue(told.getFirst().matches("block\\+ 0 10\\.1\\.1\\.12 \\d+-\\d+"), told::toString);
  }

  @Test
  void req13ABlockIsUsedUpBeforeTheNext() {
    NatLab lab = recorded(NatLab.shared().blocks(16, 4)).start();
    for (int i = 0; i < 64; i++) {
      assertTrue(lab.udp(CONTOSO, WEB, 100 + i, R1, 53) > 0);
      assertEquals(1 + i / 16, told.size());
    }
  }

  @Test
  void req14OneEventPerBlockNotPerSession() {
    NatLab lab = recorded(NatLab.shared()).start();
    for (int round = 0; round < 20; round++) {
      int s = lab.syn(CONTOSO, WEB, 100 + round, R1, 80);
      lab.pass(10);
      lab.nat.end(s);
    }
    assertEquals(1, told.size(), told::toString);
  }

  @Test
  void req15PortsAreHardToGuess() {
    int[] seen = new int[16];
    for (int i = 0; i < 2_000; i++) {
      NatLab lab = NatLab.shared();
      lab.seed = i;
      lab.limits = new NatLimits(16, 16, 4, 16, 2);
      lab.start();
      seen[lab.nat.publicPort(lab.udp(CONTOSO, WEB, 5_000, R1, 53)) >>> 12]++;
    }
    for (int i = 1; i < 16; i++) {
      assertTrue(seen[i] > 60, "no sixteenth of the ports is preferred or left out");
    }
  }
}
