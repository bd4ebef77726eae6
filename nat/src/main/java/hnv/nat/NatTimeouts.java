// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import java.time.Duration;

/// How long sessions may be silent.
///
/// @param tcpEstablished no less than 2 h 4 min (RFC 5382 REQ-5)
/// @param tcpOpening half open: no less than 4 min (RFC 5382 REQ-5)
/// @param tcpClosing closed by both ends, or reset: no less than 4 min (RFC 7857 §2)
/// @param udp no less than 2 min; 5 min are recommended (RFC 4787 REQ-5)
/// @param udpWellKnown as `udp`, to destination ports below 1024 (RFC 4787 REQ-5a)
/// @param icmp no less than 60 s (RFC 5508 REQ-2)
/// @param other protocols without ports
/// @param hold time that a freed port is not given to somebody else (RFC 6888 REQ-8)
/// @param refresh which packets keep a UDP session alive
public record NatTimeouts(
    Duration tcpEstablished,
    Duration tcpOpening,
    Duration tcpClosing,
    Duration udp,
    Duration udpWellKnown,
    Duration icmp,
    Duration other,
    Duration hold,
    Refresh refresh) {
  /// As the RFCs recommend.
  public static final NatTimeouts DEFAULT =
      new NatTimeouts(
          Duration.ofMinutes(124),
          Duration.ofMinutes(4),
          Duration.ofMinutes(4),
          Duration.ofMinutes(5),
          Duration.ofMinutes(5),
          Duration.ofSeconds(60),
          Duration.ofMinutes(5),
          Duration.ofSeconds(120),
          Refresh.OUTBOUND);

  /// Packets that keep a UDP session with a public port of a pool alive (RFC 4787 REQ-6).
  public enum Refresh {
    /// Those of the inside: nobody outside can keep a port open.
    OUTBOUND,
    /// Those of both sides.
    BOTH
  }

  /// @throws IllegalArgumentException naming the time that is shorter than its RFC allows
  public NatTimeouts {
    check("tcpEstablished", tcpEstablished, Duration.ofMinutes(124));
    check("tcpOpening", tcpOpening, Duration.ofMinutes(4));
    check("tcpClosing", tcpClosing, Duration.ofMinutes(4));
    check("udp", udp, Duration.ofMinutes(2));
    check("udpWellKnown", udpWellKnown, Duration.ofSeconds(10));
    check("icmp", icmp, Duration.ofSeconds(60));
    check("other", other, Duration.ofSeconds(60));
    check("hold", hold, Duration.ZERO);
  }

  /// These, with another UDP timer.
  public NatTimeouts withUdp(Duration silence) {
    return new NatTimeouts(
        tcpEstablished, tcpOpening, tcpClosing, silence, silence, icmp, other, hold, refresh);
  }

  private static void check(String name, Duration value, Duration least) {
    if (value.compareTo(least) < 0 || value.compareTo(Duration.ofDays(7)) > 0) {
      throw new IllegalArgumentException(
          "%s must be %d s to 7 days, not %s".formatted(name, least.toSeconds(), value));
    }
  }
}
