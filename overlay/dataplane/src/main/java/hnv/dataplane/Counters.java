// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Packets, octets and drops by reason per port. Written by one Worker; a reader on another thread
/// asks the Worker for a {@link #snapshot}.
///
/// Memory: 1.2 KiB for each port that has counted anything, 256 KiB for all others together.
public final class Counters {
  /// Ports at most, virtual ones included: their numbers are below.
  public static final int MAX_PORTS = 65_536;

  // Of a row; behind these the drops by number of their reason.
  private static final int RECEIVED_PACKETS = 0;
  private static final int RECEIVED_OCTETS = 1;
  private static final int SENT_PACKETS = 2;
  private static final int SENT_OCTETS = 3;
  private static final int UNSENT_PACKETS = 4;
  private static final int DROPS = 5;
  private static final int ROW = DROPS + DropReason.NUMBERS;

  private final long[] @Nullable [] rows = new long[MAX_PORTS][];

  /// All counters at zero.
  public Counters() {}

  /// A frame came in.
  public void received(int port, int packets, int octets) {
    long[] row = row(port);
    row[RECEIVED_PACKETS] += packets;
    row[RECEIVED_OCTETS] += octets;
  }

  /// A frame went out.
  public void sent(int port, int packets, int octets) {
    long[] row = row(port);
    row[SENT_PACKETS] += packets;
    row[SENT_OCTETS] += octets;
  }

  /// A frame that came in by `port` went nowhere.
  public void dropped(int port, DropReason reason, int packets) {
    row(port)[DROPS + reason.number()] += packets;
  }

  /// A frame was to go out and went nowhere; it is counted as dropped where it came in.
  public void unsent(int port, int packets) {
    row(port)[UNSENT_PACKETS] += packets;
  }

  /// Packets that were to go out by `port` and went nowhere.
  public long unsent(int port) {
    long[] row = rows[port];
    return row == null ? 0 : row[UNSENT_PACKETS];
  }

  /// Packets dropped that came in by `port`.
  public long drops(int port, DropReason reason) {
    long[] row = rows[port];
    return row == null ? 0 : row[DROPS + reason.number()];
  }

  /// The counters of one port.
  public Snapshot snapshot(int port) {
    long[] row = rows[port];
    return row == null
        ? new Snapshot(0, 0, 0, 0, Map.of())
        : new Snapshot(
            row[RECEIVED_PACKETS],
            row[RECEIVED_OCTETS],
            row[SENT_PACKETS],
            row[SENT_OCTETS],
            dropsOf(row));
  }

  /// Starts a port at zero: its number belongs to another port now, or to none.
  public void clear(int port) {
    rows[port] = null;
  }

  private long[] row(int port) {
    long[] row = rows[port];
    return row != null ? row : begin(port);
  }

  private long[] begin(int port) {
    long[] row = new long[ROW];
    rows[port] = row;
    return row;
  }

  private static Map<DropReason, Long> dropsOf(long[] row) {
    Map<DropReason, Long> result = new EnumMap<>(DropReason.class);
    for (DropReason reason : DropReason.values()) {
      long count = row[DROPS + reason.number()];
      if (count != 0) {
        result.put(reason, count);
      }
    }
    return result;
  }

  /// One port's counters at one moment; a super-frame counts as the packets it stands for.
  ///
  /// @param drops packets dropped that came in by the port, by reason; reasons at zero are absent
  public record Snapshot(
      long receivedPackets,
      long receivedOctets,
      long sentPackets,
      long sentOctets,
      Map<DropReason, Long> drops) {
    /// The sum of two counts of the same port, or of two ports.
    public Snapshot plus(Snapshot other) {
      Map<DropReason, Long> sum = new EnumMap<>(DropReason.class);
      sum.putAll(drops);
      other.drops.forEach((reason, count) -> sum.merge(reason, count, Long::sum));
      return new Snapshot(
          receivedPackets + other.receivedPackets,
          receivedOctets + other.receivedOctets,
          sentPackets + other.sentPackets,
          sentOctets + other.sentOctets,
          sum);
    }
  }
}
