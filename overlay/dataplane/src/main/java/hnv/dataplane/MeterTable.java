// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/// Token buckets that count and limit what a port sends or gets. A bucket holds 1/10 s of its rate,
/// at least one 64 KiB super-frame; a frame passes while the bucket is not empty and may overdraw
/// it by itself, so that a super-frame is never split.
///
/// Instead of a level and the time of its filling, an entry holds one number: the time at which the
/// bucket is, or was, empty. A frame moves it on by what the frame costs. So the memory can be
/// shared with another executor of flow records, which limits by the same bucket without a lock:
/// the layout is `struct meter` and the steps are those of `admit`, in `bpf/maps.h` and
/// `bpf/meter.h` of the module for Linux. Frames admitted at the same moment by both may overdraw
/// the bucket by one frame each. {@value #ENTRY_LENGTH} octets per meter:
///
///      0  u64 cost of an octet, 2⁻¹⁶ ns; 0: count only     24  u64 packets
///      8  u64 time that a full bucket lasts, 2⁻⁶ ns        32  u64 octets
///     16  u64 when it is empty, 2⁻⁶ ns                     40  u64 refused packets
///
/// Time is that of a clock which began at zero and has run for less than 2⁵⁷ ns (4½ years), as
/// {@link System#nanoTime} on Linux, CLOCK_MONOTONIC. Called by one Worker.
public final class MeterTable {
  /// Meters at most: a record names each by 16 bits.
  public static final int MAX_CAPACITY = 65_536;

  /// Meters unless said otherwise.
  public static final int DEFAULT_CAPACITY = 16_384;

  /// No meter.
  public static final int NONE = 0;

  /// Octets of an entry.
  public static final int ENTRY_LENGTH = 64;

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

  private static final VarHandle U64 = ValueLayout.JAVA_LONG.varHandle();

  private final MemorySegment entries;
  private final int capacity;

  /// Another executor may write: additions must be atomic, which costs some nanoseconds each.
  private final boolean shared;

  /// A table of 1…{@value #MAX_CAPACITY} meters in memory of its own; meter 0 is none.
  public MeterTable(int capacity) {
    this(allocate(capacity), false);
  }

  /// A table in memory that another executor of flow records writes too, as it is.
  ///
  /// @param entries native memory, aligned to 8 octets, a multiple of {@value #ENTRY_LENGTH} long:
  ///     its size says the capacity
  public MeterTable(MemorySegment entries) {
    this(entries, true);
  }

  private MeterTable(MemorySegment entries, boolean shared) {
    this.entries = entries;
    this.shared = shared;
    capacity = entriesOf("meters", entries, ENTRY_LENGTH);
    checkCapacity(capacity);
  }

  private static MemorySegment allocate(int capacity) {
    checkCapacity(capacity);
    return Arena.global().allocate((long) capacity * ENTRY_LENGTH, ENTRY_LENGTH);
  }

  private static void checkCapacity(int capacity) {
    if (capacity < 1 || capacity > MAX_CAPACITY) {
      throw new IllegalArgumentException("meters: 1 to " + MAX_CAPACITY + ", not " + capacity);
    }
  }

  /// How many entries of a length fill the memory.
  ///
  /// @throws IllegalArgumentException where they do not fill it, or it is not native and aligned
  static int entriesOf(String what, MemorySegment entries, int length) {
    long octets = entries.byteSize();
    if (!entries.isNative() || entries.maxByteAlignment() < 8) {
      throw new IllegalArgumentException(what + ": memory must be native and aligned to 8 octets");
    }
    if (octets == 0 || octets % length != 0) {
      throw new IllegalArgumentException(
          what + ": memory must be a multiple of " + length + " octets, not " + octets);
    }
    return Math.toIntExact(octets / length);
  }

  /// Meters of the table.
  public int capacity() {
    return capacity;
  }

  /// Sets a meter's limit; 0 = count only. A new limit begins with a full bucket, the limit that it
  /// has already changes nothing. Counters go on.
  ///
  /// @throws IllegalArgumentException where the limit is below zero
  public void put(int meter, long limitOctetsPerSecond) {
    if (limitOctetsPerSecond < 0) {
      throw new IllegalArgumentException("limit below zero: " + limitOctetsPerSecond);
    }
    long cost = 0;
    long burst = 0;
    if (limitOctetsPerSecond > 0) {
      double ns = NS_PER_SECOND / limitOctetsPerSecond;
      double seconds = Math.max(BURST_SECONDS, MIN_BURST_OCTETS / limitOctetsPerSecond);
      cost = Math.max(1, Math.round(ns * (1 << COST_FRACTION)));
      burst = Math.round(seconds * NS_PER_SECOND * (1 << TIME_FRACTION));
    }
    long at = at(meter);
    if (get(at + COST) == cost && get(at + BURST) == burst) {
      return;
    }
    U64.setOpaque(entries, at + BURST, burst);
    // Full since the clock began.
    U64.setOpaque(entries, at + EMPTY_AT, -burst);
    U64.setRelease(entries, at + COST, cost);
  }

  /// Counts `frameOctets` against a meter.
  ///
  /// @return false when the meter is over its limit: the frame must be dropped
  public boolean admit(int meter, int framePackets, int frameOctets, long nowNs) {
    long at = at(meter);
    long cost = get(at + COST);
    if (cost != 0) {
      long time = nowNs << TIME_FRACTION;
      long emptyAt = get(at + EMPTY_AT);
      if (time - emptyAt <= 0) {
        add(at + REFUSED, framePackets);
        return false;
      }
      long burst = get(at + BURST);
      if (time - emptyAt > burst) {
        // Not fuller than full. Who loses this race finds it done.
        U64.compareAndSet(entries, at + EMPTY_AT, emptyAt, time - burst);
      }
      add(at + EMPTY_AT, (frameOctets * cost) >>> (COST_FRACTION - TIME_FRACTION));
    }
    add(at + PACKETS, framePackets);
    add(at + OCTETS, frameOctets);
    return true;
  }

  /// Packets admitted.
  public long packets(int meter) {
    return get(at(meter) + PACKETS);
  }

  /// Octets admitted.
  public long octets(int meter) {
    return get(at(meter) + OCTETS);
  }

  /// Packets refused.
  public long refusedPackets(int meter) {
    return get(at(meter) + REFUSED);
  }

  private static long at(int meter) {
    return (long) meter * ENTRY_LENGTH;
  }

  private long get(long at) {
    return (long) U64.getOpaque(entries, at);
  }

  private void add(long at, long value) {
    if (shared) {
      U64.getAndAdd(entries, at, value);
    } else {
      U64.set(entries, at, (long) U64.get(entries, at) + value);
    }
  }
}
