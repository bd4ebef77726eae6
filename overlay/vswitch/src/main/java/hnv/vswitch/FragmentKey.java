// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.Frame;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Extensions;
import hnv.wire.Ipv6FragmentHeader;
import java.util.Arrays;

/// What the fragments of one packet have in common as they come in: the port, whose it is, and the
/// addresses, protocol and identification before anything is translated.
final class FragmentKey {
  /// Words of a key.
  static final int WORDS = 6;

  private final long[] words = new long[WORDS];

  /// That of a packet that has come in by a port.
  void set(PacketContext packet, VPort port) {
    PacketIdentity p = packet.received();
    words[0] = ((long) port.number() << 32) | (fragmentId(packet.frame()) & 0xFFFF_FFFFL);
    words[1] = ((long) port.tenant() << 32) | ((long) p.protocol << 1) | (p.ipv6 ? 1 : 0);
    words[2] = p.sourceHigh;
    words[3] = p.sourceLow;
    words[4] = p.destinationHigh;
    words[5] = p.destinationLow;
  }

  int port() {
    return (int) (words[0] >>> 32);
  }

  void copy(FragmentKey other) {
    System.arraycopy(other.words, 0, words, 0, WORDS);
  }

  void copyTo(long[] to, int at) {
    System.arraycopy(words, 0, to, at, WORDS);
  }

  boolean isSame(FragmentKey other) {
    return Arrays.equals(words, other.words);
  }

  boolean isAt(long[] keys, int at) {
    return Arrays.equals(words, 0, WORDS, keys, at, at + WORDS);
  }

  int hash() {
    long h = 0x9E3779B97F4A7C15L;
    for (long word : words) {
      h = (h ^ word) * 0xFF51AFD7ED558CCDL;
      h ^= h >>> 32;
    }
    return (int) h;
  }

  private static int fragmentId(Frame frame) {
    if (!frame.isIpv6()) {
      return Ipv4Header.id(frame.memory(), frame.l3());
    }
    long walked =
        Ipv6Extensions.walk(frame.memory(), frame.l3(), frame.l3() + (long) frame.l3Length());
    return Ipv6FragmentHeader.id(
        frame.memory(), frame.l3() + (long) Ipv6Extensions.fragmentHeaderOffset(walked));
  }
}
