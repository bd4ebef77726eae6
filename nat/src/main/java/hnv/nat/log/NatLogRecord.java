// SPDX-License-Identifier: Apache-2.0
package hnv.nat.log;

import hnv.nat.NatVerdict;

/// An event as a log tells it. Fields that the kind does not have are 0.
///
/// @param unixMillis when it was
/// @param tenant slot
/// @param network outside network
/// @param inside tenant-side IPv4 address
/// @param insideHigh upper half of the tenant-side IPv6 address (NAT64); both halves are 0 of IPv4
/// @param insidePort of a session
/// @param publicPort of a session, or the first of a block
/// @param lastPort of a block
/// @param remote other end of a session; 0 where destinations are not logged (RFC 6888 REQ-12)
/// @param detail code of a {@link NatVerdict}, or percent of what is filled
public record NatLogRecord(
    Kind kind,
    long unixMillis,
    int tenant,
    int network,
    int protocol,
    int inside,
    long insideHigh,
    long insideLow,
    int insidePort,
    int publicAddress,
    int publicPort,
    int lastPort,
    int remote,
    int remotePort,
    int detail) {
  /// What happened, with its number as natEvent (RFC 8158 §4.3) and its word in a syslog message.
  public enum Kind {
    SESSION_BEGAN(4, "NAT44-SESSION-CREATE"),
    SESSION_ENDED(5, "NAT44-SESSION-DELETE"),
    HOST_SESSION_BEGAN(6, "NAT64-SESSION-CREATE"),
    HOST_SESSION_ENDED(7, "NAT64-SESSION-DELETE"),
    BLOCK_TAKEN(16, "NAT-PORT-BLOCK-ALLOCATE"),
    BLOCK_RETURNED(17, "NAT-PORT-BLOCK-RELEASE"),
    PORTS_EXHAUSTED(12, "NAT-PORTS-EXHAUSTED"),
    QUOTA_EXCEEDED(13, "NAT-QUOTA-EXCEEDED"),
    THRESHOLD_REACHED(18, "NAT-THRESHOLD");

    private static final Kind[] ALL = values();

    private final int event;
    private final String word;

    Kind(int event, String word) {
      this.event = event;
      this.word = word;
    }

    /// Number in IPFIX.
    public int event() {
      return event;
    }

    /// MSGID in syslog.
    public String word() {
      return word;
    }

    static Kind ofEvent(int event) {
      for (Kind kind : ALL) {
        if (kind.event == event) {
          return kind;
        }
      }
      throw new IllegalArgumentException("natEvent " + event);
    }
  }

  /// Whether the tenant-side address is IPv6.
  public boolean isIpv6() {
    return (insideHigh | insideLow) != 0;
  }
}
