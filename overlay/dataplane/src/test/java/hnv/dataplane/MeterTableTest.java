// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MeterTableTest {
  private static final long SECOND = 1_000_000_000L;
  private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG;
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

  /// A policy change that leaves the limit alone is no reason to let a burst pass.
  @Test
  void isNotFilledByTheLimitThatItHas() {
    meters.put(METER, 1_000_000);
    assertTrue(meters.admit(METER, 1, 200_000, 1_000));
    meters.put(METER, 1_000_000);
    assertFalse(meters.admit(METER, 1, 1, 2_000));
    meters.put(METER, 2_000_000);
    assertTrue(meters.admit(METER, 1, 1, 3_000));
  }

  @Test
  void refusesALimitBelowZero() {
    assertThrows(IllegalArgumentException.class, () -> meters.put(METER, -1));
  }

  /// What the kernel reads and writes: `struct meter` of bpf/maps.h.
  @Test
  void sharesItsMemory() {
    MemorySegment memory = Arena.ofAuto().allocate(4L * MeterTable.ENTRY_LENGTH, 64);
    MeterTable shared = new MeterTable(memory);
    assertEquals(4, shared.capacity());
    shared.put(METER, 1_000_000);
    MemorySegment entry = memory.asSlice(MeterTable.ENTRY_LENGTH, MeterTable.ENTRY_LENGTH);
    assertEquals(1_000L << 16, entry.get(U64, 0));
    assertEquals((SECOND / 10) << 6, entry.get(U64, 8));
    long now = 5 * SECOND;
    assertTrue(shared.admit(METER, 3, 1_500, now));
    assertEquals((now - SECOND / 10 + 1_500 * 1_000) << 6, entry.get(U64, 16));
    assertEquals(3, entry.get(U64, 24));
    assertEquals(1_500, entry.get(U64, 32));
    // The other executor empties the bucket.
    entry.set(U64, 16, (now + 10) << 6);
    entry.set(U64, 24, 7);
    assertFalse(shared.admit(METER, 2, 1, now + 10));
    assertTrue(shared.admit(METER, 1, 1, now + 11));
    assertEquals(2, entry.get(U64, 40));
    assertEquals(8, shared.packets(METER));
  }

  @Test
  void losesNothingBetweenTwoWriters() throws InterruptedException {
    MeterTable shared = new MeterTable(Arena.ofShared().allocate(2L * MeterTable.ENTRY_LENGTH, 64));
    Thread other = new Thread(() -> count(shared));
    other.start();
    count(shared);
    other.join();
    assertEquals(400_000, shared.packets(METER));
    assertEquals(400_000L * 64, shared.octets(METER));
  }

  private static void count(MeterTable shared) {
    for (int i = 0; i < 200_000; i++) {
      shared.admit(METER, 1, 64, i);
    }
  }

  @Test
  void refusesMemoryThatItCannotUse() {
    MemorySegment heap = MemorySegment.ofArray(new long[8]);
    assertThrows(IllegalArgumentException.class, () -> new MeterTable(heap));
    MemorySegment odd = Arena.ofAuto().allocate(MeterTable.ENTRY_LENGTH + 8, 8);
    assertThrows(IllegalArgumentException.class, () -> new MeterTable(odd));
    MemorySegment none = Arena.ofAuto().allocate(0, 8);
    assertThrows(IllegalArgumentException.class, () -> new MeterTable(none));
  }

  @Test
  void refusesImpossibleSizes() {
    assertThrows(IllegalArgumentException.class, () -> new MeterTable(0));
    assertThrows(IllegalArgumentException.class, () -> new MeterTable(MeterTable.MAX_CAPACITY + 1));
    assertEquals(65_536, new MeterTable(MeterTable.MAX_CAPACITY).capacity());
  }
}
