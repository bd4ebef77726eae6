// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import java.util.List;

/// Conditions, all of which must hold, and what then happens.
///
/// @param id what people call it
/// @param priority lower is asked first
/// @param conditions none means every packet
/// @param action what happens
public record Rule(String id, int priority, List<Condition> conditions, Action action) {
  public Rule {
    conditions = List.copyOf(conditions);
  }

  /// Whether every condition holds.
  public boolean matches(PacketContext packet) {
    for (int i = 0; i < conditions.size(); i++) {
      if (!conditions.get(i).matches(packet)) {
        return false;
      }
    }
    return true;
  }
}
