// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.Encapsulation;
import hnv.wire.CustomerAddress;
import java.util.List;

/// Where customer addresses are: one network adapter, its MAC and virtual subnet, and the way
/// there. Immutable.
///
/// @param name resource id of the network interface
/// @param vsid its virtual subnet
/// @param mac its MAC (48 bits)
/// @param addresses its customer addresses
/// @param host name of the host that it is on; empty while it is on none
/// @param port number of its port on this host, or a negative number
/// @param nextHop the next hop that leads there; 0 when there is none
/// @param peer entry of the peer table with its host's provider addresses; 0 on this host
/// @param encapsulation how frames travel between its host and this one; {@link Encapsulation#NONE}
///     on this host, and where the two know none in common
public record Mapping(
    String name,
    int vsid,
    long mac,
    List<CustomerAddress> addresses,
    String host,
    int port,
    int nextHop,
    int peer,
    Encapsulation encapsulation) {
  public Mapping {
    addresses = List.copyOf(addresses);
  }

  /// Whether the adapter is on this host.
  public boolean isLocal() {
    return port >= 0;
  }
}
