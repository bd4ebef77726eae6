// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.linux.Errno;
import hnv.linux.LinuxException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// How much goes up, and of whom.
final class OffloadMissTest extends LiveFlows {
  // ---- how much goes up ----

  /// How many of as many equal frames went up; the rest was dropped for the limit.
  private long sentUp(int frames, byte[] input, boolean fromUnderlay) throws Exception {
    int port = fromUnderlay ? TapRig.UNDERLAY : TapRig.VM;
    long refused = rig.offload.portCounters(port).of(Fate.DROP_MISS_LIMIT);
    long up = 0;
    for (int i = 0; i < frames; i++) {
      up += rig.byKernel(input, fromUnderlay).wentUp().size();
    }
    assertEquals(
        frames - up, rig.offload.portCounters(port).of(Fate.DROP_MISS_LIMIT) - refused, "refused");
    return up;
  }

  /// A bucket of so many, with one that the clock may have filled in meanwhile.
  private static void assertBurst(int burst, long up) {
    assertTrue(up == burst || up == burst + 1, burst + " " + up);
  }

  @Test
  void letsAPortSendUpNoMoreThanItsLimit() throws Exception {
    RandomFrame frame = live(false);
    establish(frame);
    MissLimits limits = rig.offload.misses();
    limits.limitPort(TapRig.VM, 1, 5);
    byte[] syn = plain(with(frame, f -> f.tcpFlags = 0x02));
    assertBurst(5, sentUp(20, syn, false));
    assertEquals(1, rig.byKernel(plain(frame), false).left().size(), "its flows go on");
    RandomFrame other = live(true);
    rig.offload.misses().setSubnets(Map.of(other.vsid, 0));
    assertEquals(20, sentUp(20, plain(other), true), "another port's");
    limits.limitPort(TapRig.VM, 0, 1);
    assertEquals(20, sentUp(20, syn, false));
  }

  @Test
  void letsATenantSendUpNoMoreThanItsLimit() throws Exception {
    RandomFrame frame = live(true);
    RandomFrame other = with(frame, f -> f.vsid ^= 1);
    MissLimits limits = rig.offload.misses();
    limits.setSubnets(Map.of(frame.vsid, 0, other.vsid, 1));
    limits.limitTenant(0, 1, 5);
    assertBurst(5, sentUp(20, plain(frame), true));
    assertEquals(20, sentUp(20, plain(other), true), "another tenant's");
    limits.setSubnets(Map.of(frame.vsid, 1, other.vsid, 1));
    assertEquals(20, sentUp(20, plain(frame), true), "the subnet is another tenant's now");
  }

  @Test
  void limitsFragmentsOfTunnelPacketsByTheUnderlaysPort() throws Exception {
    RandomFrame fragment = live(true);
    fragment.outerFragment = 0x2000;
    rig.offload.misses().limitTenant(0, 1, 5);
    rig.offload.misses().limitPort(TapRig.UNDERLAY, 1, 7);
    assertBurst(7, sentUp(20, plain(fragment), true));
  }

  @Test
  void fillsTheBucketAtItsRate() throws Exception {
    byte[] input = plain(live(false));
    rig.offload.misses().limitPort(TapRig.VM, 500, 500);
    while (isSentUp(input)) {
      // Until it is empty.
    }
    long before = System.nanoTime();
    long asked = before;
    long up = 0;
    // To the first refusal behind 500 ms: what has filled up meanwhile is used up by then.
    for (boolean passed = true; passed || asked - before < 500_000_000L; ) {
      asked = System.nanoTime();
      passed = isSentUp(input);
      up += passed ? 1 : 0;
    }
    double most = 500e-9 * (double) (System.nanoTime() - before) * 1.05;
    double least = 500e-9 * (double) (asked - before) * 0.9;
    assertTrue((double) up >= least && (double) up <= most, least + " " + up + " " + most);
  }

  private boolean isSentUp(byte[] input) {
    return !rig.byKernel(input, false).wentUp().isEmpty();
  }

  @Test
  void dropsTunnelPacketsOfNoSubnetHere() throws Exception {
    RandomFrame frame = live(true);
    establish(frame);
    assertDropped(plain(with(frame, f -> f.vsid ^= 1)), true, Fate.DROP_UNKNOWN_VSID);
    rig.offload.misses().setSubnets(Map.of());
    rig.remove();
    assertDropped(plain(frame), true, Fate.DROP_UNKNOWN_VSID);
  }

  @Test
  void leavesTheHostsTunnelPacketsAlone() throws Exception {
    RandomFrame frame = live(true);
    rig.offload.misses().setSubnets(Map.of());
    frame.outerDestination = new byte[] {(byte) 192, (byte) 168, 1, 99};
    TapRig.Result result = rig.byKernel(plain(frame), true);
    assertEquals(List.of(), result.wentUp());
    assertEquals(0, rig.offload.portCounters(TapRig.UNDERLAY).dropped());
  }

  @Test
  void saysWhenThereAreTooManySubnets() throws Exception {
    MissLimits limits = rig.offload.misses();
    Map<Integer, Integer> subnets = new HashMap<>();
    for (int vsid = 4_096; vsid < 4_096 + 3 * 16; vsid++) {
      subnets.put(vsid, 0);
    }
    limits.setSubnets(subnets);
    subnets.put(5_000, 1);
    LinuxException full = assertThrows(LinuxException.class, () -> limits.setSubnets(subnets));
    assertEquals(Errno.E2BIG, full.errno());
    limits.setSubnets(Map.of());
    limits.setSubnets(Map.of(5_000, 1));
  }

  @Test
  void refusesLimitsThatAreNone() {
    MissLimits limits = rig.offload.misses();
    assertThrows(IndexOutOfBoundsException.class, () -> limits.limitPort(16, 1, 1));
    assertThrows(IndexOutOfBoundsException.class, () -> limits.limitTenant(-1, 1, 1));
    assertThrows(IllegalArgumentException.class, () -> limits.limitPort(0, -1, 1));
    assertThrows(IllegalArgumentException.class, () -> limits.limitPort(0, 1, 0));
    assertThrows(IndexOutOfBoundsException.class, () -> limits.setSubnets(Map.of(4_096, 2)));
  }
}
