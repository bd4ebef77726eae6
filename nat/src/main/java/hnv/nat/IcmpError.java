// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import static hnv.wire.InternetChecksum.add;
import static hnv.wire.InternetChecksum.difference16;
import static hnv.wire.InternetChecksum.difference32;
import static hnv.wire.InternetChecksum.update;
import static hnv.wire.InternetChecksum.updateUdp;
import static hnv.wire.Octets.putU16;
import static hnv.wire.Octets.putU32;
import static hnv.wire.Octets.u16;
import static hnv.wire.Octets.u32;
import static hnv.wire.Octets.u8;

import hnv.wire.Icmpv4Header;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Header;
import hnv.wire.TcpHeader;
import hnv.wire.UdpHeader;
import java.lang.foreign.MemorySegment;

/// An ICMPv4 error and the packet that it quotes, as a translator reads and edits them (RFC 5508
/// §4). Pure; nothing is allocated.
///
/// ```text
/// | IPv4, options | ICMP, 8 octets | quoted IPv4, options | 8 or more octets | extensions |
///   ipAt            icmpAt           quotedAt               transportAt        quoteEnd
/// ```
///
/// An edit changes addresses, ports and identifiers in place, and every checksum that covers them
/// by the difference: quoted ones are not verified, so that what was wrong stays wrong (REQ-3c). A
/// quoted UDP checksum of zero stays zero; a quoted TCP checksum is there only in long quotes.
public final class IcmpError {
  /// Octet of the ICMP header that tells the quote's length in words (RFC 4884 §4).
  private static final int QUOTE_WORDS_AT = 5;

  /// Octets of the quoted packet's data that an error always has (RFC 792).
  private static final int LEAST_DATA = 8;

  private IcmpError() {}

  /// Whether this is an error that may be translated: whole, unfragmented, its ICMP checksum right
  /// (REQ-3) and that of the quoted IP header, too (REQ-3a), and the quoted packet one that errors
  /// may be about: no ICMP error (RFC 1122 §3.2.2), no later fragment, no type that ends at the
  /// next hop (redirect, source quench).
  ///
  /// @param ipAt of a valid IPv4 header
  /// @param limit end of the packet: the header's total length is within it
  public static boolean isTranslatable(MemorySegment f, long ipAt, long limit) {
    long end = Math.min(limit, ipAt + Ipv4Header.totalLength(f, ipAt));
    long icmpAt = icmpAt(f, ipAt);
    if (Ipv4Header.protocol(f, ipAt) != IpProtocol.ICMP
        || Ipv4Header.isFragment(f, ipAt)
        || !Icmpv4Header.isValid(f, icmpAt, end)
        || !isEndToEnd(Icmpv4Header.type(f, icmpAt))
        || !Icmpv4Header.isChecksumValid(f, icmpAt, (int) (end - icmpAt))) {
      return false;
    }
    long quotedAt = quotedAt(f, ipAt);
    long quoteEnd = quoteEnd(f, ipAt, limit);
    return Ipv4Header.isValidQuoted(f, quotedAt, quoteEnd)
        && Ipv4Header.isChecksumValid(f, quotedAt)
        && !Ipv4Header.isLaterFragment(f, quotedAt)
        && transportAt(f, ipAt) + LEAST_DATA <= quoteEnd
        && (quotedProtocol(f, ipAt) != IpProtocol.ICMP
            || Icmpv4Header.isQuery(u8(f, transportAt(f, ipAt))));
  }

  private static boolean isEndToEnd(int type) {
    return type == Icmpv4Header.DESTINATION_UNREACHABLE
        || type == Icmpv4Header.TIME_EXCEEDED
        || type == Icmpv4Header.PARAMETER_PROBLEM;
  }

  private static long icmpAt(MemorySegment f, long ipAt) {
    return ipAt + Ipv4Header.headerLength(f, ipAt);
  }

  private static long quotedAt(MemorySegment f, long ipAt) {
    return icmpAt(f, ipAt) + Icmpv4Header.LENGTH;
  }

  /// Where the quoted packet's own header is: behind its options (REQ-3b).
  private static long transportAt(MemorySegment f, long ipAt) {
    long quotedAt = quotedAt(f, ipAt);
    return quotedAt + Ipv4Header.headerLength(f, quotedAt);
  }

  /// Where the quote ends: padding and extensions behind it are none of it (REQ-3d).
  private static long quoteEnd(MemorySegment f, long ipAt, long limit) {
    long end = Math.min(limit, ipAt + Ipv4Header.totalLength(f, ipAt));
    long icmpAt = icmpAt(f, ipAt);
    int words = u8(f, icmpAt + QUOTE_WORDS_AT);
    boolean hasLength = words != 0 && Icmpv4Header.type(f, icmpAt) != Icmpv4Header.REDIRECT;
    return hasLength ? Math.min(end, icmpAt + Icmpv4Header.LENGTH + words * 4L) : end;
  }

  // ---- the quoted packet; of a translatable error ----

  /// Its protocol.
  public static int quotedProtocol(MemorySegment f, long ipAt) {
    return Ipv4Header.protocol(f, quotedAt(f, ipAt));
  }

  /// Its source.
  public static int quotedSource(MemorySegment f, long ipAt) {
    return Ipv4Header.source(f, quotedAt(f, ipAt));
  }

  /// Its destination.
  public static int quotedDestination(MemorySegment f, long ipAt) {
    return Ipv4Header.destination(f, quotedAt(f, ipAt));
  }

  /// Its source port, or the identifier of a query; 0 without ports.
  public static int quotedSourcePort(MemorySegment f, long ipAt) {
    long at = transportAt(f, ipAt);
    return switch (quotedProtocol(f, ipAt)) {
      case IpProtocol.TCP, IpProtocol.UDP -> u16(f, at + UdpHeader.SOURCE_PORT_AT);
      case IpProtocol.ICMP -> Icmpv4Header.id(f, at);
      default -> 0;
    };
  }

  /// Its destination port, or the identifier of a query; 0 without ports.
  public static int quotedDestinationPort(MemorySegment f, long ipAt) {
    long at = transportAt(f, ipAt);
    return switch (quotedProtocol(f, ipAt)) {
      case IpProtocol.TCP, IpProtocol.UDP -> u16(f, at + UdpHeader.DESTINATION_PORT_AT);
      case IpProtocol.ICMP -> Icmpv4Header.id(f, at);
      default -> 0;
    };
  }

  // ---- edits; of a translatable error ----

  /// Turns an error from outside into what the tenant's address understands: about the packet as
  /// it sent it, and to it (REQ-4).
  ///
  /// @param inside the new destination, and source of the quoted packet
  /// @param insidePort the quoted packet's source port or identifier
  public static void toInside(MemorySegment f, long ipAt, long limit, int inside, int insidePort) {
    long at = transportAt(f, ipAt);
    edit(
        f,
        ipAt,
        limit,
        ipAt + Ipv4Header.DESTINATION_AT,
        inside,
        quotedAt(f, ipAt) + Ipv4Header.SOURCE_AT,
        inside,
        at + UdpHeader.SOURCE_PORT_AT,
        insidePort);
  }

  /// Turns an error from inside into what the outside understands: about the packet as the outside
  /// sent it (REQ-5).
  ///
  /// @param source the new source of the error: the public address of whoever reports, if he has
  ///     one of his own, else `publicAddress`
  /// @param publicAddress the quoted packet's destination
  /// @param publicPort the quoted packet's destination port or identifier
  public static void toOutside(
      MemorySegment f, long ipAt, long limit, int source, int publicAddress, int publicPort) {
    long at = transportAt(f, ipAt);
    edit(
        f,
        ipAt,
        limit,
        ipAt + Ipv4Header.SOURCE_AT,
        source,
        quotedAt(f, ipAt) + Ipv4Header.DESTINATION_AT,
        publicAddress,
        at + UdpHeader.DESTINATION_PORT_AT,
        publicPort);
  }

  private static void edit(
      MemorySegment f,
      long ipAt,
      long limit,
      long outerAt,
      int outer,
      long quotedAddressAt,
      int address,
      long portAt,
      int port) {
    long icmpAt = icmpAt(f, ipAt);
    int outerDifference = replace32(f, outerAt, outer);
    updateField(f, ipAt + Ipv4Header.CHECKSUM_AT, outerDifference);

    long quotedAt = quotedAt(f, ipAt);
    int addresses = replace32(f, quotedAddressAt, address);
    int difference = add(addresses, updateField(f, quotedAt + Ipv4Header.CHECKSUM_AT, addresses));
    long at = transportAt(f, ipAt);
    long end = quoteEnd(f, ipAt, limit);
    switch (quotedProtocol(f, ipAt)) {
      case IpProtocol.TCP -> {
        int ports = replace16(f, portAt, port);
        difference = add(difference, ports);
        if (at + TcpHeader.CHECKSUM_AT + 2 <= end) {
          difference =
              add(difference, updateField(f, at + TcpHeader.CHECKSUM_AT, add(addresses, ports)));
        }
      }
      case IpProtocol.UDP -> {
        int ports = replace16(f, portAt, port);
        long checksumAt = at + UdpHeader.CHECKSUM_AT;
        int after = updateUdp(u16(f, checksumAt), add(addresses, ports));
        difference = add(add(difference, ports), replace16(f, checksumAt, after));
      }
      case IpProtocol.ICMP -> {
        int id = replace16(f, at + Icmpv4Header.ID_AT, port);
        difference = add(add(difference, id), updateField(f, at + Icmpv4Header.CHECKSUM_AT, id));
      }
      default -> {}
    }
    updateField(f, icmpAt + Icmpv4Header.CHECKSUM_AT, difference);
  }

  /// Writes a field; its difference.
  private static int replace16(MemorySegment f, long at, int value) {
    int before = u16(f, at);
    putU16(f, at, value);
    return difference16(before, value);
  }

  private static int replace32(MemorySegment f, long at, int value) {
    int before = u32(f, at);
    putU32(f, at, value);
    return difference32(before, value);
  }

  /// Applies a difference to a checksum; the difference that this in turn makes.
  private static int updateField(MemorySegment f, long checksumAt, int difference) {
    return replace16(f, checksumAt, update(u16(f, checksumAt), difference));
  }
}
