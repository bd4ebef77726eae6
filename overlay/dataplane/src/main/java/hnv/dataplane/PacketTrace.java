// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

/// Hears of each step of a packet's walk, when somebody asked for it. Called by the Worker.
public interface PacketTrace {
  /// A step: which layer, group and rule spoke, and what they said. Any of group and rule may be
  /// empty.
  void step(String layer, String group, String rule, String says);

  /// The walk's end.
  void verdict(String verdict);
}
