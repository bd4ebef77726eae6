// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.Frame;
import hnv.wire.Icmpv4Header;
import hnv.wire.InternetChecksum;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Extensions;
import hnv.wire.Ipv6Header;
import hnv.wire.TcpHeader;
import hnv.wire.UdpHeader;
import java.lang.foreign.MemorySegment;

/// The packet that an ICMP error quotes (RFC 792; RFC 4443 §2.4), as far as it has been translated:
/// what the next port sees of it. A layer that translates the error translates what it quotes, too
/// (RFC 5508 §4); the octets follow at the end of the walk, with the checksums that cover them.
/// Part of a {@link PacketContext}, and valid as long.
public final class QuotedPacket {
  private static final int ICMP_HEADER = 8;

  /// Octets behind the quoted IP header that there must be: ports or identifier.
  private static final int LEAST = 8;

  private final PacketIdentity identity = new PacketIdentity();
  private final PacketIdentity asQuoted = new PacketIdentity();
  private MemorySegment f = MemorySegment.NULL;
  private boolean known;
  private boolean usable;
  private int icmp;
  private boolean icmpChecksumComplete;
  private boolean whole;
  private int outer;
  private int l3;
  private int l4;
  private int limit;

  QuotedPacket() {}

  /// Another packet's walk begins.
  void forget() {
    known = false;
    usable = false;
  }

  /// Reads what the error in a parsed frame quotes, once a walk.
  ///
  /// @return false where that is no packet, or too little of one, or no first fragment
  boolean read(Frame error) {
    if (!known) {
      known = true;
      f = error.memory();
      icmp = error.l4();
      icmpChecksumComplete = !error.isTransportChecksumPartial();
      whole = !error.isFragment();
      outer = error.l3();
      l3 = icmp + ICMP_HEADER;
      limit = error.l3() + error.l3Length();
      usable = error.isIpv6() ? readIpv6() : readIpv4();
      if (usable) {
        readPorts();
        asQuoted.copy(identity);
      }
    }
    return usable;
  }

  private boolean readIpv4() {
    if (!Ipv4Header.isValidQuoted(f, l3, limit) || Ipv4Header.isLaterFragment(f, l3)) {
      return false;
    }
    l4 = l3 + Ipv4Header.headerLength(f, l3);
    identity.ipv6 = false;
    identity.protocol = Ipv4Header.protocol(f, l3);
    identity.sourceHigh = 0;
    identity.sourceLow = Ipv4Header.source(f, l3) & 0xFFFF_FFFFL;
    identity.destinationHigh = 0;
    identity.destinationLow = Ipv4Header.destination(f, l3) & 0xFFFF_FFFFL;
    return l4 + LEAST <= limit;
  }

  private boolean readIpv6() {
    if (!Ipv6Header.isValidQuoted(f, l3, limit)) {
      return false;
    }
    long walked = Ipv6Extensions.walk(f, l3, limit);
    if (walked < 0 || Ipv6Extensions.isLaterFragment(walked)) {
      return false;
    }
    l4 = l3 + Ipv6Extensions.upperLayerOffset(walked);
    identity.ipv6 = true;
    identity.protocol = Ipv6Extensions.protocol(walked);
    identity.sourceHigh = Ipv6Header.sourceHigh(f, l3);
    identity.sourceLow = Ipv6Header.sourceLow(f, l3);
    identity.destinationHigh = Ipv6Header.destinationHigh(f, l3);
    identity.destinationLow = Ipv6Header.destinationLow(f, l3);
    return l4 + LEAST <= limit;
  }

  private void readPorts() {
    identity.sourcePort = 0;
    identity.destinationPort = 0;
    switch (identity.protocol) {
      case IpProtocol.TCP, IpProtocol.UDP -> {
        // UDP has its ports in the same place; of the rest of the header nothing need be there.
        identity.sourcePort = TcpHeader.sourcePort(f, l4);
        identity.destinationPort = TcpHeader.destinationPort(f, l4);
      }
      case IpProtocol.ICMP, IpProtocol.ICMPV6 -> {
        identity.sourcePort = Icmpv4Header.id(f, l4);
        identity.destinationPort = Icmpv4Header.type(f, l4) << 8 | Icmpv4Header.code(f, l4);
      }
      default -> {
        // No ports in such a connection's key.
      }
    }
  }

  /// Whether the error's checksum is right as it came, and that of the IPv4 header that it quotes
  /// (RFC 5508 REQ-3, 3 a). A piece of an error cannot be told from a right one.
  public boolean isIntact() {
    if (icmpChecksumComplete && whole) {
      int length = limit - icmp;
      int sum = InternetChecksum.sum(f, icmp, length);
      if (asQuoted.ipv6) {
        int pseudo = Ipv6Header.pseudoHeader(f, outer, IpProtocol.ICMPV6, length);
        sum = InternetChecksum.add(sum, pseudo);
      }
      if (sum != 0xFFFF) {
        return false;
      }
    }
    return asQuoted.ipv6 || Ipv4Header.isChecksumValid(f, l3);
  }

  PacketIdentity identity() {
    return identity;
  }

  public int protocol() {
    return identity.protocol;
  }

  /// High half of an IPv6 source; 0 for IPv4.
  public long sourceHigh() {
    return identity.sourceHigh;
  }

  /// Low half of an IPv6 source, or the IPv4 source (32 bits).
  public long sourceLow() {
    return identity.sourceLow;
  }

  public long destinationHigh() {
    return identity.destinationHigh;
  }

  public long destinationLow() {
    return identity.destinationLow;
  }

  /// Port, or the identifier of an ICMP query; 0 without ports.
  public int sourcePort() {
    return identity.sourcePort;
  }

  /// Port, or type << 8 | code of an ICMP message; 0 without ports.
  public int destinationPort() {
    return identity.destinationPort;
  }

  /// Replaces the source: IPv4 address (high half 0) or IPv6 address, and the port; of an ICMP
  /// query the identifier, of other protocols nothing.
  public void translateSource(long high, long low, int port) {
    identity.sourceHigh = high;
    identity.sourceLow = low;
    if (identity.isQuery() || identity.hasPorts()) {
      identity.sourcePort = port;
    }
  }

  /// Replaces the destination: as {@link #translateSource}. Of an ICMP query the identifier is what
  /// `port` says here, too.
  public void translateDestination(long high, long low, int port) {
    identity.destinationHigh = high;
    identity.destinationLow = low;
    if (identity.isQuery()) {
      identity.sourcePort = port;
    } else if (identity.hasPorts()) {
      identity.destinationPort = port;
    }
  }

  /// What is quoted is of the other version of IP from here on, as the error itself ({@link
  /// PacketConversion}); its ends are to be translated next.
  public void changeVersion() {
    identity.changeVersion();
  }

  /// Whether what is quoted is IPv6, as far as it has been translated.
  public boolean isIpv6() {
    return identity.ipv6;
  }

  /// Writes what has been translated, and the checksums that cover it.
  void write() {
    if (!usable || identity.isSame(asQuoted)) {
      return;
    }
    int address = identity.ipv6 ? writeIpv6() : writeIpv4();
    fixChecksums(address, writePorts());
    asQuoted.copy(identity);
  }

  private int writeIpv4() {
    Ipv4Header.setSource(f, l3, (int) identity.sourceLow);
    Ipv4Header.setDestination(f, l3, (int) identity.destinationLow);
    return InternetChecksum.add(
        InternetChecksum.difference32((int) asQuoted.sourceLow, (int) identity.sourceLow),
        InternetChecksum.difference32(
            (int) asQuoted.destinationLow, (int) identity.destinationLow));
  }

  private int writeIpv6() {
    Ipv6Header.setSource(f, l3, identity.sourceHigh, identity.sourceLow);
    Ipv6Header.setDestination(f, l3, identity.destinationHigh, identity.destinationLow);
    return InternetChecksum.add(
        InternetChecksum.difference128(
            asQuoted.sourceHigh, asQuoted.sourceLow, identity.sourceHigh, identity.sourceLow),
        InternetChecksum.difference128(
            asQuoted.destinationHigh,
            asQuoted.destinationLow,
            identity.destinationHigh,
            identity.destinationLow));
  }

  private int writePorts() {
    if (identity.isQuery()) {
      Icmpv4Header.setId(f, l4, identity.sourcePort);
    } else if (identity.hasPorts()) {
      TcpHeader.setSourcePort(f, l4, identity.sourcePort);
      TcpHeader.setDestinationPort(f, l4, identity.destinationPort);
    }
    return InternetChecksum.add(
        InternetChecksum.difference16(asQuoted.sourcePort, identity.sourcePort),
        InternetChecksum.difference16(asQuoted.destinationPort, identity.destinationPort));
  }

  /// The quoted header's and the quoted transport's checksum follow, and the error's own by what
  /// all that makes. (RFC 5508 REQ-3 c: whether the quoted transport's was right nobody asks.)
  private void fixChecksums(int address, int ports) {
    int both = InternetChecksum.add(address, ports);
    int error = InternetChecksum.add(both, fixTransport(both, ports));
    if (!identity.ipv6) {
      int before = Ipv4Header.checksum(f, l3);
      int after = InternetChecksum.update(before, address);
      Ipv4Header.setChecksum(f, l3, after);
      error = InternetChecksum.add(error, InternetChecksum.difference16(before, after));
    }
    if (icmpChecksumComplete) {
      int own = Icmpv4Header.checksum(f, icmp);
      Icmpv4Header.setChecksum(f, icmp, InternetChecksum.update(own, error));
    }
  }

  /// Updates the quoted transport's checksum, where it is quoted; the difference that this makes.
  private int fixTransport(int both, int ports) {
    int before = 0;
    int after = 0;
    switch (identity.isIcmp() ? IpProtocol.ICMP : identity.protocol) {
      case IpProtocol.TCP -> {
        if (l4 + TcpHeader.CHECKSUM_AT + 2 <= limit) {
          before = TcpHeader.checksum(f, l4);
          after = InternetChecksum.update(before, both);
          TcpHeader.setChecksum(f, l4, after);
        }
      }
      case IpProtocol.UDP -> {
        before = UdpHeader.checksum(f, l4);
        after = InternetChecksum.updateUdp(before, both);
        UdpHeader.setChecksum(f, l4, after);
      }
      case IpProtocol.ICMP -> {
        before = Icmpv4Header.checksum(f, l4);
        after = InternetChecksum.update(before, identity.ipv6 ? both : ports);
        Icmpv4Header.setChecksum(f, l4, after);
      }
      default -> {
        // No checksum that covers addresses is known for it.
      }
    }
    return InternetChecksum.difference16(before, after);
  }
}
