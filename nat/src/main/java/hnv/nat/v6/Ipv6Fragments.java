// SPDX-License-Identifier: Apache-2.0
package hnv.nat.v6;

import static hnv.wire.Octets.putU16;
import static hnv.wire.Octets.putU32;
import static hnv.wire.Octets.putU8;
import static hnv.wire.Octets.u8;

import hnv.wire.IpProtocol;
import hnv.wire.Ipv6Extensions;
import hnv.wire.Ipv6Header;
import java.lang.foreign.MemorySegment;

/// Cuts a packet that {@link ToIpv6} made of one without DF into fragments that fit (RFC 7915 §4.1,
/// RFC 8200 §4.5). The packet has no extension header, or a Fragment header alone. Pure.
public final class Ipv6Fragments {
  /// IPv6's least MTU, which every path has.
  public static final int LEAST_MTU = 1_280;

  private static final int HEADERS = Ipv6Header.LENGTH + Ipv6Extensions.FRAGMENT_LENGTH;

  private Ipv6Fragments() {}

  /// Pieces that the packet becomes; 1 where it fits as it is.
  ///
  /// @param length octets of the packet
  /// @param mtu no less than 1280
  public static int count(MemorySegment f, long at, int length, int mtu) {
    if (length <= mtu) {
      return 1;
    }
    int step = step(mtu);
    return (data(f, at, length) + step - 1) / step;
  }

  /// Writes one piece of several.
  ///
  /// @param id of all pieces, where the packet is no fragment already
  /// @param piece from 0
  /// @return octets written
  public static int write(
      MemorySegment from,
      long at,
      int length,
      int mtu,
      int id,
      int piece,
      MemorySegment to,
      long toAt) {
    boolean wasFragment = isFragment(from, at);
    long fragmentAt = at + Ipv6Header.LENGTH;
    int start = piece * step(mtu);
    int all = data(from, at, length);
    int octets = Math.min(step(mtu), all - start);
    boolean isLast = start + octets == all;
    int before = wasFragment ? Ipv6Extensions.fragmentOffset(from, fragmentAt) : 0;
    boolean more = !isLast || (wasFragment && Ipv6Extensions.isMoreFragments(from, fragmentAt));

    MemorySegment.copy(from, at, to, toAt, Ipv6Header.LENGTH);
    Ipv6Header.setPayloadLength(to, toAt, Ipv6Extensions.FRAGMENT_LENGTH + octets);
    putU8(to, toAt + Ipv6Header.NEXT_HEADER_AT, IpProtocol.FRAGMENT);
    long p = toAt + Ipv6Header.LENGTH;
    putU8(to, p, wasFragment ? u8(from, fragmentAt) : Ipv6Header.nextHeader(from, at));
    putU8(to, p + 1, 0);
    putU16(to, p + 2, before + start | (more ? 1 : 0));
    putU32(to, p + 4, wasFragment ? Ipv6Extensions.fragmentId(from, fragmentAt) : id);
    long dataAt = at + length - all + start;
    MemorySegment.copy(from, dataAt, to, toAt + HEADERS, octets);
    return HEADERS + octets;
  }

  private static int step(int mtu) {
    return (mtu - HEADERS) & ~7;
  }

  private static boolean isFragment(MemorySegment f, long at) {
    return Ipv6Header.nextHeader(f, at) == IpProtocol.FRAGMENT;
  }

  private static int data(MemorySegment f, long at, int length) {
    return length - (isFragment(f, at) ? HEADERS : Ipv6Header.LENGTH);
  }
}
