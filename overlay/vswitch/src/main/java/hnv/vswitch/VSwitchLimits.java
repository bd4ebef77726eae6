// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

/// Bounds of the engine's tables.
///
/// Memory that is taken at start: 175 to 191 octets for an IPv4 flow and 199 to 215 for an IPv6
/// one, and 40 to 72 for a connection; the least where the number is a power of two. A connection
/// takes 120 more when its place is first used: a table for a million costs 40 MB until then, and
/// 160 MB when all of it has been used.
///
/// @param flows unified flows of each address family
/// @param connections connections
/// @param tenantFlows unified flows of one tenant, both families
/// @param tenantConnections connections of one tenant
public record VSwitchLimits(int flows, int connections, int tenantFlows, int tenantConnections) {
  /// Flows of each family, or connections, at most.
  public static final int MOST = 1 << 24;

  /// 131,072 flows of each family and as many connections; a tenant may have half of them.
  public static final VSwitchLimits DEFAULT =
      new VSwitchLimits(
          UnifiedFlowTable.DEFAULT_CAPACITY,
          ConnectionTable.DEFAULT_CAPACITY,
          UnifiedFlowTable.DEFAULT_CAPACITY / 2,
          ConnectionTable.DEFAULT_CAPACITY / 2);

  public VSwitchLimits {
    check("flows", flows);
    check("connections", connections);
    if (tenantFlows < 1 || tenantConnections < 1) {
      throw new IllegalArgumentException("limits of a tenant must be at least 1");
    }
  }

  private static void check(String field, int value) {
    if (value < 1 || value > MOST) {
      throw new IllegalArgumentException(field + ": 1 to " + MOST + ", not " + value);
    }
  }
}
