// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Rules of one direction that are replaced together. The first match by priority speaks; rules of
/// equal priority are asked in the order given.
///
/// @param id what people call it
/// @param rules at most {@value #MAX_RULES}
public record Group(String id, List<Rule> rules) {
  /// Rules of a group at most: they are asked one by one for a flow's first packet.
  public static final int MAX_RULES = 4_096;

  public Group {
    if (rules.size() > MAX_RULES) {
      throw new IllegalArgumentException(
          "group " + id + " has " + rules.size() + " rules, at most " + MAX_RULES);
    }
    rules = rules.stream().sorted(Comparator.comparingInt(Rule::priority)).toList();
  }

  /// The rule that speaks for the packet, or null.
  public @Nullable Rule match(PacketContext packet) {
    for (int i = 0; i < rules.size(); i++) {
      Rule rule = rules.get(i);
      if (rule.matches(packet)) {
        return rule;
      }
    }
    return null;
  }
}
