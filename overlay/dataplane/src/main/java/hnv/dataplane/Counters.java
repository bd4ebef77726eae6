// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Packets, octets and drops by reason per port. Written by one Worker; a reader on another thread
/// asks the Worker for a {@link #snapshot}.
public final class Counters {
  /// Ports at most, those without a device included.
  public static final int MAX_PORTS = 65_536;

  private final long[] receivedPackets = new long[MAX_PORTS];
  private final long[] receivedOctets = new long[MAX_PORTS];
  private final long[] sentPackets = new long[MAX_PORTS];
  private final long[] sentOctets = new long[MAX_PORTS];
  /// Drops of each port by reason, from its first one on: most ports drop nothing.
  private final long[] @Nullable [] drops = new long[MAX_PORTS][];

  /// All counters at zero.
  public Counters() {}

  /// A frame came in.
  public void received(int port, int packets, int octets) {
    receivedPackets[port] += packets;
    receivedOctets[port] += octets;
  }

  /// A frame went out.
  public void sent(int port, int packets, int octets) {
    sentPackets[port] += packets;
    sentOctets[port] += octets;
  }

  /// A frame that came in by `port` went nowhere.
  public void dropped(int port, DropReason reason, int packets) {
    long[] ofPort = drops[port];
    if (ofPort == null) {
      ofPort = new long[DropReason.NUMBERS];
      drops[port] = ofPort;
    }
    ofPort[reason.number()] += packets;
  }

  /// Packets dropped that came in by `port`.
  public long drops(int port, DropReason reason) {
    long[] ofPort = drops[port];
    return ofPort == null ? 0 : ofPort[reason.number()];
  }

  /// The counters of one port.
  public Snapshot snapshot(int port) {
    return new Snapshot(
        receivedPackets[port],
        receivedOctets[port],
        sentPackets[port],
        sentOctets[port],
        dropsOf(port));
  }

  /// Starts a port at zero: its number belongs to another port now.
  public void clear(int port) {
    receivedPackets[port] = 0;
    receivedOctets[port] = 0;
    sentPackets[port] = 0;
    sentOctets[port] = 0;
    drops[port] = null;
  }

  private Map<DropReason, Long> dropsOf(int port) {
    Map<DropReason, Long> result = new EnumMap<>(DropReason.class);
    for (DropReason reason : DropReason.values()) {
      long count = drops(port, reason);
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
