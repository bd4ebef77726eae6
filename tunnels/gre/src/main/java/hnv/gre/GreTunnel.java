// SPDX-License-Identifier: Apache-2.0
package hnv.gre;

import hnv.wire.IpAddress;
import java.util.OptionalInt;

/// One tunnel as policy says it. Immutable.
///
/// @param name the network connection's
/// @param local our outer address
/// @param remote the peer's outer address, of the same family
/// @param key RFC 2890 §2.1, 32 bits as an int; many tunnels between two addresses differ by it
/// @param checksum whether we send checksums (RFC 2784 §2.1); received ones are verified always
/// @param sequence whether we send sequence numbers (RFC 2890 §2.2) and refuse older ones
/// @param keepaliveSeconds how often the peer is asked whether it is there; 0: never
/// @param keepaliveTries so many silent in a row, and the tunnel is down
public record GreTunnel(
    String name,
    IpAddress local,
    IpAddress remote,
    OptionalInt key,
    boolean checksum,
    boolean sequence,
    int keepaliveSeconds,
    int keepaliveTries) {
  /// Unless said otherwise.
  public static final int DEFAULT_KEEPALIVE_TRIES = 3;
}
