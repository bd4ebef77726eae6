// SPDX-License-Identifier: Apache-2.0
package hnv.nat.v6;

import hnv.wire.Icmpv4Header;
import hnv.wire.Icmpv6Header;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6FragmentHeader;
import hnv.wire.Ipv6Header;
import hnv.wire.UdpHeader;
import java.lang.foreign.MemorySegment;

/// Turns IPv4 packets into IPv6 packets (RFC 7915 §4). Pure: what the packet becomes is written to
/// another place. The hop limit is the TTL as it stands: who forwards lowers it.
///
/// A packet without DF that is longer than 1280 octets as IPv6 is to be fragmented ({@link
/// Ipv6Fragments}); the caller asks {@link Ipv4Header#isDontFragment}.
public final class ToIpv6 {
  /// It has no counterpart, or is broken, and is dropped without a word.
  public static final int DROPPED = -1;

  /// The counterpart is longer than the room for it.
  public static final int TOO_LONG = -2;

  /// An unexpired source route, answered by ICMPv4 3/5 (§4.1).
  public static final int SOURCE_ROUTED = -3;

  private static final int LEAST_MTU = 1_280;
  private static final int HEADER_DIFFERENCE = Ipv6Header.LENGTH - Ipv4Header.MIN_LENGTH;

  // RFC 1191 §7.1.
  private static final int[] PLATEAUS = {
    65_535, 32_000, 17_914, 8_166, 4_352, 2_002, 1_492, 1_006, 508, 296, 68
  };

  private ToIpv6() {}

  /// Translates the packet at `at`.
  ///
  /// @param from with a valid IPv4 header at `at`
  /// @param limit end of the packet in `from`
  /// @param room octets from `toAt` at most
  /// @param ends of the packet
  /// @param quoted ends of the packet that it quotes, if it is an ICMP error
  /// @param mtu4 of the next hop back into IPv4, for Packet Too Big
  /// @param mtu6 of the next hop
  /// @return octets written, or {@link #DROPPED}, {@link #TOO_LONG}, {@link #SOURCE_ROUTED}
  public static int translate(
      MemorySegment from,
      long at,
      long limit,
      MemorySegment to,
      long toAt,
      int room,
      Ends6 ends,
      Ends6 quoted,
      int mtu4,
      int mtu6) {
    int protocol = Ipv4Header.protocol(from, at);
    if (Ipv4Header.isSourceRouted(from, at)) {
      return SOURCE_ROUTED;
    }
    long payloadAt = at + Ipv4Header.headerLength(from, at);
    long end = Math.min(limit, at + Ipv4Header.totalLength(from, at));
    int payload = (int) (end - payloadAt);
    if (protocol == IpProtocol.ICMP) {
      return Ipv4Header.isFragment(from, at) || payload < Icmpv4Header.LENGTH
          ? DROPPED
          : icmp(from, at, end, to, toAt, room, ends, quoted, mtu4, mtu6);
    }
    if (protocol == IpProtocol.AH) {
      return DROPPED;
    }
    boolean isFragment = Ipv4Header.isFragment(from, at);
    int header = Ipv6Header.LENGTH + (isFragment ? Ipv6FragmentHeader.LENGTH : 0);
    if (header + payload > room) {
      return TOO_LONG;
    }
    long p = toAt + header;
    boolean hasTransport = !Ipv4Header.isLaterFragment(from, at);
    boolean lacksChecksum =
        hasTransport
            && protocol == IpProtocol.UDP
            && payload >= UdpHeader.LENGTH
            && UdpHeader.checksum(from, payloadAt) == 0;
    if (lacksChecksum && isFragment) {
      // It would have to be reassembled first (§4.5).
      return DROPPED;
    }
    writeHeader(from, at, to, toAt, protocol, payload, ends);
    MemorySegment.copy(from, payloadAt, to, p, payload);
    if (hasTransport) {
      Transport64.edit(
          to,
          p,
          p + payload,
          protocol,
          Transport64.addressesTo6(from, at, ends),
          ends.sourcePort,
          ends.destinationPort);
    }
    if (lacksChecksum) {
      UdpHeader.writeChecksum(to, p, Ipv6Header.pseudoHeader(to, toAt, IpProtocol.UDP, payload));
    }
    return header + payload;
  }

  /// The fixed header, and the Fragment header of a fragment (§4.1).
  ///
  /// @param payload octets behind the IPv4 header, as that says
  private static int writeHeader(
      MemorySegment from,
      long at,
      MemorySegment to,
      long toAt,
      int protocol,
      int payload,
      Ends6 ends) {
    boolean isFragment = Ipv4Header.isFragment(from, at);
    int extension = isFragment ? Ipv6FragmentHeader.LENGTH : 0;
    Ipv6Header.write(
        to,
        toAt,
        Ipv4Header.trafficClass(from, at),
        0,
        payload + extension,
        isFragment ? IpProtocol.FRAGMENT : protocol,
        Ipv4Header.ttl(from, at),
        ends.sourceHigh,
        ends.sourceLow,
        ends.destinationHigh,
        ends.destinationLow);
    if (isFragment) {
      Ipv6FragmentHeader.write(
          to,
          toAt + Ipv6Header.LENGTH,
          protocol,
          Ipv4Header.fragmentOffset(from, at),
          Ipv4Header.isMoreFragments(from, at),
          Ipv4Header.id(from, at));
    }
    return Ipv6Header.LENGTH + extension;
  }

  private static int icmp(
      MemorySegment from,
      long at,
      long end,
      MemorySegment to,
      long toAt,
      int room,
      Ends6 ends,
      Ends6 quoted,
      int mtu4,
      int mtu6) {
    long icmpAt = at + Ipv4Header.headerLength(from, at);
    int length = (int) (end - icmpAt);
    int message =
        IcmpMapping.toV6(Icmpv4Header.type(from, icmpAt), Icmpv4Header.code(from, icmpAt));
    if (message == IcmpMapping.NONE) {
      return DROPPED;
    }
    if (Icmpv4Header.isError(Icmpv4Header.type(from, icmpAt))) {
      return Icmpv4Header.isChecksumValid(from, icmpAt, length)
          ? error(from, at, end, to, toAt, room, ends, quoted, message, mtu4, mtu6)
          : DROPPED;
    }
    if (Ipv6Header.LENGTH + length > room) {
      return TOO_LONG;
    }
    writeHeader(from, at, to, toAt, IpProtocol.ICMPV6, length, ends);
    long p = toAt + Ipv6Header.LENGTH;
    MemorySegment.copy(from, icmpAt, to, p, length);
    Transport64.editQuery(
        to, p, p + length, message, ends.sourcePort, Transport64.pseudoHeader6(ends, length));
    return Ipv6Header.LENGTH + length;
  }

  private static int error(
      MemorySegment from,
      long at,
      long end,
      MemorySegment to,
      long toAt,
      int room,
      Ends6 ends,
      Ends6 quoted,
      int message,
      int mtu4,
      int mtu6) {
    long icmpAt = at + Ipv4Header.headerLength(from, at);
    long quotedAt = icmpAt + Icmpv4Header.LENGTH;
    int told = Icmpv4Header.quoteLength(from, icmpAt);
    // RFC 4884: what is behind the quote is an extension, and is not passed on.
    long quoteEnd = told == 0 ? end : Math.min(end, quotedAt + told);
    int rest = rest(from, icmpAt, quotedAt, quoteEnd, message, mtu4, mtu6);
    if (rest == IcmpMapping.NONE || !Ipv4Header.isValidQuoted(from, quotedAt, quoteEnd)) {
      return DROPPED;
    }
    long quoteTo = toAt + Ipv6Header.LENGTH + Icmpv6Header.LENGTH;
    int most = Math.min(room, LEAST_MTU) - Ipv6Header.LENGTH - Icmpv6Header.LENGTH;
    int quote = quote(from, quotedAt, quoteEnd, to, quoteTo, most, quoted);
    if (quote < 0) {
      return quote;
    }
    int length = Icmpv6Header.LENGTH + quote;
    writeHeader(from, at, to, toAt, IpProtocol.ICMPV6, length, ends);
    long p = toAt + Ipv6Header.LENGTH;
    int pseudo = Transport64.pseudoHeader6(ends, length);
    Icmpv6Header.writeError(to, p, message >>> 8, message & 0xFF, rest, quote, pseudo);
    return Ipv6Header.LENGTH + length;
  }

  /// The four octets behind the checksum: an MTU, a pointer, or 0.
  private static int rest(
      MemorySegment from,
      long icmpAt,
      long quotedAt,
      long quoteEnd,
      int message,
      int mtu4,
      int mtu6) {
    return switch (message >>> 8) {
      case Icmpv6Header.PACKET_TOO_BIG -> {
        int told = Icmpv4Header.nextHopMtu(from, icmpAt);
        if (told == 0 && quoteEnd - quotedAt >= Ipv4Header.MIN_LENGTH) {
          told = plateauBelow(Ipv4Header.totalLength(from, quotedAt));
        }
        int mtu = Math.min(Math.min(told, mtu4) + HEADER_DIFFERENCE, mtu6);
        yield Math.max(LEAST_MTU, mtu);
      }
      case Icmpv6Header.PARAMETER_PROBLEM ->
          (message & 0xFF) == 0
              ? IcmpMapping.pointerToV6(Icmpv4Header.pointer(from, icmpAt))
              : IcmpMapping.nextHeaderPointer();
      default -> 0;
    };
  }

  /// Routers older than RFC 1191 tell no MTU: "the greatest plateau value that is less than the
  /// returned total length".
  private static int plateauBelow(int length) {
    for (int plateau : PLATEAUS) {
      if (plateau < length) {
        return plateau;
      }
    }
    return PLATEAUS[PLATEAUS.length - 1];
  }

  /// The quoted packet, translated as far as it is there.
  private static int quote(
      MemorySegment from, long at, long end, MemorySegment to, long toAt, int room, Ends6 ends) {
    int protocol = Ipv4Header.protocol(from, at);
    long dataAt = at + Ipv4Header.headerLength(from, at);
    boolean isFirst = !Ipv4Header.isLaterFragment(from, at);
    boolean isIcmp = protocol == IpProtocol.ICMP;
    int whole = Ipv4Header.totalLength(from, at) - Ipv4Header.headerLength(from, at);
    int message = 0;
    if (isIcmp && isFirst) {
      if (end - dataAt < 2 || Icmpv4Header.isError(Icmpv4Header.type(from, dataAt))) {
        return DROPPED;
      }
      message = IcmpMapping.toV6(Icmpv4Header.type(from, dataAt), Icmpv4Header.code(from, dataAt));
      if (message == IcmpMapping.NONE) {
        return DROPPED;
      }
    }
    int header =
        writeHeader(from, at, to, toAt, isIcmp ? IpProtocol.ICMPV6 : protocol, whole, ends);
    int data = (int) Math.min(end - dataAt, room - header);
    long p = toAt + header;
    MemorySegment.copy(from, dataAt, to, p, data);
    if (isFirst && isIcmp) {
      Transport64.editQuery(
          to, p, p + data, message, ends.sourcePort, Transport64.pseudoHeader6(ends, whole));
    } else if (isFirst) {
      int addresses = Transport64.addressesTo6(from, at, ends);
      Transport64.edit(to, p, p + data, protocol, addresses, ends.sourcePort, ends.destinationPort);
    }
    return header + data;
  }
}
