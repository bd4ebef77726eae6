// SPDX-License-Identifier: Apache-2.0
package hnv.bench.wire;

import hnv.bench.line.Forwarder;
import hnv.bench.result.Contestant;
import hnv.bench.result.Settings;
import java.util.function.LongSupplier;

/// Runs a side until the compiler is done with it. Where Java forwards the packets, that is until
/// its process has had time enough, which on a busy machine takes longer than the clock says.
public final class WarmUp {
  private static final double LONGEST = 10;

  /// A process that uses less of its CPU than this has nothing to do with the packets.
  private static final double IDLE_SHARE = 0.2;

  private WarmUp() {}

  /// Warms up.
  static void of(Contestant contestant, Forwarder forwarder, Settings settings) {
    of(contestant, forwarder::cpuNs, settings);
  }

  /// Warms up what stands in the middle of something.
  ///
  /// @param cpuNs processor time of its own processes
  public static void of(Contestant contestant, LongSupplier cpuNs, Settings settings) {
    double piece = settings.warmUpSeconds() / 3;
    double wanted = settings.warmUpSeconds() * 1e9;
    long begin = System.nanoTime();
    long cpu = cpuNs.getAsLong();
    long piecesCpu;
    do {
      long before = cpuNs.getAsLong();
      contestant.run(piece);
      piecesCpu = cpuNs.getAsLong() - before;
    } while (piecesCpu > IDLE_SHARE * piece * 1e9
        && cpuNs.getAsLong() - cpu < wanted
        && System.nanoTime() - begin < LONGEST * wanted);
  }
}
