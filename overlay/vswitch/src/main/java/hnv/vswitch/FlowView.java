// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.Encapsulation;
import hnv.wire.IpAddress;
import hnv.wire.MacAddress;

/// A unified flow at one moment, for people: its key, what is done to its packets, what it counted.
/// Also a connection whose packets no record can carry: then as its initiator sees it, by its port,
/// and nothing counts.
///
/// @param port number of the port that its packets enter by; negative where they come in a tunnel
/// @param encapsulation the tunnel's kind; {@link Encapsulation#NONE} for a port
/// @param vsid the tunnel's VSID; 0 for a port
/// @param destinationMac inner destination MAC as received
/// @param protocol upper-layer protocol
/// @param source address as received
/// @param sourcePort port, or identifier of an ICMP query
/// @param destination address as received
/// @param destinationPort port, or type << 8 | code of an ICMP query
/// @param tenant slot of its routing domain
/// @param current whether it was decided under the policy in force; if not, its next packet decides
///     anew
/// @param connection id of its connection, 0 for none
/// @param forward goes the way of its connection's initiator
/// @param state word for the connection's state; empty without one
/// @param offload where it runs, and why
/// @param walkedBecause why no record can carry its packets; empty for a flow
/// @param packets packets that it carried, in Java and in the kernel
/// @param octets octets of their inner frames
/// @param idleNs nanoseconds since the last one
/// @param transposition what is done, in words
public record FlowView(
    int port,
    Encapsulation encapsulation,
    int vsid,
    MacAddress destinationMac,
    int protocol,
    IpAddress source,
    int sourcePort,
    IpAddress destination,
    int destinationPort,
    int tenant,
    boolean current,
    int connection,
    boolean forward,
    String state,
    OffloadState offload,
    String walkedBecause,
    long packets,
    long octets,
    long idleNs,
    String transposition) {
  /// Why the kernel does not carry its packets; empty where it does.
  public String why() {
    return walkedBecause.isEmpty() ? offload.text() : walkedBecause;
  }
}
