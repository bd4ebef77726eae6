// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import hnv.wire.IpProtocol;
import hnv.wire.TcpHeader;

/// How long each session may live: what was seen of it, and until when that is enough. Owned by one
/// Worker.
final class SessionLife {
  private static final int WELL_KNOWN_END = 1_024;

  private final SessionTable sessions;
  private final long tcpEstablishedNs;
  private final long tcpOpeningNs;
  private final long tcpClosingNs;
  private final long udpNs;
  private final long udpWellKnownNs;
  private final long icmpNs;
  private final long otherNs;
  private final boolean inboundRefreshes;

  SessionLife(SessionTable sessions, NatTimeouts timeouts) {
    this.sessions = sessions;
    tcpEstablishedNs = timeouts.tcpEstablished().toNanos();
    tcpOpeningNs = timeouts.tcpOpening().toNanos();
    tcpClosingNs = timeouts.tcpClosing().toNanos();
    udpNs = timeouts.udp().toNanos();
    udpWellKnownNs = timeouts.udpWellKnown().toNanos();
    icmpNs = timeouts.icmp().toNanos();
    otherNs = timeouts.other().toNanos();
    inboundRefreshes = timeouts.refresh() == NatTimeouts.Refresh.BOTH;
  }

  void begin(int s, boolean outbound, int tcpFlags, long nowNs) {
    sessions.outboundNs[s] = nowNs;
    sessions.inboundNs[s] = nowNs;
    sessions.tcpState[s] =
        sessions.protocol[s] == IpProtocol.TCP ? TcpState.first(outbound, tcpFlags) : TcpState.NONE;
  }

  /// Takes note of a packet.
  ///
  /// @return whether the inside refreshed the session
  boolean observed(int s, boolean outbound, int tcpFlags, long nowNs) {
    byte before = sessions.tcpState[s];
    if (before != TcpState.NONE) {
      byte after = TcpState.next(before, outbound, tcpFlags);
      sessions.tcpState[s] = after;
      if (TcpState.isEnding(after)) {
        // So a reset "sent as a response to inbound packets" refreshes nothing (RFC 7857 §7.1).
        if (after != before) {
          sessions.outboundNs[s] = nowNs;
          sessions.inboundNs[s] = nowNs;
        }
        return false;
      }
    }
    long[] seenNs = outbound ? sessions.outboundNs : sessions.inboundNs;
    seenNs[s] = nowNs;
    return outbound;
  }

  /// Takes note of packets that passed without being shown to {@link #observed}: plain data.
  ///
  /// @return whether the inside refreshed the session
  boolean seen(int s, long outboundNs, long inboundNs) {
    byte state = sessions.tcpState[s];
    boolean outbound = isLater(outboundNs, sessions.outboundNs[s]);
    boolean inbound = isLater(inboundNs, sessions.inboundNs[s]);
    if (state == TcpState.BOTH_FIN || !(outbound || inbound)) {
      return false;
    }
    if (outbound) {
      sessions.outboundNs[s] = outboundNs;
    }
    if (inbound) {
      sessions.inboundNs[s] = inboundNs;
    }
    if (state != TcpState.NONE) {
      if (outbound) {
        state = TcpState.next(state, true, TcpHeader.ACK);
      }
      sessions.tcpState[s] = inbound ? TcpState.next(state, false, TcpHeader.ACK) : state;
    }
    return outbound;
  }

  private static boolean isLater(long seenNs, long thanNs) {
    return seenNs != NatEngine.NEVER && seenNs - thanNs > 0;
  }

  /// When the session ends if nothing more is seen.
  long deadlineNs(int s) {
    byte state = sessions.tcpState[s];
    if (state != TcpState.NONE) {
      long silence = TcpState.isEnding(state) ? tcpClosingNs : tcpOpeningNs;
      return lastSeenNs(s) + (TcpState.isEstablished(state) ? tcpEstablishedNs : silence);
    }
    long silence =
        switch (sessions.protocol[s]) {
          case IpProtocol.UDP -> sessions.remotePort[s] < WELL_KNOWN_END ? udpWellKnownNs : udpNs;
          case IpProtocol.ICMP -> icmpNs;
          default -> otherNs;
        };
    boolean isDynamic =
        sessions.kind[s] == SessionTable.MAPPED || sessions.kind[s] == SessionTable.OWN;
    boolean outboundOnly = isDynamic && !inboundRefreshes;
    return (outboundOnly ? sessions.outboundNs[s] : lastSeenNs(s)) + silence;
  }

  /// When it was seen last, in either direction.
  long lastSeenNs(int s) {
    long outboundNs = sessions.outboundNs[s];
    long inboundNs = sessions.inboundNs[s];
    return outboundNs - inboundNs > 0 ? outboundNs : inboundNs;
  }
}
