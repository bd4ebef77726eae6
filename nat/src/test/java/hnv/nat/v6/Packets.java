// SPDX-License-Identifier: Apache-2.0
package hnv.nat.v6;

import hnv.wire.Icmpv4Header;
import hnv.wire.Icmpv6Header;
import hnv.wire.InternetChecksum;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Address;
import hnv.wire.Ipv6Header;
import hnv.wire.Octets;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Packets of both versions, built octet by octet without the code under test.
final class Packets {
  static final int HOST4 = Ipv4Address.parse("203.0.113.5").bits();
  static final int PEER4 = Ipv4Address.parse("192.0.2.33").bits();
  static final int ROUTER4 = Ipv4Address.parse("192.0.2.1").bits();
  static final Ipv6Address HOST6 = Ipv6Address.parse("2001:db8:1::1234");
  static final Ipv6Address PEER6 = Ipv6Address.parse("64:ff9b::192.0.2.33");
  static final Ipv6Address ROUTER6 = Ipv6Address.parse("64:ff9b::192.0.2.1");
  static final int HOST_PORT4 = 40_000;
  static final int HOST_PORT6 = 5_000;
  static final int PEER_PORT = 443;

  private Packets() {}

  static MemorySegment allocate(long octets) {
    return Arena.ofAuto().allocate(octets);
  }

  /// What the host sends to its peer, as IPv4; `more` octets behind the transport header.
  static MemorySegment v4FromHost(int protocol, int more, int fragment) {
    int length = 20 + transport(protocol) + more;
    MemorySegment f = allocate(length);
    Ipv4Header.write(f, 0, 0x2E, length, 0x1234, fragment, 61, protocol, HOST4, PEER4);
    fill(f, 20, protocol, HOST_PORT4, PEER_PORT, length);
    finish(f, 20, protocol, length - 20, Ipv4Header.pseudoHeader(f, 0, protocol, length - 20));
    return f;
  }

  /// The same as IPv6.
  static MemorySegment v6FromHost(int protocol, int more) {
    int length = 40 + transport(protocol) + more;
    MemorySegment f = allocate(length);
    int next = protocol == IpProtocol.ICMP ? IpProtocol.ICMPV6 : protocol;
    Ipv6Header.write(
        f, 0, 0x2E, 0, length - 40, next, 61, HOST6.high(), HOST6.low(), PEER6.high(), PEER6.low());
    fill(f, 40, protocol, HOST_PORT6, PEER_PORT, length);
    if (protocol == IpProtocol.ICMP) {
      Octets.putU8(f, 40, Icmpv6Header.ECHO_REQUEST);
    }
    finish(f, 40, next, length - 40, Ipv6Header.pseudoHeader(f, 0, next, length - 40));
    return f;
  }

  private static int transport(int protocol) {
    return protocol == IpProtocol.TCP ? 20 : 8;
  }

  private static void fill(MemorySegment f, int at, int protocol, int from, int to, int length) {
    for (int i = at; i < length; i++) {
      Octets.putU8(f, i, (i - at) * 13 + 7);
    }
    if (protocol == IpProtocol.ICMP) {
      Icmpv4Header.writeQuery(f, at, Icmpv4Header.ECHO_REQUEST, 0, from, 3);
      return;
    }
    Octets.putU16(f, at, from);
    Octets.putU16(f, at + 2, to);
    if (protocol == IpProtocol.UDP) {
      Octets.putU16(f, at + 4, length - at);
    }
  }

  private static void finish(MemorySegment f, int at, int protocol, int length, int pseudo) {
    int checksumAt =
        switch (protocol) {
          case IpProtocol.TCP -> 16;
          case IpProtocol.UDP -> 6;
          case IpProtocol.ICMP, IpProtocol.ICMPV6 -> 2;
          default -> -1;
        };
    if (checksumAt < 0) {
      return;
    }
    Octets.putU16(f, at + checksumAt, 0);
    int sum = InternetChecksum.sum(f, at, length);
    int all = protocol == IpProtocol.ICMP ? sum : InternetChecksum.add(sum, pseudo);
    int checksum = InternetChecksum.complement(all);
    Octets.putU16(
        f, at + checksumAt, checksum == 0 && protocol == IpProtocol.UDP ? 0xFFFF : checksum);
  }

  /// An ICMPv4 error of a router (or of the peer) to the host, about what the host sent.
  static MemorySegment v4Error(int source, int type, int code, int rest, MemorySegment about) {
    return v4Error(source, HOST4, type, code, rest, about);
  }

  static MemorySegment v4Error(
      int source, int destination, int type, int code, int rest, MemorySegment about) {
    int length = 28 + (int) about.byteSize();
    MemorySegment f = allocate(length);
    Ipv4Header.write(f, 0, 0, length, 0, 0, 250, IpProtocol.ICMP, source, destination);
    MemorySegment.copy(about, 0, f, 28, about.byteSize());
    Octets.putU8(f, 20, type);
    Octets.putU8(f, 21, code);
    Octets.putU32(f, 24, rest);
    Icmpv4Header.writeChecksum(f, 20, length - 20);
    return f;
  }

  static MemorySegment v6Error(
      Ipv6Address source,
      Ipv6Address destination,
      int type,
      int code,
      int rest,
      MemorySegment about) {
    int length = 48 + (int) about.byteSize();
    MemorySegment f = allocate(length);
    Ipv6Header.write(
        f,
        0,
        0,
        0,
        length - 40,
        IpProtocol.ICMPV6,
        250,
        source.high(),
        source.low(),
        destination.high(),
        destination.low());
    MemorySegment.copy(about, 0, f, 48, about.byteSize());
    Octets.putU8(f, 40, type);
    Octets.putU8(f, 41, code);
    Octets.putU32(f, 44, rest);
    Icmpv6Header.writeChecksum(
        f, 40, length - 40, Ipv6Header.pseudoHeader(f, 0, IpProtocol.ICMPV6, length - 40));
    return f;
  }

  /// Ends of what the host sends, in either version.
  static Ends6 hostToPeer6() {
    return new Ends6()
        .source(HOST6.high(), HOST6.low(), HOST_PORT6)
        .destination(PEER6.high(), PEER6.low(), PEER_PORT);
  }

  static Ends4 hostToPeer4() {
    return new Ends4().set(HOST4, HOST_PORT4, PEER4, PEER_PORT);
  }
}
