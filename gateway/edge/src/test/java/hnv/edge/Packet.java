// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// An IP packet as tests see it, made and read by code of its own: it shares nothing with what is
/// tested. Immutable.
final class Packet {
  static final int ICMP = 1;
  static final int TCP = 6;
  static final int UDP = 17;
  static final int GRE = 47;
  static final int ICMPV6 = 58;
  static final int SYN = 2;
  static final int ACK = 16;
  static final int FIN = 1;
  static final int RST = 4;

  private final IpAddress source;
  private final IpAddress destination;
  private final int protocol;
  private final int ttl;
  private final int ecn;
  private final boolean dontFragment;
  private final int id;
  private final int fragmentOffset;
  private final boolean moreFragments;
  private final byte[] body;

  private Packet(
      IpAddress source,
      IpAddress destination,
      int protocol,
      int ttl,
      int ecn,
      boolean dontFragment,
      int id,
      int fragmentOffset,
      boolean moreFragments,
      byte[] body) {
    this.source = source;
    this.destination = destination;
    this.protocol = protocol;
    this.ttl = ttl;
    this.ecn = ecn;
    this.dontFragment = dontFragment;
    this.id = id;
    this.fragmentOffset = fragmentOffset;
    this.moreFragments = moreFragments;
    this.body = body;
  }

  IpAddress source() {
    return source;
  }

  IpAddress destination() {
    return destination;
  }

  int protocol() {
    return protocol;
  }

  /// TTL or hop limit.
  int ttl() {
    return ttl;
  }

  int ecn() {
    return ecn;
  }

  boolean isDontFragment() {
    return dontFragment;
  }

  /// IPv4 identification, or that of the IPv6 fragment header.
  int id() {
    return id;
  }

  /// Octets.
  int fragmentOffset() {
    return fragmentOffset;
  }

  boolean hasMoreFragments() {
    return moreFragments;
  }

  /// What follows the IP header and the fragment header.
  byte[] body() {
    return body.clone();
  }

  static Packet of(String from, String to, int protocol, byte[] body) {
    return new Packet(
        IpAddress.parse(from), IpAddress.parse(to), protocol, 64, 0, true, 7, 0, false, body);
  }

  static Packet udp(String from, int sport, String to, int dport, String data) {
    return udp(from, sport, to, dport, data.getBytes(StandardCharsets.UTF_8));
  }

  static Packet udp(String from, int sport, String to, int dport, byte[] data) {
    ByteBuffer b = ByteBuffer.allocate(8 + data.length);
    b.putShort((short) sport).putShort((short) dport).putShort((short) b.capacity());
    b.putShort((short) 0).put(data);
    return of(from, to, UDP, b.array()).checksummed();
  }

  static Packet tcp(String from, int sport, String to, int dport, int flags, String data) {
    boolean syn = (flags & SYN) != 0;
    byte[] octets = data.getBytes(StandardCharsets.UTF_8);
    ByteBuffer b = ByteBuffer.allocate((syn ? 24 : 20) + octets.length);
    b.putShort((short) sport).putShort((short) dport).putInt(1).putInt(1);
    b.put((byte) (syn ? 0x60 : 0x50)).put((byte) flags).putShort((short) 0xFFFF).putInt(0);
    if (syn) {
      b.putInt(0x0204_2300); // MSS 8960
    }
    b.put(octets);
    return of(from, to, TCP, b.array()).checksummed();
  }

  static Packet echo(String from, String to, int type, int id, String data) {
    byte[] octets = data.getBytes(StandardCharsets.UTF_8);
    ByteBuffer b = ByteBuffer.allocate(8 + octets.length);
    b.put((byte) type).put((byte) 0).putShort((short) 0).putShort((short) id).putShort((short) 1);
    b.put(octets);
    return of(from, to, from.contains(":") ? ICMPV6 : ICMP, b.array()).checksummed();
  }

  static Packet ping(String from, String to, int id, String data) {
    return echo(from, to, from.contains(":") ? 128 : 8, id, data);
  }

  static Packet pong(String from, String to, int id, String data) {
    return echo(from, to, from.contains(":") ? 129 : 0, id, data);
  }

  /// An ICMP error that quotes `about`.
  static Packet error(String from, String to, int type, int code, int value, Packet about) {
    byte[] quoted = about.octets();
    byte[] quote = Arrays.copyOf(quoted, Math.min(quoted.length, 548));
    ByteBuffer b = ByteBuffer.allocate(8 + quote.length);
    b.put((byte) type).put((byte) code).putShort((short) 0).putInt(value).put(quote);
    return of(from, to, from.contains(":") ? ICMPV6 : ICMP, b.array()).checksummed();
  }

  /// What the packet became by a translation: the same with other ends.
  Packet between(String from, int sport, String to, int dport) {
    byte[] octets = body.clone();
    if (protocol == TCP || protocol == UDP) {
      put16(octets, 0, sport);
      put16(octets, 2, dport);
    } else if (protocol == ICMP || protocol == ICMPV6) {
      put16(octets, 4, sport);
    }
    return new Packet(
            IpAddress.parse(from),
            IpAddress.parse(to),
            protocol,
            ttl,
            ecn,
            dontFragment,
            id,
            fragmentOffset,
            moreFragments,
            octets)
        .checksummed();
  }

  Packet withTtl(int newTtl) {
    return new Packet(
        source,
        destination,
        protocol,
        newTtl,
        ecn,
        dontFragment,
        id,
        fragmentOffset,
        moreFragments,
        body);
  }

  Packet withoutDf() {
    return withId(id);
  }

  /// The same, to be fragmented where need be.
  Packet withId(int newId) {
    return new Packet(
        source, destination, protocol, ttl, ecn, false, newId, fragmentOffset, moreFragments, body);
  }

  /// A piece of it.
  Packet fragment(int from, int to) {
    return new Packet(
        source,
        destination,
        protocol,
        ttl,
        ecn,
        false,
        id,
        fragmentOffset + from,
        moreFragments || to < body.length,
        Arrays.copyOfRange(body, from, Math.min(to, body.length)));
  }

  boolean isIpv6() {
    return source instanceof Ipv6Address;
  }

  private boolean isFragment() {
    return fragmentOffset > 0 || moreFragments;
  }

  int sourcePort() {
    return get16(body, 0);
  }

  int destinationPort() {
    return get16(body, 2);
  }

  /// Type of an ICMP message.
  int type() {
    return body[0] & 0xFF;
  }

  int code() {
    return body[1] & 0xFF;
  }

  /// Identifier of a query.
  int queryId() {
    return get16(body, 4);
  }

  int tcpFlags() {
    return body[13] & 0xFF;
  }

  /// The MSS that a SYN says.
  int mss() {
    return get16(body, 22);
  }

  /// The packet that an ICMP error quotes, as far as it is there.
  Packet quoted() {
    return parse(Arrays.copyOfRange(body, 8, body.length));
  }

  /// The last 32 bits of an ICMP error's header.
  int value() {
    return ByteBuffer.wrap(body).getInt(4);
  }

  /// Transport payload as text.
  String data() {
    int at = protocol == TCP ? ((body[12] & 0xF0) >>> 2) : 8;
    return new String(body, at, body.length - at, StandardCharsets.UTF_8);
  }

  String ends() {
    return switch (protocol) {
      case TCP, UDP -> source + ":" + sourcePort() + " > " + destination + ":" + destinationPort();
      case ICMP, ICMPV6 -> source + " > " + destination + " id " + queryId();
      default -> source + " > " + destination;
    };
  }

  /// Whether the transport checksum is right.
  boolean isChecksumRight() {
    return (protocol == UDP && get16(body, 6) == 0) || Arrays.equals(checksummed().body, body);
  }

  Packet checksummed() {
    int at =
        switch (protocol) {
          case TCP -> 16;
          case UDP -> 6;
          case ICMP, ICMPV6 -> 2;
          default -> -1;
        };
    if (at < 0) {
      return this;
    }
    byte[] octets = body.clone();
    put16(octets, at, 0);
    int sum = sum(octets, 0, octets.length);
    if (protocol != ICMP) {
      byte[] from = octetsOf(source);
      byte[] to = octetsOf(destination);
      sum += sum(from, 0, from.length) + sum(to, 0, to.length) + protocol + octets.length;
    }
    int checksum = ~fold(sum) & 0xFFFF;
    put16(octets, at, checksum == 0 && protocol == UDP ? 0xFFFF : checksum);
    return new Packet(
        source,
        destination,
        protocol,
        ttl,
        ecn,
        dontFragment,
        id,
        fragmentOffset,
        moreFragments,
        octets);
  }

  /// The IP packet on the wire.
  byte[] octets() {
    return isIpv6() ? ipv6() : ipv4();
  }

  private byte[] ipv4() {
    ByteBuffer b = ByteBuffer.allocate(20 + body.length);
    int flags = (dontFragment ? 0x4000 : 0) | (moreFragments ? 0x2000 : 0) | fragmentOffset / 8;
    b.put((byte) 0x45).put((byte) ecn).putShort((short) b.capacity());
    b.putShort((short) id).putShort((short) flags).put((byte) ttl).put((byte) protocol);
    b.putShort((short) 0).put(octetsOf(source)).put(octetsOf(destination));
    b.putShort(10, (short) ~fold(sum(b.array(), 0, 20)));
    b.put(body);
    return b.array();
  }

  private byte[] ipv6() {
    int extension = isFragment() ? 8 : 0;
    ByteBuffer b = ByteBuffer.allocate(40 + extension + body.length);
    b.putInt(0x6000_0000 | (ecn << 20)).putShort((short) (extension + body.length));
    b.put((byte) (isFragment() ? 44 : protocol)).put((byte) ttl);
    b.put(octetsOf(source)).put(octetsOf(destination));
    if (isFragment()) {
      b.put((byte) protocol).put((byte) 0);
      b.putShort((short) (fragmentOffset | (moreFragments ? 1 : 0))).putInt(id);
    }
    b.put(body);
    return b.array();
  }

  /// Reads an IP packet; a wrong IPv4 header checksum is an error of the test.
  static Packet parse(byte[] octets) {
    ByteBuffer b = ByteBuffer.wrap(octets);
    if (octets[0] >>> 4 == 6) {
      int next = octets[6] & 0xFF;
      int at = 40;
      int offset = 0;
      boolean more = false;
      int id = 0;
      if (next == 44) {
        next = octets[40] & 0xFF;
        offset = b.getShort(42) & 0xFFF8;
        more = (octets[43] & 1) != 0;
        id = b.getInt(44);
        at = 48;
      }
      int end = Math.min(octets.length, 40 + get16(octets, 4));
      return new Packet(
          new Ipv6Address(b.getLong(8), b.getLong(16)),
          new Ipv6Address(b.getLong(24), b.getLong(32)),
          next,
          octets[7] & 0xFF,
          (b.getInt(0) >>> 20) & 3,
          true,
          id,
          offset,
          more,
          Arrays.copyOfRange(octets, at, end));
    }
    if (fold(sum(octets, 0, 20)) != 0xFFFF) {
      throw new AssertionError("IPv4 header checksum is wrong");
    }
    int flags = get16(octets, 6);
    return new Packet(
        new Ipv4Address(b.getInt(12)),
        new Ipv4Address(b.getInt(16)),
        octets[9] & 0xFF,
        octets[8] & 0xFF,
        octets[1] & 3,
        (flags & 0x4000) != 0,
        get16(octets, 4),
        (flags & 0x1FFF) * 8,
        (flags & 0x2000) != 0,
        Arrays.copyOfRange(octets, 20, Math.min(octets.length, get16(octets, 2))));
  }

  static byte[] octetsOf(IpAddress address) {
    return switch (address) {
      case Ipv4Address v4 -> ByteBuffer.allocate(4).putInt(v4.bits()).array();
      case Ipv6Address v6 -> ByteBuffer.allocate(16).putLong(v6.high()).putLong(v6.low()).array();
    };
  }

  static int sum(byte[] octets, int from, int to) {
    int sum = 0;
    for (int i = from; i < to; i++) {
      sum += (octets[i] & 0xFF) << (((i - from) & 1) == 0 ? 8 : 0);
    }
    return sum;
  }

  static int fold(int sum) {
    int folded = (sum & 0xFFFF) + (sum >>> 16);
    return (folded & 0xFFFF) + (folded >>> 16);
  }

  static int get16(byte[] octets, int at) {
    return ((octets[at] & 0xFF) << 8) | (octets[at + 1] & 0xFF);
  }

  static void put16(byte[] octets, int at, int value) {
    octets[at] = (byte) (value >>> 8);
    octets[at + 1] = (byte) value;
  }

  @Override
  public String toString() {
    return ends() + " protocol " + protocol + " ttl " + ttl + " " + body.length + " octets";
  }
}
