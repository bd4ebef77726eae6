// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.Counters;
import hnv.dataplane.Frame;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Extensions;
import java.util.Arrays;

/// Ports of fragmented packets, remembered from the first fragment so that the later ones are
/// judged as the same flow. Bounded by its size: a packet has its place in one of several slots of
/// a set, and where all are taken the port that holds the most of the table gives way, so that one
/// machine cannot make the others' be forgotten. A later fragment that comes before its first is
/// dropped by whoever asks. Owned by one Worker.
final class FragmentTable {
  /// Fragmented packets remembered.
  static final int SLOTS = 4_096;

  /// How long a first fragment is remembered (RFC 8200 §4.5: reassembly within 60 seconds).
  static final long TIMEOUT_NS = 60_000_000_000L;

  /// No such packet.
  static final int UNKNOWN = -1;

  private static final int SET = 8;
  private static final int WORDS = 6;

  private final long[] keys = new long[SLOTS * WORDS];
  private final int[] transportPorts = new int[SLOTS];
  private final int[] owners = new int[SLOTS];
  private final long[] seenNs = new long[SLOTS];
  private final int[] held = new int[Counters.MAX_PORTS];
  private final long[] wanted = new long[WORDS];

  FragmentTable() {
    Arrays.fill(owners, UNKNOWN);
  }

  /// Remembers the ports of a first fragment that was let in by the switch's port with this number.
  void remember(PacketContext packet, int port) {
    int set = set(packet, port);
    int slot = find(set);
    if (slot == UNKNOWN) {
      slot = placeIn(set, port, packet.nowNs());
      if (slot == UNKNOWN) {
        return;
      }
      if (owners[slot] != UNKNOWN) {
        held[owners[slot]]--;
      }
      owners[slot] = port;
      held[port]++;
      System.arraycopy(wanted, 0, keys, slot * WORDS, WORDS);
    }
    transportPorts[slot] = (packet.sourcePort() << 16) | packet.destinationPort();
    seenNs[slot] = packet.nowNs();
  }

  /// Slot of the packet that a later fragment belongs to, or {@link #UNKNOWN} where its first
  /// fragment has not been let in by this port.
  int slotOf(PacketContext packet, int port) {
    int slot = find(set(packet, port));
    return slot != UNKNOWN && packet.nowNs() - seenNs[slot] <= TIMEOUT_NS ? slot : UNKNOWN;
  }

  /// Ports of the packet in a slot: source << 16 | destination.
  int transportPorts(int slot) {
    return transportPorts[slot];
  }

  private int find(int set) {
    for (int slot = set; slot < set + SET; slot++) {
      if (owners[slot] != UNKNOWN
          && Arrays.equals(wanted, 0, WORDS, keys, slot * WORDS, (slot + 1) * WORDS)) {
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

  private int set(PacketContext packet, int port) {
    wanted[0] = ((long) port << 32) | (fragmentId(packet.frame()) & 0xFFFF_FFFFL);
    wanted[1] = ((long) packet.protocol() << 1) | (packet.isIpv6() ? 1 : 0);
    wanted[2] = packet.sourceHigh();
    wanted[3] = packet.sourceLow();
    wanted[4] = packet.destinationHigh();
    wanted[5] = packet.destinationLow();
    long h = 0x9E3779B97F4A7C15L;
    for (long word : wanted) {
      h = (h ^ word) * 0xFF51AFD7ED558CCDL;
      h ^= h >>> 32;
    }
    return ((int) h & (SLOTS / SET - 1)) * SET;
  }

  private static int fragmentId(Frame frame) {
    if (!frame.isIpv6()) {
      return Ipv4Header.id(frame.memory(), frame.l3());
    }
    long walked =
        Ipv6Extensions.walk(frame.memory(), frame.l3(), frame.l3() + (long) frame.l3Length());
    return Ipv6Extensions.fragmentId(
        frame.memory(), frame.l3() + (long) Ipv6Extensions.fragmentHeaderOffset(walked));
  }
}
