// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

/// Token buckets that count and limit what a port sends or gets. A bucket holds 1/10 s of its rate,
/// at least one 64 KiB super-frame; a frame passes while the bucket is not empty and may overdraw
/// it by itself, so that a super-frame is never split. Owned by one Worker.
public final class MeterTable {
  /// Meters at most: a record names each by 16 bits.
  public static final int MAX_CAPACITY = 65_536;

  /// Meters unless said otherwise.
  public static final int DEFAULT_CAPACITY = 16_384;

  /// No meter.
  public static final int NONE = 0;

  private static final long MIN_BURST_OCTETS = 65_536;

  private final long[] octetsPerSecond;
  private final long[] burstOctets;
  private final double[] tokens;
  private final long[] filledNs;
  private final long[] packets;
  private final long[] octets;
  private final long[] refusedPackets;

  /// A table of 1…{@value #MAX_CAPACITY} meters; meter 0 is none.
  public MeterTable(int capacity) {
    if (capacity < 1 || capacity > MAX_CAPACITY) {
      throw new IllegalArgumentException("meters: 1 to " + MAX_CAPACITY + ", not " + capacity);
    }
    octetsPerSecond = new long[capacity];
    burstOctets = new long[capacity];
    tokens = new double[capacity];
    filledNs = new long[capacity];
    packets = new long[capacity];
    octets = new long[capacity];
    refusedPackets = new long[capacity];
  }

  /// Meters of the table.
  public int capacity() {
    return octetsPerSecond.length;
  }

  /// Sets a meter's limit; 0 = count only. Counters go on.
  public void put(int meter, long limitOctetsPerSecond) {
    octetsPerSecond[meter] = limitOctetsPerSecond;
    burstOctets[meter] = Math.max(MIN_BURST_OCTETS, limitOctetsPerSecond / 10);
    tokens[meter] = (double) burstOctets[meter];
  }

  /// Counts `frameOctets` against a meter.
  ///
  /// @return false when the meter is over its limit: the frame must be dropped
  public boolean admit(int meter, int framePackets, int frameOctets, long nowNs) {
    long rate = octetsPerSecond[meter];
    if (rate != 0) {
      double filled = tokens[meter] + (double) (nowNs - filledNs[meter]) * 1e-9 * (double) rate;
      filledNs[meter] = nowNs;
      double level = Math.min(filled, (double) burstOctets[meter]);
      if (level <= 0) {
        tokens[meter] = level;
        refusedPackets[meter] += framePackets;
        return false;
      }
      tokens[meter] = level - frameOctets;
    }
    packets[meter] += framePackets;
    octets[meter] += frameOctets;
    return true;
  }

  /// Packets admitted.
  public long packets(int meter) {
    return packets[meter];
  }

  /// Octets admitted.
  public long octets(int meter) {
    return octets[meter];
  }

  /// Packets refused.
  public long refusedPackets(int meter) {
    return refusedPackets[meter];
  }
}
