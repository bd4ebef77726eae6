// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/// What the kernel counted at one port, over all CPUs; `struct counters` of `bpf/maps.h`. What went
/// up to Java is received there and counted there.
///
/// @param receivedPackets packets that came in by the port and were forwarded or dropped
/// @param receivedOctets octets of those, a super-frame's headers once
/// @param sentPackets packets that left by the port
/// @param sentOctets octets of those, outer headers included
/// @param captured copies for who watches the port
/// @param notCaptured copies that the watcher's device would not take, as far as is known here
/// @param fates of each fate, how often
public record PortCounters(
    long receivedPackets,
    long receivedOctets,
    long sentPackets,
    long sentOctets,
    long captured,
    long notCaptured,
    Map<Fate, Long> fates) {
  private static final int RECEIVED_PACKETS = 0;
  private static final int RECEIVED_OCTETS = 8;
  private static final int SENT_PACKETS = 16;
  private static final int SENT_OCTETS = 24;
  private static final int CAPTURED = 32;
  private static final int NOT_CAPTURED = 40;
  // Then the clock, as the program last read it: 16 octets.
  private static final int FATES = 64;

  /// Octets of one CPU's counters.
  static final int LENGTH = FATES + 8 * Fate.values().length;

  public PortCounters {
    fates = Collections.unmodifiableMap(fates);
  }

  /// Times that a frame ended so.
  public long of(Fate fate) {
    return fates.getOrDefault(fate, 0L);
  }

  /// Packets dropped, whyever.
  public long dropped() {
    return fates.entrySet().stream()
        .filter(entry -> entry.getKey().isDrop())
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  /// Adds up the copies of all CPUs.
  static PortCounters sum(MemorySegment copies) {
    Map<Fate, Long> fates = new EnumMap<>(Fate.class);
    for (Fate fate : Fate.values()) {
      fates.put(fate, sum(copies, FATES + 8 * fate.number()));
    }
    return new PortCounters(
        sum(copies, RECEIVED_PACKETS),
        sum(copies, RECEIVED_OCTETS),
        sum(copies, SENT_PACKETS),
        sum(copies, SENT_OCTETS),
        sum(copies, CAPTURED),
        sum(copies, NOT_CAPTURED),
        fates);
  }

  private static long sum(MemorySegment copies, int offset) {
    long sum = 0;
    for (long at = offset; at < copies.byteSize(); at += LENGTH) {
      sum += copies.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
    }
    return sum;
  }
}
