// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A token bucket in the kernel; 64 octets, `struct meter` of `bpf/maps.h`. It holds as much as one
/// of {@link hnv.dataplane.MeterTable} and is written down otherwise, so that it needs no lock: by
/// the time at which it is, or was, empty.
///
///      0  u64 cost of an octet, 2⁻¹⁶ ns; 0: count only     24  u64 packets
///      8  u64 time that a full bucket lasts, 2⁻⁶ ns        32  u64 octets
///     16  u64 when it is empty, 2⁻⁶ ns                     40  u64 refused packets
public final class MeterEntry {
  static final int LENGTH = 64;

  private static final int COST = 0;
  private static final int BURST = 8;
  private static final int EMPTY_AT = 16;
  private static final int PACKETS = 24;
  private static final int OCTETS = 32;
  private static final int REFUSED = 40;

  private static final int COST_FRACTION = 16;
  private static final int TIME_FRACTION = 6;
  private static final double NS_PER_SECOND = 1e9;
  private static final double BURST_SECONDS = 0.1;
  private static final double MIN_BURST_OCTETS = 65_536;

  private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED;

  private MeterEntry() {}

  /// What a meter counted.
  ///
  /// @param packets admitted
  /// @param octets admitted
  /// @param refusedPackets over the limit
  public record Reading(long packets, long octets, long refusedPackets) {}

  /// Sets the limit and fills the bucket; the counters stay.
  static void writeLimit(MemorySegment entry, long octetsPerSecond, long nowNs) {
    if (octetsPerSecond < 0) {
      throw new IllegalArgumentException("rate below zero: " + octetsPerSecond);
    }
    long cost = 0;
    long burst = 0;
    if (octetsPerSecond > 0) {
      double ns = NS_PER_SECOND / octetsPerSecond;
      double seconds = Math.max(BURST_SECONDS, MIN_BURST_OCTETS / octetsPerSecond);
      cost = Math.max(1, Math.round(ns * (1 << COST_FRACTION)));
      burst = Math.round(seconds * NS_PER_SECOND * (1 << TIME_FRACTION));
    }
    entry.set(U64, COST, cost);
    entry.set(U64, BURST, burst);
    entry.set(U64, EMPTY_AT, (nowNs << TIME_FRACTION) - burst);
  }

  static Reading read(MemorySegment entry) {
    return new Reading(entry.get(U64, PACKETS), entry.get(U64, OCTETS), entry.get(U64, REFUSED));
  }
}
