// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.vswitch.VSwitchLimits;

/// Sizes of a node's tables. All memory of flows is taken at the start.
///
/// @param flows unified flows of each address family; one tenant may have half of them
/// @param connections one tenant may have half of them
/// @param natSessions translated connections of a gateway
/// @param unsolicitedSyns SYNs from outside that wait at most to be told that nobody is there; 0:
///     none is told (RFC 5382 REQ-4)
public record NodeLimits(int flows, int connections, int natSessions, int unsolicitedSyns) {
  /// The least of each.
  public static final int LEAST = 1_024;

  /// The most of each: some gigabytes.
  public static final int MOST = 4_194_304;

  /// The most SYNs that wait.
  public static final int MOST_SYNS = 65_536;

  /// Unless said otherwise.
  public static final NodeLimits DEFAULT =
      new NodeLimits(
          VSwitchLimits.DEFAULT.flows(), VSwitchLimits.DEFAULT.connections(), 131_072, 256);

  /// @throws IllegalArgumentException where one is out of range
  public NodeLimits {
    check("flows", flows);
    check("connections", connections);
    check("natSessions", natSessions);
    if (unsolicitedSyns < 0 || unsolicitedSyns > MOST_SYNS) {
      throw new IllegalArgumentException(
          "unsolicitedSyns is 0 to " + MOST_SYNS + ", not " + unsolicitedSyns);
    }
  }

  private static void check(String name, int value) {
    if (value < LEAST || value > MOST) {
      throw new IllegalArgumentException(name + " is " + LEAST + " to " + MOST + ", not " + value);
    }
  }

  /// Of the virtual switch.
  VSwitchLimits ofSwitch() {
    return new VSwitchLimits(flows, connections, flows / 2, connections / 2);
  }
}
