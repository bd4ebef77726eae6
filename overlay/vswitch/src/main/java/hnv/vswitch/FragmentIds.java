// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import java.util.SplittableRandom;

/// Gives IPv4 packets that are in fragments and of a translated source a new identification: two
/// machines behind one public address know nothing of each other's (RFC 6864 §5.3.1). One counter
/// for many (source, destination, protocol), found by a hash of them, so that a number comes back
/// after 65,536 packets at least. Owned by one Worker.
final class FragmentIds {
  /// No new one.
  static final int NONE = -1;

  private static final int COUNTERS = 4_096;

  private final short[] last = new short[COUNTERS];
  private final long seed;

  /// @param seed of the first numbers, and of where they are found
  FragmentIds(long seed) {
    this.seed = seed;
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < COUNTERS; i++) {
      last[i] = (short) random.nextInt();
    }
  }

  /// The next for packets from a public source (32 bits) to a destination.
  int next(long source, long destination, int protocol) {
    long h = (seed ^ source << 32 ^ destination ^ (long) protocol << 56) * 0xFF51AFD7ED558CCDL;
    int i = (int) (h ^ h >>> 32) & (COUNTERS - 1);
    last[i]++;
    return last[i] & 0xFFFF;
  }
}
