// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.FlowRecord;
import hnv.dataplane.HeaderTransposition;
import hnv.dataplane.MeterTable;
import hnv.dataplane.PortKind;
import hnv.linux.offload.TwoExecutors.Outcome;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What only the kernel's executor has: seals, its meters, entries that change while flows use
/// them.
@Tag("netns")
final class OffloadRecordTest {
  private static final int LOCAL = 1;

  private TwoExecutors both;
  private RandomFrame frame;
  private HeaderTransposition t;

  @BeforeEach
  void establish() throws Exception {
    both = new TwoExecutors();
    both.arrays.nextHops().putLocal(LOCAL, 7, 1_500);
    both.copyTables();
    frame = new RandomFrame(new Random(1), 0, false);
    frame.protocol = RandomFrame.UDP;
    frame.optionWords = 0;
    frame.extension = false;
    frame.ttl = 64;
    frame.payload = new byte[1_000];
    t = new HeaderTransposition();
    t.deliver(LOCAL);
  }

  @AfterEach
  void close() {
    if (both != null) {
      both.close();
    }
  }

  private void install() throws Exception {
    FlowRecord.write(both.java.record, 0, t, 0, 0);
    assertTrue(both.install(frame.build(), PortKind.VIRTUAL_MACHINE));
  }

  private Outcome run() throws Exception {
    return both.runInKernel(frame.build(), PortKind.VIRTUAL_MACHINE, 0);
  }

  @Test
  void sendsUpWhatHasHalfARecord() throws Exception {
    install();
    assertEquals(Fate.FORWARDED, run().fate());
    MemorySegment torn = both.java.record.asSlice(0, FlowRecord.LENGTH);
    FlowSeal.write(torn, 0);
    torn.set(ValueLayout.JAVA_INT, 28, 4_999); // another's VSID under this one's seal
    both.putUnsealed(torn);
    assertEquals(Fate.UP_TORN_RECORD, run().fate());
  }

  @Test
  void putsAChangedNextHopInForceForAllItsFlows() throws Exception {
    install();
    assertEquals(7, run().exit());
    both.arrays.nextHops().putLocal(LOCAL, 8, 1_500);
    both.copyTables();
    assertEquals(8, run().exit());
    both.arrays.nextHops().putLocal(LOCAL, 8, 500);
    both.copyTables();
    assertEquals(Fate.UP_MTU, run().fate());
  }

  @Test
  void countsWithoutALimit() throws Exception {
    t.meterInbound(TwoExecutors.COUNTING_METER);
    install();
    for (int i = 0; i < 10; i++) {
      assertEquals(Fate.FORWARDED, run().fate());
    }
    int octets = frame.build().length;
    MeterTable meters = both.offload.arrays().meters();
    assertEquals(10, meters.packets(TwoExecutors.COUNTING_METER));
    assertEquals(10L * octets, meters.octets(TwoExecutors.COUNTING_METER));
    assertEquals(0, meters.refusedPackets(TwoExecutors.COUNTING_METER));
  }

  @Test
  void keepsToALimitWithinFivePercent() throws Exception {
    t.meterOutbound(3);
    install();
    int octets = frame.build().length;
    // Full, it lets pass 64 KiB at once, which is more than 100 ms of its rate; then its rate.
    int rate = 200_000;
    int full = 65_536;
    MeterTable meters = both.offload.arrays().meters();
    meters.put(3, rate);
    while (run().fate() == Fate.FORWARDED) {
      assertTrue(meters.octets(3) < 3L * full, "the bucket has no bottom");
    }
    long atOnce = meters.octets(3);
    assertEquals(full, (double) atOnce, full * 0.5);
    long before = System.nanoTime();
    long passed = 0;
    long asked = before;
    // To the first refusal behind 800 ms: what has filled up meanwhile is used up by then.
    for (Fate fate = Fate.FORWARDED;
        asked - before < TimeUnit.MILLISECONDS.toNanos(800) || fate == Fate.FORWARDED; ) {
      asked = System.nanoTime();
      fate = run().fate();
      passed += fate == Fate.FORWARDED ? octets : 0;
    }
    // The kernel looked at its clock somewhere between these two.
    double least = rate * 1e-9 * (double) (asked - before) * 0.95;
    double most = rate * 1e-9 * (double) (System.nanoTime() - before) * 1.05;
    assertTrue(
        (double) passed >= least && (double) passed <= most, least + " " + passed + " " + most);
    assertTrue(meters.refusedPackets(3) > 0);
    assertEquals(atOnce + passed, meters.octets(3));
  }
}
