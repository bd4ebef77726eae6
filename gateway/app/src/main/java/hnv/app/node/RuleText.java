// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.vswitch.Action;
import hnv.vswitch.Condition;
import hnv.wire.MacAddress;
import java.util.List;
import java.util.stream.Collectors;

/// Rules in words.
final class RuleText {
  private RuleText() {}

  /// Conditions that must all hold; `any` where there are none.
  static String conditions(List<Condition> conditions) {
    return conditions.isEmpty()
        ? "any"
        : conditions.stream().map(RuleText::condition).collect(Collectors.joining(", "));
  }

  private static String condition(Condition condition) {
    return switch (condition) {
      case Condition.Any _ -> "any";
      case Condition.Not(Condition inner) -> "not " + condition(inner);
      case Condition.AnyOf(List<Condition> any) ->
          any.stream().map(RuleText::condition).collect(Collectors.joining(" or ", "(", ")"));
      case Condition.SourceMac(long mac) -> "source MAC " + new MacAddress(mac);
      case Condition.DestinationMac(long mac) -> "destination MAC " + new MacAddress(mac);
      case Condition.GroupDestination _ -> "broadcast or multicast";
      case Condition.EtherType(int value) -> "EtherType 0x%04x".formatted(value);
      case Condition.VlanTagged _ -> "VLAN tag";
      case Condition.SourceIn(var prefix) -> "source " + prefix;
      case Condition.DestinationIn(var prefix) -> "destination " + prefix;
      case Condition.Protocol(int number) -> "protocol " + protocol(number);
      case Condition.SourcePort(int from, int to) -> "source port " + range(from, to);
      case Condition.DestinationPort(int from, int to) -> "destination port " + range(from, to);
      case Condition.NeighborDiscovery _ -> "neighbour discovery";
    };
  }

  /// A protocol by its name where it has one here.
  static String protocol(int number) {
    return switch (number) {
      case 1 -> "ICMP";
      case 6 -> "TCP";
      case 17 -> "UDP";
      case 58 -> "ICMPv6";
      default -> Integer.toString(number);
    };
  }

  private static String range(int from, int to) {
    return from == to ? Integer.toString(from) : from + "-" + to;
  }

  /// What an action does.
  static String action(Action action) {
    return switch (action) {
      case Action.Allow _ -> "allow";
      case Action.StatefulAllow _ -> "allow, and its answers";
      case Action.Deny(var reason) -> "deny, " + reason;
      case Action.Transposition _ -> "transpose";
    };
  }
}
