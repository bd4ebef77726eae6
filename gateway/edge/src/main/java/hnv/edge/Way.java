// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.wire.IpAddress;
import java.util.Optional;

/// Where a route of a tenant leads. Equal ways are one next hop of its table.
///
/// @param kind what the port is
/// @param name of the connection or the outside network, or of the virtual network itself
/// @param port number of the port that packets leave by; -1 for nowhere
/// @param via the next router; empty where there is none to be named
public record Way(Kind kind, String name, int port, Optional<IpAddress> via) {
  /// To nobody: packets are dropped without a word.
  public static final Way NOWHERE = new Way(Kind.NOWHERE, "blackhole", -1, Optional.empty());

  /// What a way leads to.
  public enum Kind {
    /// The tenant's virtual network, by its GATEWAY port.
    OWN,
    /// One of its network connections.
    CONNECTION,
    /// An outside network, translated.
    TRANSLATED,
    /// Nowhere.
    NOWHERE
  }

  @Override
  public String toString() {
    return via.map(router -> name + " via " + router).orElse(name);
  }
}
