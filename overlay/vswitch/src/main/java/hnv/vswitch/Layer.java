// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.Direction;
import hnv.dataplane.DropReason;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One concern of a port: groups of rules for each direction, and what happens where none matches.
/// In each group one rule at most speaks; the groups are asked in order until one does not let the
/// packet go on. Immutable.
///
/// @param name one of the names that operators of the original system know, where it has the layer
/// @param outbound groups for packets from the guest
/// @param inbound groups for packets toward the guest
/// @param outboundDefault what happens outbound where no rule of a group matches
/// @param inboundDefault what happens inbound where no rule of a group matches
/// @param stateful answers of a connection that the layer let pass need no rule
public record Layer(
    String name,
    List<Group> outbound,
    List<Group> inbound,
    Action outboundDefault,
    Action inboundDefault,
    boolean stateful) {
  public Layer {
    outbound = List.copyOf(outbound);
    inbound = List.copyOf(inbound);
  }

  /// Asks the layer about a packet in its current direction.
  Verdict process(PacketContext packet) {
    boolean out = packet.direction() == Direction.OUTBOUND;
    List<Group> groups = out ? outbound : inbound;
    if (stateful && packet.claim().permits) {
      packet.traceStep(name, "", "", "allowed by its connection");
      return Verdict.CONTINUE;
    }
    if (groups.isEmpty()) {
      return act(packet, "", null, out ? outboundDefault : inboundDefault);
    }
    for (int i = 0; i < groups.size(); i++) {
      Group group = groups.get(i);
      Rule rule = group.match(packet);
      Action action = rule != null ? rule.action() : out ? outboundDefault : inboundDefault;
      Verdict verdict = act(packet, group.id(), rule, action);
      if (verdict != Verdict.CONTINUE) {
        return verdict;
      }
    }
    return Verdict.CONTINUE;
  }

  private Verdict act(PacketContext packet, String group, @Nullable Rule rule, Action action) {
    String ruleId = rule != null ? rule.id() : "default";
    switch (action) {
      case Action.Allow _ -> {
        packet.traceStep(name, group, ruleId, "allow");
        return Verdict.CONTINUE;
      }
      case Action.StatefulAllow _ -> {
        packet.traceStep(name, group, ruleId, "allow, and its answers");
        packet.keepConnection();
        return Verdict.CONTINUE;
      }
      case Action.Deny(DropReason reason) -> {
        packet.traceStep(name, group, ruleId, "deny");
        return packet.drop(reason);
      }
      case Action.Transposition transposition -> {
        Verdict verdict = transposition.apply(packet);
        if (packet.isTraced()) {
          packet.traceStep(name, group, ruleId, said(packet, verdict));
        }
        return verdict;
      }
    }
  }

  /// What the rule said of itself, or what it did in a word.
  private static String said(PacketContext packet, Verdict verdict) {
    String sentence = packet.takeSaid();
    if (!sentence.isEmpty()) {
      return sentence;
    }
    return switch (verdict) {
      case CONTINUE -> "go on";
      case DROP -> "drop " + packet.dropReason();
      case HAIRPIN -> "answer";
      case REPLICATE -> "replicate";
      case TAKEN -> "take";
    };
  }
}
