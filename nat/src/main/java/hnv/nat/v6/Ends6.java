// SPDX-License-Identifier: Apache-2.0
package hnv.nat.v6;

/// Source and destination that a packet is given in IPv6. Set anew for each packet by the one
/// thread that owns it.
public final class Ends6 {
  long sourceHigh;
  long sourceLow;
  int sourcePort;
  long destinationHigh;
  long destinationLow;
  int destinationPort;

  /// All zero.
  public Ends6() {}

  /// Sets the source; for its port see {@link Ends4}.
  ///
  /// @return this
  public Ends6 source(long high, long low, int port) {
    sourceHigh = high;
    sourceLow = low;
    sourcePort = port;
    return this;
  }

  /// Sets the destination.
  ///
  /// @return this
  public Ends6 destination(long high, long low, int port) {
    destinationHigh = high;
    destinationLow = low;
    destinationPort = port;
    return this;
  }
}
