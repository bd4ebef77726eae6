// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.Frame;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Extensions;
import java.util.Arrays;

/// Ports of fragmented packets, remembered from the first fragment so that the later ones are
/// judged as the same flow. Direct-mapped, so bounded by its size: a newer packet takes an older
/// one's place. A later fragment that comes before its first is dropped by whoever asks. Owned by
/// one Worker.
final class FragmentTable {
  /// Fragmented packets remembered.
  static final int SLOTS = 4_096;

  /// How long a first fragment is remembered (RFC 8200 §4.5: reassembly within 60 seconds).
  static final long TIMEOUT_NS = 60_000_000_000L;

  /// No such packet.
  static final int UNKNOWN = -1;

  private static final int WORDS = 6;

  private final long[] keys = new long[SLOTS * WORDS];
  private final int[] ports = new int[SLOTS];
  private final long[] seenNs = new long[SLOTS];
  private final long[] wanted = new long[WORDS];

  FragmentTable() {
    Arrays.fill(seenNs, Long.MIN_VALUE / 2);
  }

  /// Remembers the ports of a first fragment.
  void remember(PacketContext packet) {
    int slot = slot(packet);
    System.arraycopy(wanted, 0, keys, slot * WORDS, WORDS);
    ports[slot] = (packet.sourcePort() << 16) | packet.destinationPort();
    seenNs[slot] = packet.nowNs();
  }

  /// Ports (source << 16 | destination) of the packet that a later fragment belongs to; false from
  /// {@link #knows} when there is none.
  int ports(PacketContext packet) {
    return ports[slot(packet)];
  }

  /// Whether the first fragment of this packet has been seen.
  boolean knows(PacketContext packet) {
    int slot = slot(packet);
    return packet.nowNs() - seenNs[slot] <= TIMEOUT_NS
        && Arrays.equals(wanted, 0, WORDS, keys, slot * WORDS, (slot + 1) * WORDS);
  }

  private int slot(PacketContext packet) {
    Frame frame = packet.frame();
    wanted[0] = ((long) packet.port().number() << 32) | (fragmentId(frame) & 0xFFFF_FFFFL);
    wanted[1] =
        ((long) packet.protocol() << 32) | ((long) packet.vsid() << 8) | (packet.isIpv6() ? 1 : 0);
    wanted[2] = packet.sourceHigh();
    wanted[3] = packet.sourceLow();
    wanted[4] = packet.destinationHigh();
    wanted[5] = packet.destinationLow();
    long h = 0x9E3779B97F4A7C15L;
    for (long word : wanted) {
      h = (h ^ word) * 0xFF51AFD7ED558CCDL;
      h ^= h >>> 32;
    }
    return (int) h & (SLOTS - 1);
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
