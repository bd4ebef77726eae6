// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import java.lang.foreign.MemorySegment;
import java.util.Map;

/// Another executor of flow records, which carries established flows in Java's place: the kernel's.
/// Java decides and keeps each flow; what is handed over is a copy of its record. A packet that the
/// other executor does not know, or does not like, comes to Java as it came in.
///
/// Keys are those of {@link FlowKey}, records those of {@link FlowRecord}; neither is kept after
/// the call. Called by the Worker that owns the flows.
public interface FlowOffload {
  /// There is no other executor: every packet is Java's.
  FlowOffload NONE = new NoOffload();

  /// Flows of each family that there is room for.
  int capacity();

  /// Hands over a flow, or gives a new record to one that was handed over. Its counters begin at
  /// zero there: what it counts comes on top of what Java counts.
  ///
  /// @return false where there is no room, or where the other executor failed: the flow stays in
  ///     Java, and no older record of it is left behind
  boolean install(
      boolean ofIpv6, MemorySegment keys, long keyAt, MemorySegment records, long recordAt);

  /// As {@link #install} for many flows whose keys and records lie in one table.
  ///
  /// @param keysAt where in `table` the keys lie
  /// @param recordsAt where in `table` the records lie, in the same order
  /// @param count how many
  /// @return how many were handed over, from the first; where it is fewer than `count` the others
  ///     stay in Java
  default int installAll(
      boolean ofIpv6, MemorySegment table, long[] keysAt, long[] recordsAt, int count) {
    int done = 0;
    while (done < count && install(ofIpv6, table, keysAt[done], table, recordsAt[done])) {
      done++;
    }
    return done;
  }

  /// Copies the record of a flow that was handed over, with its counters as they are now.
  ///
  /// @param to {@link FlowRecord#LENGTH} octets
  /// @return false where there is no such flow; `to` is as it was
  boolean read(boolean ofIpv6, MemorySegment keys, long keyAt, MemorySegment to);

  /// Takes a flow back, with what it counted last. A packet that is being forwarded at this moment
  /// goes by its record still.
  ///
  /// @param to {@link FlowRecord#LENGTH} octets
  /// @return false where there was no such flow; `to` is as it was
  boolean remove(boolean ofIpv6, MemorySegment keys, long keyAt, MemorySegment to);

  /// What the other executor counted at a port since {@link #clearCounters}: packets that it
  /// forwarded or dropped. What came to Java instead is Java's to count.
  Counters.Snapshot counters(int port);

  /// Starts a port's counters at zero.
  void clearCounters(int port);

  /// Java alone.
  final class NoOffload implements FlowOffload {
    private static final Counters.Snapshot NOTHING = new Counters.Snapshot(0, 0, 0, 0, Map.of());

    private NoOffload() {}

    @Override
    public int capacity() {
      return 0;
    }

    @Override
    public boolean install(
        boolean ofIpv6, MemorySegment keys, long keyAt, MemorySegment records, long recordAt) {
      return false;
    }

    @Override
    public boolean read(boolean ofIpv6, MemorySegment keys, long keyAt, MemorySegment to) {
      return false;
    }

    @Override
    public boolean remove(boolean ofIpv6, MemorySegment keys, long keyAt, MemorySegment to) {
      return false;
    }

    @Override
    public Counters.Snapshot counters(int port) {
      return NOTHING;
    }

    @Override
    public void clearCounters(int port) {}
  }
}
