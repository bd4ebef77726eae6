// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

/// Bounds of the engine's tables.
///
/// @param flows unified flows of each address family
/// @param connections connections
/// @param tenantFlows unified flows of one tenant, both families
/// @param tenantConnections connections of one tenant
public record VSwitchLimits(int flows, int connections, int tenantFlows, int tenantConnections) {
  /// 131,072 flows of each family and as many connections; a tenant may have half of them.
  public static final VSwitchLimits DEFAULT =
      new VSwitchLimits(
          UnifiedFlowTable.DEFAULT_CAPACITY,
          ConnectionTable.DEFAULT_CAPACITY,
          UnifiedFlowTable.DEFAULT_CAPACITY / 2,
          ConnectionTable.DEFAULT_CAPACITY / 2);

  public VSwitchLimits {
    if (flows < 1 || connections < 1 || tenantFlows < 1 || tenantConnections < 1) {
      throw new IllegalArgumentException("limits must be at least 1");
    }
  }
}
