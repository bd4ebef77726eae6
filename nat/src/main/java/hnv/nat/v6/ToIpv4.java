// SPDX-License-Identifier: Apache-2.0
package hnv.nat.v6;

import static hnv.wire.InternetChecksum.complement;

import hnv.wire.Icmpv4Header;
import hnv.wire.Icmpv6Header;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Extensions;
import hnv.wire.Ipv6FragmentHeader;
import hnv.wire.Ipv6Header;
import java.lang.foreign.MemorySegment;

/// Turns IPv6 packets into IPv4 packets (RFC 7915 §5). Pure: what the packet becomes is written to
/// another place. The TTL is the hop limit as it stands: who forwards lowers it.
public final class ToIpv4 {
  /// It has no counterpart, or is broken, and is dropped without a word.
  public static final int DROPPED = -1;

  /// The counterpart is longer than the room for it.
  public static final int TOO_LONG = -2;

  /// A Routing header with segments left, answered by ICMPv6 4/0 with a pointer to that field
  /// (§5.1).
  public static final int SEGMENTS_LEFT = -3;

  /// Longest packet that is sent without DF: it would fit IPv6's least MTU (§5.1).
  public static final int LONGEST_WITHOUT_DF = 1_260;

  private static final int MOST_MTU = 0xFFFF;
  private static final int HEADER_DIFFERENCE = Ipv6Header.LENGTH - Ipv4Header.MIN_LENGTH;

  private ToIpv4() {}

  /// Translates the packet at `at`.
  ///
  /// @param from with a valid IPv6 header at `at`
  /// @param limit end of the packet in `from`
  /// @param room octets from `toAt` at most
  /// @param ends of the packet
  /// @param quoted ends of the packet that it quotes, if it is an ICMPv6 error
  /// @param identification of a packet that is no fragment: anything hard to meet twice
  /// @param mtu4 of the next hop, for "fragmentation needed"
  /// @param mtu6 of the next hop back into IPv6
  /// @return octets written, or {@link #DROPPED}, {@link #TOO_LONG}, {@link #SEGMENTS_LEFT}
  public static int translate(
      MemorySegment from,
      long at,
      long limit,
      MemorySegment to,
      long toAt,
      int room,
      Ends4 ends,
      Ends4 quoted,
      int identification,
      int mtu4,
      int mtu6) {
    long end = Math.min(limit, at + Ipv6Header.LENGTH + Ipv6Header.payloadLength(from, at));
    long walked = Ipv6Extensions.walk(from, at, end);
    if (walked < 0) {
      return DROPPED;
    }
    if (Ipv6Extensions.hasRouting(walked) && hasSegmentsLeft(from, at, end)) {
      return SEGMENTS_LEFT;
    }
    int protocol = Ipv6Extensions.protocol(walked);
    long payloadAt = at + Ipv6Extensions.upperLayerOffset(walked);
    int payload = (int) (end - payloadAt);
    boolean isIcmp = protocol == IpProtocol.ICMPV6;
    if (hasAuthentication(from, at, end)
        || (isIcmp && (Ipv6Extensions.hasFragment(walked) || payload < Icmpv6Header.LENGTH))) {
      return DROPPED;
    }
    if (isIcmp && Icmpv6Header.isError(Icmpv6Header.type(from, payloadAt))) {
      return error(
          from, at, payloadAt, end, to, toAt, room, ends, quoted, identification, mtu4, mtu6);
    }
    int message = 0;
    if (isIcmp) {
      message = query(from, payloadAt);
      if (message == IcmpMapping.NONE) {
        return DROPPED;
      }
    }
    if (Ipv4Header.MIN_LENGTH + payload > room) {
      return TOO_LONG;
    }
    writeHeader(from, at, walked, to, toAt, payload, identification, ends);
    long p = toAt + Ipv4Header.MIN_LENGTH;
    MemorySegment.copy(from, payloadAt, to, p, payload);
    if (isIcmp) {
      int pseudo = Ipv6Header.pseudoHeader(from, at, IpProtocol.ICMPV6, payload);
      Transport64.editQuery(to, p, p + payload, message, ends.sourcePort, complement(pseudo));
    } else if (!Ipv6Extensions.isLaterFragment(walked)) {
      int addresses = Transport64.addressesTo4(from, at, ends);
      Transport64.edit(
          to, p, p + payload, protocol, addresses, ends.sourcePort, ends.destinationPort);
    }
    return Ipv4Header.MIN_LENGTH + payload;
  }

  private static int query(MemorySegment f, long at) {
    int type = Icmpv6Header.type(f, at);
    return Icmpv6Header.isQuery(type)
        ? IcmpMapping.toV4(type, Icmpv6Header.code(f, at))
        : IcmpMapping.NONE;
  }

  /// Whether the chain has a Routing header that has not been followed to its end.
  private static boolean hasSegmentsLeft(MemorySegment f, long at, long end) {
    long routing = Ipv6Extensions.find(f, at, end, IpProtocol.ROUTING);
    return routing != 0 && Ipv6Extensions.segmentsLeft(f, routing) != 0;
  }

  private static boolean hasAuthentication(MemorySegment f, long at, long end) {
    return Ipv6Extensions.find(f, at, end, IpProtocol.AH) != 0;
  }

  /// @param walked of the IPv6 packet's extension headers
  /// @param payload octets behind them
  private static void writeHeader(
      MemorySegment from,
      long at,
      long walked,
      MemorySegment to,
      long toAt,
      int payload,
      int identification,
      Ends4 ends) {
    int length = Ipv4Header.MIN_LENGTH + payload;
    int id = identification & 0xFFFF;
    int fragment = length > LONGEST_WITHOUT_DF ? Ipv4Header.FLAG_DF : 0;
    if (Ipv6Extensions.hasFragment(walked)) {
      long p = at + Ipv6Extensions.fragmentHeaderOffset(walked);
      id = Ipv6FragmentHeader.id(from, p) & 0xFFFF;
      int more = Ipv6FragmentHeader.isMoreFragments(from, p) ? Ipv4Header.FLAG_MF : 0;
      fragment = Ipv6FragmentHeader.offset(from, p) >>> 3 | more;
    }
    int protocol = Ipv6Extensions.protocol(walked);
    Ipv4Header.write(
        to,
        toAt,
        Ipv6Header.trafficClass(from, at),
        length,
        id,
        fragment,
        Ipv6Header.hopLimit(from, at),
        protocol == IpProtocol.ICMPV6 ? IpProtocol.ICMP : protocol,
        ends.source,
        ends.destination);
  }

  private static int error(
      MemorySegment from,
      long at,
      long icmpAt,
      long end,
      MemorySegment to,
      long toAt,
      int room,
      Ends4 ends,
      Ends4 quoted,
      int identification,
      int mtu4,
      int mtu6) {
    int length = (int) (end - icmpAt);
    int message =
        IcmpMapping.toV4(Icmpv6Header.type(from, icmpAt), Icmpv6Header.code(from, icmpAt));
    int pseudo = Ipv6Header.pseudoHeader(from, at, IpProtocol.ICMPV6, length);
    if (message == IcmpMapping.NONE
        || !Icmpv6Header.isChecksumValid(from, icmpAt, length, pseudo)) {
      return DROPPED;
    }
    int rest = rest(from, icmpAt, message, mtu4, mtu6);
    long quotedAt = icmpAt + Icmpv6Header.LENGTH;
    long quoteEnd = quoteEnd(from, icmpAt, quotedAt, end);
    if (rest == IcmpMapping.NONE || !Ipv6Header.isValidQuoted(from, quotedAt, quoteEnd)) {
      return DROPPED;
    }
    long p = toAt + Ipv4Header.MIN_LENGTH;
    int most = Math.min(room - Ipv4Header.MIN_LENGTH - Icmpv4Header.LENGTH, Icmpv4Header.MAX_QUOTE);
    int quote = quote(from, quotedAt, quoteEnd, to, p + Icmpv4Header.LENGTH, most, quoted);
    if (quote < 0) {
      return quote;
    }
    int icmp = Icmpv4Header.LENGTH + quote;
    Ipv4Header.write(
        to,
        toAt,
        Ipv6Header.trafficClass(from, at),
        Ipv4Header.MIN_LENGTH + icmp,
        identification & 0xFFFF,
        0,
        Ipv6Header.hopLimit(from, at),
        IpProtocol.ICMP,
        ends.source,
        ends.destination);
    Icmpv4Header.writeError(to, p, message >>> 8, message & 0xFF, rest, quote);
    return Ipv4Header.MIN_LENGTH + icmp;
  }

  /// RFC 4884: what is behind the quote is an extension, and is not passed on.
  private static long quoteEnd(MemorySegment f, long icmpAt, long quotedAt, long end) {
    int told = Icmpv6Header.quoteLength(f, icmpAt);
    return told == 0 ? end : Math.min(end, quotedAt + told);
  }

  /// The four octets behind the checksum: an MTU in the lower half, a pointer in the first octet,
  /// or 0.
  private static int rest(MemorySegment from, long icmpAt, int message, int mtu4, int mtu6) {
    int type = Icmpv6Header.type(from, icmpAt);
    if (type == Icmpv6Header.PACKET_TOO_BIG) {
      long told = Integer.toUnsignedLong(Icmpv6Header.mtu(from, icmpAt));
      long mtu = Math.min(Math.min(told, mtu6) - HEADER_DIFFERENCE, mtu4);
      return Math.clamp(mtu, 68, MOST_MTU);
    }
    if (message >>> 8 == Icmpv4Header.PARAMETER_PROBLEM) {
      int pointer = IcmpMapping.pointerToV4(Icmpv6Header.pointer(from, icmpAt));
      return pointer == IcmpMapping.NONE ? pointer : pointer << 24;
    }
    return 0;
  }

  /// The quoted packet, translated as far as it is there.
  private static int quote(
      MemorySegment from, long at, long end, MemorySegment to, long toAt, int room, Ends4 ends) {
    long walked = Ipv6Extensions.walk(from, at, end);
    if (walked < 0) {
      return DROPPED;
    }
    long dataAt = at + Ipv6Extensions.upperLayerOffset(walked);
    int protocol = Ipv6Extensions.protocol(walked);
    boolean isFirst = !Ipv6Extensions.isLaterFragment(walked);
    boolean isIcmp = protocol == IpProtocol.ICMPV6;
    int whole =
        Ipv6Header.LENGTH
            + Ipv6Header.payloadLength(from, at)
            - Ipv6Extensions.upperLayerOffset(walked);
    int message = 0;
    if (isIcmp && isFirst) {
      message = end - dataAt < 2 ? IcmpMapping.NONE : query(from, dataAt);
      if (message == IcmpMapping.NONE) {
        return DROPPED;
      }
    }
    if (whole < 0 || Ipv4Header.MIN_LENGTH + whole > MOST_MTU) {
      return DROPPED;
    }
    writeHeader(from, at, walked, to, toAt, whole, 0, ends);
    int data = (int) Math.min(end - dataAt, room - Ipv4Header.MIN_LENGTH);
    long p = toAt + Ipv4Header.MIN_LENGTH;
    MemorySegment.copy(from, dataAt, to, p, data);
    if (isFirst && isIcmp) {
      int pseudo = Ipv6Header.pseudoHeader(from, at, IpProtocol.ICMPV6, whole);
      Transport64.editQuery(to, p, p + data, message, ends.sourcePort, complement(pseudo));
    } else if (isFirst) {
      int addresses = Transport64.addressesTo4(from, at, ends);
      Transport64.edit(to, p, p + data, protocol, addresses, ends.sourcePort, ends.destinationPort);
    }
    return Ipv4Header.MIN_LENGTH + data;
  }
}
