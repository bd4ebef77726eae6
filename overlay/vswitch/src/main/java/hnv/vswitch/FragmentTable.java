// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.Counters;
import java.util.Arrays;

/// Ports of fragmented packets, remembered from the first fragment so that the later ones are
/// judged as the same flow. Bounded by its size: a packet has its place in one of several slots of
/// a set, and where all are taken the port that holds the most of the table gives way, so that one
/// machine cannot make the others' be forgotten. Owned by one Worker.
final class FragmentTable {
  /// Fragmented packets remembered.
  static final int SLOTS = 4_096;

  /// How long a first fragment is remembered (RFC 8200 §4.5: reassembly within 60 seconds).
  static final long TIMEOUT_NS = 60_000_000_000L;

  /// No such packet.
  static final int UNKNOWN = -1;

  private static final int SET = 8;
  private static final int WORDS = FragmentKey.WORDS;

  private final long[] keys = new long[SLOTS * WORDS];
  private final int[] transportPorts = new int[SLOTS];
  private final int[] owners = new int[SLOTS];
  private final long[] seenNs = new long[SLOTS];
  private final int[] held = new int[Counters.MAX_PORTS];
  private final int[] newIds = new int[SLOTS];

  FragmentTable() {
    Arrays.fill(owners, UNKNOWN);
  }

  /// Remembers the ports of a first fragment that was let in, as it was received.
  ///
  /// @return its slot, or {@link #UNKNOWN} where there is no room
  int remember(FragmentKey key, PacketContext packet) {
    int set = set(key);
    int slot = find(set, key);
    if (slot == UNKNOWN) {
      slot = placeIn(set, key.port(), packet.nowNs());
      if (slot == UNKNOWN) {
        return UNKNOWN;
      }
      if (owners[slot] != UNKNOWN) {
        held[owners[slot]]--;
      }
      owners[slot] = key.port();
      held[key.port()]++;
      key.copyTo(keys, slot * WORDS);
      newIds[slot] = FragmentIds.NONE;
    }
    PacketIdentity received = packet.received();
    transportPorts[slot] = (received.sourcePort << 16) | received.destinationPort;
    seenNs[slot] = packet.nowNs();
    return slot;
  }

  /// Slot of the packet that a later fragment belongs to, or {@link #UNKNOWN} where its first
  /// fragment has not been let in by its port.
  int slotOf(FragmentKey key, long nowNs) {
    int slot = find(set(key), key);
    return slot != UNKNOWN && nowNs - seenNs[slot] <= TIMEOUT_NS ? slot : UNKNOWN;
  }

  /// The identification that the packet in a slot leaves with, or {@link FragmentIds#NONE} where it
  /// keeps its own.
  int newId(int slot) {
    return newIds[slot];
  }

  void setNewId(int slot, int id) {
    newIds[slot] = id;
  }

  /// Ports of the packet in a slot: source << 16 | destination.
  int transportPorts(int slot) {
    return transportPorts[slot];
  }

  private int find(int set, FragmentKey key) {
    for (int slot = set; slot < set + SET; slot++) {
      if (owners[slot] != UNKNOWN && key.isAt(keys, slot * WORDS)) {
        return slot;
      }
    }
    return UNKNOWN;
  }

  /// A slot for a packet of this port: a free one, one that has expired, or one of the port that
  /// holds the most; none where that holds less than this one does.
  private int placeIn(int set, int port, long nowNs) {
    int richest = set;
    for (int slot = set; slot < set + SET; slot++) {
      if (owners[slot] == UNKNOWN || nowNs - seenNs[slot] > TIMEOUT_NS) {
        return slot;
      }
      int more = held[owners[slot]] - held[owners[richest]];
      if (more > 0 || (more == 0 && seenNs[slot] < seenNs[richest])) {
        richest = slot;
      }
    }
    return held[owners[richest]] >= held[port] ? richest : UNKNOWN;
  }

  private static int set(FragmentKey key) {
    return (key.hash() & (SLOTS / SET - 1)) * SET;
  }
}
