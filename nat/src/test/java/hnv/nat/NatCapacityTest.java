// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import static hnv.nat.NatLab.CONTOSO;
import static hnv.nat.NatLab.FABRIKAM;
import static hnv.nat.NatLab.INTERNET;
import static hnv.nat.NatLab.P;
import static hnv.nat.NatLab.R1;
import static hnv.nat.NatLab.TCP;
import static hnv.nat.NatLab.UDP;
import static hnv.nat.NatLab.WEB;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/// What sessions cost: octets, allocation, and that a million of them fit.
class NatCapacityTest {
  /// Octets of a session with a mapping of its own, all indexes included: the worst case.
  private static final int OCTETS_PER_SESSION = 200;

  private static final int MILLION = 1_000_000;

  @Test
  void aSessionHasABoundedNumberOfOctets() {
    NatLab lab = NatLab.shared();
    lab.limits = NatLimits.ofSessions(1 << 20, 2);
    lab.start();
    long each = lab.nat.octets() / (1 << 20);
    assertTrue(each <= OCTETS_PER_SESSION, () -> each + " octets");
    assertTrue(each > 100, "the tables are all counted");
  }

  @Test
  void holdsAMillionSessionsWithMappingsOfTheirOwn() {
    NatLab lab = new NatLab().pool("p", P, P + 31).rule(CONTOSO, "p").rule(FABRIKAM, "p");
    lab.limits = new NatLimits(MILLION, MILLION, 4_096, 1_024, 2);
    lab.sessionsPerTenant = MILLION;
    lab.portsPerTenant = MILLION;
    lab.blocks(512, 2).start();
    int hosts = 1_000;
    for (int i = 0; i < MILLION; i++) {
      int tenant = i & 1;
      int host = WEB + (i >> 1) % hosts;
      int s = lab.udp(tenant, host, 1_024 + (i >> 1) / hosts, R1, 5_000);
      assertTrue(s > 0, "each session begins");
    }
    assertEquals(MILLION, lab.nat.sessions());
    assertEquals(NatVerdict.TABLE_FULL.code(), lab.udp(CONTOSO, WEB, 9, R1, 5_000));
    for (int i = 0; i < MILLION; i += 997) {
      int tenant = i & 1;
      int host = WEB + (i >> 1) % hosts;
      int port = 1_024 + (i >> 1) / hosts;
      int s = lab.udp(tenant, host, port, R1, 5_000);
      assertEquals(s, lab.answer(s, R1, 5_000, 0));
      assertEquals(host, lab.nat.insideAddress(s));
      assertEquals(port, lab.nat.insidePort(s));
      assertEquals(tenant, lab.nat.tenant(s));
    }
  }

  @Test
  void allocatesNothingForPacketsAndSessions() {
    NatLab lab = NatLab.shared().forward(CONTOSO, TCP, P, 443, 443, WEB, 443);
    lab.limits = new NatLimits(4_096, 4_096, 64, 1_024, 2);
    lab.start();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long own = Thread.currentThread().threadId();
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 20; round++) {
      long before = threads.getThreadAllocatedBytes(own);
      traffic(lab, round);
      least = Math.min(least, threads.getThreadAllocatedBytes(own) - before);
    }
    // The measurement itself allocates a few octets.
    assertTrue(least < 1_024, "allocated " + least + " octets for 6,000 sessions");
  }

  private static void traffic(NatLab lab, int round) {
    NatEngine nat = lab.nat;
    lab.nowNs += 400 * NatLab.SECOND;
    for (int i = 0; i < 2_000; i++) {
      long nowNs = lab.nowNs;
      int tenant = i & 1;
      int s =
          nat.outbound(
              tenant, INTERNET, UDP, WEB + (i & 7), 2_000 + i, R1, 7_000 + round, 0, nowNs);
      nat.observed(s, true, 0, nowNs);
      int back =
          nat.inbound(
              INTERNET, UDP, R1, 7_000 + round, nat.publicAddress(s), nat.publicPort(s), 0, nowNs);
      nat.observed(back, false, 0, nowNs);
      int fresh =
          nat.inbound(INTERNET, UDP, R1, i, nat.publicAddress(s), nat.publicPort(s), 0, nowNs);
      int served = nat.inbound(INTERNET, TCP, R1, 9_000 + i, P, 443, 2, nowNs);
      nat.seen(s, nowNs + 1, NatEngine.NEVER);
      if (s != back || fresh <= 0 || served <= 0 || nat.timeoutNs(s) <= 0) {
        throw new AssertionError("round " + round + ", session " + i);
      }
      nat.end(fresh);
      nat.end(s);
      nat.end(served);
      nat.tick(nowNs);
    }
  }
}
