// SPDX-License-Identifier: Apache-2.0
package hnv.nat.v6;

/// Source and destination that a packet is given in IPv4. Set anew for each packet by the one
/// thread that owns it.
public final class Ends4 {
  /// In place of a port: as it is.
  public static final int SAME_PORT = -1;

  int source;
  int sourcePort;
  int destination;
  int destinationPort;

  /// All zero.
  public Ends4() {}

  /// Sets all four; the port of an ICMP query is its identifier, said twice.
  ///
  /// @return this
  public Ends4 set(int newSource, int newSourcePort, int newDestination, int newDestinationPort) {
    source = newSource;
    sourcePort = newSourcePort;
    destination = newDestination;
    destinationPort = newDestinationPort;
    return this;
  }
}
