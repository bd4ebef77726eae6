// SPDX-License-Identifier: Apache-2.0
package hnv.bench.line;

import hnv.bench.result.Contestant;
import hnv.bench.result.Settings;

/// Runs a side until its forwarder has had processor time enough for the compiler to be done
/// with it: on a busy machine that takes longer than the clock says.
final class WarmUp {
  private static final double LONGEST = 10;

  private WarmUp() {}

  /// Warms up.
  static void of(Contestant contestant, Forwarder forwarder, Settings settings) {
    double wanted = settings.warmUpSeconds() * 1e9;
    long begin = System.nanoTime();
    long cpu = forwarder.cpuNs();
    while (forwarder.cpuNs() - cpu < wanted && System.nanoTime() - begin < LONGEST * wanted) {
      contestant.run(settings.warmUpSeconds() / 3);
    }
  }
}
