// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class MeterTableTest {
  private static final long SECOND = 1_000_000_000L;
  private static final int METER = 1;
  private static final int SUPER_FRAME = 65_535;

  private MeterTable meters = new MeterTable(4);

  /// Offers twice the rate for ten simulated seconds.
  private void assertRate(long rate, int frameOctets) {
    meters = new MeterTable(4);
    meters.put(METER, rate);
    long step = Math.max(1, frameOctets * SECOND / (2 * rate));
    long now = 0;
    for (; now < 10 * SECOND; now += step) {
      meters.admit(METER, 1, frameOctets, now);
    }
    double admitted = (double) meters.octets(METER);
    double burst = Math.max(65_536, rate / 10.0);
    assertEquals(10.0 * rate + burst, admitted, 0.05 * 10 * rate + frameOctets, rate + " octets/s");
  }

  @Test
  void admitsTheRateWithinFivePercent() {
    assertRate(125_000, 1_500);
    assertRate(12_500_000, 1_500);
    assertRate(12_500_000, SUPER_FRAME);
    assertRate(1_250_000_000, SUPER_FRAME);
  }

  @Test
  void admitsTheRateAtIrregularTimes() {
    Random random = new Random(3);
    long rate = 1_000_000;
    meters.put(METER, rate);
    long now = 0;
    while (now < 20 * SECOND) {
      now += random.nextInt(2_000_000);
      meters.admit(METER, 1, 64 + random.nextInt(9_000), now);
    }
    assertEquals(20.0 * rate + 100_000, (double) meters.octets(METER), 0.05 * 20 * rate);
  }

  @Test
  void passesWhatIsBelowTheRate() {
    meters.put(METER, 1_000_000);
    for (long now = 0; now < 5 * SECOND; now += 2_000_000) {
      assertTrue(meters.admit(METER, 1, 1_500, now));
    }
    assertEquals(0, meters.refusedPackets(METER));
  }

  /// "A bucket holds 1/10 s of its rate, at least one 64 KiB super-frame."
  @Test
  void boundsTheBurst() {
    for (long rate : new long[] {1_000, 1_000_000, 10_000_000}) {
      meters.put(METER, rate);
      long before = meters.octets(METER);
      // An hour of silence fills the bucket no further.
      long now = 3_600 * SECOND;
      while (meters.admit(METER, 1, 100, now)) {
        assertTrue(meters.octets(METER) - before <= 2_000_000, "no end");
      }
      long burst = Math.max(65_536, rate / 10);
      long admitted = meters.octets(METER) - before;
      assertTrue(admitted >= burst && admitted <= burst + 100, rate + ": " + admitted);
    }
  }

  @Test
  void isOverdrawnByOneSuperFrameAtMost() {
    meters.put(METER, 1_000_000);
    // One octet is left of 100,000.
    assertTrue(meters.admit(METER, 1, 99_999, 0));
    assertTrue(meters.admit(METER, 45, SUPER_FRAME, 0));
    assertFalse(meters.admit(METER, 1, 1, 0));
    // The debt of 65,534 octets takes as many microseconds to pay.
    assertFalse(meters.admit(METER, 1, 1, 65_000_000));
    assertTrue(meters.admit(METER, 1, 1, 65_600_000));
    assertEquals(47, meters.packets(METER));
    assertEquals(2, meters.refusedPackets(METER));
    assertEquals(99_999 + SUPER_FRAME + 1, meters.octets(METER));
  }

  @Test
  void refusalCostsNothing() {
    meters.put(METER, 1_000_000);
    assertTrue(meters.admit(METER, 1, 100_001, 0));
    for (int i = 0; i < 1_000; i++) {
      assertFalse(meters.admit(METER, 1, SUPER_FRAME, 0));
    }
    assertTrue(meters.admit(METER, 1, 1, 10_000));
  }

  @Test
  void countsWithoutALimit() {
    meters.put(METER, 0);
    for (int i = 0; i < 1_000; i++) {
      assertTrue(meters.admit(METER, 45, SUPER_FRAME, 0));
    }
    assertEquals(45_000, meters.packets(METER));
    assertEquals(1_000L * SUPER_FRAME, meters.octets(METER));
  }

  @Test
  void countersSurviveANewLimit() {
    meters.put(METER, 0);
    assertTrue(meters.admit(METER, 2, 3_000, 0));
    meters.put(METER, 1_000);
    assertEquals(2, meters.packets(METER));
    assertEquals(3_000, meters.octets(METER));
    assertTrue(meters.admit(METER, 1, 1_000, 5));
    assertEquals(3, meters.packets(METER));
    assertEquals(0, meters.packets(METER + 1));
  }

  @Test
  void refusesImpossibleSizes() {
    assertThrows(IllegalArgumentException.class, () -> new MeterTable(0));
    assertThrows(IllegalArgumentException.class, () -> new MeterTable(MeterTable.MAX_CAPACITY + 1));
    assertEquals(65_536, new MeterTable(MeterTable.MAX_CAPACITY).capacity());
  }
}
