// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import hnv.nat.v6.Ends4;
import hnv.nat.v6.Ends6;
import hnv.nat.v6.Prefix64;
import hnv.wire.IpProtocol;

/// Stateful NAT64 (RFC 6146): tenants' IPv6 hosts reach the IPv4 Internet by addresses of a prefix
/// that IPv4 addresses are embedded in. The state is that of a {@link NatEngine}: the same pools,
/// limits, times and filters, by the outbound rules whose source is an IPv6 prefix. What it changes
/// in a packet, {@link hnv.nat.v6.ToIpv4} and {@link hnv.nat.v6.ToIpv6} write. Owned by the
/// engine's Worker.
///
/// Packets from outside are asked of {@link NatEngine#inbound} as ever; {@link #isNat64} tells that
/// their session leads to an IPv6 host. No inbound rule leads to one.
public final class Nat64 {
  private final NatEngine engine;
  private final Prefix64 prefix;

  /// @param prefix of the IPv6 addresses that stand for IPv4 ones
  public Nat64(NatEngine engine, Prefix64 prefix) {
    this.engine = engine;
    this.prefix = prefix;
  }

  /// The IPv6 addresses that stand for IPv4 ones.
  public Prefix64 prefix() {
    return prefix;
  }

  /// The session of an IPv6 packet to an address of the prefix, made if it must be.
  ///
  /// @param protocol of IPv6 or IPv4: ICMPv6 is taken for ICMP
  /// @param tcpFlags of TCP, else 0
  /// @return a session, or the code of a {@link NatVerdict}
  public int outbound(
      int tenant,
      int network,
      int protocol,
      long sourceHigh,
      long sourceLow,
      int sourcePort,
      long destinationHigh,
      long destinationLow,
      int destinationPort,
      int tcpFlags,
      long nowNs) {
    // A source in the prefix would be a packet that was translated already (RFC 6146 §3.5).
    if (!prefix.contains(destinationHigh, destinationLow)
        || prefix.contains(sourceHigh, sourceLow)) {
      return NatVerdict.NO_RULE.code();
    }
    int found =
        findInside(
            tenant,
            network,
            protocol,
            sourceHigh,
            sourceLow,
            sourcePort,
            destinationHigh,
            destinationLow,
            destinationPort);
    if (found != 0) {
      return found;
    }
    return engine.beginOfHost(
        tenant,
        network,
        inIpv4(protocol),
        sourceHigh,
        sourceLow,
        sourcePort,
        prefix.extract(destinationHigh, destinationLow),
        destinationPort,
        tcpFlags,
        nowNs);
  }

  private static int inIpv4(int protocol) {
    return protocol == IpProtocol.ICMPV6 ? IpProtocol.ICMP : protocol;
  }

  /// The session of a packet as the IPv6 host would have sent it, or 0. Nothing is made or
  /// refreshed: for what ICMPv6 errors quote.
  public int findInside(
      int tenant,
      int network,
      int protocol,
      long sourceHigh,
      long sourceLow,
      int sourcePort,
      long destinationHigh,
      long destinationLow,
      int destinationPort) {
    int host = engine.hosts().find(sourceHigh, sourceLow);
    if (host == 0 || !prefix.contains(destinationHigh, destinationLow)) {
      return 0;
    }
    int inIpv4 = inIpv4(protocol);
    return engine
        .table()
        .findInside(
            Realm.ofIpv6(tenant),
            network,
            inIpv4,
            host,
            StaticRules.localPort(inIpv4, sourcePort),
            prefix.extract(destinationHigh, destinationLow),
            StaticRules.remotePort(inIpv4, destinationPort));
  }

  /// Whether the session's tenant-side address is an IPv6 host's.
  public boolean isNat64(int session) {
    return engine.isIpv6(session);
  }

  /// Upper half of the IPv6 host's address.
  public long insideHigh(int session) {
    return insideHigh(engine, session);
  }

  /// Lower half of the IPv6 host's address.
  public long insideLow(int session) {
    return insideLow(engine, session);
  }

  /// Upper half of the address of an engine's IPv6 host.
  public static long insideHigh(NatEngine engine, int session) {
    return engine.hosts().high(engine.insideAddress(session));
  }

  /// Lower half of the address of an engine's IPv6 host.
  public static long insideLow(NatEngine engine, int session) {
    return engine.hosts().low(engine.insideAddress(session));
  }

  /// The IPv4 ends of what the session's host sends.
  ///
  /// @return `into`
  public Ends4 outboundEnds(int session, Ends4 into) {
    int port = engine.publicPort(session);
    return into.set(
        engine.publicAddress(session),
        port(session, port),
        engine.remoteAddress(session),
        port(session, engine.remotePort(session)));
  }

  /// The IPv6 ends of what the session's host gets.
  ///
  /// @return `into`
  public Ends6 inboundEnds(int session, Ends6 into) {
    int remote = engine.remoteAddress(session);
    // Of a query both are the identifier; ToIpv6 writes the source's.
    int insidePort = port(session, engine.insidePort(session));
    boolean isQuery = engine.protocol(session) == IpProtocol.ICMP;
    int remotePort = isQuery ? insidePort : port(session, engine.remotePort(session));
    return into.source(prefix.embedHigh(remote), prefix.embedLow(remote), remotePort)
        .destination(insideHigh(session), insideLow(session), insidePort);
  }

  private int port(int session, int port) {
    return StaticRules.hasPorts(engine.protocol(session)) ? port : Ends4.SAME_PORT;
  }
}
