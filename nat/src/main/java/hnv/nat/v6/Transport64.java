// SPDX-License-Identifier: Apache-2.0
package hnv.nat.v6;

import static hnv.wire.InternetChecksum.add;
import static hnv.wire.InternetChecksum.complement;
import static hnv.wire.InternetChecksum.difference16;
import static hnv.wire.InternetChecksum.update;
import static hnv.wire.InternetChecksum.updateUdp;

import hnv.wire.Icmpv4Header;
import hnv.wire.InternetChecksum;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Header;
import hnv.wire.TcpHeader;
import hnv.wire.UdpHeader;
import java.lang.foreign.MemorySegment;

/// What changes behind the IP header when a packet changes its version: ports, checksums, the type
/// of ICMP queries. Edits octets that were copied; what a quote has cut off is left alone. Pure.
final class Transport64 {
  /// No pseudo header.
  private static final int NO_LENGTH = 0;

  private Transport64() {}

  /// Difference that the addresses make in a checksum, from IPv4 to IPv6.
  static int addressesTo6(MemorySegment from, long at, Ends6 ends) {
    int before =
        InternetChecksum.pseudoHeader(
            Ipv4Header.source(from, at), Ipv4Header.destination(from, at), 0, NO_LENGTH);
    return add(complement(before), sum(ends));
  }

  /// Difference that the addresses make in a checksum, from IPv6 to IPv4.
  static int addressesTo4(MemorySegment from, long at, Ends4 ends) {
    int before =
        InternetChecksum.pseudoHeader(
            Ipv6Header.sourceHigh(from, at),
            Ipv6Header.sourceLow(from, at),
            Ipv6Header.destinationHigh(from, at),
            Ipv6Header.destinationLow(from, at),
            0,
            NO_LENGTH);
    return add(
        complement(before),
        InternetChecksum.pseudoHeader(ends.source, ends.destination, 0, NO_LENGTH));
  }

  private static int sum(Ends6 e) {
    return InternetChecksum.pseudoHeader(
        e.sourceHigh, e.sourceLow, e.destinationHigh, e.destinationLow, 0, NO_LENGTH);
  }

  /// The pseudo header of ICMPv6, which ICMPv4 has none of (RFC 7915 §4.2).
  static int pseudoHeader6(Ends6 e, int length) {
    return InternetChecksum.pseudoHeader(
        e.sourceHigh, e.sourceLow, e.destinationHigh, e.destinationLow, IpProtocol.ICMPV6, length);
  }

  /// Gives a TCP or UDP header its ports, and its checksum the difference of both.
  ///
  /// @param end of the octets that are there
  /// @param addresses difference that the addresses make
  static void edit(
      MemorySegment f,
      long at,
      long end,
      int protocol,
      int addresses,
      int source,
      int destination) {
    boolean isTcp = protocol == IpProtocol.TCP;
    if ((!isTcp && protocol != IpProtocol.UDP) || end - at < 4) {
      return;
    }
    int difference = add(addresses, ports(f, at, source, destination));
    if (isTcp && at + TcpHeader.CHECKSUM_AT + 2 <= end) {
      TcpHeader.setChecksum(f, at, update(TcpHeader.checksum(f, at), difference));
    } else if (!isTcp && at + UdpHeader.CHECKSUM_AT + 2 <= end) {
      UdpHeader.setChecksum(f, at, updateUdp(UdpHeader.checksum(f, at), difference));
    }
  }

  /// TCP has its ports where UDP has them; of the rest of its header nothing need be there.
  private static int ports(MemorySegment f, long at, int source, int destination) {
    int difference = 0;
    if (source != Ends4.SAME_PORT) {
      difference = difference16(UdpHeader.sourcePort(f, at), source);
      UdpHeader.setSourcePort(f, at, source);
    }
    if (destination != Ends4.SAME_PORT) {
      int before = UdpHeader.destinationPort(f, at);
      difference = add(difference, difference16(before, destination));
      UdpHeader.setDestinationPort(f, at, destination);
    }
    return difference;
  }

  /// Gives an ICMP query its type of the other version and its identifier: both versions have the
  /// fields of a query in the same places.
  ///
  /// @param message type and code
  /// @param pseudoHeader difference that its pseudo header, or the want of one, makes
  static void editQuery(MemorySegment f, long at, long end, int message, int id, int pseudoHeader) {
    if (end - at < Icmpv4Header.LENGTH) {
      return;
    }
    int difference = add(pseudoHeader, difference16(Icmpv4Header.message(f, at), message));
    Icmpv4Header.setMessage(f, at, message);
    if (id != Ends4.SAME_PORT) {
      difference = add(difference, difference16(Icmpv4Header.id(f, at), id));
      Icmpv4Header.setId(f, at, id);
    }
    Icmpv4Header.setChecksum(f, at, update(Icmpv4Header.checksum(f, at), difference));
  }
}
