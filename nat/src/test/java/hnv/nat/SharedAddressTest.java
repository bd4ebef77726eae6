// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import static hnv.nat.NatLab.address;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// Two pools with one public address: each gives out its own ports of it.
class SharedAddressTest {
  private static final int PUBLIC = address("198.51.100.7");
  private static final int REMOTE = address("192.0.2.9");
  private static final int INSIDE = address("10.0.0.5");
  private final NatLab lab = new NatLab();

  private void pools(int firstOfHigh) {
    lab.pool("low", PUBLIC, PUBLIC).ports(1_024, 32_767);
    lab.pool("high", PUBLIC, PUBLIC).ports(firstOfHigh, 65_535);
    lab.rule(NatLab.CONTOSO, "low").rule(NatLab.FABRIKAM, "high").start();
  }

  @Test
  void eachGivesOutItsOwnPorts() {
    pools(32_768);
    for (int i = 0; i < 500; i++) {
      int low = lab.udp(NatLab.CONTOSO, INSIDE, 5_000 + i, REMOTE, 53);
      int high = lab.udp(NatLab.FABRIKAM, INSIDE, 5_000 + i, REMOTE, 53);
      assertTrue(low > 0 && high > 0, low + " " + high);
      assertEquals(PUBLIC, lab.nat.publicAddress(low));
      assertEquals(PUBLIC, lab.nat.publicAddress(high));
      int lowPort = lab.nat.publicPort(low);
      int highPort = lab.nat.publicPort(high);
      assertTrue(lowPort >= 1_024 && lowPort <= 32_767, "port " + lowPort);
      assertTrue(highPort >= 32_768, "port " + highPort);
      // Each answer is its tenant's.
      assertEquals(low, lab.in(NatLab.UDP, REMOTE, 53, PUBLIC, lowPort, 0));
      assertEquals(high, lab.in(NatLab.UDP, REMOTE, 53, PUBLIC, highPort, 0));
    }
  }

  @Test
  void protocolsWithoutPortsAreApartByTheirRemoteEnd() {
    pools(32_768);
    int esp = lab.out(NatLab.CONTOSO, 50, INSIDE, 0, REMOTE, 0, 0);
    assertTrue(esp > 0);
    assertEquals(
        NatVerdict.POOL_PORTS.code(), lab.out(NatLab.FABRIKAM, 50, INSIDE, 0, REMOTE, 0, 0));
    assertTrue(lab.out(NatLab.FABRIKAM, 50, INSIDE, 0, REMOTE + 1, 0, 0) > 0);
    assertEquals(esp, lab.in(50, REMOTE, 0, PUBLIC, 0, 0));
  }

  @Test
  void portsOfAnEarlierPoolAreNotGivenOutAgain() {
    pools(32_767);
    assertTrue(lab.udp(NatLab.CONTOSO, INSIDE, 5_000, REMOTE, 53) > 0);
    assertEquals(NatVerdict.POOL_PORTS.code(), lab.udp(NatLab.FABRIKAM, INSIDE, 5_000, REMOTE, 53));
  }

  @Test
  void aPoolThatGoesLeavesTheOtherAlone() {
    pools(32_768);
    int low = lab.udp(NatLab.CONTOSO, INSIDE, 5_000, REMOTE, 53);
    int high = lab.udp(NatLab.FABRIKAM, INSIDE, 5_000, REMOTE, 53);
    assertNotEquals(low, high);
    lab.pools.removeIf(pool -> pool.name().equals("low"));
    lab.outbound.get(NatLab.CONTOSO).clear();
    lab.apply();
    assertEquals(java.util.List.of(low), lab.revoked);
    assertEquals(high, lab.udp(NatLab.FABRIKAM, INSIDE, 5_000, REMOTE, 53));
  }
}
