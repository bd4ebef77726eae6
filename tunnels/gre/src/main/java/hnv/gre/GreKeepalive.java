// SPDX-License-Identifier: Apache-2.0
package hnv.gre;

import hnv.wire.EthernetHeader;
import hnv.wire.GreHeader;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Address;
import hnv.wire.Ipv6Header;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;

/// Asks whether the other end of a tunnel is there, as routers do by custom (no RFC says it): into
/// the tunnel goes a GRE packet from the peer to us, without payload and of protocol type 0. A peer
/// that forwards what comes out of the tunnel sends it back, and needs to know nothing of it.
///
///     we send:     IP us → peer | GRE | IP peer → us | GRE, type 0
///     comes back:                       IP peer → us | GRE, type 0
///
/// A tunnel is up until as many questions in a row stay unanswered as policy says; the first answer
/// brings it up again. Without keepalives it is up always. Time is given; owned by one thread.
public final class GreKeepalive {
  /// Octets of {@link #write} at most.
  public static final int MAX_LENGTH = Ipv6Header.LENGTH + GreHeader.MIN_LENGTH + 4;

  /// TTL of the packet within, as far as it can go: how many routers are behind the peer's end is
  /// the peer's affair.
  private static final int TTL = 255;

  private final GreTunnel tunnel;
  private final long intervalNs;
  private long nextNs;
  private int unanswered;
  private boolean up = true;

  /// The state of `tunnel` from now on: up, the first question due at once.
  public GreKeepalive(GreTunnel tunnel, long nowNs) {
    this.tunnel = tunnel;
    intervalNs = TimeUnit.SECONDS.toNanos(tunnel.keepaliveSeconds());
    nextNs = nowNs;
  }

  /// Whether the peer is taken to be there.
  public boolean isUp() {
    return up;
  }

  /// When {@link #ask} has something to do next; {@link Long#MAX_VALUE} without keepalives.
  public long nextNs() {
    return intervalNs == 0 ? Long.MAX_VALUE : nextNs;
  }

  /// Whether a question is to be sent now, which then counts as sent. The tunnel goes down when the
  /// interval after the last of the questions that policy allows has passed.
  public boolean ask(long nowNs) {
    if (intervalNs == 0 || nowNs - nextNs < 0) {
      return false;
    }
    if (unanswered >= tunnel.keepaliveTries()) {
      up = false;
    } else {
      unanswered++;
    }
    nextNs = nowNs + intervalNs;
    return true;
  }

  /// An answer came. A packet of the peer other than an answer says that he is there, too, but not
  /// that he can send us back what we send, and is not told here.
  public void answered() {
    unanswered = 0;
    up = true;
  }

  /// Writes the packet that goes into the tunnel, IP header first.
  ///
  /// @return its octets, {@link #MAX_LENGTH} at most
  public int write(MemorySegment f, long at) {
    int flags = tunnel.key().isPresent() ? GreHeader.KEY_PRESENT : 0;
    int length = GreHeader.lengthOf(flags);
    long gre = at;
    if (tunnel.remote() instanceof Ipv4Address from && tunnel.local() instanceof Ipv4Address to) {
      length += Ipv4Header.MIN_LENGTH;
      gre += Ipv4Header.MIN_LENGTH;
      Ipv4Header.write(
          f, at, 0, length, 0, Ipv4Header.FLAG_DF, TTL, IpProtocol.GRE, from.bits(), to.bits());
      Ipv4Header.writeChecksum(f, at);
    } else if (tunnel.remote() instanceof Ipv6Address from
        && tunnel.local() instanceof Ipv6Address to) {
      Ipv6Header.write(
          f, at, 0, 0, length, IpProtocol.GRE, TTL, from.high(), from.low(), to.high(), to.low());
      length += Ipv6Header.LENGTH;
      gre += Ipv6Header.LENGTH;
    } else {
      throw new IllegalStateException("addresses of different families: " + tunnel);
    }
    GreHeader.write(f, gre, flags, GreHeader.KEEPALIVE, tunnel.key().orElse(0), 0);
    return length;
  }

  /// Protocol type by which the packet of {@link #write} goes into the tunnel.
  public int protocolType() {
    return tunnel.remote() instanceof Ipv4Address ? EthernetHeader.IPV4 : EthernetHeader.IPV6;
  }

  /// Whether an IP packet that came out of the tunnel is the peer's own question: a GRE packet from
  /// us to him. It is answered by sending it to him as it is, with one hop less to live; it can go
  /// to no other than who sent it.
  ///
  /// @param l3 where a valid IP header stands; of IPv4 whole, of IPv6 without extension headers
  public static boolean isQuestion(GreTunnel tunnel, MemorySegment f, long l3, boolean ipv6) {
    if (ipv6) {
      return Ipv6Header.nextHeader(f, l3) == IpProtocol.GRE
          && tunnel.local().equals(source6(f, l3))
          && tunnel.remote().equals(destination6(f, l3));
    }
    return Ipv4Header.protocol(f, l3) == IpProtocol.GRE
        && !Ipv4Header.isFragment(f, l3)
        && tunnel.local().equals(new Ipv4Address(Ipv4Header.source(f, l3)))
        && tunnel.remote().equals(new Ipv4Address(Ipv4Header.destination(f, l3)));
  }

  private static Ipv6Address source6(MemorySegment f, long l3) {
    return new Ipv6Address(Ipv6Header.sourceHigh(f, l3), Ipv6Header.sourceLow(f, l3));
  }

  private static Ipv6Address destination6(MemorySegment f, long l3) {
    return new Ipv6Address(Ipv6Header.destinationHigh(f, l3), Ipv6Header.destinationLow(f, l3));
  }
}
