// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.vswitch.VSwitchLimits;

/// Sizes of a node's tables. All memory of flows is taken at the start.
///
/// @param flows unified flows of each address family; one tenant may have half of them
/// @param connections one tenant may have half of them
/// @param natSessions translated connections of a gateway
public record NodeLimits(int flows, int connections, int natSessions) {
  /// The least of each.
  public static final int LEAST = 1_024;

  /// The most of each: some gigabytes.
  public static final int MOST = 4_194_304;

  /// Unless said otherwise.
  public static final NodeLimits DEFAULT =
      new NodeLimits(VSwitchLimits.DEFAULT.flows(), VSwitchLimits.DEFAULT.connections(), 131_072);

  /// @throws IllegalArgumentException where one is out of range
  public NodeLimits {
    check("flows", flows);
    check("connections", connections);
    check("natSessions", natSessions);
  }

  private static void check(String name, int value) {
    if (!isValid(value)) {
      throw new IllegalArgumentException(name + " is " + LEAST + " to " + MOST + ", not " + value);
    }
  }

  /// Whether a table can have this size.
  static boolean isValid(long value) {
    return value >= LEAST && value <= MOST;
  }

  /// Of the virtual switch.
  VSwitchLimits ofSwitch() {
    return new VSwitchLimits(flows, connections, flows / 2, connections / 2);
  }
}
