// SPDX-License-Identifier: Apache-2.0
package hnv.app.replay;

import hnv.app.json.Json;
import hnv.dataplane.PacketTrace;
import java.util.ArrayList;
import java.util.List;

/// Writes down a packet's walk. Owned by one thread.
public final class WalkTrace implements PacketTrace {
  /// A step of the walk.
  ///
  /// @param layer the layer, or the part of the engine, that spoke
  /// @param group the group of rules; may be empty
  /// @param rule the rule; may be empty
  /// @param says what it said
  public record Step(String layer, String group, String rule, String says) {}

  private static final String PARSE = "PARSE";

  private final List<Step> steps = new ArrayList<>();
  private final List<String> verdicts = new ArrayList<>();
  private String description = "";

  public WalkTrace() {}

  /// Forgets the packet.
  public void clear() {
    steps.clear();
    verdicts.clear();
    description = "";
  }

  @Override
  public void step(String layer, String group, String rule, String says) {
    if (layer.equals(PARSE)) {
      description = says;
    } else {
      steps.add(new Step(layer, group, rule, says));
    }
  }

  @Override
  public void verdict(String verdict) {
    verdicts.add(verdict);
  }

  /// What the packet is, in one line.
  public String description() {
    return description;
  }

  /// The steps so far.
  public List<Step> steps() {
    return List.copyOf(steps);
  }

  /// What the engine said at the end: of the packet, or of each of its copies.
  public List<String> verdicts() {
    return List.copyOf(verdicts);
  }

  /// The packet's fate in one word: `forward`, `answer`, `drop`, or `replicate` for one that went,
  /// or did not go, in copies.
  public String fate() {
    if (verdicts.size() != 1) {
      return "replicate";
    }
    String verdict = verdicts.getFirst();
    if (verdict.startsWith("drop")) {
      return "drop";
    }
    return verdict.startsWith("answered") ? "answer" : "forward";
  }

  /// The steps, for a report.
  public Json toJson() {
    return Json.Array.of(
        steps,
        step ->
            Json.object()
                .put("layer", step.layer())
                .putUnlessEmpty("group", step.group())
                .putUnlessEmpty("rule", step.rule())
                .put("says", step.says()));
  }
}
