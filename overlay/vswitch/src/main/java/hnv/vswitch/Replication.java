// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

/// Where a broadcast or multicast of a virtual subnet goes: to each local port of the subnet, and
/// in one unicast copy to each other host that has the subnet.
public final class Replication {
  /// Nowhere.
  public static final Replication NONE = new Replication(new int[0], new int[0]);

  private final int[] ports;
  private final int[] nextHops;

  /// @param ports numbers of the subnet's ports on this host; the packet's own is left out when it
  ///     is sent
  /// @param nextHops one for each other host that has the subnet
  public Replication(int[] ports, int[] nextHops) {
    this.ports = ports.clone();
    this.nextHops = nextHops.clone();
  }

  int portCount() {
    return ports.length;
  }

  int port(int index) {
    return ports[index];
  }

  int nextHopCount() {
    return nextHops.length;
  }

  int nextHop(int index) {
    return nextHops[index];
  }
}
