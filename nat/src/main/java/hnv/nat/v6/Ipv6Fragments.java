// SPDX-License-Identifier: Apache-2.0
package hnv.nat.v6;

import hnv.wire.IpProtocol;
import hnv.wire.Ipv6FragmentHeader;
import hnv.wire.Ipv6Header;
import java.lang.foreign.MemorySegment;

/// Cuts a packet that {@link ToIpv6} made of one without DF into fragments that fit (RFC 7915 §4.1,
/// RFC 8200 §4.5). The packet has no extension header, or a Fragment header alone. Pure.
public final class Ipv6Fragments {
  /// IPv6's least MTU, which every path has.
  public static final int LEAST_MTU = 1_280;

  private static final int HEADERS = Ipv6Header.LENGTH + Ipv6FragmentHeader.LENGTH;

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
    int before = wasFragment ? Ipv6FragmentHeader.offset(from, fragmentAt) : 0;
    boolean more = !isLast || (wasFragment && Ipv6FragmentHeader.isMoreFragments(from, fragmentAt));

    MemorySegment.copy(from, at, to, toAt, Ipv6Header.LENGTH);
    Ipv6Header.setPayloadLength(to, toAt, Ipv6FragmentHeader.LENGTH + octets);
    Ipv6Header.setNextHeader(to, toAt, IpProtocol.FRAGMENT);
    Ipv6FragmentHeader.write(
        to,
        toAt + Ipv6Header.LENGTH,
        wasFragment
            ? Ipv6FragmentHeader.nextHeader(from, fragmentAt)
            : Ipv6Header.nextHeader(from, at),
        before + start,
        more,
        wasFragment ? Ipv6FragmentHeader.id(from, fragmentAt) : id);
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
