// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.Direction;
import org.jspecify.annotations.Nullable;

/// Finds the connection that an ICMP error is about, by the packet that it quotes. The quoted
/// packet went the other way: it was sent by whom the error is for, and an error that is for
/// another is about nothing (RFC 5927 §4).
final class RelatedConnection {
  private RelatedConnection() {}

  /// The connection of the quoted packet as the port's guest knows it, or null.
  static @Nullable Connection find(
      ConnectionTable connections, PacketContext packet, int port, Direction direction) {
    QuotedPacket quoted = packet.quoted();
    if (quoted == null
        || quoted.sourceHigh() != packet.destinationHigh()
        || quoted.sourceLow() != packet.destinationLow()) {
      return null;
    }
    PacketIdentity q = quoted.identity();
    // Toward the guest: it sent the quoted packet. From the guest: the quoted packet came to it.
    boolean guestSentIt = direction == Direction.INBOUND;
    return guestSentIt
        ? connections.find(
            port,
            q.ipv6,
            q.protocol,
            q.sourceHigh,
            q.sourceLow,
            q.connectionSourcePort(),
            q.destinationHigh,
            q.destinationLow,
            q.connectionDestinationPort())
        : connections.find(
            port,
            q.ipv6,
            q.protocol,
            q.destinationHigh,
            q.destinationLow,
            q.connectionDestinationPort(),
            q.sourceHigh,
            q.sourceLow,
            q.connectionSourcePort());
  }
}
