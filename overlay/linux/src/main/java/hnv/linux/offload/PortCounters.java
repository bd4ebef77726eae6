// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// What the kernel counted at one port, over all CPUs; `struct counters` of `bpf/maps.h`. What went
/// up to Java is received there and counted there.
///
/// @param receivedPackets packets that came in by the port and were forwarded or dropped
/// @param receivedOctets octets of those, a super-frame's headers once
/// @param sentPackets packets that left by the port
/// @param sentOctets octets of those, outer headers included
/// @param fates by {@link Fate#ordinal}
public record PortCounters(
    long receivedPackets, long receivedOctets, long sentPackets, long sentOctets, long[] fates) {
  /// Octets of one CPU's counters.
  static final int LENGTH = 32 + 8 * Fate.values().length;

  /// Times that a frame ended so.
  public long of(Fate fate) {
    return fates[fate.ordinal()];
  }

  /// Adds up the copies of all CPUs.
  static PortCounters sum(MemorySegment copies) {
    long[] sums = new long[LENGTH / 8];
    for (long at = 0; at < copies.byteSize(); at += LENGTH) {
      for (int i = 0; i < sums.length; i++) {
        sums[i] += copies.get(ValueLayout.JAVA_LONG_UNALIGNED, at + 8L * i);
      }
    }
    long[] fates = new long[Fate.values().length];
    System.arraycopy(sums, 4, fates, 0, fates.length);
    return new PortCounters(sums[0], sums[1], sums[2], sums[3], fates);
  }
}
